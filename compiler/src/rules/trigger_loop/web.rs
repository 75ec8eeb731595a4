//! All rules as one graph: from a run to the events that it may cause, and from an event to the runs that it starts.
//!
//! An event is a node for each value that it is known to carry, since a condition may let one pass and not the other.

use super::effects::{Effect, Event, Waiting, carried, caused, effects, reads_event, waiting};
use super::place::Places;
use crate::rules::known::Known;
use flow_lang::plan::{Plan, Rule};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// The most effects that are looked at for the values of one event. Where a flow has more, its conditions are not
/// counted as dampers.
const LOOKS_MAX: usize = 100_000;

/// The graph.
pub(super) struct Web<'a> {
    /// What the rules without a `rate` cause, by rule.
    pub(super) rules: BTreeMap<&'a str, (&'a Rule, Vec<Effect<'a>>)>,
    pub(super) events: Vec<Caused<'a>>,
    pub(super) runs: Vec<Run<'a>>,
}

/// An event, with what it is known to carry.
pub(super) struct Caused<'a> {
    pub(super) event: Event<'a>,
    /// The runs that it starts.
    pub(super) starts: Vec<usize>,
}

/// A run of a rule, as such an event starts it.
pub(super) struct Run<'a> {
    pub(super) by: Waiting<'a>,
    /// The effects of its rule that are possible then, with the event that each is.
    pub(super) causes: Vec<(usize, usize)>,
}

impl<'a> Web<'a> {
    pub(super) fn of(plan: &'a Plan) -> Web<'a> {
        let places = Places::of(plan);
        let waiting = waiting(plan);
        let undamped = plan.rules.iter().filter(|(_, rule)| rule.rate.is_none());
        let rules: BTreeMap<_, _> = undamped
            .map(|(name, rule)| {
                let mut effects = effects(plan, &places, name, rule);
                effects.retain(|effect| waiting.contains_key(&effect.event));
                (name.as_str(), (rule, effects))
            })
            .collect();
        let mut web = Web {
            rules,
            events: vec![],
            runs: vec![],
        };
        let told = web.tell(&waiting);
        web.start(&waiting, &told);
        web
    }

    /// Makes a node for each value of each event; the event of each effect, by its rule.
    fn tell(
        &mut self,
        waiting: &BTreeMap<Event<'a>, Vec<Waiting<'a>>>,
    ) -> (Vec<Known>, BTreeMap<&'a str, Vec<usize>>) {
        let interested = self.interested(waiting);
        let mut nodes = BTreeMap::new();
        let mut values = vec![];
        let mut told = BTreeMap::new();
        for (name, (rule, effects)) in &self.rules {
            let mut events = vec![];
            for effect in effects {
                let value = match interested.get(&effect.event) {
                    Some(true) => carried(rule, effect),
                    Some(false) | None => Known::ANYTHING,
                };
                let ix = match nodes.entry((effect.event, format!("{value:?}"))) {
                    Entry::Occupied(node) => *node.get(),
                    Entry::Vacant(free) => {
                        values.push(value);
                        self.events.push(Caused {
                            event: effect.event,
                            starts: vec![],
                        });
                        *free.insert(values.len() - 1)
                    }
                };
                events.push(ix);
            }
            told.insert(*name, events);
        }
        (values, told)
    }

    /// Whether it matters what an event carries, and can be afforded.
    fn interested(&self, waiting: &BTreeMap<Event<'a>, Vec<Waiting<'a>>>) -> BTreeMap<Event<'a>, bool> {
        let mut caused: BTreeMap<_, usize> = BTreeMap::new();
        for effect in self.rules.values().flat_map(|(_, effects)| effects) {
            *caused.entry(effect.event).or_default() += 1;
        }
        let matters = |(event, times): (Event<'a>, usize)| {
            let rules = waiting[&event]
                .iter()
                .filter_map(|each| self.rules.get(each.rule));
            let steps: usize = rules.clone().map(|(rule, _)| rule.graph.steps.len() + 1).sum();
            let read = rules.clone().any(|(rule, _)| reads_event(rule));
            (event, read && times.saturating_mul(steps) <= LOOKS_MAX)
        };
        caused.into_iter().map(matters).collect()
    }

    /// Makes a node for each run that such an event starts.
    fn start(
        &mut self,
        waiting: &BTreeMap<Event<'a>, Vec<Waiting<'a>>>,
        (values, told): &(Vec<Known>, BTreeMap<&'a str, Vec<usize>>),
    ) {
        for (event, value) in self.events.iter_mut().zip(values) {
            for by in &waiting[&event.event] {
                let (rule, effects) = &self.rules[by.rule];
                let Some(open) = caused(rule, effects, value) else {
                    continue;
                };
                let told = &told[by.rule];
                event.starts.push(self.runs.len());
                self.runs.push(Run {
                    by: *by,
                    causes: open.into_iter().map(|effect| (effect, told[effect])).collect(),
                });
            }
        }
    }

    /// An effect of a run.
    pub(super) fn effect(&self, run: usize, effect: usize) -> &Effect<'a> {
        &self.rules[self.runs[run].by.rule].1[effect]
    }
}
