//! Reading projects from disk.

use flowc::check;
use flowc::load::{LoadError, TEXT_MAX, load};
use flowc::project::{Environment, Project};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use tempfile::TempDir;

fn project(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    for (path, text) in files {
        write(folder.path(), path, text);
    }
    folder
}

fn write(folder: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().expect("a file in a folder")).expect("a folder");
    fs::write(path, text).expect("a file");
}

fn read(folder: &TempDir) -> Project {
    load(folder.path()).expect("the project is readable")
}

fn paths(project: &Project) -> Vec<String> {
    let below = |path: &Path| {
        path.strip_prefix(&project.root)
            .expect("below the root")
            .to_owned()
    };
    project
        .sources
        .iter()
        .map(|(_, source)| below(&source.path).display().to_string())
        .collect()
}

fn check_refused(config: &str) -> String {
    let folder = project(&[
        ("flow.toml", config),
        ("main.flow", "flow a\npackage inbox = objects<T>\n"),
    ]);
    let error = load(folder.path()).expect_err("the configuration is wrong");
    error
        .to_string()
        .replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn without_a_configuration_all_flow_files_run_in_dev() {
    let folder = project(&[
        ("b.flow", "flow a\n"),
        ("a.flow", "flow a\n"),
        ("c.txt", ""),
        (".d.flow", ""),
    ]);
    let project = read(&folder);
    assert_eq!(paths(&project), ["a.flow", "b.flow"]);
    assert_eq!(project.files.len(), 2);
    let dev = Environment {
        functions: "process".into(),
        jobs: "process".into(),
        artifacts: "file:.flow/artifacts".into(),
        database: "sqlite:.flow/flow.db".into(),
        packages: [].into(),
        secrets: [].into(),
        params: [].into(),
        groups: [].into(),
        limits: [].into(),
    };
    assert_eq!(project.envs, [("dev".to_string(), dev)].into());
}

#[test]
fn a_configuration_names_sources_and_environments() {
    let folder = project(&[
        (
            "flow.toml",
            r#"
            [flow]
            name = "digits"
            sources = ["main.flow", "lib/*_lib.flow"]
            [env.tight]
            functions = { platform = "openwhisk", limits = { timeout = 60000 } }
            database = "sqlite:/tmp/x.db"
            packages.inbox = { url = "file:scans", fields = "{digit}/*.png" }
            secrets.key = "env:KEY"
            "#,
        ),
        (
            "main.flow",
            "package inbox = objects<{ image: blob<\"image/png\", 1MiB>, digit: int }>\nsecret key\n",
        ),
        ("lib/a_lib.flow", "type A { a: int }\n"),
        ("lib/other.flow", "type B { b: int }\n"),
    ]);
    let project = read(&folder);
    assert_eq!(project.name.as_deref(), Some("digits"));
    assert_eq!(paths(&project), ["lib/a_lib.flow", "main.flow"]);
    assert_eq!(project.envs.keys().collect::<Vec<_>>(), ["dev", "tight"]);
    insta::assert_debug_snapshot!(project.envs["tight"]);
}

#[test]
fn a_file_stands_for_its_project_if_that_names_it() {
    let folder = project(&[
        ("flow.toml", "[flow]\nsources = [\"main.flow\", \"lib.flow\"]\n"),
        ("main.flow", "flow a\n"),
        ("lib.flow", "flow a\n"),
        ("other.flow", "flow b\n"),
    ]);
    let count = |file: &str| load(&folder.path().join(file)).expect("readable").files.len();
    assert_eq!(count("main.flow"), 2);
    assert_eq!(count("flow.toml"), 2);
    assert_eq!(count("other.flow"), 1);
}

#[test]
fn what_a_configuration_does_not_know_is_refused_by_name_and_place() {
    let errors: Vec<_> = [
        "[flow]\nnme = \"a\"\n",
        "[flow]\nname = \"a b\"\n",
        "[groups]\nleads = []\n",
        "[groups]\nleads = [\"ana\", \"bo b\"]\n",
        "[groups]\nleads = \"ana\"\n",
        "[flow]\nsources = [\"../*.flow\"]\n",
        "[env.dev]\nfunctons = \"process\"\n",
        "[env.dev]\nfunctions = \"lambda\"\n",
        "[env.dev]\nfunctions = { platform = \"process\", limit = {} }\n",
        "[env.dev]\nfunctions = { platform = \"process\", limits = { time = 1 } }\n",
        "[env.dev]\njobs = \"slurm\"\n",
        "[env.dev]\nartifacts = \"s3://bucket\"\n",
        "[env.dev]\ndatabase = \"postgres://db\"\n",
        "[env.dev]\npackages.inbox = { feilds = \"x\" }\n",
        "[env.dev]\npackages.inbox = { url = 3 }\n",
        "[env.dev]\npackages.inbox = { password = \"hunter2\" }\n",
        "[env.dev]\npackages.inbox = { heartbeat = 10000 }\n",
        "[env.dev]\npackages.inbax = { url = \"file:x\" }\n",
        "[env.dev]\nsecrets.key = \"hunter2\"\n",
        "[env.dev\n",
    ]
    .into_iter()
    .map(check_refused)
    .collect();
    insta::assert_snapshot!(errors.join("\n"));
}

const CODE: &str = "action f({}) { runtime: \"python:3\", code: \"functions\", entry: \"a.f\" }\n";

#[test]
fn a_code_folder_is_its_plain_files() {
    let folder = project(&[
        ("main.flow", CODE),
        ("functions/b.py", "def f(args): pass\n"),
        ("functions/sub/a.txt", "data"),
        ("functions/.hidden/x.py", ""),
        ("functions/__pycache__/x.pyc", ""),
        ("functions/node_modules/left-pad/index.js", ""),
        ("functions/sub/node_modules/left-pad/index.js", ""),
        ("package.json", "{}"),
        ("requirements.txt", "numpy\n"),
        ("shared.py", "x = 1\n"),
    ]);
    symlink("/etc/passwd", folder.path().join("functions/passwd")).expect("a link");
    symlink("../shared.py", folder.path().join("functions/shared.py")).expect("a link");
    let code = &read(&folder).code["functions"];
    assert_eq!(
        code.files.keys().collect::<Vec<_>>(),
        ["b.py", "shared.py", "sub/a.txt"]
    );
    assert_eq!(code.files["b.py"].text.as_deref(), Some("def f(args): pass\n"));
    assert_eq!(code.files["sub/a.txt"].text, None);
    assert_eq!(code.files["sub/a.txt"].size, 4);
    assert_eq!(code.requirements.as_deref(), Some("numpy\n"));
    assert_eq!(code.manifest, None, "nothing here runs on Node");
    let mut hasher = blake3::Hasher::new();
    for (path, text) in [
        ("b.py", "def f(args): pass\n"),
        ("shared.py", "x = 1\n"),
        ("sub/a.txt", "data"),
    ] {
        hasher.update(format!("{path}\0").as_bytes());
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    assert_eq!(code.digest, hasher.finalize().to_hex().to_string());

    write(folder.path(), "functions/requirements.txt", "scipy\n");
    let own = &read(&folder).code["functions"];
    assert_eq!(own.requirements.as_deref(), Some("scipy\n"));
    assert_ne!(own.digest, code.digest);
}

#[test]
fn each_runtime_has_its_own_list_of_packages() {
    let node = CODE
        .replace("action f", "action g")
        .replace("python:3", "nodejs:default");
    let folder = project(&[
        (
            "main.flow",
            &format!("flow f\n{CODE}{node}rule r: on flow.deployed {{ f() g() }}"),
        ),
        ("functions/a.py", "def f(args): pass\n"),
        ("functions/a.js", "exports.f = () => {}\n"),
        ("requirements.txt", "numpy\n"),
        ("package.json", "{\"name\": \"project\"}"),
        ("package-lock.json", "{\"lockfileVersion\": 3}"),
    ]);
    let check = |manifest: &str, lock: Option<&str>| {
        let checked = flowc::check(&read(&folder), "dev");
        let plan = checked.plan.unwrap_or_else(|| panic!("{:?}", checked.report));
        let code = |action: &str| plan.actions[action].function.code.clone();
        assert_eq!(code("f").requirements.as_deref(), Some("numpy\n"));
        assert_eq!(code("f").lock, None);
        assert_eq!(code("g").requirements.as_deref(), Some(manifest));
        assert_eq!(code("g").lock.as_deref(), lock);
        // The plan of a function on Python is what it was before there was Node.
        let json = serde_json::to_value(code("f")).expect("a plan is JSON");
        assert_eq!(json.get("lock"), None);
    };
    check("{\"name\": \"project\"}", Some("{\"lockfileVersion\": 3}"));
    // A lock file is of the `package.json` beside it.
    write(folder.path(), "functions/package.json", "{\"name\": \"own\"}");
    check("{\"name\": \"own\"}", None);
    write(folder.path(), "functions/package-lock.json", "{}");
    check("{\"name\": \"own\"}", Some("{}"));
}

#[test]
fn code_outside_the_project_does_not_exist() {
    let folder = project(&[("functions/a.py", ""), ("project/main.flow", "")]);
    let root = folder.path().join("project");
    symlink("..", root.join("up")).expect("a link");
    for name in ["../functions", "/etc", "up/functions", "up", "nowhere", ""] {
        write(&root, "main.flow", CODE.replace("functions", name));
        let project = load(&root).expect("the project is readable");
        assert!(!project.code[name].exists, "`{name}`");
    }
}

#[test]
fn what_cannot_be_read_is_an_error_and_what_is_no_text_a_finding() {
    let folder = project(&[("big.flow", ""), ("notes.txt", ""), ("empty/x", "")]);
    fs::File::create(folder.path().join("big.flow"))
        .and_then(|file| file.set_len(TEXT_MAX + 1))
        .expect("a large file");
    let error = |path: &str| load(&folder.path().join(path)).expect_err("unreadable");
    assert!(matches!(error("big.flow"), LoadError::TooLarge { .. }));
    assert!(matches!(error("missing.flow"), LoadError::Unreadable { .. }));
    assert!(matches!(error("notes.txt"), LoadError::NotSource { .. }));
    assert!(matches!(error("empty"), LoadError::NoSource { .. }));

    write(folder.path(), "latin.flow", b"flow a\n// caf\xe9\n");
    let project = load(&folder.path().join("latin.flow")).expect("readable");
    let [finding] = &project.syntax.findings[..] else {
        panic!("one finding: {:?}", project.syntax)
    };
    assert_eq!(finding.code.info().id, "syntax/encoding");
    let place = project.sources.start(finding.span);
    assert_eq!((place.line, place.column), (2, 7));
}

#[test]
fn the_plans_of_the_examples_hold_together() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let mut plans = 0;
    for example in fs::read_dir(examples).expect("the examples are there") {
        let folder = example.expect("a folder").path();
        let checked = check(&load(&folder).expect("the example is readable"), "dev");
        let plan = checked.plan.unwrap_or_else(|| panic!("{}", folder.display()));
        assert_eq!(plan.validate(), Ok(()), "{}", folder.display());
        plans += 1;
    }
    assert!(plans > 0);
}

const MODEL: &str = "type In { x: float }\nmodel m: In -> { y: float } { runtime: \"python:3\", code: \"f\", entry: \"p\" }\n";

#[test]
fn an_import_is_read_from_where_it_lies() {
    let asks = "flow a\ntrigger t: { x: float }\nrule r: on t(e) { m(e) }\nimport model m from ";
    let folder = project(&[
        ("a/main.flow", &format!("{asks}\"../b\"\n")),
        ("c/main.flow", &format!("{asks}\"../b/other.flow\"\n")),
        ("d/main.flow", &format!("{asks}\"../gone\"\n")),
        ("b/flow.toml", "[flow]\nname = \"b\"\nsources = [\"main.flow\"]\n"),
        ("b/main.flow", MODEL),
        ("b/other.flow", &format!("flow other\n{MODEL}")),
    ]);
    let flow = |path: &str| {
        let project = load(&folder.path().join(path)).expect("the project is readable");
        let checked = check(&project, "dev");
        let messages: Vec<_> = checked
            .report
            .findings
            .iter()
            .map(|found| found.message.clone())
            .collect();
        let plan = checked.plan.ok_or(messages);
        plan.map(|plan| plan.imports["m"].flow.clone())
    };
    assert_eq!(flow("a"), Ok("b".to_owned()));
    assert_eq!(flow("c"), Ok("other".to_owned()));
    let refused = flow("d").expect_err("there is no such folder");
    assert!(
        refused[0].starts_with("`../gone` cannot be imported from: nothing is there"),
        "{refused:?}"
    );
}
