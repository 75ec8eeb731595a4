//! A script that deploys with the command `wsk`: its lines, and what they describe.
//!
//! A script is not run. What stands in it is read from top to bottom: quotes, continued lines, and variables that are set
//! to a fixed text. What depends on more than that is not known, and is said so.

mod commands;
mod flags;
mod words;

use super::deployment::{Deployment, Note};
use flow_lang::report::Report;
use flow_lang::span::SourceId;
use std::collections::BTreeMap;
use words::{Command, Word};

/// Reads a script; what is wrong with it is in the report. `file` reads a file that the script names, as seen from it.
pub fn read(source: SourceId, text: &str, file: &dyn Fn(&str) -> Option<String>) -> (Deployment, Report) {
    let mut script = commands::Script::new(file);
    let mut report = Report::default();
    let mut lines = words::Lines::new(source, text);
    let mut variables = BTreeMap::new();
    while let Some(command) = lines.next(&variables) {
        match command {
            Ok(command) => line(&mut script, &mut variables, command),
            Err(finding) => report.add(finding),
        }
    }
    (script.finish(), report)
}

/// The variables that are set: nothing where it is not known to what.
type Variables = BTreeMap<String, Option<String>>;

/// Words that only give a script its shape.
const SHAPE: &[&str] = &[
    "then", "do", "else", "fi", "done", "esac", "{", "}", "(", ")", ";;", "!", "time", "exec", "command",
    "sudo",
];
/// Words that decide whether and how often something is done.
const DECIDE: &[&str] = &[
    "if", "elif", "for", "while", "until", "case", "function", "select",
];

fn line(script: &mut commands::Script<'_>, variables: &mut Variables, command: Command) {
    let mut words = command.words.as_slice();
    while let Some(word) = words
        .first()
        .filter(|word| SHAPE.contains(&word.text.as_str()) && !word.quoted)
    {
        words = &words[1..];
        let _ = word;
    }
    let Some(first) = words.first() else { return };
    if DECIDE.contains(&first.text.as_str()) {
        let because = "what a script decides is not known here; the commands inside are read once";
        script.note(Note::new(brief(words), because));
        words = &words[1..];
        if !matches!(first.text.as_str(), "if" | "elif" | "while" | "until") {
            return;
        }
        while words.first().is_some_and(|word| word.text == "!") {
            words = &words[1..];
        }
    }
    if words
        .first()
        .is_some_and(|word| matches!(word.text.as_str(), "export" | "local" | "readonly" | "declare"))
    {
        words = &words[1..];
    }
    while let Some((name, value)) = words.first().and_then(Word::assignment) {
        variables.insert(name, value);
        words = &words[1..];
    }
    if let Some(wsk) = wsk(words) {
        script.wsk(wsk);
    } else if !words.is_empty() {
        script.note(Note::new(
            brief(words),
            "only commands of wsk describe what is deployed",
        ));
    }
}

/// The arguments of a command that is `wsk`, under one of its names.
fn wsk(words: &[Word]) -> Option<&[Word]> {
    let name = |word: &Word| word.text.rsplit('/').next().unwrap_or_default().to_owned();
    match name(words.first()?).as_str() {
        "wsk" | "wsk.exe" => Some(&words[1..]),
        "bx" | "ic" | "ibmcloud" => {
            let names = ["wsk", "fn", "functions", "cloud-functions"];
            names.contains(&words.get(1)?.text.as_str()).then(|| &words[2..])
        }
        _ => None,
    }
}

/// The words of a command up to its first flag: what follows may be a secret.
fn brief(words: &[Word]) -> String {
    let plain: Vec<_> = words
        .iter()
        .take_while(|word| !word.text.starts_with('-'))
        .map(|word| word.raw.as_str())
        .collect();
    match plain.len() == words.len() {
        true => plain.join(" "),
        false => format!("{} …", plain.join(" ")),
    }
}
