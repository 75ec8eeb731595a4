//! Manifests of wskdeploy: each has its flow beside it, and together they use every key there is.

use crate::commands::flowc;
use flow_lang::format::format;
use flow_lang::span::SourceId;
use flowc::cli::Exit;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// All that a manifest can say.
const KEYS: &[&str] = &[
    "project",
    "name",
    "namespace",
    "credential",
    "apiHost",
    "packages",
    "version",
    "license",
    "public",
    "inputs",
    "annotations",
    "dependencies",
    "location",
    "actions",
    "function",
    "code",
    "runtime",
    "main",
    "docker",
    "native",
    "conductor",
    "web",
    "outputs",
    "limits",
    "timeout",
    "memorySize",
    "logSize",
    "codeSize",
    "parameterSize",
    "concurrentActivations",
    "userInvocationRate",
    "include",
    "exclude",
    "sequences",
    "triggers",
    "feed",
    "rules",
    "trigger",
    "action",
    "apis",
    "method",
    "response",
    "type",
    "value",
    "default",
    "required",
    "description",
];

fn all() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/openwhisk/manifests");
    let folders = fs::read_dir(folder).expect("the folder of manifests");
    let mut folders: Vec<_> = folders.map(|folder| folder.expect("a folder").path()).collect();
    folders.sort();
    folders
}

/// Copies the files below a folder, but not what an import would write.
pub(crate) fn copy(from: &Path, to: &Path, leave: &[&str]) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_str()
            .expect("a name in ASCII")
            .to_owned();
        if path.is_dir() {
            copy(&path, &to.join(name), &[]);
        } else if !leave.contains(&name.as_str()) {
            fs::copy(&path, to.join(name)).expect("a copy");
        }
    }
}

#[test]
fn each_manifest_becomes_the_flow_beside_it_and_checks_clean() {
    assert_eq!(all().len(), 10);
    for folder in all() {
        let name = folder.file_name().expect("a name").to_string_lossy();
        let temporary = TempDir::new().expect("a temporary folder");
        // The folder names a flow that has no name.
        let here = temporary.path().join(&*name);
        copy(&folder, &here, &["main.flow", "flow.toml"]);
        // Code that stands in the manifest is written by the import.
        let text = fs::read_to_string(folder.join("manifest.yaml")).expect("a manifest");
        if text.contains("code: |") {
            fs::remove_dir_all(here.join("functions")).expect("code of the import");
        }
        let ran = flowc(&here, &["import", "DIR/manifest.yaml", "-o", "DIR"]);
        assert_eq!(ran.exit, Exit::Clean, "{name}: {}", ran.err);
        for file in ["main.flow", "flow.toml"] {
            let read = |folder: &Path| fs::read_to_string(folder.join(file)).expect("a file");
            assert_eq!(read(&here), read(&folder), "{name}/{file}");
        }
        let flow = fs::read_to_string(here.join("main.flow")).expect("a flow");
        assert_eq!(
            format(SourceId(0), &flow).as_ref(),
            Ok(&flow),
            "{name} is formatted"
        );
        let checked = flowc(&here, &["check", "DIR", "--deny-warnings"]);
        assert_eq!(checked.exit, Exit::Clean, "{name}: {}", checked.out);
    }
}

#[test]
fn together_they_use_every_key() {
    let texts = all()
        .into_iter()
        .map(|folder| fs::read_to_string(folder.join("manifest.yaml")).expect("a manifest"));
    let texts: String = texts.collect();
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let used: BTreeSet<_> = texts
        .match_indices(':')
        .map(|(at, _)| texts[..at].rsplit(|c| !word(c)).next().unwrap_or(""))
        .collect();
    let missing: Vec<_> = KEYS.iter().filter(|key| !used.contains(**key)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn nothing_of_a_manifest_is_lost_without_a_word() {
    for (folder, words) in [
        (
            "orders",
            &[
                "namespace: _",
                "credential",
                "apiHost",
                "version: 1.2.0",
                "license",
                "public",
                "team",
                "final",
                "codeSize",
            ][..],
        ),
        (
            "photos",
            &["maxTriggers", "since-when", "seq, changes and dbname"],
        ),
        ("reports", &["once", "date"]),
        ("pipeline", &["web-path", "web action text/count-and-store"]),
        (
            "legacy",
            &[
                "docker: example/resize",
                "native",
                "conductor",
                "go:1.21",
                "python:2",
                "the action old-things/resize",
                "/example.org/messages/queue",
                "topic: parcels",
                "api_key",
            ],
        ),
        ("archives", &["include", "exclude", "archive.zip"]),
        (
            "keys",
            &[
                "the value of password",
                "https://${HOST}/v1",
                "x-api-version",
                "90071992547409930",
                "$OTHER_TOKEN",
                "not a name",
            ],
        ),
        (
            "shop",
            &[
                "github.com/example/utils",
                "echoes/echo",
                "GET",
                "response: http",
                "/items/{id}",
                "web: raw",
                "/api",
            ],
        ),
    ] {
        let path = all()
            .into_iter()
            .find(|path| path.ends_with(folder))
            .expect("a folder");
        let flow = fs::read_to_string(path.join("main.flow")).expect("a flow");
        let notes: String = flow
            .lines()
            .filter(|line| line.contains("// not imported: "))
            .collect();
        for word in words {
            let word = word.strip_prefix('$').unwrap_or(word);
            assert!(notes.contains(word), "{folder}: {word}\n{flow}");
        }
        assert!(!flow.contains("hidden") && !flow.contains("23bc46b1"), "{flow}");
    }
}
