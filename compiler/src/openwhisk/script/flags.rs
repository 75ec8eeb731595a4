//! The arguments of a command of `wsk`: what it is about, and its flags.

use super::words::Word;
use crate::openwhisk::deployment::{Bound, Note, Param};
use serde_json::Value;

/// A flag: how it is written, and how many values follow.
pub(super) type Flag = (&'static str, &'static str, usize);

/// Flags of every command; they say how to reach OpenWhisk.
pub(super) const GLOBAL: &[Flag] = &[
    ("-i", "--insecure", 0),
    ("-v", "--verbose", 0),
    ("-d", "--debug", 0),
    ("-u", "--auth", 1),
    ("", "--apihost", 1),
    ("", "--apiversion", 1),
    ("", "--cert", 1),
    ("", "--key", 1),
];
/// Flags of whatever has parameters.
pub(super) const GIVEN: &[Flag] = &[
    ("-p", "--param", 2),
    ("-P", "--param-file", 1),
    ("-a", "--annotation", 2),
    ("-A", "--annotation-file", 1),
];

/// The arguments of a command.
#[derive(Debug, Default)]
pub(super) struct Args {
    /// Without flags.
    pub(super) plain: Vec<Word>,
    /// Flags by their long name, with their values.
    pub(super) flags: Vec<(&'static str, Vec<Word>)>,
    /// Flags that are not known.
    pub(super) unknown: Vec<String>,
}

impl Args {
    pub(super) fn read(words: &[Word], tables: &[&[Flag]]) -> Args {
        let mut args = Args::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let text = word.text.as_str();
            if word.quoted || !text.starts_with('-') || text.len() < 2 {
                args.plain.push(word.clone());
                continue;
            }
            let (name, value) = match text.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name, Some(value)),
                _ => (text, None),
            };
            let known = tables.iter().flat_map(|table| table.iter());
            let Some((_, long, count)) = known
                .into_iter()
                .find(|(short, long, _)| name == *short || name == *long)
            else {
                args.unknown.push(name.to_owned());
                continue;
            };
            let values = match value {
                Some(value) => vec![word.part(value)],
                None => words.by_ref().take(*count).cloned().collect(),
            };
            args.flags.push((long, values));
        }
        args
    }

    /// The value of a flag that is written at most once.
    pub(super) fn one(&self, long: &str) -> Option<&Word> {
        let (_, values) = self.flags.iter().rev().find(|(name, _)| *name == long)?;
        values.first()
    }

    pub(super) fn has(&self, long: &str) -> bool {
        self.flags.iter().any(|(name, _)| *name == long)
    }

    /// `-p key value` and `-P file`, later ones over earlier ones.
    pub(super) fn params(
        &self,
        flags: [&str; 2],
        file: &dyn Fn(&str) -> Option<String>,
        notes: &mut Vec<Note>,
    ) -> Vec<Param> {
        let mut params: Vec<Param> = Vec::new();
        let mut add = |param: Param| match params.iter_mut().find(|other| other.name == param.name) {
            Some(other) => *other = param,
            None => params.push(param),
        };
        for (name, values) in &self.flags {
            if *name == flags[0] {
                match (values.first().and_then(Word::known), values.get(1)) {
                    (Some(key), Some(value)) => add(Param::bound(key, value.bound())),
                    _ => notes.push(Note::new(
                        "a parameter",
                        "its name is known only when the script runs",
                    )),
                }
            } else if *name == flags[1] {
                let path = values.first().and_then(Word::known);
                match path
                    .and_then(file)
                    .and_then(|text| serde_json::from_str(&text).ok())
                {
                    Some(Value::Object(fields)) => {
                        let fields = fields.into_iter();
                        fields.for_each(|(key, value)| add(Param::bound(key, Bound::Value(value))));
                    }
                    _ => {
                        let file = values.first().map_or("", |word| word.raw.as_str());
                        notes.push(Note::new(
                            format!("the file {file}"),
                            "it cannot be read as a JSON object",
                        ));
                    }
                }
            }
        }
        params
    }
}
