//! The command.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    // First of all: a shim is not a daemon, and stays as small as it is.
    if args.next().is_some_and(|verb| verb == "shim") {
        return flowd::shim::main(args, std::env::var_os("PATH"));
    }
    ExitCode::SUCCESS
}
