//! The command: hands the arguments and the terminal to [`flowc::cli`].

use flow_lang::runtime::packages::cache;
use flowc::cli::{Console, Terminal, run};
use std::io::{BufWriter, IsTerminal, Write, stderr, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

/// Columns where there is no terminal to ask.
const WIDTH: usize = 100;

fn main() -> ExitCode {
    let columns = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let plain = set("NO_COLOR").is_some();
    let forced = set("CLICOLOR_FORCE").is_some_and(|value| value != "0");
    let terminal = Terminal {
        width: columns.unwrap_or(WIDTH),
        colour_out: !plain && (forced || stdout().is_terminal()),
        colour_err: !plain && (forced || stderr().is_terminal()),
    };
    let (mut out, mut err) = (BufWriter::new(stdout().lock()), stderr().lock());
    let exit = run(
        std::env::args_os(),
        &mut Console {
            out: &mut out,
            err: &mut err,
            terminal,
            cache: cache(|name| set(name).map(PathBuf::from)),
        },
    );
    match out.flush() {
        Ok(()) => exit.into(),
        // Whoever reads has gone; there is nobody to tell.
        Err(_) => ExitCode::from(2),
    }
}
