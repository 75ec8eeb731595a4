//! Which order is handed out next: a pure data structure, without a clock.
//!
//! Flows take turns, and in a flow what is called takes turns, so that neither a flow nor one of its actions holds up
//! another. Each has a bound on how many of it are under way at once; what is above it waits here.

use crate::worker::fair::Fair;
use std::collections::{BTreeMap, VecDeque};

/// Calls under way of one action or one package of a flow. More than processors, since an answer has to be durable
/// before the next call begins.
pub(crate) const CALLS_MAX_OF_ONE: usize = 64;
/// Calls under way of one flow.
pub(crate) const CALLS_MAX_OF_FLOW: usize = 256;
/// Calls under way of all flows.
pub(crate) const CALLS_MAX: usize = 1_024;
/// Rows under way to one model of a flow: a few full batches. They hold no function while they wait for its first
/// version, so they count for nothing else.
pub(crate) const ROWS_MAX_OF_MODEL: usize = 512;
/// Jobs under way of one flow.
pub(crate) const JOBS_MAX_OF_FLOW: usize = 16;
/// Jobs under way of all flows.
pub(crate) const JOBS_MAX: usize = 64;
/// Orders of one flow that wait: no event of it comes in above that, and its feeds wait from half of it on.
pub(crate) const WAITING_MAX_OF_FLOW: usize = 10_000;

/// What an order is one of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    /// A call of an action.
    Action(String),
    /// Something that is done with a package.
    Package(String),
    /// A question to a live model.
    Model(String),
    /// A job.
    Job(String),
    /// The daemon's own work with files and datasets.
    Own,
}

/// Orders that wait, and how many are under way.
#[derive(Debug)]
pub(super) struct Schedule<T> {
    flows: BTreeMap<String, Flow<T>>,
    /// The flows with orders that wait, each once; the first has its turn.
    turns: VecDeque<String>,
    under_way: Sum,
}

#[derive(Debug)]
struct Flow<T> {
    waiting: Fair<Group, T>,
    groups: BTreeMap<Group, usize>,
    under_way: Sum,
}

/// How many are under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    calls: usize,
    jobs: usize,
}

impl Sum {
    /// What `group` counts for, if it is bounded together with others.
    fn of(&mut self, group: &Group) -> Option<&mut usize> {
        match group {
            Group::Action(_) | Group::Package(_) | Group::Own => Some(&mut self.calls),
            Group::Job(_) => Some(&mut self.jobs),
            Group::Model(_) => None,
        }
    }

    fn has_room(mut self, group: &Group, calls_max: usize, jobs_max: usize) -> bool {
        let most = match group {
            Group::Job(_) => jobs_max,
            Group::Action(_) | Group::Package(_) | Group::Own | Group::Model(_) => calls_max,
        };
        self.of(group).is_none_or(|count| *count < most)
    }
}

impl<T> Default for Schedule<T> {
    fn default() -> Self {
        Schedule {
            flows: BTreeMap::new(),
            turns: VecDeque::new(),
            under_way: Sum::default(),
        }
    }
}

impl<T> Schedule<T> {
    /// An order waits for its turn.
    pub(super) fn push(&mut self, flow: &str, group: Group, order: T) {
        let of = self.flows.entry(flow.to_owned()).or_insert_with(|| Flow {
            waiting: Fair::default(),
            groups: BTreeMap::new(),
            under_way: Sum::default(),
        });
        if of.waiting.len() == 0 {
            self.turns.push_back(flow.to_owned());
        }
        of.waiting.push(group, 1, order);
    }

    /// The order whose turn it is. It is under way until [`Schedule::over`].
    pub(super) fn next(&mut self) -> Option<T> {
        for _ in 0..self.turns.len() {
            let name = self.turns.pop_front()?;
            let flow = self.flows.get_mut(&name).expect("a flow with a turn has orders");
            let (all, groups, own) = (self.under_way, &flow.groups, flow.under_way);
            let may = |group: &Group| {
                let of_group = groups.get(group).copied().unwrap_or(0);
                of_group < most_of(group)
                    && own.has_room(group, CALLS_MAX_OF_FLOW, JOBS_MAX_OF_FLOW)
                    && all.has_room(group, CALLS_MAX, JOBS_MAX)
            };
            let next = flow.waiting.pop(may);
            if flow.waiting.len() > 0 {
                self.turns.push_back(name.clone());
            }
            if let Some((group, order)) = next {
                *flow.groups.entry(group.clone()).or_default() += 1;
                for sum in [&mut flow.under_way, &mut self.under_way] {
                    sum.of(&group).into_iter().for_each(|count| *count += 1);
                }
                return Some(order);
            }
        }
        None
    }

    /// One of `group` is not under way any more.
    pub(super) fn over(&mut self, flow: &str, group: &Group) {
        let Some(of) = self.flows.get_mut(flow) else {
            return;
        };
        if let Some(count) = of.groups.get_mut(group) {
            *count -= 1;
            for sum in [&mut of.under_way, &mut self.under_way] {
                sum.of(group).into_iter().for_each(|count| *count -= 1);
            }
        }
        of.groups.retain(|_, count| *count > 0);
        self.forget_if_idle(flow);
    }

    /// Takes back an order that waits.
    pub(super) fn remove(&mut self, flow: &str, group: &Group, is: impl Fn(&T) -> bool) -> Option<T> {
        let of = self.flows.get_mut(flow)?;
        let order = of.waiting.remove(group, is)?;
        if of.waiting.len() == 0 {
            self.turns.retain(|other| other != flow);
        }
        self.forget_if_idle(flow);
        Some(order)
    }

    /// Orders of a flow that wait.
    pub(super) fn waiting(&self, flow: &str) -> usize {
        self.flows.get(flow).map_or(0, |flow| flow.waiting.len())
    }

    /// The flow with the most orders that wait, and how many these are.
    pub(super) fn fullest(&self) -> (Option<String>, usize) {
        let waiting = self.flows.iter().map(|(name, flow)| (flow.waiting.len(), name));
        let fullest = waiting.max().filter(|(count, _)| *count > 0);
        fullest.map_or((None, 0), |(count, name)| (Some(name.clone()), count))
    }

    /// Calls and jobs under way.
    pub(super) fn under_way(&self) -> (usize, usize) {
        (self.under_way.calls, self.under_way.jobs)
    }

    fn forget_if_idle(&mut self, flow: &str) {
        let idle = |flow: &Flow<T>| flow.waiting.len() == 0 && flow.groups.is_empty();
        if self.flows.get(flow).is_some_and(idle) {
            self.flows.remove(flow);
        }
    }
}

/// How many of a group may be under way.
fn most_of(group: &Group) -> usize {
    match group {
        Group::Action(_) | Group::Package(_) | Group::Own => CALLS_MAX_OF_ONE,
        Group::Model(_) => ROWS_MAX_OF_MODEL,
        Group::Job(_) => JOBS_MAX_OF_FLOW,
    }
}

#[cfg(test)]
mod tests;
