//! The project beside every project of the tests: a model to import, and one with a mistake in it.

use crate::project::alone;
use flow_lang::parse::parse;
use flow_lang::span::Sources;
use flowc::project::{Module, NoModule, Project};
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

/// What the paths of `import "…" { … }` in the tests lead to.
pub(crate) fn modules(sources: &mut Sources) -> BTreeMap<String, Result<Module, NoModule>> {
    let lib = "type Size { n: int<0..9> }  type Grey { s: float<0..1> }  secret eye  dataset kept: Size
        idempotent action measure(Size) -> Grey { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\", secrets: [eye] }
        prepare sized({ n: int<0..9> }) -> Grey { return measure({ n: n }) }
        action inked(Grey) -> { ink: float<0..1> } { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }
        action printed = measure |> inked
        pure action note({ ink: float<0..1> }) { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }
        prepare darkest({ n: int<0..9> }) -> Grey {
            let say = note({ ink: 1 })
            let rows = measure({ n: n }) catch fit => { s: 0.5 } after say
            let judge = each f in [1, 2] parallel 2 { let keep = printed({ n: f })  let one = { ink: keep.ink, s: rows.s }  one } |> best(by: -ink)
            when judge.ink > 2 { let dead = note(judge)  note({ ink: 1 }) after dead } else when judge.ink > rows.s { let all = note(judge)  note({ ink: 1 }) after all } else { note(judge) } after say
            return { s: judge.s }
        }
        prepare lost(Size) -> Grey { return f({ n: n }) }
        trigger noted: Size  prepare told(Size) -> Size { emit noted({ n: n })  return { n: n } }
        prepare stored(Size) -> Size { append { n: n } to kept  return { n: n } }
        job bring_in(Size) { command: [\"python\", \"scans.py\"], code: \"jobs\", writes: [box] }";
    let ring = ["main.flow", "lib/ring.flow", "main.flow"].map(str::to_owned);
    let gone = "cannot read `lib/gone.flow`: No such file or directory".to_owned();
    let mut module = |path: &str, text: &str| {
        let id = sources.add(path, text);
        let (file, findings) = parse(id, text);
        Module {
            identity: path.into(),
            project: String::new(),
            files: vec![file],
            broken: findings.into_iter().next(),
            modules: BTreeMap::new(),
        }
    };
    let over = |file: &str, module: Result<Module, NoModule>| Module {
        identity: "lib/over.flow".into(),
        project: String::new(),
        files: Vec::new(),
        broken: None,
        modules: BTreeMap::from([(file.to_owned(), module)]),
    };
    BTreeMap::from([
        ("lib/x.flow".to_owned(), Ok(module("lib/x.flow", lib))),
        (
            "lib/broken.flow".to_owned(),
            Ok(module("lib/broken.flow", "type A {")),
        ),
        (
            "lib/over_broken.flow".to_owned(),
            Ok(over("broken.flow", Ok(module("lib/broken2.flow", "type A {")))),
        ),
        (
            "lib/over_gone.flow".to_owned(),
            Ok(over("gone.flow", Err(NoModule::Unreadable(gone.clone())))),
        ),
        ("lib/ring.flow".to_owned(), Err(NoModule::Cycle(ring.into()))),
        ("lib/gone.flow".to_owned(), Err(NoModule::Unreadable(gone))),
        ("main.flow".to_owned(), Err(NoModule::Own)),
    ])
}
