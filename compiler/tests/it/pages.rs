//! The pages of `flowc explain`: the bad example of each is found by its rule, the good one by none.

use crate::imports;
use flow_lang::ast::{DeclKind, ExprKind, File, Literal, Property, PropertyValue};
use flow_lang::parse::parse;
use flow_lang::report::{CODES, CodeInfo, Report, Severity, human};
use flow_lang::span::Sources;
use flowc::project::{CodeFile, CodeFolder, Environment, Project};
use std::collections::BTreeMap;

#[test]
fn every_page_holds() {
    let wrong: Vec<_> = CODES
        .iter()
        .filter_map(|(_, info)| Some(format!("{}: {}", info.id, check(info).err()?)))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} pages are wrong\n\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
}

fn check(info: &CodeInfo) -> Result<(), String> {
    let page = Page::read(info)?;
    if let Some(bad) = &page.bad {
        let folders = match info.id {
            "code/missing" => Folders::None,
            "code/entry" => Folders::Empty,
            _ => Folders::Whole,
        };
        let (report, shown) = compile(bad, folders);
        let own = |id: &str| id == info.id;
        if !report.iter().any(|(id, _)| own(id)) {
            return Err(format!("the bad example is not found\n{shown}"));
        }
        if report
            .iter()
            .any(|(id, severity)| !own(id) && *severity == Severity::Error)
        {
            return Err(format!("the bad example has other errors\n{shown}"));
        }
    }
    if let Some(good) = &page.good {
        let (report, shown) = compile(good, Folders::Whole);
        if report
            .iter()
            .any(|(id, severity)| id == info.id || *severity == Severity::Error)
        {
            return Err(format!("the good example is not\n{shown}"));
        }
    }
    Ok(())
}

/// A page in parts. An example that is marked `norun` is not here.
struct Page {
    bad: Option<String>,
    good: Option<String>,
}

impl Page {
    fn read(info: &CodeInfo) -> Result<Page, String> {
        let (head, rest) = info.page.split_once("\n## Bad\n").ok_or("no `## Bad`")?;
        let (bad, rest) = rest.split_once("\n## Good\n").ok_or("no `## Good`")?;
        let (good, advice) = rest.split_once("\n## What to do\n").ok_or("no `## What to do`")?;
        let (title, paragraph) = head.split_once('\n').ok_or("no paragraph")?;
        if title != format!("# {}", info.id) {
            return Err(format!("the title is `{title}`"));
        }
        if paragraph.trim().is_empty() || advice.trim().is_empty() {
            return Err("a part is empty".into());
        }
        Ok(Page {
            bad: example(bad)?,
            good: example(good)?,
        })
    }
}

fn example(part: &str) -> Result<Option<String>, String> {
    let (_, block) = part.split_once("```flow").ok_or("no block of `flow`")?;
    let (mark, block) = block.split_once('\n').ok_or("no block of `flow`")?;
    let (text, _) = block.split_once("```").ok_or("a block without an end")?;
    match mark {
        "" => Ok(Some(text.to_string())),
        ",norun" => Ok(None),
        other => Err(format!("a block is marked `{other}`")),
    }
}

/// What the code folders of an example hold.
#[derive(Clone, Copy)]
pub(crate) enum Folders {
    /// They are not there.
    None,
    /// Every file that is named, without a function.
    Empty,
    /// Every function that is named.
    Whole,
}

fn compile(text: &str, folders: Folders) -> (Vec<(String, Severity)>, String) {
    let project = project(text, folders);
    let report = flowc::check(&project, "dev").report;
    let style = human::Style {
        colour: false,
        width: 100,
    };
    let shown = human::render(&report, &project.sources, style);
    let rows = report.findings.iter();
    let rows = rows.map(|finding| (finding.code.info().id.to_string(), finding.severity));
    (rows.collect(), shown)
}

/// A project of one file with the code that it names, in the environment `dev`.
pub(crate) fn project(text: &str, folders: Folders) -> Project {
    let mut sources = Sources::default();
    let id = sources.add("example.flow", text);
    let (file, findings) = parse(id, text);
    let env = Environment {
        functions: "process".into(),
        jobs: "process".into(),
        artifacts: "file:.flow/artifacts".into(),
        database: "sqlite:.flow/flow.db".into(),
        packages: BTreeMap::new(),
        secrets: BTreeMap::new(),
        params: BTreeMap::new(),
        groups: BTreeMap::from([("ml-leads".to_owned(), vec!["ana".to_owned()])]),
        limits: BTreeMap::new(),
    };
    let modules = imports::modules(&mut sources);
    let shared = modules.values().flatten().flat_map(|module| &module.files);
    let all = shared.chain([&file]).flat_map(|file| code(file, folders));
    Project {
        root: ".".into(),
        name: Some("example".into()),
        code: all.collect(),
        installed: BTreeMap::new(),
        files: vec![file],
        syntax: Report { findings },
        imports: imports::near(),
        modules,
        sources,
        envs: BTreeMap::from([("dev".into(), env)]),
    }
}

fn code(file: &File, folders: Folders) -> BTreeMap<String, CodeFolder> {
    let mut code = BTreeMap::<String, CodeFolder>::new();
    for decl in &file.decls {
        let properties = match &decl.kind {
            DeclKind::Action(action) => &action.properties,
            DeclKind::Job(job) => &job.properties,
            DeclKind::Model(model) => &model.properties,
            _ => continue,
        };
        let Some(folder) = texts(properties, "code").into_iter().next() else {
            continue;
        };
        let folder = code.entry(folder.to_string()).or_default();
        if let Folders::None = folders {
            continue;
        }
        folder.exists = true;
        folder.digest = "0".repeat(64);
        for name in texts(properties, "entry")
            .into_iter()
            .chain(texts(properties, "command"))
        {
            let (file, function) = match (&decl.kind, name.rsplit_once('.')) {
                (DeclKind::Model(_), _) => (name, "load"),
                (DeclKind::Job(_), Some((file, "py"))) => (file, ""),
                (DeclKind::Job(_), _) => continue,
                (_, Some(parts)) => parts,
                (_, None) => ("__main__", name),
            };
            let script = texts(properties, "runtime")
                .iter()
                .any(|runtime| runtime.starts_with("nodejs"));
            let ending = if script { "js" } else { "py" };
            let file = folder
                .files
                .entry(format!("{file}.{ending}"))
                .or_insert(CodeFile {
                    size: 100,
                    text: Some(String::new()),
                });
            let text = file.text.get_or_insert_default();
            match (folders, function) {
                (Folders::Empty | Folders::None, _) | (_, "") => {}
                (_, "load") => text.push_str("def load(dir): pass\ndef predict(m, rows): return rows\n"),
                (_, function) => text.push_str(&format!("def {function}(args): return args\n")),
            }
        }
    }
    code
}

/// The texts of a property: one, or those of a list.
fn texts<'a>(properties: &'a [Property], name: &str) -> Vec<&'a str> {
    let values = properties.iter().filter(|property| property.name.name == name);
    let exprs = values.filter_map(|property| match &property.value {
        PropertyValue::Value(expr) => Some(expr),
        _ => None,
    });
    let items = exprs.flat_map(|expr| match &expr.kind {
        ExprKind::List(items) => items.iter().collect(),
        _ => vec![expr],
    });
    let texts = items.filter_map(|item| match &item.kind {
        ExprKind::Literal(Literal::Text(text)) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}
