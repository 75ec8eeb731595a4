//! `flowc plan`: what will run, as JSON.

use super::{Console, Exit, Failure, compile};
use std::path::PathBuf;

/// Compile a flow to its plan
#[derive(clap::Args)]
pub(super) struct Args {
    /// A folder, `flow.toml` or `.flow` file
    file: PathBuf,
    /// The environment of `flow.toml`
    #[arg(long, value_name = "NAME", default_value = "dev")]
    env: String,
    /// Where the plan goes, instead of standard output
    #[arg(short, long, value_name = "PLAN.json")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, Failure> {
    let Some(plan) = compile::plan(&args.file, &args.env, console)? else {
        return Ok(Exit::Findings);
    };
    let mut json =
        serde_json::to_string_pretty(&plan).expect("a plan holds only strings as keys and finite numbers");
    json.push('\n');
    match &args.output {
        None => write!(console.out, "{json}")?,
        Some(path) => std::fs::write(path, json).map_err(|source| Failure::File {
            path: path.clone(),
            source,
        })?,
    }
    writeln!(console.err, "digest {}", plan.digest())?;
    Ok(Exit::Clean)
}
