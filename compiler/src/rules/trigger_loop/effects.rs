//! What rules cause, and what they wait for.

use super::place::Places;
use crate::rules::known::{Known, Scope, There, reads_input};
use flow_lang::catalog;
use flow_lang::plan::{Expr, Graph, Guard, On, Op, Plan, Rule, Source, Step};
use std::collections::BTreeMap;

/// Something that rules wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Event<'a> {
    /// A trigger without a source was fired.
    Fired(&'a str),
    /// An item of a package is new, or has changed.
    Written(&'a str),
    /// A row was added to a dataset.
    Row(&'a str),
    /// A `train` has published a version.
    Published(&'a str),
    /// A version of a model has gone live.
    Deployed(&'a str),
    /// A run of a rule has failed.
    Failed(&'a str),
}

/// A rule that waits for an event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting<'a> {
    pub(super) rule: &'a str,
    /// Which of its events it is.
    pub(super) on: usize,
    /// How many of the event it takes for a run.
    pub(super) needs: u64,
}

/// What a step causes in one run.
pub(super) struct Effect<'a> {
    /// The step; none when the run as a whole does it.
    pub(super) step: Option<usize>,
    pub(super) event: Event<'a>,
    /// How often at most; nothing when nobody knows.
    pub(super) most: Option<u64>,
    /// The record that the event carries, as far as it is written here.
    pub(super) value: Option<&'a Expr>,
}

/// The rules without a `rate`, by what they wait for.
pub(super) fn waiting(plan: &Plan) -> BTreeMap<Event<'_>, Vec<Waiting<'_>>> {
    let mut waiting: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (name, rule) in plan.rules.iter().filter(|(_, rule)| rule.rate.is_none()) {
        for (on, event) in rule.on.iter().enumerate() {
            let (event, needs) = match event {
                On::Grew { dataset, rows } => (Event::Row(dataset), *rows),
                On::Trigger { trigger } => match &plan.triggers[trigger].source {
                    Some(Source::Package { package, .. }) => (Event::Written(package), 1),
                    None => (Event::Fired(trigger), 1),
                    Some(Source::Cron { .. }) => continue,
                },
                On::Published { train } => (Event::Published(train), 1),
                On::Deployed { model } => (Event::Deployed(model), 1),
                On::Failed { rule } => (Event::Failed(rule), 1),
                On::FlowDeployed => continue,
            };
            waiting.entry(event).or_default().push(Waiting {
                rule: name,
                on,
                needs,
            });
        }
    }
    waiting
}

/// How often a step is walked in one run, by the bounds of each `each` around it.
fn rounds(graph: &Graph, step: &Step) -> u64 {
    let mut rounds: u64 = 1;
    let mut around = step.within;
    while let Some(each) = around {
        let step = &graph.steps[each];
        if let Op::Each { most, .. } = step.op {
            rounds = rounds.saturating_mul(most);
        }
        around = step.within;
    }
    rounds
}

/// What the steps of a rule cause.
pub(super) fn effects<'a>(
    plan: &'a Plan,
    places: &Places<'a>,
    name: &'a str,
    rule: &'a Rule,
) -> Vec<Effect<'a>> {
    // Any run may fail.
    let mut effects = vec![Effect {
        step: None,
        event: Event::Failed(name),
        most: Some(1),
        value: None,
    }];
    for (step, of) in rule.graph.steps.iter().enumerate() {
        let rounds = rounds(&rule.graph, of);
        let mut cause = |event, most: Option<u64>, value| {
            effects.push(Effect {
                step: Some(step),
                event,
                most: most.map(|most| most.saturating_mul(rounds)),
                value,
            });
        };
        match &of.op {
            Op::Emit { trigger, payload } => cause(Event::Fired(trigger), Some(1), Some(payload)),
            Op::Append { dataset, .. } => cause(Event::Row(dataset), Some(1), None),
            Op::Prepare { prepare } => {
                // Nobody knows how many rows there are.
                let prepare = &plan.prepares[prepare];
                cause(Event::Row(&prepare.to), None, None);
                for step in &prepare.graph.steps {
                    if let Op::Append { dataset, .. } = &step.op {
                        cause(Event::Row(dataset), None, None);
                    }
                    if let Op::Act { package, action, .. } = &step.op
                        && writes(plan, package, action)
                    {
                        for seen in places.seen_from(package) {
                            cause(Event::Written(seen), None, None);
                        }
                    }
                }
            }
            Op::Deploy { model, .. } => cause(Event::Deployed(model), Some(1), None),
            Op::Launch { job, .. } => {
                cause(Event::Published(job), Some(1), None);
                for package in plan.jobs.get(job).iter().flat_map(|job| &job.writes) {
                    // Nobody knows how much a job writes.
                    for seen in places.seen_from(package) {
                        cause(Event::Written(seen), None, None);
                    }
                }
            }
            Op::Act {
                package,
                action,
                args,
            } if writes(plan, package, action) => {
                for seen in places.seen_from(package) {
                    cause(Event::Written(seen), Some(1), Some(args));
                }
            }
            Op::Act { .. }
            | Op::Invoke { .. }
            | Op::Predict { .. }
            | Op::Snapshot { .. }
            | Op::Split { .. }
            | Op::Register { .. }
            | Op::Live { .. }
            | Op::When { .. }
            | Op::Catch { .. }
            | Op::Each { .. }
            | Op::Sleep { .. }
            | Op::Approval { .. }
            | Op::Callback
            | Op::Await { .. }
            | Op::Failure => {}
        }
    }
    effects
}

fn writes(plan: &Plan, package: &str, action: &str) -> bool {
    let kind = plan.packages.get(package);
    let kind = kind.and_then(|package| catalog::packages().get(package.kind.as_str()));
    kind.and_then(|kind| kind.actions.get(action))
        .is_some_and(|action| action.writes)
}

/// What the event of an effect is known to carry, when its rule is started by anything that its filter lets pass.
/// A field that may be absent keeps the value that it had.
pub(super) fn carried(rule: &Rule, effect: &Effect<'_>) -> Known {
    let Some(value) = effect.value else {
        return Known::ANYTHING;
    };
    let mut input = Known::of_type(&rule.graph.input);
    let steps = &rule.graph.steps;
    if let Some(filter) = &rule.filter {
        input.narrow(filter, true);
    }
    for guard in effect.guards(rule) {
        if let Op::When { cond } = &steps[guard.step].op {
            input.narrow(cond, guard.is);
        }
    }
    let mut known = Scope::new(input, steps).look(value);
    if let There::Record(fields) = &mut known.there {
        fields.retain(|_, field| !field.absent && field.there != There::Anything);
    }
    known
}

/// Whether what an event carries can decide anything in a rule: its filter or a condition reads it.
pub(super) fn reads_event(rule: &Rule) -> bool {
    let conditions = rule.graph.steps.iter().filter_map(|step| match &step.op {
        Op::When { cond } => Some(cond),
        _ => None,
    });
    rule.filter.iter().chain(conditions).any(reads_input)
}

/// What a run that was started by an event like this may cause; nothing when the filter keeps it from starting.
pub(super) fn caused(rule: &Rule, effects: &[Effect<'_>], event: &Known) -> Option<Vec<usize>> {
    let mut input = Known::of_type(&rule.graph.input);
    lay(&mut input, event);
    let steps = &rule.graph.steps;
    if let Some(filter) = &rule.filter {
        if !Scope::new(input.clone(), &[]).truth(filter).yes {
            return None;
        }
        input.narrow(filter, true);
    }
    if input.is_impossible() {
        return None;
    }
    let scope = Scope::new(input, steps);
    let may_run = |effect: &Effect<'_>| effect.step.is_none_or(|step| scope.may_run(&steps[step]));
    let open = effects.iter().enumerate().filter(|(_, effect)| may_run(effect));
    Some(open.map(|(ix, _)| ix).collect())
}

/// Lays what is known of an event over what its type says.
fn lay(input: &mut Known, event: &Known) {
    if let (There::Record(fields), There::Record(known)) = (&mut input.there, &event.there) {
        for (name, known) in known {
            if let Some(field) = fields.get_mut(name) {
                *field = known.clone();
            }
        }
    }
}

impl Effect<'_> {
    /// The conditions that it stands under.
    pub(super) fn guards<'r>(&self, rule: &'r Rule) -> &'r [Guard] {
        self.step.map_or(&[], |step| &rule.graph.steps[step].guards)
    }
}
