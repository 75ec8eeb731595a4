//! The `flowd` command.

use flowd::main_with::{self, Parts};
use std::process::ExitCode;

fn main() -> ExitCode {
    main_with::run(std::env::args_os().collect(), Parts::default())
}
