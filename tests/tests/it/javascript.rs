//! A flow whose code is JavaScript, from a folder as people have it to an answer.

use crate::daemon;
use flow_tests::parts;
use serde_json::{Value, json};
use std::path::Path;

const FLOW: &str = r#"flow pictures
trigger added: { name: text<64B> }
action tag({ name: text<64B> }) -> { tags: [text<32B>; ..8] } {
  runtime: "nodejs:8", code: "actions", entry: "tag.main"
}
pure action shout({ text: text<64B> }) -> { text: text<64B> } {
  runtime: "nodejs:default", code: "actions", entry: "shout.main"
}
pure action count({ text: text<64B> }) -> { bytes: int<0..64> } {
  runtime: "python:3", code: "actions", entry: "count.count"
}
rule tagged: on added(image) { tag(image) shout({ text: image.name }) count({ text: image.name }) }
"#;

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let file = folder.join(name);
        std::fs::create_dir_all(file.parent().expect("it is below the folder"))
            .and_then(|()| std::fs::write(&file, text))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[tokio::test]
async fn old_and_new_javascript_and_python_share_a_folder() {
    if !parts::has(&["node", "npm"]) {
        return;
    }
    let daemon = daemon().await;
    let project = daemon.folder().join("pictures");
    let lexicon = daemon.folder().join("lexicon");
    let manifest = format!(
        "{{\"dependencies\": {{\"lexicon\": \"file:{}\"}}}}",
        lexicon.display()
    );
    write(
        &lexicon,
        &[
            ("package.json", "{\"name\": \"lexicon\", \"version\": \"1.0.0\"}"),
            ("index.js", "exports.tags = (name) => name.split('-')"),
        ],
    );
    write(
        &project,
        &[
            ("main.flow", FLOW),
            ("package.json", &manifest),
            (
                "actions/tag.js",
                "const { tags } = require('lexicon')\nfunction main(params) { return { tags: tags(params.name) } }",
            ),
            (
                "actions/shout.mjs",
                "import { tags } from 'lexicon'\nexport const main = async ({ text }) => \
                 ({ text: tags(text).join(' ').toUpperCase() })",
            ),
            (
                "actions/count.py",
                "def count(args): return {'bytes': len(args['text'])}",
            ),
            // What a person has installed for the editor is no code, and is not what runs.
            (
                "actions/node_modules/lexicon/index.js",
                "throw new Error('not this one')",
            ),
        ],
    );
    let checked = flowc::check(&flowc::load::load(&project).expect("it is readable"), "dev");
    let found: Vec<_> = checked
        .report
        .findings
        .iter()
        .map(|finding| finding.code.info().id)
        .collect();
    assert_eq!(found, ["code/runtime"], "{:?}", checked.report);

    daemon.deploy(&project).await;
    let invoke = async |action: &str, args: Value| {
        let called = daemon
            .flowd(&["invoke", action, "--data", &args.to_string()])
            .await;
        serde_json::from_str::<Value>(&called.out).unwrap_or_else(|_| panic!("{called:?}"))
    };
    let tags = invoke("tag", json!({"name": "red-boat"})).await;
    assert_eq!(tags, json!({"tags": ["red", "boat"]}));
    let shouted = invoke("shout", json!({"text": "red-boat"})).await;
    assert_eq!(shouted, json!({"text": "RED BOAT"}));
    assert_eq!(
        invoke("count", json!({"text": "red-boat"})).await,
        json!({"bytes": 8})
    );

    // A Node that is neither here nor retired: the plan before it stays.
    let text = FLOW.replace("nodejs:default", "nodejs:99");
    write(&project, &[("main.flow", &text)]);
    let words = ["deploy", project.to_str().expect("a path of the test")];
    let refused = daemon.flowd(&words).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(
        refused.err.contains("this machine has no Node 99: there is "),
        "{refused:?}"
    );
    assert_eq!(invoke("count", json!({"text": "x"})).await, json!({"bytes": 1}));
    daemon.stop().await;
}
