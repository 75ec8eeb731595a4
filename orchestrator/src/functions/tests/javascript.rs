//! What is particular to JavaScript: its two module systems, its values and its errors.

use super::stage::{NODE, Stage, has_node};
use serde_json::{Value, json};

/// Calls `entry` in a folder of these files.
async fn check(files: &[(&str, &str)], entry: &str, args: Value, expected: Result<Value, &str>) {
    Stage::on(NODE, files).check(entry, args, expected).await;
}

#[tokio::test]
async fn both_module_systems_and_every_place_of_an_entry() {
    if !has_node() {
        return;
    }
    let common = "const { twice } = require('./lib/twice')\nexports.main = (args) => ({ n: twice(args.n) })";
    let module =
        "import { twice } from './lib/twice.js'\nexport const main = async (args) => ({ n: twice(args.n) })";
    let default =
        "import lib from './lib/twice.js'\nexport default { main: (args) => ({ n: lib.twice(args.n) }) }";
    let library = ("lib/twice.js", "exports.twice = (n) => n * 2");
    let library_module = ("lib/twice.js", "export const twice = (n) => n * 2");
    let typed = ("package.json", "{\"type\": \"module\"}");
    let starts = ("package.json", "{\"main\": \"./lib/start\"}");
    let start = (
        "lib/start.js",
        "const { twice } = require('./twice')\nmodule.exports = { main: (args) => ({ n: twice(args.n) }) }",
    );
    for (entry, files) in [
        ("f.main", &[("f.js", common), library][..]),
        ("f.main", &[("f.cjs", common), library]),
        ("f.main", &[("f.mjs", module), library]),
        ("f.main", &[("f.mjs", default), library]),
        ("f.main", &[("f.js", module), library_module, typed]),
        (
            "f.main",
            &[
                ("f/index.js", "exports.main = (args) => ({ n: args.n * 2 })"),
                ("f.txt", ""),
            ],
        ),
        (
            "deep.f.main",
            &[("deep/f.js", "exports.main = (args) => ({ n: args.n * 2 })")],
        ),
        ("main", &[("index.js", common), ("other.js", "throw 1"), library]),
        ("main", &[("index.mjs", module), ("other.js", "throw 1"), library]),
        ("main", &[("only.js", common), library]),
        ("main", &[starts, start, library, ("index.js", "throw 1")]),
        // The form of OpenWhisk's first actions: nothing is exported.
        (
            "main",
            &[("hello.js", "function main(args) { return { n: args.n * 2 } }")],
        ),
        (
            "f.main",
            &[(
                "f.js",
                "let main = (args) => Promise.resolve({ n: args.n * 2 }) // the end",
            )],
        ),
        (
            "f.main",
            &[(
                "f.js",
                "function main(args) { return { n: args.n * 2 } }\nmodule.exports = main",
            )],
        ),
    ] {
        check(files, entry, json!({"n": 3}), Ok(json!({"n": 6}))).await;
    }
}

#[tokio::test]
async fn what_lies_around_the_data_directory_has_no_say() {
    if !has_node() {
        return;
    }
    let stage = Stage::on(
        NODE,
        &[("f.js", "exports.main = () => ({ common: typeof module })")],
    );
    std::fs::write(stage.root.path().join("package.json"), "{\"type\": \"module\"}").unwrap();
    let call = stage.call("f.main", json!({}));
    stage
        .check_call(call.clone(), Ok(json!({"common": "object"})))
        .await;
    // That of the project has: it is a part of the plan.
    let mut typed = call;
    typed.function.code.requirements = Some("{\"type\": \"module\"}".into());
    let error = stage.invoke(typed).await.unwrap_err();
    assert!(
        error
            .message
            .starts_with("ReferenceError: exports is not defined in ES module scope"),
        "{error:?}"
    );
}

#[tokio::test]
async fn what_a_function_may_not_return() {
    if !has_node() {
        return;
    }
    let code = "class Point { constructor() { this.x = 1 } }
const self = { list: [0] }
self.list[0] = { self }
let deep = {}
for (let i = 0; i < 500; i++) deep = { deep }
const values = {
    list: [1], nothing: null, number: 7, text: 'x', map: new Map(), date: new Date(0),
    nan: { scores: [0.5, NaN] }, endless: { a: { b: -Infinity } }, big: { n: 1n }, set: { tags: new Set() },
    half: { text: '\\ud800' }, half_name: { '\\udc00': 1 }, self, deep, function: { call() {} }, hole: { list: [, 1] },
    error: { error: new TypeError('x') }, promise: { later: Promise.resolve(1) }, bytes: { data: Buffer.from('x') },
    getter: { get n() { throw new RangeError('no n') } },
    fine: { when: new Date(0), gone: undefined, numbers: new Float32Array([1, 2]), nested: new Point(), none: null },
}
exports.f = (args) => values[args.of]
exports.later = async (args) => values[args.of]";
    let stage = Stage::on(NODE, &[("odd.js", code)]);
    for (of, expected) in [
        ("list", "Type: returned an array, not an object"),
        ("nothing", "Type: returned null, not an object"),
        ("number", "Type: returned a number, not an object"),
        ("text", "Type: returned a string, not an object"),
        ("date", "Type: returned a Date, not an object"),
        ("map", "Type: returned a Map, which JSON cannot carry"),
        ("nan", "Type: returned a number that is not finite at `scores[1]`"),
        ("endless", "Type: returned a number that is not finite at `a.b`"),
        ("big", "Type: returned a bigint at `n`, which JSON cannot carry"),
        ("set", "Type: returned a Set at `tags`, which JSON cannot carry"),
        ("half", "Type: returned text that is not Unicode at `text`"),
        (
            "half_name",
            "Type: returned text that is not Unicode at `\u{fffd}`",
        ),
        (
            "self",
            "Type: returned a value that contains itself at `list[0].self`",
        ),
        (
            "function",
            "Type: returned a function at `call`, which JSON cannot carry",
        ),
        (
            "hole",
            "Type: returned undefined at `list[0]`, which JSON cannot carry",
        ),
        (
            "error",
            "Type: returned a TypeError at `error`, which JSON cannot carry",
        ),
        (
            "promise",
            "Type: returned a Promise at `later`, which JSON cannot carry",
        ),
        (
            "bytes",
            "Type: returned a Buffer at `data`, which JSON cannot carry",
        ),
        ("getter", "Crash: RangeError: no n"),
    ] {
        stage.check("odd.f", json!({ "of": of }), Err(expected)).await;
        stage.check("odd.later", json!({ "of": of }), Err(expected)).await;
    }
    let error = stage
        .invoke(stage.call("odd.f", json!({"of": "deep"})))
        .await
        .unwrap_err();
    assert!(
        error
            .message
            .starts_with("returned values nested too deeply at `deep.deep."),
        "{}",
        error.message
    );
    let fine =
        json!({"when": "1970-01-01T00:00:00.000Z", "numbers": [1, 2], "nested": {"x": 1}, "none": null});
    stage.check("odd.f", json!({"of": "fine"}), Ok(fine)).await;
}

#[tokio::test]
async fn an_error_is_told_with_the_frames_of_the_user() {
    if !has_node() {
        return;
    }
    let code = "class ApiError extends Error {}
const read = () => { throw Object.assign(new ApiError('gone'), { cause: new Error('no route') }) }
exports.parse = () => [1].map(read)
exports.plain = async () => Promise.reject({ error: 'no such image' })
exports.nothing = () => { throw undefined }";
    let stage = Stage::on(NODE, &[("parse.js", code)]);
    let crash = |message: &'static str| Err(message);
    stage
        .check("parse.parse", json!({}), crash("Crash: ApiError: gone"))
        .await;
    let log = stage.printed();
    assert_eq!(log[0], "stderr: ApiError: gone");
    assert_eq!(log[1], "stderr:     at read (parse.js:2:42)");
    assert!(log[2].ends_with("parse (parse.js:3:27)"), "{log:?}");
    assert_eq!(log[3], "stderr: caused by Error: no route");
    assert!(
        !log.iter()
            .any(|line| line.contains("worker.cjs") || line.contains("Array.map")),
        "{log:?}"
    );
    let expected = "Crash: threw an object: {\"error\":\"no such image\"}";
    stage.check("parse.plain", json!({}), crash(expected)).await;
    stage
        .check("parse.nothing", json!({}), crash("Crash: threw undefined"))
        .await;

    let module = "export const parse = () => JSON.parse({}.text)";
    let stage = Stage::on(NODE, &[("parse.mjs", module)]);
    stage
        .invoke(stage.call("parse.parse", json!({})))
        .await
        .unwrap_err();
    let log = stage.printed();
    assert!(
        log[1].ends_with("parse (parse.mjs:1:33)") && log.len() == 2,
        "{log:?}"
    );
}

#[tokio::test]
async fn code_that_cannot_be_loaded() {
    if !has_node() {
        return;
    }
    let files = [
        (
            "a.js",
            "exports.one = () => {}\nexports.two = () => {}\nexports.three = 3",
        ),
        ("b.js", "require('nowhere')"),
        ("c.js", "\nfunction ("),
        ("d.mjs", "import 'nowhere'"),
        ("e.mjs", "\n\nfunction ("),
        ("g.mjs", "await Promise.reject(new Error('at the top'))"),
    ];
    let stage = Stage::on(NODE, &files);
    let no_name = "SyntaxError: Function statements require a function name";
    let check = async |entry, expected: &str| stage.check(entry, json!({}), Err(expected)).await;
    check(
        "a.three",
        "Refused: there is no function `three` in `a.js`, it has `one`, `two`",
    )
    .await;
    check(
        "a.a b",
        "Refused: there is no function `a b` in `a.js`, it has `one`, `two`",
    )
    .await;
    check("h.one", "Refused: there is no file `h.js`").await;
    check(
        "one",
        "Refused: the folder has no `index.js` and 6 other files: write `file.function`",
    )
    .await;
    check("b.one", "Crash: Error: Cannot find module 'nowhere'").await;
    check("c.one", &format!("Crash: {no_name} (c.js, line 2)")).await;
    check(
        "d.one",
        "Crash: Error: Cannot find package 'nowhere' imported from d.mjs",
    )
    .await;
    check("e.one", &format!("Crash: {no_name} (e.mjs, line 3)")).await;
    check("g.one", "Crash: Error: at the top").await;
}
