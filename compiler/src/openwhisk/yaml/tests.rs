use super::{DEPTH_MAX, Node, read};
use flow_lang::span::{SourceId, Sources};
use serde_json::json;

fn tree(text: &str) -> Node {
    read(SourceId(0), text).unwrap_or_else(|finding| panic!("{finding:?}"))
}

/// What is wrong, with the text that the finding points at.
fn wrong(text: &str) -> (String, String) {
    let mut sources = Sources::default();
    let finding = read(sources.add("m.yaml", text), text).expect_err("it is refused");
    (finding.message.clone(), sources.text(finding.span).to_owned())
}

#[test]
fn plain_scalars_mean_what_they_mean_to_wskdeploy() {
    let text = "[yes, Off, ~, 010, 0x1F, 1_000, -3, 1.5, .5, 1e3, 1.2.3, 12h, '5', \"no\", a b, 2030-01-31]";
    let means = json!([
        true,
        false,
        null,
        8,
        31,
        1000,
        -3,
        1.5,
        0.5,
        1000.0,
        "1.2.3",
        "12h",
        "5",
        "no",
        "a b",
        "2030-01-31"
    ]);
    assert_eq!(tree(text).json(), means);
}

#[test]
fn aliases_and_merged_mappings_are_values_like_others() {
    let text = "base: &b { a: 1, b: 2 }\nmore: { <<: *b, b: 3 }\nlist: &l [*b]\nsame: *l\n";
    assert_eq!(
        tree(text).json(),
        json!({
            "base": { "a": 1, "b": 2 }, "more": { "a": 1, "b": 3 }, "list": [{ "a": 1, "b": 2 }],
            "same": [{ "a": 1, "b": 2 }],
        })
    );
}

#[test]
fn places_are_bytes_of_the_file() {
    let text = "\u{FEFF}# ä€😀\r\nname: ü\r\nother: [1, wörd]\r\n";
    let mut sources = Sources::default();
    let node = read(sources.add("m.yaml", text), text).expect("a tree");
    let super::Kind::Map(entries) = &node.kind else {
        panic!("a mapping")
    };
    assert_eq!(sources.text(entries[0].span), "name");
    assert_eq!(sources.text(entries[0].value.span), "ü");
    let super::Kind::List(items) = &entries[1].value.kind else {
        panic!("a list")
    };
    assert_eq!(sources.text(items[1].span), "wörd");
}

#[test]
fn what_would_grow_without_end_is_refused_where_it_begins() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let uses = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb += &format!("a{level}: &a{level} [{uses}]\n");
    }
    let (message, at) = wrong(&bomb);
    assert!(message.contains("100000 values"), "{message}");
    assert_eq!(at, "*a3");

    let mut tower = "a0: &a0 [x]\n".to_owned();
    for level in 1..=DEPTH_MAX {
        tower += &format!("a{level}: &a{level} [*a{}]\n", level - 1);
    }
    assert!(wrong(&tower).0.contains("64 deep"));
    for deep in ["[", "{a: ", "- "] {
        let (message, _) = wrong(&deep.repeat(200_000));
        // The parser has a bound of its own for brackets.
        assert!(
            message.contains("64 deep") || message.contains("recursion limit"),
            "{deep}: {message}"
        );
    }
    assert!(wrong("a: &a [*a]").0.contains("inside of what it stands for"));
}

#[test]
fn a_mistake_is_shown_where_it_stands() {
    assert_eq!(
        wrong("a: 1\nb: 2\na: 3\n"),
        ("`a` stands twice in one mapping".into(), "a".into())
    );
    assert_eq!(wrong("[a]: 1\n").0, "a key that is no text");
    assert_eq!(wrong("a: 1\n---\nb: 2\n").0, "a second document");
    assert!(wrong("a: [1, 2\nb: 3\n").0.starts_with("this is not YAML: "));
}
