//! The steps of a graph: each after what it needs, each caught by the catch that knows of it, and in an `each` nothing
//! is seen from outside.

use super::super::name::is_step_name;
use super::super::{Expr, FAN_OUT_MAX, Graph, Guard, Op, Plan, Step, StepIx, Type};
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
        Some(result) => sees(&graph.steps, result, graph.steps.len(), None),
        None => Ok(()),
    }
}

/// Only steps before `end` are read, and only what is at hand in `within` or around it.
fn sees(steps: &[Step], expr: &Expr, end: StepIx, within: Option<StepIx>) -> Outcome {
    reads(expr, end)?;
    let mut hidden = None;
    expr.each_step(&mut |ix| hidden = hidden.or((!around(steps, within, steps[ix].within)).then_some(ix)));
    expr.each_item(&mut |ix| hidden = hidden.or((!around(steps, within, Some(ix))).then_some(ix)));
    match hidden {
        None => Ok(()),
        Some(ix) => Err(format!(
            "reads step {ix}, which is inside an `each` that it is not in"
        )),
    }
}

/// Whether `outer` is the place `inner` or one around it; nothing is the graph itself. Each `within` is before the step
/// that has it, so this ends.
fn around(steps: &[Step], inner: Option<StepIx>, outer: Option<StepIx>) -> bool {
    let mut place = inner;
    while place != outer {
        match place.and_then(|ix| steps.get(ix)) {
            Some(step) => place = step.within.filter(|above| Some(*above) < place),
            None => return false,
        }
    }
    true
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
        Op::Each { .. }
        | Op::Invoke { .. }
        | Op::Act { .. }
        | Op::Launch { .. }
        | Op::Predict { .. }
        | Op::Snapshot { .. }
        | Op::Split { .. }
        | Op::Live { .. }
        | Op::Append { .. }
        | Op::Deploy { .. }
        | Op::Prepare { .. }
        | Op::Register { .. }
        | Op::Emit { .. }
        | Op::Sleep { .. }
        | Op::Approval { .. }
        | Op::Callback
        | Op::Await { .. } => false,
    };
    let holds = |each: StepIx| match steps.get(each).map(|step| &step.op) {
        Some(Op::Each { body, .. }) => each < ix && body.binary_search(&ix).is_ok(),
        _ => false,
    };
    if !step.within.is_none_or(holds) {
        return Err("is inside what is no `each` of it".to_owned());
    }
    if !before(&step.needs, ix) {
        return Err("needs what does not stand before it".to_owned());
    }
    let guards = step
        .guards
        .iter()
        .map(|guard| guard.step)
        .filter(|guard| *guard < ix);
    // What waits for the `each` that it is in would wait for itself.
    let at_hand = |need: StepIx| {
        around(steps, step.within, steps[need].within) && !around(steps, step.within, Some(need))
    };
    if !step.needs.iter().copied().chain(guards).all(at_hand) {
        return Err("needs what is inside an `each` that it is not in".to_owned());
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
    let within = steps[ix].within;
    let reads = |expr: &Expr| sees(steps, expr, ix, within);
    match &steps[ix].op {
        Op::Invoke { action, args } => {
            declared("action", &plan.actions, action)?;
            reads(args)
        }
        Op::Launch { job, args } => {
            declared("job", &plan.jobs, job)?;
            reads(args)
        }
        Op::Act {
            package,
            action,
            args,
        } => {
            declared("package", &plan.packages, package)?;
            declared("an action of it", &plan.packages[package].actions, action)?;
            reads(args)
        }
        Op::Predict { model, input } => {
            if plan.asked(model).is_none() {
                declared("model", &plan.models, model)?;
            }
            reads(input)
        }
        Op::Snapshot { dataset } | Op::Split { dataset, .. } => declared("dataset", &plan.datasets, dataset),
        Op::Live { model } => declared("model", &plan.models, model),
        Op::Append { dataset, row } => {
            declared("dataset", &plan.datasets, dataset)?;
            reads(row)
        }
        Op::Deploy { model, candidate } => {
            declared("model", &plan.models, model)?;
            reads(candidate)
        }
        Op::Prepare { prepare } => declared("prepare", &plan.prepares, prepare),
        Op::Register { blob } => match &steps[ix].output {
            Type::Model { .. } => reads(blob),
            Type::Optional(inner) if matches!(**inner, Type::Model { .. }) => reads(blob),
            _ => Err("registers what is no model".to_owned()),
        },
        Op::Emit { trigger, payload } => {
            declared("trigger", &plan.triggers, trigger)?;
            if plan.triggers[trigger].source.is_some() {
                return Err(format!("emits trigger `{}`, which has a source", shown(trigger)));
            }
            reads(payload)
        }
        Op::Sleep { ms } => time("sleep", Some(*ms)),
        Op::Approval { group, ms } => {
            declared("group", &plan.groups, group)?;
            time("approval", Some(*ms))
        }
        Op::Callback => match steps[ix].output == Type::callback() {
            true => Ok(()),
            false => Err("is a callback without an address".to_owned()),
        },
        Op::Await { callback, ms } => {
            let made = |step: &Step| step.op == Op::Callback && step.within == within;
            let again =
                |step: &Step| matches!(&step.op, Op::Await { callback: other, .. } if other == callback);
            let waits = steps[ix].needs.binary_search(callback).is_ok();
            match waits && made(&steps[*callback]) && !steps[..ix].iter().any(again) {
                true => time("callback", Some(*ms)),
                false => Err("waits for what is no callback of its own".to_owned()),
            }
        }
        Op::Failure => {
            let guarded = |step: &Step| step.guards.first() == Some(&Guard { step: ix, is: true });
            let first = !steps[..ix].iter().any(|step| step.op == Op::Failure);
            match first && steps[ix + 1..].iter().all(guarded) {
                true => Ok(()),
                false => Err("is not the last that a rule does".to_owned()),
            }
        }
        Op::When { cond } => reads(cond),
        Op::Catch { body } => {
            let caught =
                |member: &StepIx| steps[*member].caught_by == Some(ix) && steps[*member].within == within;
            match before(body, ix) && body.iter().all(caught) {
                true => Ok(()),
                false => Err("catches what is not caught by it".to_owned()),
            }
        }
        Op::Each {
            over,
            item,
            most,
            parallel,
            body,
            result,
        } => {
            reads(over)?;
            ty(item)?;
            if *most > FAN_OUT_MAX {
                return Err("walks through more items than a run may".to_owned());
            }
            if *parallel == 0 {
                return Err("never begins, since nothing may be under way in it".to_owned());
            }
            let mine = |member: &StepIx| steps.get(*member).is_some_and(|step| step.within == Some(ix));
            let ascending = body.is_sorted_by(|a, b| a < b) && body.first().is_none_or(|first| *first > ix);
            if !ascending || !body.iter().all(mine) {
                return Err("walks through what is not inside it".to_owned());
            }
            match result {
                Some(result) => sees(steps, result, steps.len(), Some(ix)),
                None => Ok(()),
            }
        }
    }
}

/// Whether these are steps before `ix`, ascending, without doubles.
fn before(steps: &[StepIx], ix: StepIx) -> bool {
    steps.is_sorted_by(|a, b| a < b) && steps.last().is_none_or(|last| *last < ix)
}
