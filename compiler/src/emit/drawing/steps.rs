//! The steps of one graph: what waits for what, and under which condition.

use super::{Drawing, Shape};
use crate::emit::expr;
use flow_lang::plan::{Graph, Op, Step, StepIx};
use flow_lang::units;
use std::collections::BTreeSet;

/// The drawing of a graph.
pub fn steps(name: &str, graph: &Graph) -> Drawing {
    let mut drawing = Drawing {
        title: name.to_string(),
        ..Drawing::default()
    };
    drawing.node("start".into(), [name.to_string()], Shape::Event);
    for (ix, step) in graph.steps.iter().enumerate() {
        let (verb, shape) = look(&step.op, graph);
        drawing.node(id(ix), [step.name.clone(), verb], shape);
    }
    for (ix, step) in graph.steps.iter().enumerate() {
        arrows(&mut drawing, graph, ix, step);
    }
    if let Some(result) = &graph.result {
        drawing.node("result".into(), ["return".into()], Shape::Event);
        let mut read = BTreeSet::new();
        result.each_step(&mut |ix| {
            read.insert(ix);
        });
        for ix in read {
            drawing.arrow(id(ix), "result", "");
        }
    }
    drawing
}

fn id(ix: StepIx) -> String {
    format!("step_{ix}")
}

fn look(op: &Op, graph: &Graph) -> (String, Shape) {
    match op {
        Op::Invoke { action, .. } => (format!("call {action}"), Shape::Action),
        Op::Launch { job, .. } => (format!("job {job}"), Shape::Job),
        Op::Act { package, action, .. } => (format!("{action} in {package}"), Shape::Store),
        Op::Predict { model, .. } => (format!("predict with {model}"), Shape::Model),
        Op::Snapshot { dataset } => (format!("snapshot of {dataset}"), Shape::Store),
        Op::Split { dataset, test } => {
            let percent = f64::from(*test) / 100.0;
            (format!("split of {dataset}, {percent}% for tests"), Shape::Store)
        }
        Op::Live { model } => (format!("live version of {model}"), Shape::Model),
        Op::Append { dataset, .. } => (format!("append to {dataset}"), Shape::Store),
        Op::Deploy { model, .. } => (format!("deploy to {model}"), Shape::Model),
        Op::Prepare { prepare } => (format!("prepare {prepare}"), Shape::Store),
        Op::Register { blob } => (format!("register {}", expr::text(blob, graph)), Shape::Model),
        Op::Emit { trigger, .. } => (format!("emit {trigger}"), Shape::Event),
        Op::Approval { group, .. } => (format!("approval of {group}"), Shape::Event),
        Op::Callback => ("callback".into(), Shape::Event),
        Op::Await { callback, .. } => (format!("answer at {}", graph.steps[*callback].name), Shape::Event),
        Op::Sleep { ms } => (format!("sleep {}", units::duration(*ms)), Shape::Event),
        Op::Failure => ("on failure".into(), Shape::Choice),
        Op::When { cond } => (expr::text(cond, graph), Shape::Choice),
        Op::Catch { .. } => ("catch".into(), Shape::Choice),
        Op::Each { over, parallel, .. } => {
            let most = format!("each of {}, {parallel} at once", expr::text(over, graph));
            (most, Shape::Choice)
        }
    }
}

fn arrows(drawing: &mut Drawing, graph: &Graph, ix: StepIx, step: &Step) {
    // In an `each`, what waits for nothing else inside begins with the round.
    let inside = |need: &StepIx| graph.steps[*need].within == step.within;
    match step.within {
        Some(each) if !step.needs.iter().any(inside) => drawing.arrow(id(each), id(ix), "for each"),
        None if step.needs.is_empty() && step.guards.is_empty() => drawing.arrow("start", id(ix), ""),
        Some(_) | None => {}
    }
    let guarded: BTreeSet<_> = step.guards.iter().map(|guard| guard.step).collect();
    for guard in &step.guards {
        let label = match (&graph.steps[guard.step].op, guard.is) {
            (Op::Catch { .. } | Op::Failure, true) => "failed",
            (Op::Catch { .. }, false) => "went well",
            (_, true) => "yes",
            (_, false) => "no",
        };
        drawing.arrow(id(guard.step), id(ix), label);
    }
    for need in step.needs.iter().filter(|need| !guarded.contains(need)) {
        match &step.op {
            Op::Failure => drawing.broken_arrow(id(*need), id(ix), ""),
            Op::Catch { body } if body.contains(need) => drawing.broken_arrow(id(*need), id(ix), "fails"),
            _ => drawing.arrow(id(*need), id(ix), ""),
        }
    }
}
