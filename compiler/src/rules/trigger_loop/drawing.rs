//! A loop as a person reads it, all the way round.

use super::effects::Event;
use super::ring::{Cuts, Link, Ring};
use super::web::Web;
use crate::rules::Subject;
use flow_lang::plan::{On, Op, Source};
use flow_lang::report::{Code, Finding, Report};
use flow_lang::span::Span;

/// Adds the finding about a ring that nothing ends.
pub(super) fn add(subject: &Subject<'_>, web: &Web<'_>, ring: &Ring, cuts: &Cuts, report: &mut Report) {
    // The loop that is shown should not be one that ends by itself, if there is another.
    let not_waiting =
        |link: &Link| web.runs[link.next].by.needs == 1 || web.effect(link.run, link.effect).most.is_none();
    let cycle = ring
        .shortest(web, cuts, not_waiting)
        .or_else(|| ring.shortest(web, cuts, |_| true));
    if let Some(cycle) = cycle {
        report.add(finding(subject, web, &cycle));
    }
}

fn finding(subject: &Subject<'_>, web: &Web<'_>, cycle: &[Link]) -> Finding {
    let rule = |run: usize| web.runs[run].by.rule;
    let first = rule(cycle[0].run);
    let mut way = vec![first.to_owned()];
    for link in cycle {
        way.extend(names(subject, web, link));
        way.push(rule(link.next).to_owned());
    }
    let message = format!(
        "`{first}` starts itself again and nothing ends it: {}",
        way.join(" → ")
    );
    let mut finding = Finding::new(
        Code::GraphTriggerLoop,
        subject.span(&format!("rule/{first}")),
        message,
    );
    for link in cycle {
        let (cause, step) = cause(subject, web, link);
        finding = finding.also(step, cause);
        let by = web.runs[link.next].by;
        let on = subject.span(&format!("rule/{}/on/{}", by.rule, by.on));
        finding = finding.also(on, effect(subject, web, link));
    }
    finding.help(help(web, cycle))
}

/// What stands between two rules of a loop.
fn names(subject: &Subject<'_>, web: &Web<'_>, link: &Link) -> Vec<String> {
    let (rule, _) = &web.rules[web.runs[link.run].by.rule];
    let by = web.runs[link.next].by;
    let caused = web.effect(link.run, link.effect);
    let mut names = match caused.step.map(|step| &rule.graph.steps[step].op) {
        Some(Op::Act { package, action, .. }) => vec![format!("{package}.{action}")],
        Some(Op::Launch { job, .. }) => vec![job.clone()],
        Some(Op::Deploy { model, .. }) => vec![format!("deploy to {model}")],
        Some(Op::Emit { trigger, .. }) => vec![format!("emit {trigger}")],
        Some(Op::Append { dataset, .. }) => vec![format!("append to {dataset}")],
        Some(Op::Prepare { prepare }) => vec![format!("prepare {prepare}")],
        Some(
            Op::Invoke { .. }
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
            | Op::Failure,
        )
        | None => vec![],
    };
    match &web.rules[by.rule].0.on[by.on] {
        // An `emit` has named its trigger already.
        On::Trigger { trigger } => {
            if let Some(Source::Package { package, feed, .. }) = &subject.plan.triggers[trigger].source {
                names.push(format!("{package}.{feed}"));
                names.push(trigger.clone());
            }
        }
        On::Grew { dataset, rows } => names.push(format!("{dataset}.grew(rows: {rows})")),
        On::Published { train } => names.push(format!("{train}.published")),
        On::Deployed { model } => names.push(format!("{model}.deployed")),
        On::Failed { rule } => names.push(format!("{rule}.failed")),
        On::FlowDeployed => {}
    }
    names
}

/// What stands at the step, and where that is.
fn cause(subject: &Subject<'_>, web: &Web<'_>, link: &Link) -> (String, Span) {
    let name = web.runs[link.run].by.rule;
    let (rule, effects) = &web.rules[name];
    let caused = web.effect(link.run, link.effect);
    let Some(step) = caused.step.map(|step| &rule.graph.steps[step]) else {
        let span = subject.span(&format!("rule/{name}"));
        return (format!("a run of `{name}` may fail"), span);
    };
    let text = match (&step.op, caused.event) {
        (Op::Prepare { .. }, Event::Row(dataset)) => {
            format!("`{name}` appends as many rows to `{dataset}` as it prepares")
        }
        (_, Event::Row(dataset)) => {
            let most = super::gain::most(rule, effects, caused.event);
            format!("`{name}` appends up to {most} to `{dataset}` in one run")
        }
        (Op::Launch { job, .. }, Event::Written(package)) => {
            let own = subject.plan.jobs[job].writes.iter().any(|own| own == package);
            let to = if own { "" } else { "the place of " };
            format!("`{job}` writes to {to}`{package}`")
        }
        (Op::Act { package, action, .. }, Event::Written(seen)) if package == seen => {
            format!("`{package}.{action}` changes what is in `{package}`")
        }
        (Op::Act { package, action, .. }, Event::Written(seen)) => {
            format!("`{package}.{action}` writes to the place of `{seen}`")
        }
        (_, Event::Written(package)) => format!("this writes to `{package}`"),
        (_, Event::Fired(trigger)) => format!("this fires `{trigger}`"),
        (_, Event::Published(train)) => format!("`{train}` publishes a version"),
        (_, Event::Deployed(model)) => format!("this brings a version of `{model}` live"),
        (_, Event::Failed(_)) => format!("a run of `{name}` may fail"),
    };
    (text, subject.span(&format!("rule/{name}/steps/{}", step.name)))
}

/// What stands at the event.
fn effect(subject: &Subject<'_>, web: &Web<'_>, link: &Link) -> String {
    let by = web.runs[link.next].by;
    match &web.rules[by.rule].0.on[by.on] {
        On::Trigger { trigger } => match &subject.plan.triggers[trigger].source {
            Some(Source::Package { package, .. }) => {
                format!("`{trigger}` watches `{package}` and starts `{}`", by.rule)
            }
            Some(Source::Cron { .. }) | None => format!("`{trigger}` starts `{}`", by.rule),
        },
        On::Grew { dataset, rows: 1 } => format!("each row of `{dataset}` starts `{}`", by.rule),
        On::Grew { dataset, rows } => format!("every {rows} rows of `{dataset}` start `{}`", by.rule),
        On::Published { train } => format!("each version of `{train}` starts `{}`", by.rule),
        On::Deployed { model } => format!("each version of `{model}` that goes live starts `{}`", by.rule),
        On::Failed { rule } => format!("each failure of `{rule}` starts `{}`", by.rule),
        On::FlowDeployed => format!("a deploy of the flow starts `{}`", by.rule),
    }
}

fn help(web: &Web<'_>, cycle: &[Link]) -> String {
    let mut ways = vec!["give one of the rules a rate, such as `with { rate: 10/h }`"];
    let on = |link: &Link| {
        let by = web.runs[link.next].by;
        &web.rules[by.rule].0.on[by.on]
    };
    let counted = cycle
        .iter()
        .all(|link| web.effect(link.run, link.effect).most.is_some());
    if counted && cycle.iter().any(|link| matches!(on(link), On::Grew { .. })) {
        ways.push("let a `grew` wait for more rows than one round appends");
    }
    let written = |link: &Link| web.effect(link.run, link.effect).value.is_some();
    if cycle.iter().any(written) {
        ways.push("let an `if` on the event refuse what the loop itself writes");
    }
    ways.join(", or ")
}
