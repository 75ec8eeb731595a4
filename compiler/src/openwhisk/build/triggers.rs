//! Triggers: fired by people, by the alarms, by a database.

use super::Building;
use super::tree::Tree;
use flow_lang::plan::{Missed, Package, Plan, Source, Trigger};
use flow_lang::units;
use serde_json::Value;
use std::collections::BTreeMap;

impl Building {
    /// Whether events of this trigger can come in on OpenWhisk.
    pub(super) fn can_listen(plan: &Plan, trigger: &Trigger) -> bool {
        match &trigger.source {
            None | Some(Source::Cron { .. }) => true,
            Some(Source::Package { package, .. }) => plan
                .packages
                .get(package)
                .is_some_and(|package| package.kind == "couchdb"),
        }
    }

    pub(super) fn all_triggers(&mut self, plan: &Plan) {
        for (name, trigger) in &plan.triggers {
            if !Building::can_listen(plan, trigger) {
                self.leave_out(format!("the trigger `{name}`: there is no feed for its package"));
                continue;
            }
            if let Some(rate) = trigger.at_most {
                let rate = units::rate(rate);
                self.leave_out(format!(
                    "`at most {rate}` of the trigger `{name}`: nothing there slows a feed down"
                ));
            }
            let tree = match &trigger.source {
                None => self.fired(name, trigger),
                Some(Source::Cron {
                    schedule,
                    timezone,
                    missed,
                }) => self.clock(name, schedule, timezone, *missed),
                Some(Source::Package {
                    package, settings, ..
                }) => documents(plan, trigger, package, settings),
            };
            self.triggers.push((name.clone(), tree));
        }
        for (name, package) in &plan.packages {
            let listens = |trigger: &Trigger| matches!(&trigger.source, Some(Source::Package { package, .. }) if package == name);
            if package.kind == "couchdb" && plan.triggers.values().any(listens) {
                let tree = self.database(name, package);
                self.dependencies.push((name.clone(), tree));
            } else {
                self.leave_out(format!(
                    "the package `{name}`: there is none like it, or nothing listens to it"
                ));
            }
        }
    }

    fn fired(&mut self, name: &str, trigger: &Trigger) -> Tree {
        let mut entries = Vec::new();
        // An input without a value would be given one of wskdeploy's.
        let mut payload = trigger.payload.clone();
        if let flow_lang::plan::Type::Record(fields) = &mut payload {
            fields.retain(|_, field| field.default.is_some());
        }
        let inputs = self.inputs(name, &payload, &BTreeMap::new());
        if !inputs.is_empty() {
            entries.push(("inputs".to_owned(), Tree::Map(inputs)));
        }
        let annotations = Tree::map([("flow-event", Tree::text(trigger.payload.show()))]);
        entries.push(("annotations".to_owned(), annotations));
        Tree::Map(entries)
    }

    fn clock(&mut self, name: &str, schedule: &str, timezone: &str, missed: Missed) -> Tree {
        if missed == Missed::All {
            self.leave_out(format!(
                "`missed: all` of the trigger `{name}`: nothing there makes up for a slot"
            ));
        }
        let mut inputs = vec![("cron".to_owned(), Tree::text(schedule))];
        if timezone != "UTC" {
            inputs.push(("timezone".to_owned(), Tree::text(timezone)));
        }
        if let Some(payload) = self.payloads.get(name).filter(|payload| !payload.is_empty()) {
            let payload = payload.iter().map(|(name, value)| (name.clone(), value.clone()));
            inputs.push((
                "trigger_payload".to_owned(),
                Tree::Leaf(Value::Object(payload.collect())),
            ));
        }
        Tree::map([
            ("feed", Tree::text("/whisk.system/alarms/alarm")),
            ("inputs", Tree::Map(inputs)),
        ])
    }

    /// The server and the database, as a package that is bound.
    fn database(&mut self, name: &str, package: &Package) -> Tree {
        let text = |key: &str| package.config.get(key).and_then(Value::as_str);
        let mut inputs = Vec::new();
        if let Some(url) = text("url") {
            inputs.push((
                "host".to_owned(),
                Tree::text(url.strip_prefix("https://").unwrap_or(url)),
            ));
        }
        inputs.push(("dbname".to_owned(), Tree::text(text("database").unwrap_or(name))));
        if let Some(username) = text("username") {
            inputs.push(("username".to_owned(), Tree::text(username)));
        }
        if let Some(place) = package.secrets.get("password") {
            let variable = place.strip_prefix("env:").unwrap_or(place);
            inputs.push(("password".to_owned(), Tree::text(format!("${{{variable}}}"))));
        }
        for (key, usual) in [("mode", "longpoll"), ("gap", "halt")] {
            if text(key).is_some_and(|value| value != usual) {
                self.leave_out(format!(
                    "`{key}` of the package `{name}`: the feed there has no such setting"
                ));
            }
        }
        Tree::map([
            ("location", Tree::text("/whisk.system/cloudant")),
            ("inputs", Tree::Map(inputs)),
        ])
    }
}

fn documents(plan: &Plan, trigger: &Trigger, package: &str, settings: &BTreeMap<String, Value>) -> Tree {
    let config = plan.packages.get(package).map(|package| &package.config);
    let since = settings
        .get("since")
        .or_else(|| config.and_then(|config| config.get("since")));
    let mut entries = vec![("feed".to_owned(), Tree::text(format!("{package}/changes")))];
    // What is not said begins now.
    if since.and_then(Value::as_str) != Some("now") {
        entries.push(("inputs".to_owned(), Tree::map([("since", Tree::text("0"))])));
    }
    let annotations = Tree::map([("flow-event", Tree::text(trigger.payload.show()))]);
    entries.push(("annotations".to_owned(), annotations));
    Tree::Map(entries)
}
