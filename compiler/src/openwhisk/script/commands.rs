//! What each command of `wsk` describes.

use super::brief;
use super::flags::{Args, Flag, GIVEN, GLOBAL};
use super::words::Word;
use crate::openwhisk::deployment::{
    Action, Binding, Code, Deployment, Name, Note, Param, Route, Rule, Sequence, Trigger, laid_over,
};
use crate::openwhisk::manifest::joined;
use serde_json::Value;
use std::collections::BTreeMap;

const ACTION: &[Flag] = &[
    ("", "--docker", 1),
    ("", "--native", 0),
    ("", "--sequence", 0),
    ("", "--copy", 0),
    ("", "--kind", 1),
    ("", "--main", 1),
    ("-m", "--memory", 1),
    ("-t", "--timeout", 1),
    ("-l", "--logsize", 1),
    ("-c", "--concurrency", 1),
    ("", "--web", 1),
    ("", "--web-secure", 1),
];
const TRIGGER: &[Flag] = &[
    ("-f", "--feed", 1),
    ("-F", "--feed-param", 2),
    ("-T", "--trigger-param", 2),
];
const PACKAGE: &[Flag] = &[("", "--shared", 1)];
const API: &[Flag] = &[
    ("-n", "--apiname", 1),
    ("-c", "--config-file", 1),
    ("-r", "--response-type", 1),
];

/// What the script has described so far.
pub(super) struct Script<'f> {
    file: &'f dyn Fn(&str) -> Option<String>,
    out: Deployment,
    /// What all actions of a package are given.
    packages: BTreeMap<String, Vec<Param>>,
    /// Notes that belong above what comes next.
    notes: Vec<Note>,
}

const UNKNOWN: &str = "a word of it is known only when the script runs";

impl<'f> Script<'f> {
    pub(super) fn new(file: &'f dyn Fn(&str) -> Option<String>) -> Script<'f> {
        Script {
            file,
            out: Deployment::default(),
            packages: BTreeMap::new(),
            notes: Vec::new(),
        }
    }

    pub(super) fn note(&mut self, note: Note) {
        self.notes.push(note);
    }

    pub(super) fn finish(mut self) -> Deployment {
        self.out.notes.append(&mut self.notes);
        for action in &mut self.out.actions {
            let package = action.name.package.as_ref();
            if let Some(given) = package.and_then(|package| self.packages.get(package)) {
                action.params = laid_over(given, &action.params);
            }
        }
        self.out
    }

    /// A command, without `wsk` itself.
    pub(super) fn wsk(&mut self, words: &[Word]) {
        // Flags that say how to reach OpenWhisk may stand before everything else.
        let mut rest = words;
        while let Some(word) = rest.first() {
            let flag = GLOBAL
                .iter()
                .find(|(short, long, _)| word.text == *short || word.text == *long);
            let Some((_, _, count)) = flag else { break };
            rest = rest.get(1 + count..).unwrap_or_default();
        }
        let verb = |ix: usize| rest.get(ix).and_then(Word::known).unwrap_or_default();
        let args = |table: &[Flag]| Args::read(rest.get(2..).unwrap_or_default(), &[GLOBAL, GIVEN, table]);
        let done = match (verb(0), verb(1)) {
            ("action", "create" | "update") => self.action(&args(ACTION)),
            ("trigger", "create" | "update") => self.trigger(&args(TRIGGER)),
            ("rule", "create" | "update") => self.rule(&args(&[])),
            ("package", "create" | "update") => self.package(&args(PACKAGE)),
            ("package", "bind") => self.bind(&args(PACKAGE)),
            ("api" | "api-experimental", "create") => self.api(&args(API)),
            _ => Err("it describes nothing that is deployed"),
        };
        if let Err(because) = done {
            self.note(Note::new(format!("wsk {}", brief(rest)), because));
        }
    }

    /// Notes for what comes now: those that wait, and one for each flag that is not known.
    fn above(&mut self, args: &Args) -> Vec<Note> {
        let mut notes = std::mem::take(&mut self.notes);
        let unknown = args.unknown.iter();
        notes.extend(unknown.map(|flag| Note::new(format!("the flag {flag}"), "it is not known")));
        for (flag, _) in &args.flags {
            if matches!(
                *flag,
                "--auth" | "--apihost" | "--apiversion" | "--cert" | "--key"
            ) {
                notes.push(Note::new(
                    format!("the flag {flag}"),
                    "`flow.toml` says where a flow runs",
                ));
            }
        }
        notes
    }

    fn action(&mut self, args: &Args) -> Result<(), &'static str> {
        let written = args.plain.first().and_then(Word::known).ok_or(UNKNOWN)?;
        let name = Name::read(written, None).ok_or("it belongs to another namespace")?;
        let artifact = args.plain.get(1);
        if artifact.is_some_and(|word| word.known().is_none()) {
            return Err(UNKNOWN);
        }
        let artifact = artifact.map(|word| word.text.as_str());
        if args.has("--copy") {
            return Err("code is not copied here: let both names be one action");
        }
        let mut notes = self.above(args);
        let (annotated, doc) = annotations(args, self.file, &mut notes);
        let web = web(args, &mut notes) || annotated;
        if args.has("--sequence") {
            let parts = artifact.unwrap_or_default().split(',').map(str::trim);
            let parts: Vec<_> = parts.filter(|part| !part.is_empty()).map(absolute).collect();
            if parts.is_empty() {
                self.notes = notes;
                return Err("it names no actions");
            }
            self.out.sequences.retain(|sequence| sequence.name != name);
            self.out.sequences.push(Sequence {
                name,
                parts,
                notes,
                doc,
                web,
            });
            return Ok(());
        }
        let known = self.out.actions.iter().position(|action| action.name == name);
        let ix = known.unwrap_or_else(|| {
            self.out.actions.push(Action::named(name));
            self.out.actions.len() - 1
        });
        let params = args.params(["--param", "--param-file"], self.file, &mut notes);
        let action = &mut self.out.actions[ix];
        if let Some(path) = artifact {
            action.code = Some(Code::Path(path.to_owned()));
        }
        for flag in ["--docker", "--native"] {
            if args.has(flag) {
                action.code = None;
                notes.push(Note::new(
                    format!("the flag {flag}"),
                    "functions run on Python or Node here, not in an image of their own",
                ));
            }
        }
        if !params.is_empty() {
            action.params = params;
        }
        action.web |= web;
        action.doc = doc.or(action.doc.take());
        for (flag, place) in [("--kind", &mut action.runtime), ("--main", &mut action.main)] {
            match args.one(flag).map(Word::known) {
                None => {}
                Some(Some(text)) => *place = Some(text.to_owned()),
                Some(None) => notes.push(Note::new(format!("the flag {flag}"), UNKNOWN)),
            }
        }
        for (flag, place) in [
            ("--timeout", &mut action.timeout_ms),
            ("--memory", &mut action.memory_mb),
            ("--logsize", &mut action.logs_mb),
        ] {
            match args
                .one(flag)
                .map(|word| word.known().and_then(|text| text.parse().ok()))
            {
                None => {}
                Some(Some(number)) => *place = Some(number),
                Some(None) => notes.push(Note::new(format!("the flag {flag}"), "its number is not known")),
            }
        }
        if args.has("--concurrency") {
            notes.push(Note::new(
                "the flag --concurrency",
                "one worker makes one call at a time",
            ));
        }
        action.notes.extend(notes);
        Ok(())
    }

    fn trigger(&mut self, args: &Args) -> Result<(), &'static str> {
        let written = args.plain.first().and_then(Word::known).ok_or(UNKNOWN)?;
        let name = Name::read(written, None)
            .ok_or("it belongs to another namespace")?
            .name;
        let feed = match args.one("--feed").map(Word::known) {
            None => None,
            Some(None) => return Err(UNKNOWN),
            Some(Some(feed)) => Some(feed.to_owned()),
        };
        let mut notes = self.above(args);
        let (_, doc) = annotations(args, self.file, &mut notes);
        let mut params = args.params(["--param", "--param-file"], self.file, &mut notes);
        params.extend(args.params(["--feed-param", ""], self.file, &mut notes));
        for (flag, _) in args.flags.iter().filter(|(flag, _)| *flag == "--trigger-param") {
            notes.push(Note::new(
                format!("the flag {flag}"),
                "what a feed tells is all that its events carry",
            ));
        }
        self.out.triggers.retain(|trigger| trigger.name != name);
        self.out.triggers.push(Trigger {
            name,
            notes,
            doc,
            feed,
            params,
            exact: None,
        });
        Ok(())
    }

    fn rule(&mut self, args: &Args) -> Result<(), &'static str> {
        let known: Option<Vec<_>> = args.plain.iter().map(Word::known).collect();
        let words = known.ok_or(UNKNOWN)?;
        let [name, trigger, action] = words.as_slice() else {
            return Err("a rule has a name, a trigger and an action");
        };
        let mut notes = self.above(args);
        annotations(args, self.file, &mut notes);
        let name = Name::read(name, None)
            .ok_or("it belongs to another namespace")?
            .name;
        self.out.rules.retain(|rule| rule.name != name);
        self.out.rules.push(Rule {
            name,
            notes,
            trigger: (*trigger).to_owned(),
            action: absolute(action),
            package: None,
        });
        Ok(())
    }

    fn package(&mut self, args: &Args) -> Result<(), &'static str> {
        let written = args.plain.first().and_then(Word::known).ok_or(UNKNOWN)?;
        let name = Name::read(written, None)
            .ok_or("it belongs to another namespace")?
            .name;
        let mut notes = self.above(args);
        annotations(args, self.file, &mut notes);
        shared(args, &mut notes);
        if self.out.name.is_none() {
            self.out.name = Some(name.clone());
        }
        let params = args.params(["--param", "--param-file"], self.file, &mut notes);
        self.notes = notes;
        let given = self.packages.entry(name).or_default();
        if !params.is_empty() {
            *given = params;
        }
        Ok(())
    }

    fn bind(&mut self, args: &Args) -> Result<(), &'static str> {
        let known: Option<Vec<_>> = args.plain.iter().map(Word::known).collect();
        let words = known.ok_or(UNKNOWN)?;
        let [location, name] = words.as_slice() else {
            return Err("a binding has a package and a name");
        };
        let mut notes = self.above(args);
        annotations(args, self.file, &mut notes);
        shared(args, &mut notes);
        let params = args.params(["--param", "--param-file"], self.file, &mut notes);
        self.out.bindings.retain(|binding| binding.name != *name);
        self.out.bindings.push(Binding {
            name: (*name).to_owned(),
            location: (*location).to_owned(),
            params,
            notes,
        });
        Ok(())
    }

    fn api(&mut self, args: &Args) -> Result<(), &'static str> {
        if args.has("--config-file") {
            return Err("what the file of an API says is not read: write an `infer` for each path");
        }
        let known: Option<Vec<_>> = args.plain.iter().map(Word::known).collect();
        let words = known.ok_or(UNKNOWN)?;
        let (base, path, method, action) = match words.as_slice() {
            [path, method, action] => ("", path, method, action),
            [base, path, method, action] => (*base, path, method, action),
            _ => return Err("an API has a path, a method and an action"),
        };
        let mut notes = self.above(args);
        match args.one("--response-type").map(|word| word.text.as_str()) {
            None | Some("json") => {}
            Some(other) => notes.push(Note::new(
                format!("--response-type {other}"),
                "a route answers with the result as JSON",
            )),
        }
        let named = args.one("--apiname").and_then(Word::known);
        self.out.routes.push(Route {
            name: named.map_or_else(|| format!("{method}_{}", path.trim_matches('/')), str::to_owned),
            notes,
            path: joined(base, path),
            method: method.to_uppercase(),
            action: absolute(action),
            package: None,
        });
        Ok(())
    }
}

/// A bare name is in no package.
fn absolute(name: &str) -> String {
    match name.contains('/') {
        true => name.to_owned(),
        false => format!("/_/{name}"),
    }
}

/// Whether an annotation makes it a web action, and its description. The others have no counterpart.
fn annotations(
    args: &Args,
    file: &dyn Fn(&str) -> Option<String>,
    notes: &mut Vec<Note>,
) -> (bool, Option<String>) {
    let (mut web, mut doc) = (false, None);
    for param in args.params(["--annotation", "--annotation-file"], file, notes) {
        match (param.name.as_str(), param.value()) {
            ("web-export", Some(Value::Bool(export))) => web = *export,
            ("description", Some(Value::String(text))) => doc = Some(text.clone()),
            (name, _) => notes.push(Note::new(
                format!("the annotation {name}"),
                "Flow has no annotations",
            )),
        }
    }
    (web, doc)
}

fn web(args: &Args, notes: &mut Vec<Note>) -> bool {
    if args.has("--web-secure") {
        notes.push(Note::new(
            "the flag --web-secure",
            "a route asks for no key of its own",
        ));
    }
    match args.one("--web").map(|word| word.text.as_str()) {
        None | Some("no" | "false") => false,
        Some("raw") => {
            notes.push(Note::new(
                "--web raw",
                "a route hands on the fields of a body, not its bytes",
            ));
            true
        }
        Some(_) => true,
    }
}

fn shared(args: &Args, notes: &mut Vec<Note>) {
    if args.has("--shared") {
        notes.push(Note::new(
            "the flag --shared",
            "a flow is not published as a package",
        ));
    }
}
