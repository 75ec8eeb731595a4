//! `flowc fmt`: one style for all flows.

use super::{Console, Exit, Failure};
use crate::load::sources;
use flow_lang::format::format;
use flow_lang::report::{Report, human};
use std::path::PathBuf;

/// Give flows the one style: blanks, indentation and columns; tokens and comments stay
#[derive(clap::Args)]
pub(super) struct Args {
    /// Folders, `flow.toml` or `.flow` files
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// Change nothing; exit with 1 if a file has another style
    #[arg(long)]
    check: bool,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, Failure> {
    let mut exit = Exit::Clean;
    for path in &args.paths {
        let (files, sources, mut report) = sources(path)?;
        for (file, (id, source)) in files.iter().zip(sources.iter()) {
            let broken = report.findings.iter().any(|finding| finding.span.source == id);
            match format(id, &source.text) {
                // Bad bytes were replaced when it was read: writing it would lose them.
                _ if broken => {}
                Ok(text) if text == source.text => {}
                Ok(_) if args.check => {
                    writeln!(console.out, "{} has another style", source.path.display())?;
                    exit = Exit::Findings;
                }
                Ok(text) => {
                    crate::load::replace(file, &text).map_err(|source| Failure::File {
                        path: file.clone(),
                        source,
                    })?;
                    writeln!(console.out, "{}", source.path.display())?;
                }
                Err(findings) => report.findings.extend(findings),
            }
        }
        if !report.findings.is_empty() {
            exit = Exit::Findings;
            let shown = human::render(&Report::sorted(report), &sources, console.terminal.style_out());
            write!(console.out, "{shown}")?;
        }
    }
    Ok(exit)
}
