//! Small flows: the lines of a case, and a prelude below them that declares what they speak of.

use crate::project::{compile, findings};
use flowc::Checked;

const PRELUDE: &str = include_str!("prelude.flow");

/// The findings about the lines of a case.
pub(crate) fn check(case: &str) -> String {
    findings(&format!("{case} flow cases{PRELUDE}"))
}

/// The whole outcome of the lines of a case.
pub(crate) fn compile_case(case: &str) -> Checked {
    compile(&format!("{case} flow cases{PRELUDE}")).1
}
