//! Reading people's Python: what a module has at its top, and whether it trains.

mod bindings;
mod training;

pub(super) use bindings::{Binding, bindings};
pub(super) use training::trains;

use ruff_python_ast::ModModule;
use ruff_python_parser::parse_module;

/// Reads a module.
///
/// # Errors
/// The line, from 1, and what is wrong there.
pub(super) fn read(text: &str) -> Result<ModModule, (usize, String)> {
    parse_module(text)
        .map(ruff_python_parser::Parsed::into_syntax)
        .map_err(|error| {
            let offset = error.location.start().to_usize().min(text.len());
            let line = text.as_bytes()[..offset]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count()
                + 1;
            (line, error.error.to_string())
        })
}
