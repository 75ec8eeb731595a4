//! What comes back, and what is told when nothing can.

use super::stage::{Stage, languages, record};
use crate::redact::Secrets;
use bytes::Bytes;
use flow_lang::plan::Type;
use serde_json::json;

#[tokio::test]
async fn an_answer_and_what_was_printed() {
    let code = languages(
        "import os, sys
def hello(args):
    print('hello', args['name'])
    print('careful', file=sys.stderr)
    print('no end of line', end='')
    return {'text': f\"hello {args['name']}\", 'key': os.environ['FLOW_KEY'], 'attempt': os.environ['FLOW_ATTEMPT']}
def nothing(args): pass",
        "exports.hello = async (args) => {
    console.log('hello', args.name)
    console.error('careful')
    process.stdout.write('no end of line')
    return { text: `hello ${args.name}`, key: process.env.FLOW_KEY, attempt: process.env.FLOW_ATTEMPT }
}
exports.nothing = () => {}",
    );
    for (runtime, files) in code {
        let stage = Stage::on(runtime, &files);
        let expected = json!({"text": "hello Ada", "key": "run/step", "attempt": "1"});
        stage
            .check("f.hello", json!({"name": "Ada"}), Ok(expected.clone()))
            .await;
        stage.check("f.nothing", json!({}), Ok(json!({}))).await;
        stage.check("hello", json!({"name": "Ada"}), Ok(expected)).await;
        let mut printed = stage.printed();
        printed.sort();
        let each = ["stderr: careful", "stdout: hello Ada", "stdout: no end of line"];
        assert_eq!(
            printed,
            each.iter().flat_map(|line| [*line, *line]).collect::<Vec<_>>()
        );
        assert!(
            stage.log().starts_with("20"),
            "each line begins with its time: {}",
            stage.log()
        );
    }
}

#[tokio::test]
async fn what_a_function_may_not_return() {
    let code = "
def a_list(args): return [1]
def a_set(args): return {'tags': {1}}
def nan(args): return {'scores': [0.5, float('nan')]}
def half(args): return {'text': '\\ud800'}
def deep(args):
    args['self'] = args
    return args";
    let stage = Stage::new(&[("odd.py", code)]);
    let check = async |entry, expected| stage.check(entry, json!({}), Err(expected)).await;
    check("a_list", "Type: returned a list, not a dict").await;
    check("a_set", "Type: returned a set at `tags`, which JSON cannot carry").await;
    check("nan", "Type: returned a number that is not finite at `scores[1]`").await;
    check("half", "Type: returned text that is not Unicode at `text`").await;
    check("deep", "Type: returned values nested too deeply").await;
    let mut call = stage.call("nan", json!({}));
    call.function.entry = "odd.a_list".into();
    call.output = Type::nothing();
    stage
        .check_call(call, Err("Type: returned a list, not a dict"))
        .await;
}

#[tokio::test]
async fn a_result_is_held_against_its_type() {
    let code = languages(
        "def digit(args): return {'digit': 12}",
        "exports.digit = () => ({ digit: 12 })",
    );
    for (runtime, files) in code {
        let stage = Stage::on(runtime, &files);
        let mut call = stage.call("f.digit", json!({}));
        call.output = record("digit", Type::Int { min: 0, max: 9 });
        let error = stage.invoke(call).await.unwrap_err();
        assert!(error.message.starts_with("returned digit: "), "{}", error.message);
    }
}

#[tokio::test]
async fn an_exception_is_told_with_the_frames_of_the_user() {
    let code = "import json
def parse(args):
    return read('no json')
def read(text):
    return json.loads(text)
def leave(args):
    raise SystemExit(3)";
    let stage = Stage::new(&[("parse.py", code)]);
    let expected = "Crash: JSONDecodeError: Expecting value: line 1 column 1 (char 0)";
    stage.check("parse.parse", json!({}), Err(expected)).await;
    let log = stage.printed();
    assert_eq!(log[1].trim_end(), "stderr:   File \"parse.py\", line 3, in parse");
    assert_eq!(log[0], "stderr: Traceback (most recent call last):");
    assert_eq!(
        log.last().unwrap(),
        "stderr: json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)"
    );
    assert!(!log.iter().any(|line| line.contains("decoder.py")), "{log:?}");
    stage
        .check("parse.leave", json!({}), Err("Crash: called sys.exit(3)"))
        .await;
}

#[tokio::test]
async fn code_that_cannot_be_loaded() {
    let files = [
        ("a.py", "def one(args): pass\ndef two(args): pass"),
        ("b.py", "import nowhere"),
        ("c.py", "def (:"),
    ];
    let stage = Stage::new(&files);
    let check = async |entry, expected| stage.check(entry, json!({}), Err(expected)).await;
    check(
        "a.three",
        "Refused: there is no function `three` in `a.py`, it has `one`, `two`",
    )
    .await;
    check("d.one", "Refused: there is no file `d.py`").await;
    check(
        "one",
        "Refused: the folder has no `__main__.py` and 3 other files: write `file.function`",
    )
    .await;
    check("b.one", "Crash: ModuleNotFoundError: No module named 'nowhere'").await;
    check("c.one", "Crash: SyntaxError: invalid syntax (c.py, line 1)").await;
}

#[tokio::test]
async fn files_find_each_other_and_shadow_nothing() {
    let files = [
        (
            "json.py",
            "import pixels, sys\ndef dumps(args): return {'dumped': pixels.scale(3)}",
        ),
        (
            "pixels.py",
            "import helper\ncalls = []\ndef scale(n):\n    calls.append(n)\n    return helper.twice(n)
def main(args): return {'n': scale(args['n']), 'calls': len(calls)}",
        ),
        (
            "helper.py",
            "import json\nimport pixels\ndef twice(n):\n    pixels.calls.append(json.dumps([n]))\n    return n * 2",
        ),
    ];
    let stage = Stage::new(&files);
    stage
        .check("json.dumps", json!({}), Ok(json!({"dumped": 6})))
        .await;
    // Both files see one module: the list holds what each of them appended.
    stage
        .check("pixels.main", json!({"n": 2}), Ok(json!({"n": 4, "calls": 2})))
        .await;
}

#[tokio::test]
async fn blobs_travel_by_reference() {
    let code = languages(
        "import os
def copy(args):
    data = open(args['image'], 'rb').read()
    with open(os.path.join(os.environ['FLOW_OUT'], 'out.bin'), 'wb') as f: f.write(data[::-1])
    return {'image': args.get('name') or 'out.bin'}",
        "const fs = require('fs'), path = require('path')
exports.copy = async (args) => {
    const data = await fs.promises.readFile(args.image)
    await fs.promises.writeFile(path.join(process.env.FLOW_OUT, 'out.bin'), data.reverse())
    return { image: args.name || 'out.bin' }
}",
    );
    for (runtime, files) in code {
        copied(&Stage::on(runtime, &files)).await;
    }
}

async fn copied(stage: &Stage) {
    let stored = stage
        .artifacts
        .put_bytes(Bytes::from_static(b"abc"))
        .await
        .unwrap();
    let image = json!({"$blob": stored.digest, "mime": "image/png", "size": 3});
    let ty = |max| {
        record(
            "image",
            Type::Blob {
                mime: "image/png".into(),
                max,
            },
        )
    };
    let mut call = stage.call("f.copy", json!({ "image": image }));
    (call.input, call.output) = (ty(3), ty(3));
    let digest = blake3::hash(b"cba").to_hex().to_string();
    let expected = json!({"image": {"$blob": digest, "mime": "image/png", "size": 3}});
    stage.check_call(call.clone(), Ok(expected)).await;
    assert_eq!(&stage.artifacts.get(&digest).await.unwrap()[..], b"cba");

    call.output = ty(2);
    assert_eq!(
        stage.invoke(call.clone()).await.unwrap_err().kind,
        flow_engine::ErrorKind::Limit
    );
    call.output = ty(3);
    call.args["name"] = "/etc/passwd".into();
    assert_eq!(
        stage.invoke(call).await.unwrap_err().kind,
        flow_engine::ErrorKind::Type
    );
}

#[tokio::test]
async fn secrets_come_as_arguments_and_nothing_else_gets_in() {
    let code = languages(
        "import os, sys
def show(args): return {'key': args['key'][::-1], 'cargo': 'CARGO_PKG_NAME' in os.environ,
    'threads': os.environ['OMP_NUM_THREADS'], 'read': sys.stdin.read()}",
        "const fs = require('fs')
exports.show = (args) => ({ key: [...args.key].reverse().join(''), cargo: 'CARGO_PKG_NAME' in process.env,
    threads: process.env.OMP_NUM_THREADS, read: fs.readFileSync(0, 'utf8') })",
    );
    for (runtime, files) in code {
        let stage = Stage::on(runtime, &files);
        let mut call = stage.call("f.show", json!({}));
        call.secrets = Secrets::new([("key".to_owned(), "s3cr3t".to_owned())].into());
        let expected = json!({"key": "t3rc3s", "cargo": false, "threads": "1", "read": ""});
        // What stands in standard input is the daemon's: the second call arrives.
        stage.check_call(call.clone(), Ok(expected.clone())).await;
        stage.check_call(call, Ok(expected)).await;
    }
}
