//! `flowc graph`: a picture of a flow, or of the steps of one rule.

use super::{Console, Exit, Failure, compile};
use crate::emit::{dot, drawing, mermaid};
use flow_lang::plan::{Graph, Plan};
use flow_lang::suggest::nearest;
use std::path::PathBuf;

/// Draw a flow, or the steps of one rule
#[derive(clap::Args)]
pub(super) struct Args {
    /// A folder, `flow.toml` or `.flow` file
    file: PathBuf,
    /// Draw the steps of this `rule`, `infer` or `feedback`
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,
    /// The language of the picture
    #[arg(long, value_enum, default_value_t = Format::Mermaid)]
    format: Format,
    /// The environment of `flow.toml`
    #[arg(long, value_name = "NAME", default_value = "dev")]
    env: String,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Mermaid,
    Dot,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, Failure> {
    let Some(plan) = compile::plan(&args.file, &args.env, console)? else {
        return Ok(Exit::Findings);
    };
    let drawing = match &args.rule {
        None => drawing::flow(&plan),
        Some(name) => drawing::steps(name, graph_of(&plan, name)?),
    };
    let text = match args.format {
        Format::Mermaid => mermaid::render(&drawing),
        Format::Dot => dot::render(&drawing),
    };
    write!(console.out, "{text}")?;
    Ok(Exit::Clean)
}

fn graph_of<'a>(plan: &'a Plan, name: &str) -> Result<&'a Graph, Failure> {
    let rules = plan.rules.iter().map(|(name, rule)| (name, &rule.graph));
    let infers = plan.infers.iter().map(|(name, infer)| (name, &infer.graph));
    let feedbacks = plan
        .feedbacks
        .iter()
        .map(|(name, feedback)| (name, &feedback.graph));
    let mut graphs = rules.chain(infers).chain(feedbacks);
    if let Some((_, graph)) = graphs.clone().find(|(known, _)| *known == name) {
        return Ok(graph);
    }
    let help = match nearest(name, graphs.clone().map(|(known, _)| known.as_str())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => match graphs.next() {
            Some((first, _)) => format!("there is `{first}`, for one"),
            None => format!("`{}` has none", plan.flow),
        },
    };
    Err(Failure::Usage(format!("no rule `{name}`; {help}")))
}
