//! The command: hands the arguments and the terminal to [`flowc::cli`].

use flowc::cli::{Console, Terminal, run};
use std::io::{BufWriter, IsTerminal, Write, stderr, stdout};
use std::process::ExitCode;

/// Columns where there is no terminal to ask.
const WIDTH: usize = 100;

fn main() -> ExitCode {
    let columns = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let terminal = Terminal {
        width: columns.unwrap_or(WIDTH),
        colour_out: !plain && stdout().is_terminal(),
        colour_err: !plain && stderr().is_terminal(),
    };
    let (mut out, mut err) = (BufWriter::new(stdout().lock()), stderr().lock());
    let exit = run(
        std::env::args_os(),
        &mut Console {
            out: &mut out,
            err: &mut err,
            terminal,
        },
    );
    match out.flush() {
        Ok(()) => exit.into(),
        // Whoever reads has gone; there is nobody to tell.
        Err(_) => ExitCode::from(2),
    }
}
