//! The one place where pest is called. Its settings belong to the whole process, so calls stand in a queue.

use super::builder::Pair;
use flow_grammar::{FlowParser, Rule};
use pest::Parser;
use pest::error::Error;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

/// pest's bound on its own work: so many calls for a declaration, and so many more for each byte. Sound sources need
/// a tenth of it; it is the second line behind the bound on nesting.
const CALLS_BASE: usize = 20_000;
const CALLS_PER_BYTE: usize = 2_000;

/// Guards the settings of pest from being changed until the parse that they were made for is over.
static SETTINGS: Mutex<()> = Mutex::new(());

/// Parses one declaration.
pub(super) fn declaration(text: &str) -> Result<Pair<'_>, Box<Error<Rule>>> {
    call(text, CALLS_BASE + CALLS_PER_BYTE * text.len(), false)
}

/// Parses a declaration that is known to be broken, slower, with what was expected where.
pub(super) fn explain(text: &str) -> Option<Box<Error<Rule>>> {
    call(text, CALLS_BASE + CALLS_PER_BYTE * text.len(), true).err()
}

fn call(text: &str, calls: usize, detail: bool) -> Result<Pair<'_>, Box<Error<Rule>>> {
    let settings = SETTINGS.lock().unwrap_or_else(PoisonError::into_inner);
    pest::set_call_limit(NonZeroUsize::new(calls));
    pest::set_error_detail(detail);
    let parsed = FlowParser::parse(Rule::declaration, text);
    drop(settings);
    let mut pairs = parsed.map_err(Box::new)?;
    Ok(pairs.next().expect("a declaration is one pair"))
}
