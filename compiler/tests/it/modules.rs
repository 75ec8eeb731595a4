//! Imports of declarations, read from folders as a person has them.

use flow_lang::plan::Plan;
use flowc::{check, load::load};
use std::fs;
use std::path::Path;

const FUNCTIONS: &str = "def grey(args):\n    return {}\n";
const BASE: &str = "type Scan { name: text<9B> }  secret eye
    idempotent action grey(Scan) -> { s: float<0..1> } { runtime: \"python:3\", code: \"functions\", entry: \"look.grey\", secrets: [eye] }";
const LIB: &str = "import \"base.flow\" { grey as look_at, Scan }
    prepare seen(Scan) -> { s: float<0..1> } { let g = look_at({ name: name })  return { s: g.s } }";
const MAIN: &str = "flow app
    import \"../lib/lib.flow\" { seen, Scan as Page }
    trigger got: Page  dataset kept: { s: float<0..1> }
    rule keep: on got(page) { append seen(page) to kept }";

fn write(root: &Path, file: &str, text: &str) {
    let file = root.join(file);
    fs::create_dir_all(file.parent().expect("the folder of the test can be used"))
        .expect("the folder of the test can be used");
    fs::write(file, text).expect("the folder of the test can be used");
}

fn folders() -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("the folder of the test can be used");
    for (file, text) in [
        ("lib/functions/look.py", FUNCTIONS),
        ("lib/base.flow", BASE),
        ("lib/lib.flow", LIB),
        ("app/main.flow", MAIN),
    ] {
        write(root.path(), file, text);
    }
    root
}

/// The plan, or the findings as `id message`.
fn plan(root: &Path) -> Result<Plan, Vec<String>> {
    let project = load(&root.join("app/main.flow")).expect("the folder of the test can be used");
    let checked = check(&project, "dev");
    let told = checked.report.findings.iter();
    let told: Vec<_> = told
        .map(|finding| format!("{} {}", finding.code.info().id, finding.message))
        .collect();
    match told.is_empty() {
        true => Ok(checked.plan.expect("it is clean")),
        false => Err(told),
    }
}

#[test]
fn what_is_imported_brings_what_it_needs_from_where_it_is() {
    let root = folders();
    let plan = plan(root.path()).expect("it is clean");
    assert_eq!(plan.validate(), Ok(()));
    let action = &plan.actions["seen_grey"];
    assert_eq!(action.function.code.place(), "../lib/functions");
    assert_eq!(action.function.secrets, ["eye"]);
    assert_eq!(plan.secrets["eye"], "env:EYE");
    assert_eq!(plan.rules["keep"].graph.steps.len(), 2);
}

#[test]
fn the_digest_looks_at_the_meaning_of_what_is_imported() {
    let root = folders();
    let before = plan(root.path()).expect("it is clean").digest();
    write(
        root.path(),
        "lib/base.flow",
        &format!("// A remark.\ntype Unused {{ a: int }}\n{BASE}"),
    );
    assert_eq!(plan(root.path()).expect("it is clean").digest(), before);
    write(
        root.path(),
        "lib/functions/look.py",
        &format!("# other\n{FUNCTIONS}"),
    );
    let changed = plan(root.path()).expect("it is clean").digest();
    assert_ne!(changed, before);
    write(root.path(), "lib/base.flow", &BASE.replace("0..1", "0..2"));
    assert_eq!(
        plan(root.path()).expect_err("it has findings").len(),
        1,
        "the prepare promises less than it gives now"
    );
}

#[test]
fn a_test_changes_no_plan() {
    let root = folders();
    let before = plan(root.path()).expect("it is clean");
    let tested = format!("{MAIN} test \"it\" {{ fire got({{ name: \"a\" }})  expect kept has 1 rows }}");
    write(root.path(), "app/main.flow", &tested);
    assert_eq!(plan(root.path()).expect("it is clean").digest(), before.digest());
}

#[test]
fn rings_and_own_files_are_told() {
    let root = folders();
    write(
        root.path(),
        "lib/base.flow",
        &format!("import \"../app/main.flow\" {{ kept }} {BASE}"),
    );
    assert_eq!(
        plan(root.path()).expect_err("it has findings"),
        [
            "names/import-cycle `../lib/lib.flow` imports in a ring: `main.flow` → `../lib/lib.flow` → `base.flow` → `main.flow`"
        ]
    );
    write(root.path(), "lib/base.flow", BASE);
    write(
        root.path(),
        "app/main.flow",
        &format!("import \"main.flow\" {{ kept }} {MAIN}"),
    );
    assert_eq!(
        plan(root.path()).expect_err("it has findings"),
        ["names/import-missing `main.flow` is a part of this very flow"]
    );
}

#[test]
fn code_of_another_project_is_looked_at() {
    let root = folders();
    write(
        root.path(),
        "lib/functions/look.py",
        "def other(args):\n    return {}\n",
    );
    let told = plan(root.path()).expect_err("it has findings");
    assert!(told.len() == 1 && told[0].starts_with("code/entry"), "{told:?}");
    fs::remove_dir_all(root.path().join("lib/functions")).expect("the folder of the test can be used");
    assert_eq!(
        plan(root.path()).expect_err("it has findings"),
        ["code/missing there is no folder `../lib/functions`"]
    );
}
