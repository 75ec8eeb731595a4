use super::references::{collect, localise};
use super::{ArtifactError, Artifacts, paths};
use bytes::Bytes;
use flow_lang::plan::{Field, Length, Type};
use serde_json::json;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use tempfile::TempDir;

fn open(home: &TempDir) -> Artifacts {
    let url = format!("file:{}", home.path().join("artifacts").display());
    Artifacts::open(&url, home.path().join("cache")).unwrap()
}

fn home() -> (TempDir, Artifacts) {
    let home = TempDir::new().unwrap();
    let artifacts = open(&home);
    (home, artifacts)
}

fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, content) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

#[tokio::test]
async fn bytes_are_kept_once_under_their_hash_and_read_only() {
    let (home, artifacts) = home();
    let stored = artifacts.put_bytes(Bytes::from_static(b"seven")).await.unwrap();
    assert_eq!(stored.digest, blake3::hash(b"seven").to_hex().as_str());
    assert_eq!(stored.size, 5);

    write(home.path(), &[("seven.txt", "seven")]);
    let same = artifacts.put_file(&home.path().join("seven.txt")).await.unwrap();
    assert_eq!(same, stored);

    let reopened = open(&home);
    let path = reopened.path(&stored.digest).await.unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"seven");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o222, 0);
    assert_eq!(
        fs::read_dir(path.parent().unwrap()).unwrap().count(),
        1,
        "no draft stays"
    );
}

#[tokio::test]
async fn what_is_not_there_or_damaged_is_named() {
    let (_home, artifacts) = home();
    let missing = blake3::hash(b"missing").to_hex().to_string();
    assert!(!artifacts.exists(&missing).await.unwrap());
    for error in [
        artifacts.get(&missing).await.err(),
        artifacts.path(&missing).await.err(),
    ] {
        assert!(matches!(error, Some(ArtifactError::Unknown { .. })), "{error:?}");
    }
    let escape = artifacts.get("../../../../etc/passwd").await;
    assert!(matches!(escape, Err(ArtifactError::NotADigest { .. })));

    let stored = artifacts.put_bytes(Bytes::from_static(b"seven")).await.unwrap();
    let path = artifacts.path(&stored.digest).await.unwrap();
    fs::remove_file(&path).unwrap();
    fs::write(&path, "eight").unwrap();
    let damaged = artifacts.get(&stored.digest).await;
    assert!(matches!(damaged, Err(ArtifactError::Damaged { .. })));
}

#[tokio::test]
async fn a_directory_comes_back_as_it_was_and_its_digest_is_its_content() {
    let (home, artifacts) = home();
    let files = [("a.bin", "one"), ("deep/er/b.bin", "twenty")];
    write(&home.path().join("first"), &files);
    write(&home.path().join("second"), &[files[1], files[0]]);
    fs::create_dir(home.path().join("second/empty")).unwrap();
    let first = artifacts.put_dir(&home.path().join("first")).await.unwrap();
    let second = artifacts.put_dir(&home.path().join("second")).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(first.size, 9);

    let (one, two) = tokio::join!(artifacts.dir(&first.digest), artifacts.dir(&first.digest));
    assert_eq!(one.as_ref().unwrap(), two.as_ref().unwrap());
    for (path, content) in files {
        let path = one.as_ref().unwrap().join(path);
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o222, 0);
    }
    let cached = fs::read_dir(home.path().join("cache")).unwrap().count();
    assert_eq!(cached, 1, "laid out once, and no draft stays");
}

#[tokio::test]
async fn a_directory_with_anything_but_plain_files_is_refused() {
    let (home, artifacts) = home();
    let dir = home.path().join("linked");
    write(&dir, &[("a", "one")]);
    symlink("/etc/passwd", dir.join("b")).unwrap();
    let error = artifacts.put_dir(&dir).await.unwrap_err();
    assert!(matches!(error, ArtifactError::Refused { .. }), "{error}");

    let dir = home.path().join("folded");
    write(&dir, &[("a", "one"), ("A", "two")]);
    let error = artifacts.put_dir(&dir).await.unwrap_err();
    assert!(matches!(error, ArtifactError::Refused { .. }), "{error}");
}

#[test]
fn paths_that_leave_their_directory_are_refused() {
    let long = "x".repeat(256);
    let deep = ["x"; 21].join("/");
    for path in [
        "", "/a", "a//b", "a/", "./a", "a/../b", "..", "a\\b", "c:a", "a\0", "a\n", &long, &deep,
    ] {
        assert!(paths::check(path).is_err(), "{path:?}");
    }
    for path in ["a", "a/b.txt", "...", ".hidden", "数字/7.png", &"x".repeat(255)] {
        assert!(paths::check(path).is_ok(), "{path:?}");
    }
}

fn blob(max: u64) -> Type {
    let mime = "image/png".to_owned();
    Type::Blob { mime, max }
}

fn record(fields: Vec<(&str, Type)>) -> Type {
    let field = |(name, ty): (&str, Type)| (name.to_owned(), Field { ty, default: None });
    Type::Record(fields.into_iter().map(field).collect())
}

#[tokio::test]
async fn references_become_paths_and_results_become_references() {
    let (home, artifacts) = home();
    let out = home.path().join("out");
    write(&out, &[("a.png", "seven"), ("more/b.png", "eight")]);
    let images = Type::List {
        item: Box::new(blob(5)),
        length: Length::Any,
    };
    let ty = record(vec![
        ("images", images),
        ("none", Type::Optional(Box::new(blob(5)))),
        ("name", Type::Text { max: None }),
    ]);
    let result = json!({ "images": ["a.png", out.join("more/b.png")], "none": null, "name": "a.png" });
    let stored = collect(&artifacts, &ty, result, &out).await.unwrap();
    let seven = blake3::hash(b"seven").to_hex().to_string();
    assert_eq!(
        stored["images"][0],
        json!({ "$blob": seven, "mime": "image/png", "size": 5 })
    );
    assert_eq!(stored["name"], "a.png");

    let local = localise(&artifacts, &ty, stored).await.unwrap();
    assert_eq!(local["none"], json!(null));
    assert_eq!(
        fs::read_to_string(local["images"][1].as_str().unwrap()).unwrap(),
        "eight"
    );
}

#[tokio::test]
async fn datasets_are_files_and_models_are_directories() {
    let (home, artifacts) = home();
    write(home.path(), &[("model/weights", "1 2 3")]);
    let rows = artifacts.put_bytes(Bytes::from_static(b"{}\n")).await.unwrap();
    let model = artifacts.put_dir(&home.path().join("model")).await.unwrap();
    let row = Box::new(Type::nothing());
    let ty = record(vec![
        ("data", Type::Dataset(row.clone())),
        (
            "model",
            Type::Model {
                input: row.clone(),
                output: row,
            },
        ),
    ]);
    let args = json!({
        "data": { "$dataset": rows.digest, "name": "d", "rows": 1, "size": 3 },
        "model": { "$model": model.digest, "train": "t", "version": 1, "size": 5, "reports": {} },
    });
    let local = localise(&artifacts, &ty, args).await.unwrap();
    assert_eq!(
        fs::read_to_string(local["data"].as_str().unwrap()).unwrap(),
        "{}\n"
    );
    let weights = Path::new(local["model"].as_str().unwrap()).join("weights");
    assert_eq!(fs::read_to_string(weights).unwrap(), "1 2 3");
}

#[tokio::test]
async fn a_result_cannot_name_files_that_are_not_its_own() {
    let (home, artifacts) = home();
    let out = home.path().join("out");
    write(home.path(), &[("secret", "key"), ("out/large", "too large")]);
    symlink(home.path().join("secret"), out.join("link")).unwrap();
    symlink(home.path(), out.join("folder")).unwrap();
    let secret = home.path().join("secret");
    let secret = secret.to_str().unwrap();
    for named in [secret, "../secret", "link", "folder/secret", "large", "", "."] {
        let ty = record(vec![("image", blob(5))]);
        let result = collect(&artifacts, &ty, json!({ "image": named }), &out).await;
        let error = result.expect_err(named);
        assert!(!error.retry(), "{named}: {error}");
    }
}
