use super::{Changed, Look, UNSETTLED_MAX, Watch};
use std::fs;
use std::path::Path;
use std::time::SystemTime;

const FLOW: &str = "flow watched  trigger t: { n: int<0..9> }  dataset d: { n: int<0..9> }  \
                    rule r: on t(e) { append e to d }";

fn project() -> (tempfile::TempDir, Watch) {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "main.flow", FLOW);
    let watch = Watch::new(folder.path(), "dev");
    (folder, watch)
}

fn write(folder: &Path, file: &str, text: &str) {
    let file = folder.join(file);
    fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
    fs::write(file, text).expect("a file");
}

/// What has changed, once it has settled.
fn settled(watch: &mut Watch) -> Changed {
    assert!(matches!(watch.look(), Look::Changing));
    match watch.look() {
        Look::Changed(change) => *change,
        Look::Same | Look::Changing => panic!("nothing was written meanwhile"),
    }
}

#[test]
fn a_file_that_is_being_written_is_waited_for() {
    let (folder, mut watch) = project();
    assert!(matches!(watch.look(), Look::Same));
    for half in ["flow wat", "flow watched  trigger t: {"] {
        write(folder.path(), "main.flow", half);
        assert!(matches!(watch.look(), Look::Changing));
    }
    write(
        folder.path(),
        "main.flow",
        &FLOW.replace("dataset d", "dataset  d"),
    );
    let change = settled(&mut watch);
    assert_eq!(change.files, "main.flow");
    assert!(change.compiled.is_ok() && change.findings.is_empty());
    assert!(matches!(watch.look(), Look::Same));
}

#[test]
fn what_never_settles_is_taken_as_it_is() {
    let (folder, mut watch) = project();
    for number in 0..UNSETTLED_MAX {
        let longer = format!("{FLOW}  // {}", "x".repeat(number as usize));
        write(folder.path(), "main.flow", &longer);
        assert!(matches!(watch.look(), Look::Changing));
    }
    write(folder.path(), "main.flow", FLOW);
    assert!(matches!(watch.look(), Look::Changed(_)));
}

#[test]
fn a_file_of_the_same_size_and_time_is_another_one_after_a_rename() {
    let (folder, mut watch) = project();
    let main = folder.path().join("main.flow");
    let at = fs::metadata(&main)
        .and_then(|file| file.modified())
        .expect("a time");
    write(folder.path(), "draft", &FLOW.replace("0..9", "0..8"));
    set_time(&folder.path().join("draft"), at);
    fs::rename(folder.path().join("draft"), &main).expect("a file");
    assert_eq!(settled(&mut watch).files, "main.flow");
}

fn set_time(file: &Path, at: SystemTime) {
    let file = fs::File::options().write(true).open(file).expect("a file");
    file.set_modified(at).expect("a time");
}

#[test]
fn what_comes_and_what_could_not_be_imported_is_seen() {
    let (folder, mut watch) = project();
    write(folder.path(), "other.flow", "trigger u: { n: int<0..9> }");
    let change = settled(&mut watch);
    assert_eq!(change.files, "");
    assert!(
        change.findings.contains("graph/dead-trigger"),
        "{}",
        change.findings
    );
    write(
        folder.path(),
        "other.flow",
        "import \"lib/x.flow\" { N }  trigger u: N  rule s: on u(e) { append e to d }",
    );
    let change = settled(&mut watch);
    assert!(change.compiled.is_err() && change.findings.contains("names/import-missing"));
    write(folder.path(), "lib/x.flow", "type N = { n: int<0..9> }");
    let change = settled(&mut watch);
    assert!(change.compiled.is_ok(), "{}", change.findings);
    write(folder.path(), "lib/x.flow", "type N = { n: int<0..8> }");
    let change = settled(&mut watch);
    assert_eq!(change.files, "x.flow");
    // What is broken is watched on.
    write(folder.path(), "flow.toml", "[flow");
    assert!(settled(&mut watch).compiled.is_err());
    write(folder.path(), "flow.toml", "");
    assert!(settled(&mut watch).compiled.is_ok());
}
