use super::{MAIN, action, check, dataset, function, job, model, record};
use serde_json::{Value, json};

fn entry(entry: &str) -> Value {
    json!({ "actions": { "a": action(json!({ "function": { "entry": entry } })) } })
}

#[test]
fn missing() {
    check(
        json!({ "actions": { "a": action(json!({ "function": { "code": { "folder": "elsewhere" } } })) } }),
        MAIN,
        &["code/missing: there is no folder `elsewhere`"],
    );
    check(
        entry("pixels.main"),
        MAIN,
        &["code/missing: `functions` has no `pixels.py`, which the entry `pixels.main` of `a` names"],
    );
    check(entry("main"), MAIN, &[]);
    check(
        entry("main"),
        &[("a.py", "def main(args): return {}"), ("b.py", "")],
        &["code/missing: `functions` has no `__main__.py`, which the entry `main` of `a` names"],
    );
    check(
        json!({ "jobs": { "j": job(&[]) } }),
        &[("b.py", "")],
        &["code/missing: `functions` has no `a.py`, which the command of `j` names"],
    );
    check(
        json!({ "jobs": { "j": job(&[]) } }),
        &[("a.py", "not even Python")],
        &[],
    );
    check(
        entry("main"),
        &[("__main__.py", "def main(args): return {}")],
        &[],
    );
    check(
        entry("lib.a.main"),
        &[("lib/a.py", "def main(args): return {}")],
        &[],
    );
    check(
        entry("lib.main"),
        &[("lib/__init__.py", "def main(args): return {}")],
        &[],
    );
    let mut module = job(&[]);
    module["command"] = json!(["python", "-m", "trainer"]);
    check(json!({ "jobs": { "j": module } }), MAIN, &[]);
}

#[test]
fn the_entry_is_a_function_that_takes_the_arguments() {
    let check = |text: &str, findings: &[&str]| check(entry("a.main"), &[("a.py", text)], findings);
    check(
        "def mian(args): pass",
        &["code/entry: `functions/a.py` has no function `main`, which `a` starts at"],
    );
    check(
        "class A:\n  def main(self): pass",
        &["code/entry: `functions/a.py` has no function `main`, which `a` starts at"],
    );
    check(
        "def main(): pass",
        &["code/entry: `main` in `functions/a.py` takes no argument, but is called as `main(args)`"],
    );
    check(
        "def main(a, b): pass",
        &["code/entry: `main` in `functions/a.py` takes 2 arguments, but is called as `main(args)`"],
    );
    check(
        "def main(args, *, key): pass",
        &["code/entry: `main` in `functions/a.py` asks for `key` by name, but is called as `main(args)`"],
    );
    check(
        "def main(**args): pass",
        &["code/entry: `main` in `functions/a.py` takes no argument, but is called as `main(args)`"],
    );
    check(
        "class main: pass",
        &["code/entry: `main` in `functions/a.py` is a class, not a function"],
    );
    check(
        "import os\n\ndef main(args)\n    pass\n",
        &["code/entry: `functions/a.py:3` is no Python, so `a` cannot start: Expected `:`, found newline"],
    );
    for text in [
        "def main(args, retries=3, *, log=None): pass",
        "async def main(args): pass",
        "def main(*args): pass",
        "from lib import other as main",
        "from lib import *",
        "def other(args): pass\nmain = other",
        "@wrapped\ndef main(a, b): pass",
        "try:\n  from fast import main\nexcept ImportError:\n  def main(args): pass",
        "def main(): pass\ndef main(args): pass",
    ] {
        check(text, &[]);
    }
}

#[test]
fn a_model_loads_and_predicts() {
    let served = |entry: &str| {
        let mut function = function();
        function["entry"] = json!(entry);
        json!({ "models": { "m": {
            "input": record(&[]), "output": record(&[]), "scale": [0, 8], "idle_ms": 1, "function": function,
        } } })
    };
    check(
        served("predict"),
        &[("predict.py", "def predict(rows): pass")],
        &[
            "code/entry: `functions/predict.py` has no function `load`, which `m` starts at",
            "code/entry: `predict` in `functions/predict.py` takes one argument, but is called as `predict(m, rows)`",
        ],
    );
    check(
        served("predict"),
        &[("predict.py", "def load(dir): pass\ndef predict(m, rows): pass")],
        &[],
    );
}

fn on(runtime: &str, entry: &str) -> Value {
    json!({ "actions": { "a": action(json!({ "function": { "runtime": runtime, "entry": entry } })) } })
}

#[test]
fn runtime() {
    for unknown in [
        "cobol:1",
        "python",
        "python:3.x",
        "nodejs",
        "nodejs:twenty",
        "docker:x",
    ] {
        let finding = format!("code/runtime: `prod` (openwhisk) has no runtime `{unknown}`");
        check(on(unknown, "a.main"), MAIN, &[&finding]);
    }
    check(on("python:3", "a.main"), MAIN, &[]);
    check(on("python:3.11", "a.main"), MAIN, &[]);
    let script = &[("a.js", "exports.main = () => ({})")];
    check(on("nodejs:default", "a.main"), script, &[]);
    check(on("nodejs:20", "a.main"), script, &[]);
    check(
        on("nodejs:8", "a.main"),
        script,
        &["warning code/runtime: `a` runs on `nodejs:8`, which reached its end of life on 2019-12-31"],
    );
}

#[test]
fn javascript_is_found_and_its_names_are_not_asked_for() {
    let check = |entry: &str, files: &[(&str, &str)], missing: Option<&str>| {
        let finding = missing.map(|path| {
            format!("code/missing: `functions` has no `{path}`, which the entry `{entry}` of `a` names")
        });
        check(on("nodejs:20", entry), files, finding.as_deref().as_slice());
    };
    for path in ["tag.js", "tag.mjs", "tag.cjs", "tag/index.js", "tag/index.mjs"] {
        check("tag.main", &[(path, "no JavaScript (")], None);
    }
    check("lib.tag.main", &[("lib/tag.js", "")], None);
    check("tag.main", &[("tag.py", ""), ("tags.js", "")], Some("tag.js"));
    // A bare function is in the main file.
    for path in ["index.js", "index.mjs", "only.js", "only.cjs"] {
        check(
            "main",
            &[(path, ""), ("lib/other.js", ""), ("notes.txt", "")],
            None,
        );
    }
    check("main", &[("one.js", ""), ("two.js", "")], Some("index.js"));
    for main in ["lib/start.js", "./lib/start.js", "lib/start", "./lib"] {
        let manifest = format!("{{\"main\": \"{main}\"}}");
        let files = [
            ("package.json", manifest.as_str()),
            ("lib/start.js", ""),
            ("lib/index.js", ""),
            ("b.js", ""),
            ("c.js", ""),
        ];
        check("main", &files, None);
    }
    let manifest = ("package.json", "{\"main\": \"start.js\"}");
    check("main", &[manifest, ("b.js", ""), ("c.js", "")], Some("start.js"));
    check("main", &[("package.json", "no JSON"), ("b.js", "")], None);
    let mut model = function();
    (model["runtime"], model["entry"]) = (json!("nodejs:20"), json!("predict"));
    let served = json!({ "models": { "m": {
        "input": record(&[]), "output": record(&[]), "scale": [0, 8], "idle_ms": 1, "function": model,
    } } });
    super::check(served, &[("predict.mjs", "")], &[]);
}

#[test]
fn a_plain_action_is_tried_once() {
    let tried = |effects: &str, attempts: u32| json!({ "actions": { "a": action(json!({ "effects": effects, "attempts": attempts })) } });
    check(
        tried("at_least_once", 2),
        MAIN,
        &["warning effects/retry-not-idempotent: `a` is tried 2 times and may take effect each time"],
    );
    check(tried("at_least_once", 1), MAIN, &[]);
    check(tried("idempotent", 5), MAIN, &[]);
    check(tried("pure", 5), MAIN, &[]);
}

#[test]
fn training_is_no_function() {
    let on_data = |property: &str, value: Value| {
        let input = record(&[("data", dataset())]);
        json!({ "actions": { "a": action(json!({ "input": input, "function": { property: value } })) } })
    };
    check(
        json!({ "actions": { "a": action(json!({ "output": record(&[("m", model())]) })) } }),
        MAIN,
        &["ml/training-in-action: `a` is an action that returns a model"],
    );
    check(
        on_data("timeout_ms", json!(7_200_000)),
        MAIN,
        &[
            "ml/training-in-action: `a` takes a dataset and wants 2h for it, where `prod` (openwhisk) allows 5m",
        ],
    );
    check(
        on_data("memory", json!(4u64 << 30)),
        MAIN,
        &[
            "ml/training-in-action: `a` takes a dataset and wants 4GiB for it, where `prod` (openwhisk) allows 512MiB",
        ],
    );
    check(on_data("timeout_ms", json!(300_000)), MAIN, &[]);
    let code = |text: &str, findings: &[&str]| check(entry("a.main"), &[("a.py", text)], findings);
    let seems = |library: &str, method: &str| {
        format!(
            "warning ml/training-in-action: `a` seems to train: `functions/a.py` uses `{library}` and calls `.{method}(`"
        )
    };
    code(
        "def main(args):\n  from sklearn.ensemble import RandomForestClassifier as R\n  return R().fit(1, 2)",
        &[&seems("sklearn", "fit")],
    );
    code(
        "import torch\ndef main(args):\n  loss.backward()",
        &[&seems("torch", "backward")],
    );
    code(
        "import sklearn.metrics\ndef main(args):\n  return m.predict(args)",
        &[],
    );
    code(
        "from lib import tailor\ndef main(args):\n  return tailor.fit(args)",
        &[],
    );
    code("import torch\nfit = 3\ndef main(args):\n  return fit(args)", &[]);
}
