//! What belongs into `flow.toml`.

use flow_lang::plan::NAME_MAX;
use std::fmt::Write as _;

/// The lines of `flow.toml`.
pub(super) struct Config {
    name: String,
    lines: Vec<String>,
}

impl Config {
    pub(super) fn new(name: &str) -> Config {
        Config {
            name: name.chars().take(NAME_MAX).collect(),
            lines: Vec::new(),
        }
    }

    /// `packages.NAME = { … }`.
    pub(super) fn package(&mut self, name: &str, settings: &[(&str, String)]) {
        let settings = settings
            .iter()
            .map(|(key, value)| format!("{key} = {}", quoted(value)));
        let settings: Vec<_> = settings.collect();
        if !settings.is_empty() {
            self.lines
                .push(format!("packages.{name} = {{ {} }}", settings.join(", ")));
        }
    }

    /// A secret is read from this variable.
    pub(super) fn secret(&mut self, name: &str, variable: &str) {
        self.lines
            .push(format!("secrets.{name} = {}", quoted(&format!("env:{variable}"))));
    }

    pub(super) fn show(&self) -> String {
        let mut out = format!("[flow]\nname = {}\n", quoted(&self.name));
        if !self.lines.is_empty() {
            write!(out, "\n[env.dev]\n{}\n", self.lines.join("\n")).expect("writes to a text");
        }
        out
    }
}

fn quoted(text: &str) -> String {
    ::toml::Value::String(text.to_owned()).to_string()
}
