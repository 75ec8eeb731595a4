//! `flowc new`: a first flow that checks and runs.

use super::{Console, Exit, Failure};
use crate::project::can_name_a_flow;
use std::path::{Path, PathBuf};

/// Make a folder with a small flow that checks and runs
#[derive(clap::Args)]
pub(super) struct Args {
    /// The folder; its last part names the flow
    name: PathBuf,
}

/// What is written, with `NAME` for the flow.
const FILES: &[(&str, &str)] = &[
    ("main.flow", include_str!("new/main.flow")),
    ("functions/hello.py", include_str!("new/hello.py")),
    ("README.md", include_str!("new/README.md")),
];

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, Failure> {
    let name = flow_name(&args.name)?;
    if args.name.exists() {
        return Err(Failure::Usage(format!(
            "`{}` is already there",
            args.name.display()
        )));
    }
    for (path, text) in FILES {
        let path = args.name.join(path);
        write(&path, &text.replace("NAME", &name)).map_err(|source| Failure::File { path, source })?;
    }
    let folder = args.name.display();
    writeln!(
        console.out,
        "made `{folder}`; next: flowc check {folder}, then flowd up {folder}"
    )?;
    Ok(Exit::Clean)
}

/// The name of the flow: the folder's, with `_` for `-`.
fn flow_name(folder: &Path) -> Result<String, Failure> {
    let name = folder
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let flow = name.replace('-', "_");
    if can_name_a_flow(&flow) {
        return Ok(flow);
    }
    Err(Failure::Usage(format!(
        "`{}` cannot name a flow: letters, digits, `-` and `_`, a letter first",
        folder.display()
    )))
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, text)
}
