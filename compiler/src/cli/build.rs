//! `flowc build`: a flow for a platform that has its own description.

use super::{Console, Exit, Failure, compile};
use crate::load::load;
use crate::openwhisk;
use std::path::PathBuf;

/// Write a flow as another platform describes it; what that cannot express is named
#[derive(clap::Args)]
pub(super) struct Args {
    /// A folder, `flow.toml` or `.flow` file
    file: PathBuf,
    /// For what
    #[arg(long, value_enum)]
    target: Target,
    /// The environment of `flow.toml`
    #[arg(long, value_name = "NAME", default_value = "dev")]
    env: String,
    /// Where it goes, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Target {
    /// A manifest of wskdeploy
    Openwhisk,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, Failure> {
    let Some(plan) = compile::plan(&args.file, &args.env, console)? else {
        return Ok(Exit::Findings);
    };
    let built = match args.target {
        Target::Openwhisk => openwhisk::build(&plan, &load(&args.file)?.code),
    };
    match &args.output {
        None => write!(console.out, "{}", built.manifest)?,
        Some(path) => std::fs::write(path, &built.manifest).map_err(|source| Failure::File {
            path: path.clone(),
            source,
        })?,
    }
    for line in &built.left_out {
        writeln!(console.err, "left out: {line}")?;
    }
    Ok(Exit::Clean)
}
