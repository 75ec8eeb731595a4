//! Which graphs are chains of calls that each hand on all they give: the only ones that OpenWhisk knows.

use flow_lang::ast::BinaryOp;
use flow_lang::plan::{Action, Expr, Graph, Op, Plan, Step, StepIx, Type};
use serde_json::Value;
use std::collections::BTreeMap;

/// Actions that hand on to each other, with what is given beside the event.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Chain {
    pub(super) actions: Vec<String>,
    /// Constants for the first of them.
    pub(super) constants: BTreeMap<String, Value>,
    /// The last step.
    pub(super) end: StepIx,
}

/// Where the arguments of a call come from.
#[derive(Clone, Copy, Debug, PartialEq)]
enum From {
    Nowhere,
    Input,
    Step(StepIx),
}

/// The chains of a graph.
///
/// # Errors
/// What else is in it.
pub(super) fn chains(plan: &Plan, graph: &Graph) -> Result<Vec<Chain>, String> {
    // The chain that ends with a step.
    let mut open: BTreeMap<StepIx, Chain> = BTreeMap::new();
    for (ix, step) in graph.steps.iter().enumerate() {
        let (name, args) = call(step)?;
        let action = plan.actions.get(name).ok_or_else(|| format!("`{name}`"))?;
        let mut constants = BTreeMap::new();
        let from = source(graph, action, args, &mut constants)?;
        let mut chain = match from {
            From::Nowhere | From::Input => Chain {
                actions: Vec::new(),
                constants,
                end: ix,
            },
            From::Step(before) => {
                if !constants.is_empty() {
                    return Err(format!("constants for `{name}`, which takes a result"));
                }
                open.remove(&before)
                    .ok_or_else(|| "one result for several calls".to_owned())?
            }
        };
        let waits: &[StepIx] = match &from {
            From::Step(before) => std::slice::from_ref(before),
            From::Nowhere | From::Input => &[],
        };
        if step.needs != waits {
            return Err(format!("the order of `{name}` after another step"));
        }
        chain.actions.push(name.to_owned());
        chain.end = ix;
        open.insert(ix, chain);
    }
    Ok(open.into_values().collect())
}

/// A step that is a call of an action and nothing more.
fn call(step: &Step) -> Result<(&str, &Expr), String> {
    if step.within.is_some() {
        return Err("`each`".to_owned());
    }
    if !step.guards.is_empty() {
        return Err("`when`".to_owned());
    }
    if step.caught_by.is_some() {
        return Err("`catch`".to_owned());
    }
    match &step.op {
        Op::Invoke { action, args } => Ok((action, args)),
        Op::Launch { job, .. } => Err(format!("the job `{job}`")),
        Op::Predict { model, .. } | Op::Live { model } => Err(format!("the model `{model}`")),
        Op::Act { package, action, .. } => Err(format!("`{package}.{action}`")),
        Op::Snapshot { dataset } | Op::Split { dataset, .. } | Op::Append { dataset, .. } => {
            Err(format!("the dataset `{dataset}`"))
        }
        Op::Deploy { .. } => Err("`deploy`".to_owned()),
        Op::Prepare { prepare } => Err(format!("the prepare `{prepare}`")),
        Op::Register { .. } => Err("`register`".to_owned()),
        Op::Emit { trigger, .. } => Err(format!("`emit {trigger}`")),
        Op::Sleep { .. } => Err("`sleep`".to_owned()),
        Op::Approval { .. } | Op::Await { .. } => Err("`wait`".to_owned()),
        Op::Callback => Err("`callback`".to_owned()),
        Op::Failure => Err("`on failure`".to_owned()),
        Op::When { .. } => Err("`when`".to_owned()),
        Op::Catch { .. } => Err("`catch`".to_owned()),
        Op::Each { .. } => Err("`each`".to_owned()),
    }
}

/// Where all arguments of a call come from, each under its own name.
fn source(
    graph: &Graph,
    action: &Action,
    args: &Expr,
    constants: &mut BTreeMap<String, Value>,
) -> Result<From, String> {
    let fields = match args {
        Expr::Project(of, _) => return whole(of),
        Expr::Record(fields) => fields,
        _ => return Err("arguments that are worked out".to_owned()),
    };
    let defaults = action.input.fields().ok_or_else(String::new)?;
    let default = |name: &String| {
        let params = &action.function.params;
        params.get(name).or_else(|| defaults.get(name)?.default.as_ref())
    };
    let mut from = From::Nowhere;
    for (name, value) in fields {
        match value {
            Expr::Literal(value) if Some(value) == default(name) => {}
            Expr::Literal(value) => {
                constants.insert(name.clone(), value.clone());
            }
            value => {
                let here = part(value, name, default(name))?;
                if from != From::Nowhere && from != here {
                    return Err("arguments from several places".to_owned());
                }
                from = here;
            }
        }
    }
    // All that is there is handed on, so nothing may be there that is not taken from there.
    let there: &Type = match from {
        From::Nowhere | From::Input => &graph.input,
        From::Step(ix) => &graph.steps[ix].output,
    };
    let taken = |name: &String| {
        fields
            .get(name)
            .is_some_and(|value| !matches!(value, Expr::Literal(_)))
    };
    let also = there.present().fields().into_iter().flatten();
    match also
        .map(|(name, _)| name)
        .find(|name| defaults.contains_key(*name) && !taken(name))
    {
        Some(name) => Err(format!("a `{name}` that is held back")),
        None => Ok(from),
    }
}

/// A field of the same name, with the default of the callee where it may be absent.
fn part(value: &Expr, name: &str, default: Option<&Value>) -> Result<From, String> {
    match value {
        Expr::Field(of, field) if field == name => whole(of),
        Expr::Project(of, _) => part(of, name, default),
        Expr::Binary(BinaryOp::Default, of, fallback) => match (&**fallback, default) {
            (Expr::Literal(fallback), Some(default)) if fallback == default => part(of, name, None),
            _ => Err(format!("a value that stands in for `{name}`")),
        },
        _ => Err("arguments that are worked out".to_owned()),
    }
}

fn whole(of: &Expr) -> Result<From, String> {
    match of {
        Expr::Input => Ok(From::Input),
        Expr::Step(ix) => Ok(From::Step(*ix)),
        _ => Err("arguments that are worked out".to_owned()),
    }
}
