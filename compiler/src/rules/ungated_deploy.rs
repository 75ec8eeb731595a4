//! `ml/ungated-deploy`: a model goes live although nothing that judged it had a say.

use super::Subject;
use flow_lang::plan::{Expr, Graph, Op, Step, StepIx};
use flow_lang::report::{Code, Finding, Report};
use std::collections::BTreeSet;

pub(super) fn ungated_deploy(subject: &Subject<'_>, report: &mut Report) {
    let plan = subject.plan;
    let rules = plan.rules.iter().map(|(name, rule)| ("rule", name, &rule.graph));
    let infers = plan
        .infers
        .iter()
        .map(|(name, infer)| ("infer", name, &infer.graph));
    let feedbacks = plan
        .feedbacks
        .iter()
        .map(|(name, feedback)| ("feedback", name, &feedback.graph));
    for (kind, name, graph) in rules.chain(infers).chain(feedbacks) {
        for step in &graph.steps {
            let Op::Deploy { model, candidate } = &step.op else {
                continue;
            };
            if is_judged(graph, step, candidate) {
                continue;
            }
            let span = subject.span(&format!("{kind}/{name}/steps/{}", step.name));
            let fact = match step.guards.is_empty() {
                true => "nothing decides whether it should",
                false => "no condition around it depends on a judgement of this model",
            };
            let message = format!("`{name}` deploys to `{model}`, but {fact}");
            report.add(Finding::new(Code::MlUngatedDeploy, span, message).help(
                "evaluate the candidate first and deploy inside the condition: \
                 `let score = evaluate({ model: candidate, … })  when score.accuracy >= 0.95 { deploy … }`",
            ));
        }
    }
}

/// Whether every model that `candidate` can be was given to a step whose value decides one of the conditions.
fn is_judged(graph: &Graph, deploy: &Step, candidate: &Expr) -> bool {
    let judges: BTreeSet<StepIx> = deploy
        .guards
        .iter()
        .flat_map(|guard| sources(graph, guard.step))
        .collect();
    let was_given = |model: &Expr| {
        judges.iter().any(|judge| match &graph.steps[*judge].op {
            Op::Invoke { args, .. } | Op::Launch { args, .. } => contains(args, model),
            Op::Act { .. }
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
            | Op::Await { .. }
            | Op::Failure
            | Op::When { .. }
            | Op::Catch { .. }
            | Op::Each { .. } => false,
        })
    };
    was_given(candidate) || choices(graph, candidate).into_iter().all(was_given)
}

/// The steps whose values have a part in the value of `step`, itself included.
fn sources(graph: &Graph, step: StepIx) -> BTreeSet<StepIx> {
    let mut seen = BTreeSet::new();
    let mut open = vec![step];
    while let Some(ix) = open.pop() {
        if !seen.insert(ix) {
            continue;
        }
        match &graph.steps[ix].op {
            Op::Invoke { args: value, .. }
            | Op::Act { args: value, .. }
            | Op::Launch { args: value, .. }
            | Op::Predict { input: value, .. }
            | Op::When { cond: value } => value.each_step(&mut |read| open.push(read)),
            Op::Catch { body } => open.extend(body),
            Op::Each { over, result, .. } => {
                over.each_step(&mut |read| open.push(read));
                let result = result.iter();
                result.for_each(|result| result.each_step(&mut |read| open.push(read)));
            }
            // What these give does not depend on the values that they were given.
            Op::Snapshot { .. }
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
            | Op::Await { .. }
            | Op::Failure => {}
        }
    }
    seen
}

/// What a candidate can be: both arms of a choice, and what a round of an `each` came to.
fn choices<'g>(graph: &'g Graph, candidate: &'g Expr) -> Vec<&'g Expr> {
    let choices = |of| choices(graph, of);
    match candidate {
        Expr::If(_, then, otherwise) => [choices(then), choices(otherwise)].concat(),
        Expr::Binary(flow_lang::ast::BinaryOp::Default, left, right) => {
            [choices(left), choices(right)].concat()
        }
        Expr::Project(of, _) => choices(of),
        Expr::Field(of, name) => match picked(graph, of) {
            Some(Expr::Record(fields)) => fields.get(name).map_or(vec![candidate], choices),
            _ => vec![candidate],
        },
        Expr::Literal(_)
        | Expr::Input
        | Expr::Step(_)
        | Expr::Item(_)
        | Expr::Best { .. }
        | Expr::Record(_)
        | Expr::List(_)
        | Expr::Unary(..)
        | Expr::Binary(..)
        | Expr::Present(_) => vec![candidate],
    }
}

/// What the body of an `each` came to, of which `best` took one; where that is the best of an `each` inside, what the body
/// of this one came to.
fn picked<'g>(graph: &'g Graph, expr: &'g Expr) -> Option<&'g Expr> {
    let Expr::Best { of, .. } = expr else { return None };
    let Expr::Step(each) = **of else { return None };
    match &graph.steps[each].op {
        Op::Each { result, .. } => {
            let result = result.as_ref()?;
            Some(picked(graph, result).unwrap_or(result))
        }
        _ => None,
    }
}

/// Whether `part` is what an argument is made of. Its fields alone (`candidate.reports`) are not the model.
fn contains(args: &Expr, part: &Expr) -> bool {
    args == part
        || match args {
            Expr::Project(of, _) => contains(of, part),
            Expr::Record(fields) => fields.values().any(|value| contains(value, part)),
            Expr::List(items) => items.iter().any(|item| contains(item, part)),
            Expr::If(_, then, otherwise) => contains(then, part) && contains(otherwise, part),
            Expr::Literal(_)
            | Expr::Input
            | Expr::Step(_)
            | Expr::Item(_)
            | Expr::Best { .. }
            | Expr::Field(..)
            | Expr::Unary(..)
            | Expr::Binary(..)
            | Expr::Present(_) => false,
        }
}
