//! The steps of a graph: each after what it needs, each caught by the catch that knows of it.

use super::super::name::is_step_name;
use super::super::{Expr, Graph, Guard, Op, Plan, Step, StepIx};
use super::{Outcome, declared, shown, time, ty};
use std::collections::BTreeSet;

pub(super) fn check(plan: &Plan, graph: &Graph) -> Outcome {
    ty(&graph.input)?;
    ty(&graph.output)?;
    let mut names = BTreeSet::new();
    for (ix, step) in graph.steps.iter().enumerate() {
        let sound = named(step, &mut names)
            .and_then(|()| ordered(&graph.steps, ix))
            .and_then(|()| op(plan, &graph.steps, ix));
        sound.map_err(|why| format!("has a step `{}`, which {why}", shown(&step.name)))?;
    }
    match &graph.result {
        Some(result) => reads(result, graph.steps.len()),
        None => Ok(()),
    }
}

/// Only steps before `end` are read.
pub(super) fn reads(expr: &Expr, end: StepIx) -> Outcome {
    let mut last = None;
    expr.each_step(&mut |ix| last = last.max(Some(ix)));
    match last.filter(|ix| *ix >= end) {
        None => Ok(()),
        Some(ix) => Err(format!("reads step {ix}, which does not stand before it")),
    }
}

fn named<'g>(step: &'g Step, names: &mut BTreeSet<&'g str>) -> Outcome {
    if !is_step_name(&step.name) {
        return Err("has no name of the language".to_owned());
    }
    match names.insert(&step.name) {
        true => Ok(()),
        false => Err("has the name of another step".to_owned()),
    }
}

fn ordered(steps: &[Step], ix: StepIx) -> Outcome {
    let step = &steps[ix];
    let decides = |ix: StepIx| match &steps[ix].op {
        Op::When { .. } | Op::Catch { .. } | Op::Failure => true,
        Op::Invoke { .. }
        | Op::Act { .. }
        | Op::Launch { .. }
        | Op::Predict { .. }
        | Op::Snapshot { .. }
        | Op::Split { .. }
        | Op::Live { .. }
        | Op::Append { .. }
        | Op::Deploy { .. }
        | Op::Emit { .. }
        | Op::Sleep { .. } => false,
    };
    if !before(&step.needs, ix) {
        return Err("needs what does not stand before it".to_owned());
    }
    if !step
        .guards
        .iter()
        .all(|guard| guard.step < ix && decides(guard.step))
    {
        return Err("is guarded by what decides nothing before it".to_owned());
    }
    let knows = |catch: StepIx| match steps.get(catch).map(|step| &step.op) {
        Some(Op::Catch { body }) => body.binary_search(&ix).is_ok(),
        _ => false,
    };
    match step.caught_by.is_none_or(knows) {
        true => ty(&step.output),
        false => Err("is caught by what does not catch it".to_owned()),
    }
}

fn op(plan: &Plan, steps: &[Step], ix: StepIx) -> Outcome {
    match &steps[ix].op {
        Op::Invoke { action, args } => {
            declared("action", &plan.actions, action)?;
            reads(args, ix)
        }
        Op::Launch { job, args } => {
            declared("job", &plan.jobs, job)?;
            reads(args, ix)
        }
        Op::Act {
            package,
            action,
            args,
        } => {
            declared("package", &plan.packages, package)?;
            declared("an action of it", &plan.packages[package].actions, action)?;
            reads(args, ix)
        }
        Op::Predict { model, input } => {
            if plan.asked(model).is_none() {
                declared("model", &plan.models, model)?;
            }
            reads(input, ix)
        }
        Op::Snapshot { dataset } | Op::Split { dataset, .. } => declared("dataset", &plan.datasets, dataset),
        Op::Live { model } => declared("model", &plan.models, model),
        Op::Append { dataset, row } => {
            declared("dataset", &plan.datasets, dataset)?;
            reads(row, ix)
        }
        Op::Deploy { model, candidate } => {
            declared("model", &plan.models, model)?;
            reads(candidate, ix)
        }
        Op::Emit { trigger, payload } => {
            declared("trigger", &plan.triggers, trigger)?;
            if plan.triggers[trigger].source.is_some() {
                return Err(format!("emits trigger `{}`, which has a source", shown(trigger)));
            }
            reads(payload, ix)
        }
        Op::Sleep { ms } => time("sleep", Some(*ms)),
        Op::Failure => {
            let guarded = |step: &Step| step.guards.first() == Some(&Guard { step: ix, is: true });
            let first = !steps[..ix].iter().any(|step| step.op == Op::Failure);
            match first && steps[ix + 1..].iter().all(guarded) {
                true => Ok(()),
                false => Err("is not the last that a rule does".to_owned()),
            }
        }
        Op::When { cond } => reads(cond, ix),
        Op::Catch { body } => {
            let caught = |member: &StepIx| steps[*member].caught_by == Some(ix);
            match before(body, ix) && body.iter().all(caught) {
                true => Ok(()),
                false => Err("catches what is not caught by it".to_owned()),
            }
        }
    }
}

/// Whether these are steps before `ix`, ascending, without doubles.
fn before(steps: &[StepIx], ix: StepIx) -> bool {
    steps.is_sorted_by(|a, b| a < b) && steps.last().is_none_or(|last| *last < ix)
}
