//! `flowc fmt`, as a shell calls it.

use crate::commands::{flowc, folder};
use flow_lang::format::format;
use flow_lang::span::SourceId;
use flowc::cli::Exit;
use std::fs;
use std::path::Path;

const UGLY: &str = "flow a\ntrigger t:{n:int}\n";
const PRETTY: &str = "flow a\ntrigger t: { n: int }\n";

#[test]
fn files_get_the_one_style_in_place() {
    let folder = folder(&[("a.flow", UGLY), ("b.flow", PRETTY), ("c.txt", UGLY)]);
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect("a file");
    let checked = flowc(folder.path(), &["fmt", "--check", "DIR"]);
    assert_eq!(
        (checked.exit, checked.out.as_str()),
        (Exit::Findings, "DIR/a.flow has another style\n")
    );
    assert_eq!(read("a.flow"), UGLY);
    let done = flowc(folder.path(), &["fmt", "DIR"]);
    assert_eq!((done.exit, done.out.as_str()), (Exit::Clean, "DIR/a.flow\n"));
    assert_eq!(
        (read("a.flow"), read("c.txt")),
        (PRETTY.to_owned(), UGLY.to_owned())
    );
    let again = flowc(folder.path(), &["fmt", "--check", "DIR"]);
    assert_eq!((again.exit, again.out.as_str()), (Exit::Clean, ""));
    assert_eq!(
        fs::read_dir(folder.path()).expect("a folder").count(),
        3,
        "nothing is left beside them"
    );
}

#[test]
fn a_file_with_a_mistake_stays_as_it_is_and_says_why() {
    let broken = "flow a\ntrigger t:{n:int\n";
    let folder = folder(&[("a.flow", broken), ("b.flow", UGLY)]);
    fs::write(
        folder.path().join("c.flow"),
        b"flow a // \xff\ntrigger u:{n:int}\n",
    )
    .expect("a file");
    let done = flowc(folder.path(), &["fmt", "DIR"]);
    assert_eq!(done.exit, Exit::Findings);
    assert!(
        done.out.contains("syntax/unclosed") && done.out.contains("syntax/encoding"),
        "{}",
        done.out
    );
    let read = |name: &str| fs::read(folder.path().join(name)).expect("a file");
    assert_eq!(read("a.flow"), broken.as_bytes());
    assert_eq!(read("b.flow"), PRETTY.as_bytes());
    assert_eq!(read("c.flow"), b"flow a // \xff\ntrigger u:{n:int}\n");
}

#[test]
fn what_is_not_there_cannot_be_styled() {
    let folder = folder(&[]);
    assert_eq!(flowc(folder.path(), &["fmt", "DIR/none.flow"]).exit, Exit::Unable);
    assert_eq!(flowc(folder.path(), &["fmt", "DIR"]).exit, Exit::Unable);
}

/// The flows that people read first are in the style.
#[test]
fn the_flows_of_the_tree_are_in_the_one_style() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut seen = 0;
    let mut left = vec![
        root.join("examples"),
        root.join("tests/projects"),
        root.join("compiler/src/cli/new"),
    ];
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(folder).expect("a folder of the tree") {
            let path = entry.expect("a file of the tree").path();
            if path.is_dir() {
                left.push(path);
            } else if path.extension().is_some_and(|extension| extension == "flow") {
                let text = fs::read_to_string(&path).expect("a flow");
                assert_eq!(
                    format(SourceId(0), &text).as_ref(),
                    Ok(&text),
                    "{}",
                    path.display()
                );
                seen += 1;
            }
        }
    }
    assert!(seen >= 9, "only {seen} flows were found");
}
