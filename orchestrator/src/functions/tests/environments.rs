//! Environments from a `requirements.txt`, with a package that is a folder: no network is needed.

use super::stage::{Stage, search_path};
use crate::functions::{EnvironmentError, Environments, Functions};
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
    // A build that was killed has no marker, and is done again.
    let home = python.parent().unwrap().parent().unwrap();
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
