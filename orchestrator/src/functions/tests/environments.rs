//! Environments from a `requirements.txt` or a `package.json`, with a package that is a folder: no network is needed.

use super::stage::{NODE, Stage, function, has_node, search_path};
use crate::functions::{Call, EnvironmentError, Environments, Functions};
use flow_lang::runtime::Runtime;
use flow_lang::runtime::packages::{Installed, asked};
use serde_json::json;
use std::path::Path;
use std::sync::Mutex;

/// A package that needs nothing else to be built: its build backend is in its own folder.
fn package(folder: &Path) {
    let files = [
        (
            "pyproject.toml",
            "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n",
        ),
        (
            "backend.py",
            "import os, zipfile
def build_wheel(directory, config=None, metadata=None):
    name = 'tiny-1.0-py3-none-any.whl'
    with zipfile.ZipFile(os.path.join(directory, name), 'w') as wheel:
        wheel.writestr('tiny.py', 'answer = 42')
        info = 'tiny-1.0.dist-info/'
        wheel.writestr(info + 'METADATA', 'Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\n')
        wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
        wheel.writestr(info + 'RECORD', '')
    return name
",
        ),
    ];
    std::fs::create_dir(folder).unwrap();
    for (name, text) in files {
        std::fs::write(folder.join(name), text).unwrap();
    }
}

#[tokio::test]
async fn built_once_and_found_by_its_text() {
    let stage = Stage::new(&[("f.py", "import tiny\ndef f(args): return {'answer': tiny.answer}")]);
    let folder = stage.root.path().join("tiny");
    package(&folder);
    let requirements = format!("# the answer\n{}\n", folder.display());
    let mut call = stage.call("f.f", json!({}));
    stage
        .check_call(
            call.clone(),
            Err("Crash: ModuleNotFoundError: No module named 'tiny'"),
        )
        .await;

    call.function.code.requirements = Some(requirements.clone());
    let said = Mutex::new(Vec::new());
    let progress = |line: &str| said.lock().unwrap().push(line.to_owned());
    // Two at a time: one builds, the other waits for it.
    let (one, two) = tokio::join!(
        stage.functions.ready(&call.function, &progress),
        stage.functions.ready(&call.function, &progress),
    );
    one.and(two).unwrap();
    let said = said.into_inner().unwrap();
    let count = |start: &str| said.iter().filter(|line| line.starts_with(start)).count();
    assert_eq!(count("creating an environment for Python 3."), 1, "{said:?}");
    assert_eq!(count("waiting for another flowd"), 1, "{said:?}");
    assert_eq!(count("Successfully installed tiny-1.0"), 1, "{said:?}");
    stage.check_call(call.clone(), Ok(json!({"answer": 42}))).await;

    let cache = stage.root.path().join("environments");
    let again = Environments::new(&cache, search_path());
    let python = again
        .python(Some(&requirements), &|line| panic!("built again: {line}"))
        .await
        .unwrap();
    // What was installed is counted, and nothing else: pip stays at home.
    let home = python.parent().unwrap().parent().unwrap();
    let asks = asked(Runtime::Python { minor: None }, &requirements, None);
    let note = std::fs::read(home.join("flow-complete")).unwrap();
    let note: Installed = serde_json::from_slice(&note).unwrap();
    assert_eq!(note.asks, asks);
    assert!((100..100_000_000).contains(&note.zip), "{note:?}");
    assert_eq!(flowc::load::packages(&cache), [(asks, note.zip)].into());
    // A build that was killed has no marker, and is done again.
    std::fs::remove_file(home.join("flow-complete")).unwrap();
    std::fs::remove_file(&python).unwrap();
    again.python(Some(&requirements), &|_| {}).await.unwrap();
    assert!(python.exists());
}

#[tokio::test]
async fn without_requirements_there_is_nothing_to_build() {
    let cache = tempfile::tempdir().unwrap();
    let environments = Environments::new(cache.path(), search_path());
    let silent = |line: &str| panic!("{line}");
    let plain = environments.python(None, &silent).await.unwrap();
    let comments = environments.python(Some("# nothing\n\n"), &silent).await.unwrap();
    assert_eq!(plain, comments);
    assert!(!plain.to_string_lossy().contains("shims"), "{}", plain.display());
}

#[tokio::test]
async fn what_pip_says_when_it_fails() {
    let cache = tempfile::tempdir().unwrap();
    let environments = Environments::new(cache.path(), search_path());
    let missing = cache.path().join("missing");
    let text = format!("{}\n", missing.display());
    let error = environments.python(Some(&text), &|_| {}).await.unwrap_err();
    assert!(matches!(&error, EnvironmentError::Build { .. }) && error.may_pass());
    let words = error.to_string();
    assert!(
        words.starts_with("installing the requirements failed: ERROR: "),
        "{words}"
    );
    assert!(words.contains(&missing.display().to_string()), "{words}");
}

/// A package of Node: a folder for `npm install`, or an archive of it that a lock file can name.
fn node_package(folder: &Path) {
    let manifest = "{\"name\": \"tiny\", \"version\": \"1.0.0\", \"main\": \"tiny.js\", \
                     \"scripts\": {\"postinstall\": \"node -e process.exit(1)\"}}";
    std::fs::create_dir(folder).unwrap();
    std::fs::write(folder.join("package.json"), manifest).unwrap();
    std::fs::write(folder.join("tiny.js"), "exports.answer = 42").unwrap();
}

const ASKS: [(&str, &str); 2] = [
    (
        "f.js",
        "const { answer } = require('tiny')\nexports.f = () => ({ answer })",
    ),
    (
        "m.mjs",
        "import { answer } from 'tiny'\nexport const f = () => ({ answer, own: import.meta.url.endsWith('app/m.mjs') })",
    ),
];

/// Prepares a call with this `package.json`, and says what is told meanwhile.
async fn prepared(stage: &Stage, call: &Call) -> Result<Vec<String>, String> {
    let said = Mutex::new(Vec::new());
    let progress = |line: &str| said.lock().unwrap().push(line.to_owned());
    let ready = stage.functions.ready(&call.function, &progress).await;
    ready.map_err(|error| format!("{:?}: {}", error.kind, error.message))?;
    Ok(said.into_inner().unwrap())
}

#[tokio::test]
async fn packages_of_node_are_found_from_both_module_systems() {
    if !has_node() {
        return;
    }
    let stage = Stage::on(NODE, &ASKS);
    let folder = stage.root.path().join("tiny");
    node_package(&folder);
    let mut common = stage.call("f.f", json!({}));
    stage
        .check_call(common.clone(), Err("Crash: Error: Cannot find module 'tiny'"))
        .await;

    let manifest = format!(
        "{{\"dependencies\": {{\"tiny\": \"file:{}\"}}}}",
        folder.display()
    );
    common.function.code.requirements = Some(manifest);
    let said = prepared(&stage, &common).await.unwrap();
    let count = |start: &str| said.iter().filter(|line| line.starts_with(start)).count();
    assert_eq!(count("installing packages for Node "), 1, "{said:?}");
    assert_eq!(count("added 1 package"), 1, "{said:?}");
    assert_eq!(prepared(&stage, &common).await.unwrap(), [""; 0]);
    // What was installed is a copy: the folder may go.
    std::fs::remove_dir_all(&folder).unwrap();
    let mut module = common.clone();
    module.function.entry = "m.f".into();
    stage.check_call(common, Ok(json!({"answer": 42}))).await;
    stage
        .check_call(module, Ok(json!({"answer": 42, "own": true})))
        .await;
}

#[tokio::test]
async fn a_lock_file_is_held_to() {
    if !has_node() {
        return;
    }
    let stage = Stage::on(NODE, &ASKS);
    let folder = stage.root.path().join("tiny");
    node_package(&folder);
    let pack = std::process::Command::new("npm")
        .args(["pack", "--silent", "--ignore-scripts"])
        .current_dir(&folder)
        .output()
        .unwrap();
    assert!(pack.status.success(), "{pack:?}");
    let place = format!("file:{}", folder.join("tiny-1.0.0.tgz").display());
    let manifest = json!({"dependencies": {"tiny": place}}).to_string();
    let lock = json!({"lockfileVersion": 3, "packages": {
        "": {"dependencies": {"tiny": place}},
        "node_modules/tiny": {"version": "1.0.0", "resolved": place},
    }});
    let mut call = stage.call("f.f", json!({}));
    call.function.code.requirements = Some(manifest);
    call.function.code.lock = Some(lock.to_string());
    prepared(&stage, &call).await.unwrap();
    stage.check_call(call.clone(), Ok(json!({"answer": 42}))).await;

    // Another text is another environment, and one that does not fit the `package.json` is none.
    let empty = json!({"lockfileVersion": 3, "packages": {"": {}}});
    call.function.code.lock = Some(empty.to_string());
    let error = prepared(&stage, &call).await.unwrap_err();
    let start = "Crash: installing the packages failed: npm ";
    assert!(
        error.starts_with(start) && error.contains("tiny@1.0.0"),
        "{error}"
    );
}

#[tokio::test]
async fn what_needs_no_npm_and_what_misses_it() {
    if !has_node() {
        return;
    }
    // A folder with the Node of this machine and nothing else.
    let (bin, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let environments = Environments::new(cache.path(), search_path());
    let with = |runtime: &str, manifest: Option<&str>| {
        let mut function = function("f.f");
        function.runtime = runtime.into();
        function.code.requirements = manifest.map(str::to_owned);
        function
    };
    let silent = |line: &str| panic!("{line}");
    let plain = environments.prepare(&with(NODE, None), &silent).await.unwrap();
    for nothing in [
        "{}",
        "{\"type\": \"module\", \"devDependencies\": {\"tiny\": \"1\"}, \"dependencies\": {}}",
    ] {
        let same = environments.prepare(&with(NODE, Some(nothing)), &silent).await;
        assert_eq!(same.unwrap(), plain);
    }
    assert_eq!(std::fs::read_dir(cache.path()).unwrap().count(), 0);

    let node = bin.path().join("node");
    std::fs::copy(&plain.program, &node).unwrap();
    let alone = Environments::new(cache.path(), bin.path());
    let check = async |runtime: &str, manifest: &str, expected: &str| {
        let error = alone
            .prepare(&with(runtime, Some(manifest)), &silent)
            .await
            .unwrap_err();
        assert!(!error.may_pass());
        assert_eq!(error.to_string(), expected);
    };
    let no_npm = format!(
        "the code asks for packages, and there is no npm beside {} or on the search path: install npm",
        node.display()
    );
    check(NODE, "{\"dependencies\": {\"tiny\": \"1\"}}", &no_npm).await;
    check(
        NODE,
        "{\"dependencies\": ",
        "`package.json` cannot be read: EOF while parsing a value at line 1 column 17",
    )
    .await;
    let unknown = "the runtime `cobol:1` is not known here: write `\"python:3\"` or `\"nodejs:default\"` for the newest \
                   one that is installed, `\"python:3.11\"` or `\"nodejs:20\"` for exactly that one";
    check("cobol:1", "", unknown).await;
}

#[tokio::test]
async fn a_retired_kind_runs_on_the_oldest_there_is_and_says_so() {
    if !has_node() {
        return;
    }
    let stage = Stage::on(
        "nodejs:8",
        &[("f.js", "function main() { return { old: true } }")],
    );
    let call = stage.call("f.main", json!({}));
    let said = prepared(&stage, &call).await.unwrap();
    let start =
        "`nodejs:8` reached its end of life on 2019-12-31 and is not installed: its functions run on Node ";
    assert!(said.len() == 1 && said[0].starts_with(start), "{said:?}");
    stage.check_call(call, Ok(json!({"old": true}))).await;
}
