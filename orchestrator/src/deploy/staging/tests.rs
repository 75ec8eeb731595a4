use super::{StageError, stage, stage_files};
use crate::config::DataDir;
use flow_lang::plan::Code;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use tempfile::TempDir;

/// Written from the words of the plan's documentation: sorted `path NUL length content`.
fn digest(files: &[(&str, &str)]) -> String {
    let mut bytes = Vec::new();
    for (path, content) in files {
        bytes.extend_from_slice(path.as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(&(content.len() as u64).to_le_bytes());
        bytes.extend_from_slice(content.as_bytes());
    }
    blake3::hash(&bytes).to_hex().to_string()
}

fn code(digest: String) -> Code {
    Code {
        project: String::new(),
        folder: "functions".to_owned(),
        digest,
        requirements: None,
        lock: None,
    }
}

fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, content) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

const FILES: [(&str, &str); 2] = [("lib/b.py", "b = 2"), ("main.py", "import lib.b")];

#[test]
fn a_folder_is_copied_once_without_caches_and_read_only() {
    let home = TempDir::new().unwrap();
    let project = home.path().join("project");
    let data = DataDir::new(home.path().join("data"));
    write(&project.join("functions"), &FILES);
    let ignored = [
        ("__pycache__/main.pyc", "x"),
        (".git/config", "x"),
        ("lib/.env", "x"),
    ];
    write(&project.join("functions"), &ignored);
    symlink("/etc/passwd", project.join("functions/passwd")).unwrap();

    let code = code(digest(&FILES));
    let place = stage(&data, &project, &code).unwrap();
    assert_eq!(place, data.code(&code.digest));
    for (path, content) in FILES {
        assert_eq!(fs::read_to_string(place.join(path)).unwrap(), content);
        let mode = fs::metadata(place.join(path)).unwrap().permissions().mode();
        assert_eq!(mode & 0o222, 0);
    }
    assert_eq!(fs::read_dir(&place).unwrap().count(), 2);

    fs::remove_dir_all(&project).unwrap();
    assert_eq!(
        stage(&data, &project, &code).unwrap(),
        place,
        "it is not copied again"
    );
}

#[test]
fn code_that_changed_since_it_was_compiled_leaves_nothing() {
    let home = TempDir::new().unwrap();
    let data = DataDir::new(home.path().join("data"));
    write(&home.path().join("functions"), &FILES);
    let code = code(digest(&FILES));
    write(home.path(), &[("functions/main.py", "import os")]);
    let error = stage(&data, home.path(), &code).unwrap_err();
    assert!(matches!(error, StageError::Changed { .. }), "{error}");
    assert!(!data.code(&code.digest).exists());
    let left = fs::read_dir(data.root().join("code")).unwrap().count();
    assert_eq!(left, 0, "no draft stays");
}

#[test]
fn files_that_come_over_the_network_are_written_below_their_place_or_not_at_all() {
    let home = TempDir::new().unwrap();
    let data = DataDir::new(home.path().join("data"));
    let stage = |digest: String, files: &[(&str, &str)]| {
        let files = files
            .iter()
            .map(|(path, content)| (path.to_string(), content.as_bytes().to_vec()));
        stage_files(&data, &code(digest), files.collect::<BTreeMap<_, _>>())
    };
    let place = stage(digest(&FILES), &FILES).unwrap();
    assert_eq!(fs::read_to_string(place.join("lib/b.py")).unwrap(), "b = 2");

    for path in ["../escaped", "/tmp/escaped", "a/../../escaped", "a\\b"] {
        let files = [(path, "x")];
        assert!(stage(digest(&files), &files).is_err(), "{path}");
    }
    assert!(stage("../../escaped".to_owned(), &FILES).is_err());
    assert!(!home.path().join("escaped").exists() && !data.root().join("escaped").exists());
    let missing = super::stage(&data, home.path(), &code("0".repeat(64))).unwrap_err();
    assert!(matches!(missing, StageError::Missing { .. }), "{missing}");
}

#[test]
fn what_is_staged_is_what_was_compiled() {
    let home = TempDir::new().unwrap();
    let project = home.path().join("project");
    let files = [
        (
            "main.flow",
            "flow a\naction f({ x: int }) -> { y: int } { runtime: \"python:3\", code: \"functions\" }\n",
        ),
        ("shared.py", "x = 1"),
        ("functions/__init__.py", ""),
        ("functions/f.py", "import lib.deep.g"),
        ("functions/lib/deep/g.py", "g = 1"),
        ("functions/lib/data.bin", "\0\u{1}"),
        ("functions/lib/.hidden/x.py", "x"),
        ("functions/lib/__pycache__/g.pyc", "x"),
        ("functions/.env", "x"),
    ];
    write(&project, &files);
    write(home.path(), &[("outside.py", "x")]);
    symlink("../shared.py", project.join("functions/shared.py")).unwrap();
    symlink("../../outside.py", project.join("functions/outside.py")).unwrap();
    symlink("nowhere", project.join("functions/nowhere.py")).unwrap();

    let loaded = flowc::load::load(&project).unwrap();
    let folder = &loaded.code["functions"];
    let data = DataDir::new(home.path().join("data"));
    let place = stage(&data, &loaded.root, &code(folder.digest.clone())).unwrap();
    let staged = crate::artifacts::tree::scan(&place).unwrap();
    let compiled = folder.files.iter().map(|(path, file)| (path.clone(), file.size));
    assert_eq!(staged, compiled.collect::<BTreeMap<_, _>>());
    assert_eq!(staged.len(), 5, "{staged:?}");
}
