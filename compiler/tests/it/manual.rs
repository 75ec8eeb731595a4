//! The manual, docs/language.md and docs/packages.md: every block compiles, its table is the compiler's, and no name is missing.

use crate::pages::{Folders, project};
use flow_lang::ast::DeclKind;
use flow_lang::report::human;
use flowc::cli::{Console, Exit, Terminal, run};
use flowc::load::load;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::Path;

/// A file of the repository.
fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The fenced blocks of a page: what stands after the fence, the line it begins on, its text.
fn blocks(page: &str) -> Vec<(String, usize, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, usize, String)> = None;
    for (at, line) in page.lines().enumerate() {
        match (line.strip_prefix("```"), open.as_mut()) {
            (Some(mark), None) => open = Some((mark.to_owned(), at + 1, String::new())),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some((_, _, text))) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

#[test]
fn every_flow_of_the_manual_is_what_it_says() {
    for (name, least) in [("docs/language.md", 8), ("docs/packages.md", 2)] {
        let page = read(name);
        let flows: Vec<_> = blocks(&page)
            .into_iter()
            .filter(|(mark, ..)| mark.starts_with("flow"))
            .collect();
        let wrong: Vec<_> = flows
            .iter()
            .filter_map(|(mark, line, text)| Some(format!("{name}:{line}: {}", check(mark, text).err()?)))
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
        assert!(
            flows.len() >= least,
            "only {} blocks of {name} are left",
            flows.len()
        );
    }
}

/// Compiles a block for this machine and for OpenWhisk: clean, or with exactly the errors that its mark names.
fn check(mark: &str, text: &str) -> Result<(), String> {
    let expected: BTreeSet<&str> = match mark.split_once(',') {
        None if mark == "flow" => BTreeSet::new(),
        Some(("flow", error)) => error.strip_prefix("error ").into_iter().collect(),
        _ => return Err(format!("it is marked `{mark}`")),
    };
    let mut project = project(text, Folders::Whole);
    let mut dev = project.envs["dev"].clone();
    let decls = project.files.iter().flat_map(|file| &file.decls);
    let packages = decls.filter_map(|decl| match &decl.kind {
        DeclKind::Package(package) => Some((decl, package.kind.name.as_str())),
        _ => None,
    });
    dev.packages = packages
        .map(|(decl, kind)| {
            let config: &[(&str, &str)] = match kind {
                "objects" => &[("url", "file:inbox"), ("fields", "{digit}/*.png")],
                _ => &[("url", "http://127.0.0.1:5984")],
            };
            let config = config
                .iter()
                .map(|(key, value)| ((*key).to_owned(), Value::from(*value)));
            (decl.name.name.clone(), config.collect())
        })
        .collect();
    let mut cluster = dev.clone();
    cluster.functions = "openwhisk".into();
    project.envs = BTreeMap::from([("dev".to_owned(), dev), ("cluster".to_owned(), cluster)]);
    for env in ["dev", "cluster"] {
        let report = flowc::check(&project, env).report;
        let found: BTreeSet<&str> = report
            .findings
            .iter()
            .map(|finding| finding.code.info().id)
            .collect();
        if found != expected {
            let style = human::Style {
                colour: false,
                width: 100,
            };
            let shown = human::render(&report, &project.sources, style);
            return Err(format!(
                "in `{env}` there is {found:?}, not {expected:?}\n{shown}"
            ));
        }
    }
    Ok(())
}

#[test]
fn every_configuration_of_the_manual_is_read() {
    let pages = ["docs/language.md", "docs/packages.md"].map(read);
    let mut seen = 0;
    for (_, line, text) in pages
        .iter()
        .flat_map(|page| blocks(page))
        .filter(|(mark, ..)| mark == "toml")
    {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
        write("flow.toml", &text);
        write(
            "main.flow",
            "package inbox = objects<{ image: blob<\"image/png\", 1MiB>, digit: int<0..9> }>\nsecret mail_key\n\
             package images = couchdb<{ id: text<9B> }>\npackage tags = couchdb<{ id: text<9B> }>\n",
        );
        if let Err(error) = load(folder.path()) {
            panic!("line {line}: {error}");
        }
        seen += 1;
    }
    assert!(seen > 1, "only {seen} blocks of `toml` are left");
}

#[test]
fn the_table_of_properties_is_the_compilers() {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit = run(
        ["flowc", "reference", "--properties"].map(OsString::from),
        &mut Console {
            out: &mut out,
            err: &mut err,
            terminal: Terminal {
                width: 90,
                colour_out: false,
                colour_err: false,
            },
            cache: None,
        },
    );
    assert_eq!(exit, Exit::Clean);
    let table = String::from_utf8(out).expect("UTF-8");
    let page = read("docs/language.md");
    let (_, rest) = page
        .split_once("<!-- properties -->\n")
        .expect("the table has a beginning");
    let (printed, _) = rest.split_once("<!-- end -->").expect("the table has an end");
    assert_eq!(printed, table, "print it with `flowc reference --properties`");
}

/// What a page says in backticks, and what stands in its blocks.
fn mentions(page: &str, word: &str) -> bool {
    page.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .any(|part| part == word)
}

/// The words of a text that begin with `FLOW_`.
fn variables(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|word| word.starts_with("FLOW_"))
        .collect()
}

#[test]
fn every_variable_that_code_sees_is_in_the_manual() {
    let page = read("docs/language.md");
    for path in [
        "orchestrator/src/functions/worker.py",
        "orchestrator/src/shim/environment.rs",
        "orchestrator/src/jobs/environment.rs",
    ] {
        let source = read(path);
        let found = variables(&source);
        assert!(!found.is_empty(), "{path} sets no variable");
        for name in found {
            assert!(
                mentions(&page, name),
                "the manual does not tell of {name}, which {path} sets"
            );
        }
    }
}

#[test]
fn every_word_of_the_grammar_is_in_the_manual() {
    let page = read("docs/language.md");
    let words = keywords();
    assert!(words.len() > 40, "only {} words were found", words.len());
    for word in words {
        assert!(mentions(&page, &word), "the manual does not tell of `{word}`");
    }
}

#[test]
fn every_word_of_the_grammar_is_coloured() {
    let text = read("grammar/editors/flow.tmLanguage.json");
    let grammar: Value = serde_json::from_str(&text).expect("it is JSON");
    let mut coloured = BTreeSet::new();
    patterns(&grammar, &mut coloured);
    for word in keywords() {
        assert!(coloured.contains(word.as_str()), "nothing colours `{word}`");
    }
}

/// The words in alternatives of all `match` and `begin` patterns: `\b(?:let|when)\b`.
fn patterns<'a>(value: &'a Value, words: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match (key.as_str(), value) {
                    ("match" | "begin", Value::String(pattern)) => {
                        words.extend(pattern.split(['(', ')', '|', ':', '\\', '?']));
                    }
                    (_, value) => patterns(value, words),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| patterns(item, words)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The words that the grammar spells out: those of `kw_…`, of `reserved` and of `bool`.
fn keywords() -> BTreeSet<String> {
    let grammar = read("grammar/flow.pest");
    let words = grammar
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split('"').skip(1).step_by(2))
        .filter(|text| text.len() > 1 && text.bytes().all(|byte| byte.is_ascii_lowercase()));
    words.map(str::to_owned).collect()
}

#[test]
fn every_command_is_on_the_page_of_operations() {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let console = &mut Console {
        out: &mut out,
        err: &mut err,
        terminal: Terminal {
            width: 90,
            colour_out: false,
            colour_err: false,
        },
        cache: None,
    };
    run(["flowc", "--help"].map(OsString::from), console);
    let help = String::from_utf8(out).expect("UTF-8");
    let (_, rest) = help.split_once("Commands:\n").expect("help lists the commands");
    let commands: Vec<_> = rest
        .lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .collect();
    assert!(commands.len() >= 5, "{commands:?}");
    let page = read("docs/operations.md");
    for command in commands {
        assert!(
            page.contains(&format!("\n| `{command} ")),
            "no line of `flowc {command}`"
        );
    }
}
