//! Reads a file: text in, syntax tree and findings out.
//!
//! Three passes. `scan` cuts the text into tokens and refuses characters; `pieces` matches brackets and cuts the
//! file into declarations; then each declaration goes through the grammar alone, so that a mistake in one leaves the
//! others readable and all mistakes of a file are told at once. The remaining files build the tree, one for each file
//! of [`ast`](crate::ast), and word the errors.

mod bare;
mod builder;
mod decl;
mod each;
mod error;
mod expected;
mod expr;
mod foreign;
pub(crate) mod layout;
mod literal;
mod operators;
mod pest_call;
mod pieces;
mod property;
mod recover;
mod repair;
mod rule;
mod scan;
mod test;
mod types;
mod uses;

use crate::ast::File;
use crate::report::{Code, Finding};
use crate::span::{SourceId, Span};
use crate::units;
use builder::Builder;
use decl::Parsed;
use scan::Token;

pub use repair::RESERVED;

/// How large a file may be, in bytes.
pub const FILE_BYTES_MAX: usize = 1_000_000;

/// How many findings one file may have; the rest would not be read.
const FINDINGS_MAX: usize = 100;

/// Reads `text`, the file `source`. The tree holds those declarations that are free of mistakes; findings come in the
/// order of the text. Whatever the text, this ends, and uses a bounded stack.
pub fn parse(source: SourceId, text: &str) -> (File, Vec<Finding>) {
    if text.len() > FILE_BYTES_MAX {
        let size = units::size(u64::try_from(text.len()).expect("a length fits"));
        let most = units::size(FILE_BYTES_MAX as u64);
        let message = format!("this file has {size}; a source file has at most {most}");
        let finding = Finding::new(Code::SyntaxNesting, Span::new(source, 0, 0), message);
        return (
            File::default(),
            vec![finding.help("split it: one flow may stand in many files")],
        );
    }
    let mut scan = scan::scan(source, text);
    let pieces = pieces::pieces(source, text, &mut scan);
    let mut file = File::default();
    let mut findings = scan.harmless;
    findings.append(&mut scan.blocking);
    let mut told = 0;
    for piece in pieces {
        let before = piece.tokens.start.checked_sub(1);
        let before = before.map_or(0, |last| scan.tokens[last].end);
        let tokens = &scan.tokens[piece.tokens];
        // What comes after so many mistakes would be cut off below, and reading on after each one is slow.
        let read = if piece.blocked || told >= FINDINGS_MAX {
            Err(Vec::new())
        } else {
            declaration(source, text, tokens, before)
        };
        match read {
            Ok(Parsed::Decl(decl)) => file.decls.push(*decl),
            Ok(Parsed::Use(each)) => file.uses.push(each),
            Ok(Parsed::Test(test)) => file.tests.push(test),
            Ok(Parsed::Flow(name)) if file.flow.is_none() => file.flow = Some(name),
            Ok(Parsed::Flow(name)) => findings.push(
                Finding::new(Code::NamesDuplicate, name.span, "a file has one `flow NAME`")
                    .help("remove this one")
                    .edit(
                        Span::new(source, tokens[0].start, tokens[tokens.len() - 1].end),
                        "",
                    ),
            ),
            Err(mistakes) => {
                told += mistakes.len();
                findings.extend(mistakes);
                match pieces::declared(source, text, tokens) {
                    Some(("flow", name)) => file.flow = file.flow.or(Some(name)),
                    Some((_, name)) => file.unread.push(name),
                    None => {}
                }
            }
        }
    }
    findings.sort_by_key(|finding| finding.span);
    findings.truncate(FINDINGS_MAX);
    (file, findings)
}

/// Reads the declaration that `tokens` are, or says what is wrong with it. The token before it ends at `before`.
fn declaration(
    source: SourceId,
    text: &str,
    tokens: &[Token],
    before: usize,
) -> Result<Parsed, Vec<Finding>> {
    let bare = bare::bare(text, tokens);
    let Ok(pair) = pest_call::declaration(&bare) else {
        return Err(recover::findings(source, text, tokens));
    };
    let mut builder = Builder::new(source, text, tokens, before);
    let parsed = builder.decl(pair);
    if builder.findings.is_empty() {
        Ok(parsed)
    } else {
        Err(builder.findings)
    }
}
