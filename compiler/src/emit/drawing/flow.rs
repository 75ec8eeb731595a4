//! A whole flow: what comes in, which rules it starts, and what they do to what.

use super::{Drawing, Shape, id};
use flow_lang::plan::{Graph, On, Op, Plan, Source, Trigger};
use flow_lang::units;

/// The drawing of a flow: packages, triggers, rules, routes, actions, jobs, datasets, models and the effects
/// between them.
pub fn flow(plan: &Plan) -> Drawing {
    let mut drawing = Drawing {
        title: plan.flow.clone(),
        ..Drawing::default()
    };
    nodes(&mut drawing, plan);
    for (name, trigger) in &plan.triggers {
        if let Some(Source::Package { package, feed, .. }) = &trigger.source {
            drawing.arrow(id("package", package), id("trigger", name), feed);
        }
    }
    for (name, rule) in &plan.rules {
        let owner = id("rule", name);
        for on in &rule.on {
            match on {
                On::Trigger { trigger } => drawing.arrow(id("trigger", trigger), &owner, ""),
                On::Grew { dataset, rows } => {
                    drawing.arrow(id("dataset", dataset), &owner, &format!("grew {rows} rows"));
                }
                On::FlowDeployed => drawing.arrow("deployed", &owner, ""),
                On::Published { train } => drawing.arrow(id("job", train), &owner, "published"),
                On::Deployed { model } => drawing.arrow(id("model", model), &owner, "deployed"),
                On::Failed { rule } => drawing.arrow(id("rule", rule), &owner, "failed"),
            }
        }
        effects(&mut drawing, plan, &owner, &rule.graph);
    }
    for (name, infer) in &plan.infers {
        effects(&mut drawing, plan, &id("infer", name), &infer.graph);
    }
    for (name, feedback) in &plan.feedbacks {
        let owner = id("feedback", name);
        drawing.broken_arrow(id("infer", &feedback.of), &owner, "asked");
        effects(&mut drawing, plan, &owner, &feedback.graph);
    }
    for (name, job) in &plan.jobs {
        for package in &job.writes {
            drawing.arrow(id("job", name), id("package", package), "writes");
        }
    }
    drawing
}

fn nodes(drawing: &mut Drawing, plan: &Plan) {
    for (name, package) in &plan.packages {
        drawing.node(
            id("package", name),
            [name.clone(), package.kind.clone()],
            Shape::Store,
        );
    }
    for (name, trigger) in &plan.triggers {
        drawing.node(id("trigger", name), trigger_label(name, trigger), Shape::Event);
    }
    let waits = |on: &On| matches!(on, On::FlowDeployed);
    if plan.rules.values().any(|rule| rule.on.iter().any(waits)) {
        drawing.node("deployed".into(), ["flow.deployed".into()], Shape::Event);
    }
    for name in plan.rules.keys() {
        drawing.node(id("rule", name), [name.clone()], Shape::Rule);
    }
    for (name, infer) in &plan.infers {
        let route = format!("{} {}", infer.method, infer.path);
        drawing.node(id("infer", name), [name.clone(), route], Shape::Route);
    }
    for name in plan.feedbacks.keys() {
        drawing.node(id("feedback", name), [name.clone()], Shape::Route);
    }
    for name in plan.actions.keys() {
        drawing.node(id("action", name), [name.clone()], Shape::Action);
    }
    for name in plan.jobs.keys() {
        drawing.node(id("job", name), [name.clone()], Shape::Job);
    }
    for name in plan.datasets.keys() {
        drawing.node(id("dataset", name), [name.clone()], Shape::Store);
    }
    for name in plan.models.keys() {
        drawing.node(id("model", name), [name.clone()], Shape::Model);
    }
    for (name, import) in &plan.imports {
        let of = format!("of {}", import.flow);
        drawing.node(id("model", name), [name.clone(), of], Shape::Model);
    }
}

fn trigger_label(name: &str, trigger: &Trigger) -> Vec<String> {
    let mut label = vec![name.to_string()];
    label.extend(trigger.source.as_ref().and_then(Source::clock));
    if let Some(rate) = trigger.at_most {
        label.push(format!("at most {}", units::rate(rate)));
    }
    label
}

fn effects(drawing: &mut Drawing, plan: &Plan, owner: &str, graph: &Graph) {
    for step in &graph.steps {
        match &step.op {
            Op::Invoke { action, .. } => drawing.arrow(owner, id("action", action), ""),
            Op::Launch { job, .. } => drawing.arrow(owner, id("job", job), ""),
            Op::Act { package, action, .. } => drawing.arrow(owner, id("package", package), action),
            Op::Predict { model, .. } => drawing.arrow(owner, id("model", model), "predict"),
            Op::Split { dataset, .. } => drawing.broken_arrow(id("dataset", dataset), owner, "split"),
            Op::Snapshot { dataset } => drawing.broken_arrow(id("dataset", dataset), owner, "snapshot"),
            Op::Live { model } => drawing.broken_arrow(id("model", model), owner, "live"),
            Op::Append { dataset, .. } => drawing.arrow(owner, id("dataset", dataset), "append"),
            Op::Deploy { model, .. } => drawing.arrow(owner, id("model", model), "deploy"),
            Op::Emit { trigger, .. } => drawing.arrow(owner, id("trigger", trigger), "emit"),
            Op::Prepare { prepare } => {
                if let Some(prepare) = plan.prepares.get(prepare) {
                    drawing.broken_arrow(id("dataset", &prepare.from), owner, "prepare");
                    drawing.arrow(owner, id("dataset", &prepare.to), "append");
                    effects(drawing, plan, owner, &prepare.graph);
                }
            }
            Op::Register { .. }
            | Op::Sleep { .. }
            | Op::Approval { .. }
            | Op::Callback
            | Op::Await { .. }
            | Op::Failure
            | Op::When { .. }
            | Op::Catch { .. }
            | Op::Each { .. } => {}
        }
    }
}
