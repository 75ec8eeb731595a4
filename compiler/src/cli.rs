//! The commands of `flowc`: one file each. They take their arguments and their terminal as parameters, so that
//! a test calls them as a shell does.

mod build;
mod check;
mod compile;
mod explain;
mod fmt;
mod graph;
mod headroom;
mod import;
mod network;
mod new;
mod packages;
mod plan;
mod reference;

use crate::load::LoadError;
use clap::{Parser, Subcommand, ValueEnum};
use flow_lang::report::human::Style;
use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// What the terminal can do.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// Columns.
    pub width: usize,
    /// Whether standard output takes colours.
    pub colour_out: bool,
    /// Whether standard error takes colours.
    pub colour_err: bool,
}

/// Where a command writes.
pub struct Console<'a> {
    /// Standard output.
    pub out: &'a mut dyn Write,
    /// Standard error.
    pub err: &'a mut dyn Write,
    /// What stands behind them.
    pub terminal: Terminal,
    /// Where a `flowd` of this machine installs packages, so that they can be counted.
    pub cache: Option<PathBuf>,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done, and nothing is wrong.
    Clean,
    /// 1: the source has errors, or warnings under `--deny-warnings`.
    Findings,
    /// 2: the command could not run.
    Unable,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Unable => 2,
        })
    }
}

/// Why a command could not run.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error("cannot write: {0}")]
    Output(#[from] std::io::Error),
    #[error("cannot write `{}`: {source}", path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error("{0}")]
    Usage(String),
}

/// The compiler of Flow.
#[derive(Parser)]
#[command(name = "flowc", version, about, max_term_width = 100)]
struct Flowc {
    #[command(subcommand)]
    command: Command,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    color: Color,
}

#[derive(Clone, Copy, ValueEnum)]
enum Color {
    /// On a terminal
    Auto,
    Always,
    Never,
}

#[derive(Subcommand)]
enum Command {
    Check(check::Args),
    Fmt(fmt::Args),
    Explain(explain::Args),
    Graph(graph::Args),
    Plan(plan::Args),
    New(new::Args),
    Import(import::Args),
    Build(build::Args),
    Reference(reference::Args),
}

/// Runs `flowc` with its arguments, the first of which is its own name.
pub fn run(args: impl IntoIterator<Item = OsString>, console: &mut Console<'_>) -> Exit {
    let outcome = match Flowc::try_parse_from(args) {
        Ok(flowc) => {
            console.terminal = flowc.color.over(console.terminal);
            match flowc.command {
                Command::Check(args) => check::run(&args, console),
                Command::Fmt(args) => fmt::run(&args, console),
                Command::Explain(args) => explain::run(&args, console),
                Command::Graph(args) => graph::run(&args, console),
                Command::Plan(args) => plan::run(&args, console),
                Command::New(args) => new::run(&args, console),
                Command::Import(args) => import::run(&args, console),
                Command::Build(args) => build::run(&args, console),
                Command::Reference(args) => reference::run(&args, console),
            }
        }
        Err(message) => explain_usage(&message, console),
    };
    outcome.unwrap_or_else(|failure| {
        // Standard error may be closed as well; the exit code still tells.
        let _ = writeln!(console.err, "flowc: {failure}");
        Exit::Unable
    })
}

/// Help and version go to standard output, everything else to standard error.
fn explain_usage(message: &clap::Error, console: &mut Console<'_>) -> Result<Exit, Failure> {
    let text = message.render();
    if message.use_stderr() {
        match console.terminal.colour_err {
            true => write!(console.err, "{}", text.ansi())?,
            false => write!(console.err, "{text}")?,
        }
        return Ok(Exit::Unable);
    }
    match console.terminal.colour_out {
        true => write!(console.out, "{}", text.ansi())?,
        false => write!(console.out, "{text}")?,
    }
    Ok(Exit::Clean)
}

impl Color {
    fn over(self, terminal: Terminal) -> Terminal {
        let (colour_out, colour_err) = match self {
            Color::Auto => (terminal.colour_out, terminal.colour_err),
            Color::Always => (true, true),
            Color::Never => (false, false),
        };
        Terminal {
            colour_out,
            colour_err,
            ..terminal
        }
    }
}

impl Terminal {
    fn style_out(self) -> Style {
        Style {
            colour: self.colour_out,
            width: self.width,
        }
    }

    fn style_err(self) -> Style {
        Style {
            colour: self.colour_err,
            width: self.width,
        }
    }
}
