use super::*;
use flow_lang::plan::Field;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

/// A seal with a key of its own.
pub(crate) fn seal() -> Seal {
    let folder = tempfile::tempdir().unwrap();
    Seal::at(&folder.path().join("seal.key"), "here").unwrap()
}

fn person(name: Type) -> Type {
    let field = |ty| Field { ty, default: None };
    let fields = [("age", Type::Bool), ("name", Type::Private(Box::new(name)))];
    Type::Record(fields.map(|(name, ty)| (name.to_owned(), field(ty))).into())
}

fn text() -> Type {
    Type::Text { max: Some(64) }
}

#[test]
fn what_is_sealed_is_opened_as_it_was_and_cannot_be_read() {
    let seal = seal();
    let (ty, before) = (person(text()), json!({ "age": true, "name": "canary" }));
    let mut value = before.clone();
    seal.seal(&ty, &mut value);
    assert_eq!(value["age"], true);
    assert!(
        is_sealed(&value["name"]) && !value.to_string().contains("canary"),
        "{value}"
    );
    let (once, mut twice) = (value.clone(), value.clone());
    seal.seal(&ty, &mut twice);
    assert_eq!(once, twice, "it is sealed once");
    let mut again = before.clone();
    seal.seal(&ty, &mut again);
    assert_ne!(once, again, "equal values do not look equal");
    assert_eq!(seal.open(&ty, value), Ok(before));
}

#[test]
fn a_part_is_cut_to_what_is_asked_for_when_it_is_opened() {
    let seal = seal();
    let record = |names: &[&str]| {
        let field = |name: &&str| {
            let (ty, default) = (Type::Bool, None);
            ((*name).to_owned(), Field { ty, default })
        };
        person(Type::Record(names.iter().map(field).collect()))
    };
    let mut value = json!({ "age": true, "name": { "a": true, "b": false } });
    seal.seal(&record(&["a", "b"]), &mut value);
    let opened = seal.open(&record(&["b"]), value.clone());
    assert_eq!(opened, Ok(json!({ "age": true, "name": { "b": false } })));
    assert_eq!(seal.open(&person(text()), value), Err(SealError::Misfit));
}

#[test]
fn another_key_another_installation_and_a_changed_bit_open_nothing() {
    let (folder, ty) = (tempfile::tempdir().unwrap(), person(text()));
    let key = folder.path().join("seal.key");
    let ours = Seal::at(&key, "here").unwrap();
    let mut value = json!({ "age": true, "name": "canary" });
    ours.seal(&ty, &mut value);
    let again = Seal::at(&key, "here").unwrap();
    assert!(again.open(&ty, value.clone()).is_ok(), "after a restart");
    for other in [seal(), Seal::at(&key, "there").unwrap()] {
        assert_eq!(other.open(&ty, value.clone()), Err(SealError::OtherKey));
    }
    let sealed = sealed(&value["name"]).unwrap();
    let changed = format!(
        "{}{}",
        if sealed.starts_with('A') { 'B' } else { 'A' },
        &sealed[1..]
    );
    for broken in [changed.as_str(), "", "AAAA", "no base64"] {
        value["name"] = json!({ SEALED: broken });
        assert_eq!(
            ours.open(&ty, value.clone()),
            Err(SealError::OtherKey),
            "{broken}"
        );
    }
}

#[test]
fn a_line_opens_as_a_line_and_a_value_does_not() {
    let seal = seal();
    let line = seal.seal_line("the canary sings");
    assert!(!line.contains("canary"));
    assert_eq!(seal.open_line(&line).as_deref(), Some("the canary sings"));
    assert_eq!(seal.open_line("the canary sings"), None);
    let ty = person(text());
    let mut value = json!({ "age": true, "name": "canary" });
    seal.seal(&ty, &mut value);
    assert_eq!(
        seal.open_line(&value["name"].to_string()),
        None,
        "made for a value"
    );
    value["name"] = serde_json::from_str(&line).unwrap();
    assert_eq!(seal.open(&ty, value), Err(SealError::OtherKey), "made for a log");
}

#[test]
fn a_key_is_made_once_for_its_user_alone_and_a_bad_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seal.key");
    Seal::at(&path, "here").unwrap();
    let made = fs::read(&path).unwrap();
    assert_eq!(made.len(), 32);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    Seal::at(&path, "here").unwrap();
    assert_eq!(fs::read(&path).unwrap(), made);

    fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    let refused = Seal::at(&path, "here").unwrap_err().to_string();
    assert!(
        refused.contains("has the mode 640") && refused.contains("chmod 600"),
        "{refused}"
    );
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    for size in [0, 31, 33] {
        fs::write(&path, vec![7; size]).unwrap();
        let refused = Seal::at(&path, "here").unwrap_err().to_string();
        assert!(refused.contains("bytes and not 32"), "{refused}");
    }
}

#[test]
fn a_digest_is_the_same_here_and_nowhere_else() {
    let (ours, other) = (seal(), seal());
    assert_eq!(ours.digest("{\"a\":1}"), ours.digest("{\"a\":1}"));
    assert_ne!(ours.digest("{\"a\":1}"), ours.digest("{\"a\":2}"));
    assert_ne!(ours.digest("{\"a\":1}"), other.digest("{\"a\":1}"));
}
