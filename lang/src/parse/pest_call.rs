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

#[cfg(test)]
mod tests {
    use super::*;
    use pest::error::ErrorVariant;

    /// How many calls pest needs, whether the text is sound or not.
    fn calls(text: &str) -> usize {
        let enough = |calls: &usize| match call(text, *calls, false) {
            Ok(_) => true,
            Err(error) => !matches!(error.variant, ErrorVariant::CustomError { .. }),
        };
        let (mut low, mut high) = (1, 4_000_000);
        assert!(enough(&high), "more than {high} calls for {text}");
        while low < high {
            let middle = (low + high) / 2;
            if enough(&middle) {
                high = middle
            } else {
                low = middle + 1
            }
        }
        low
    }

    /// Deciding by trying doubles the work with each level; twice the depth must be about twice the work.
    fn check(before: &str, open: &str, inner: &str, close: &str, after: &str) {
        let at = |depth: usize| {
            let text = format!(
                "{before}{}{inner}{}{after}",
                open.repeat(depth),
                close.repeat(depth)
            );
            (calls(&text), text)
        };
        let ((ten, _), (twenty, text)) = (at(10), at(20));
        assert!(
            twenty < ten * 5 / 2,
            "{ten} calls at depth 10, {twenty} at depth 20: {text}"
        );
    }

    #[test]
    fn the_work_is_linear_in_the_depth() {
        let rule = "rule r: on t(x) { let v = ";
        // The second of each pair is broken in the middle.
        for inner in ["1", "1 1"] {
            check(rule, "f({ a: ", inner, " })", " }");
            check(rule, "f(a: ", inner, ")", " }");
            check(rule, "(", inner, ")", " }");
            check(rule, "[", inner, "]", " }");
            check(rule, "{ a: ", inner, " }", " }");
            check(rule, "when c { ", inner, " }", " }");
            check(rule, "when c { a: ", inner, " }", " }");
            check(rule, "when c { 1 } else { ", inner, " }", " }");
            check(rule, "f(x) catch e => { ", inner, " }", " }");
            check(rule, "f(x) catch e => { a: ", inner, " }", " }");
            check(rule, "x |> f(", inner, ")", " }");
            check("dataset d: T { p: ", "[", inner, "]", " }");
        }
        for inner in ["int", "int int"] {
            check("type T = ", "{ a: ", inner, " }", "");
            check("type T = ", "[", inner, "]", "");
            check("type T = ", "dataset<", inner, ">", "");
            check("action f(", "{ a: ", inner, " }", ")");
            check("job f({}) { reports: ", "{ a: ", inner, " }", " }");
        }
    }
}
