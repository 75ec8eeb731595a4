//! Calls whose callee has no bound: what they pass may have one all the same, and may then be too large for sure.

use super::uses::{Use, in_brackets};
use super::{Subject, sizes};
use flow_lang::limits::Limit;
use flow_lang::plan::{Expr, Graph, Op};
use flow_lang::units;

/// What each call of an action without a bound passes, where that has one.
pub(super) fn edges(subject: &Subject<'_>) -> Vec<Use> {
    let plan = subject.plan;
    let mut uses = Vec::new();
    for (kind, name, graph) in subject.graphs() {
        for step in &graph.steps {
            let Op::Invoke { action, args } = &step.op else {
                continue;
            };
            let unbounded = plan
                .actions
                .get(action)
                .filter(|callee| callee.input.bound().is_none());
            if unbounded.is_some() {
                let key = format!("{kind}/{name}/steps/{}", step.name);
                uses.extend(edge(graph, action, args, key));
            }
        }
    }
    uses
}

fn edge(graph: &Graph, action: &str, args: &Expr, key: String) -> Option<Use> {
    let value = graph.bound(args)?;
    let mut mostly = None;
    if let Expr::Record(fields) = args {
        let bounds = fields
            .iter()
            .filter_map(|(name, field)| Some((name, graph.bound(field)?)));
        let largest = bounds.max_by_key(|(_, bound)| *bound);
        mostly = largest.map(|(name, bound)| sizes::alone(name, bound));
    }
    let of = format!("what `{action}` is given here");
    let fact = format!("{of} can have {}{}", units::size(value), in_brackets(&mostly));
    Some(Use {
        limit: Limit::Payload,
        of,
        key,
        value: Some(value),
        mostly,
        fact,
    })
}
