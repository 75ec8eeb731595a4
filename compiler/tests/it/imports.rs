//! The project beside every project of the tests: a model to import, and one with a mistake in it.

use crate::project::alone;
use flowc::project::Project;
use std::collections::BTreeMap;

/// What the paths of `import` in the tests lead to.
pub(crate) fn near() -> BTreeMap<String, Result<Project, String>> {
    let digits = "flow digits  type Pixels { pixels: [float<0..1>; 4] }  trigger t: Pixels \
        model digits: Pixels -> { digit: int<0..9> } { runtime: \"python:3\", code: \"functions\", entry: \"predict\" }";
    let scans = digits.replace("4]", "64]").replace("flow digits", "flow scans");
    BTreeMap::from([
        ("../scans".to_owned(), Ok(alone(&scans))),
        ("../digits".to_owned(), Ok(alone(digits))),
        (
            "../broken".to_owned(),
            Ok(alone(
                "flow broken  model worse: Lost -> { y: int } { runtime: \"python:3\", code: \"functions\", entry: \"predict\" }",
            )),
        ),
        ("../unread".to_owned(), Ok(alone("flow unread  model m: {"))),
        (
            "../gone".to_owned(),
            Err("cannot read `../gone`: No such file or directory".to_owned()),
        ),
    ])
}
