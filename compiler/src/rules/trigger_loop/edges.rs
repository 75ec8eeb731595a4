//! The ways in which a rule starts another one.

use flow_lang::catalog;
use flow_lang::plan::{Graph, On, Op, Plan, Source, Step};
use std::collections::BTreeMap;

/// A rule starts another.
pub(super) struct Edge<'a> {
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    /// The step of `from` that does it.
    pub(super) step: &'a str,
    /// The place of the event in `to`.
    pub(super) on: usize,
    pub(super) via: Via<'a>,
}

/// What passes between two rules.
pub(super) enum Via<'a> {
    /// Rows of a dataset.
    Rows {
        dataset: &'a str,
        /// The most rows that one run appends.
        appended: u64,
        /// The rows that the other rule waits for.
        wanted: u64,
    },
    /// Things that a job or a step writes into a package; how many is not known.
    Package {
        writer: Writer<'a>,
        package: &'a str,
        trigger: &'a str,
    },
}

/// What writes into a package.
#[derive(Clone, Copy)]
pub(super) enum Writer<'a> {
    Job(&'a str),
    /// An action of the package itself.
    Action(&'a str),
}

impl Edge<'_> {
    /// The part of the loop that this is: "appends to `samples`, which starts `retrain`".
    pub(super) fn way(&self) -> String {
        match &self.via {
            Via::Rows { dataset, .. } => format!("appends to `{dataset}`, which starts `{}`", self.to),
            Via::Package {
                writer,
                package,
                trigger,
            } => {
                let writes = match writer {
                    Writer::Job(job) => format!("launches `{job}`, which writes to `{package}`"),
                    Writer::Action(action) => format!("calls `{package}.{action}`"),
                };
                format!("{writes}, which fires `{trigger}`, which starts `{}`", self.to)
            }
        }
    }

    /// What stands at the step.
    pub(super) fn cause(&self) -> String {
        match &self.via {
            Via::Rows {
                dataset, appended, ..
            } => {
                format!(
                    "`{}` appends up to {appended} to `{dataset}` in one run",
                    self.from
                )
            }
            Via::Package { writer, package, .. } => match writer {
                Writer::Job(job) => format!("`{job}` writes to `{package}`"),
                Writer::Action(action) => format!("`{package}.{action}` changes what is in `{package}`"),
            },
        }
    }

    /// What stands at the event.
    pub(super) fn effect(&self) -> String {
        match &self.via {
            Via::Rows { dataset, wanted, .. } => {
                format!("every {wanted} of `{dataset}` start `{}`", self.to)
            }
            Via::Package { package, trigger, .. } => {
                format!("`{trigger}` watches `{package}` and starts `{}`", self.to)
            }
        }
    }
}

/// All of them.
pub(super) fn edges(plan: &Plan) -> Vec<Edge<'_>> {
    let mut edges = vec![];
    for (from, rule) in &plan.rules {
        for (to, other) in &plan.rules {
            for (on, event) in other.on.iter().enumerate() {
                let edge = |(step, via)| Edge {
                    from,
                    to,
                    step,
                    on,
                    via,
                };
                match event {
                    On::Grew { dataset, rows } => edges.extend(append(&rule.graph, dataset, *rows).map(edge)),
                    On::Trigger { trigger } => {
                        edges.extend(writes(plan, &rule.graph, trigger).into_iter().map(edge))
                    }
                    On::FlowDeployed | On::Published { .. } | On::Deployed { .. } | On::Failed { .. } => {}
                }
            }
        }
    }
    edges
}

/// The appends to a dataset, as one way: its first step, and the most rows of all of them.
fn append<'a>(graph: &'a Graph, dataset: &'a str, wanted: u64) -> Option<(&'a str, Via<'a>)> {
    let appends: Vec<_> = graph
        .steps
        .iter()
        .filter(|step| matches!(&step.op, Op::Append { dataset: to, .. } if to == dataset))
        .collect();
    let appended = rows(&appends, 0);
    let first = appends.first()?;
    Some((
        &first.name,
        Via::Rows {
            dataset,
            appended,
            wanted,
        },
    ))
}

/// The most of these steps that run in one run: of the two arms of a condition only one does. The first `depth`
/// guards of all of them are the same.
fn rows(steps: &[&Step], depth: usize) -> u64 {
    let free = steps.iter().filter(|step| step.guards.len() == depth).count() as u64;
    let mut arms: BTreeMap<usize, [Vec<&Step>; 2]> = BTreeMap::new();
    for step in steps {
        if let Some(guard) = step.guards.get(depth) {
            arms.entry(guard.step).or_default()[usize::from(guard.is)].push(step);
        }
    }
    let guarded = arms
        .values()
        .map(|[no, yes]| rows(no, depth + 1).max(rows(yes, depth + 1)));
    free + guarded.sum::<u64>()
}

/// The jobs and steps of a graph that write to the package whose feed a trigger watches.
fn writes<'a>(plan: &'a Plan, graph: &'a Graph, trigger: &'a str) -> Vec<(&'a str, Via<'a>)> {
    let Some(Source::Package { package, .. }) = plan
        .triggers
        .get(trigger)
        .and_then(|trigger| trigger.source.as_ref())
    else {
        return vec![];
    };
    let writers = graph.steps.iter().filter_map(|step| match &step.op {
        Op::Launch { job, .. } => {
            let declared = plan.jobs.get(job)?;
            let writes = declared.writes.contains(package);
            writes.then_some((step.name.as_str(), Writer::Job(job)))
        }
        Op::Act {
            package: into,
            action,
            ..
        } => {
            let kind = catalog::packages().get(plan.packages.get(into)?.kind.as_str())?;
            let writes = into == package && kind.actions.get(action).is_some_and(|action| action.writes);
            writes.then_some((step.name.as_str(), Writer::Action(action)))
        }
        Op::Invoke { .. }
        | Op::Predict { .. }
        | Op::Snapshot { .. }
        | Op::Split { .. }
        | Op::Live { .. }
        | Op::Append { .. }
        | Op::Deploy { .. }
        | Op::Emit { .. }
        | Op::Sleep { .. }
        | Op::Failure
        | Op::When { .. }
        | Op::Catch { .. }
        | Op::Each { .. } => None,
    });
    writers
        .map(|(step, writer)| {
            (
                step,
                Via::Package {
                    writer,
                    package,
                    trigger,
                },
            )
        })
        .collect()
}
