//! Rules and routes, where they are chains of calls.

use super::Building;
use super::chains::{Chain, chains};
use super::tree::Tree;
use flow_lang::plan::{Expr, Graph, Infer, On, Overlap, Plan, Rule, Source};
use std::collections::BTreeMap;

/// The most actions of a sequence.
const PARTS_MAX: usize = 50;

impl Building {
    pub(super) fn work(&mut self, plan: &Plan) {
        for (name, parts) in &plan.compositions {
            let all = flat(plan, parts);
            match all.iter().find(|part| !self.there.contains(*part)) {
                Some(part) => self.leave_out(format!("the action `{name}`: its part `{part}` is not there")),
                None if all.len() > PARTS_MAX => {
                    self.leave_out(format!(
                        "the action `{name}`: a sequence has at most {PARTS_MAX} actions"
                    ));
                }
                None => self.sequence(name, &parts.join(", ")),
            }
        }
        for (name, rule) in &plan.rules {
            if let Err(because) = self.rule(plan, name, rule) {
                self.leave_out(format!("the rule `{name}`: {because} cannot be said there"));
            }
        }
        for (name, infer) in &plan.infers {
            if let Err(because) = self.route(plan, name, infer) {
                self.leave_out(format!("the route `{name}`: {because} cannot be said there"));
            }
        }
    }

    fn rule(&mut self, plan: &Plan, name: &str, rule: &Rule) -> Result<(), String> {
        if rule.filter.is_some() {
            return Err("`if`".to_owned());
        }
        let mut triggers = Vec::new();
        for on in &rule.on {
            match on {
                On::Trigger { trigger } => triggers.push(trigger),
                On::Grew { dataset, .. } => return Err(format!("`{dataset}.grew`")),
                On::FlowDeployed => return Err("`flow.deployed`".to_owned()),
                On::Published { train } => return Err(format!("`{train}.published`")),
                On::Deployed { model } => return Err(format!("`{model}.deployed`")),
                On::Failed { rule } => return Err(format!("`{rule}.failed`")),
            }
        }
        let chains = self.possible(plan, &rule.graph)?;
        for trigger in &triggers {
            self.may_start(plan, trigger, &chains)?;
        }
        // From here on the rule is in the manifest.
        let many = chains.len() * triggers.len() > 1;
        let mut number = 0;
        for (at, chain) in chains.iter().enumerate() {
            let steps = if chains.len() > 1 {
                format!("{name}_steps_{}", at + 1)
            } else {
                format!("{name}_steps")
            };
            let target = self.target(plan, &chain.actions, &steps);
            for trigger in &triggers {
                number += 1;
                let own = if many {
                    format!("{name}_{number}")
                } else {
                    name.to_owned()
                };
                let entry = [
                    ("trigger", Tree::text(trigger.as_str())),
                    ("action", Tree::text(target.clone())),
                ];
                self.rules.push((own, Tree::map(entry)));
                let payload = self.payloads.entry((*trigger).clone()).or_default();
                payload.extend(chain.constants.clone());
            }
        }
        match rule.overlap {
            Overlap::Parallel => {}
            Overlap::Queue | Overlap::Skip | Overlap::Cancel => {
                self.leave_out(format!(
                    "that runs of the rule `{name}` do not overlap: there they do"
                ));
            }
        }
        for (what, is) in [
            ("rate", rule.rate.is_some()),
            ("deadline", rule.deadline_ms.is_some()),
        ] {
            if is {
                self.leave_out(format!("the `{what}` of the rule `{name}`: there is none"));
            }
        }
        Ok(())
    }

    /// Whether events of the trigger can start the chains.
    fn may_start(&self, plan: &Plan, trigger: &str, chains: &[Chain]) -> Result<(), String> {
        let declared = plan
            .triggers
            .get(trigger)
            .filter(|trigger| Building::can_listen(plan, trigger));
        let Some(declared) = declared else {
            return Err(format!("the trigger `{trigger}`"));
        };
        let clock = matches!(declared.source, Some(Source::Cron { .. }));
        let mut all: BTreeMap<_, _> = self.payloads.get(trigger).cloned().unwrap_or_default();
        for (name, value) in chains.iter().flat_map(|chain| &chain.constants) {
            // One payload follows each slot of a clock, for all rules on it.
            if !clock || all.get(name).is_some_and(|other| other != value) {
                return Err(format!("a constant for `{name}`"));
            }
            all.insert(name.clone(), value.clone());
        }
        Ok(())
    }

    fn route(&mut self, plan: &Plan, name: &str, infer: &Infer) -> Result<(), String> {
        let chains = self.possible(plan, &infer.graph)?;
        let [chain] = chains.as_slice() else {
            return Err("more than one call".to_owned());
        };
        let result = match &infer.graph.result {
            Some(Expr::Project(of, _)) => Some(&**of),
            other => other.as_ref(),
        };
        if result != Some(&Expr::Step(chain.end)) {
            return Err("an answer that is no result".to_owned());
        }
        if let Some(name) = chain.constants.keys().next() {
            return Err(format!("a constant for `{name}`"));
        }
        let target = self.target(plan, &chain.actions, &format!("{name}_steps"));
        self.web.insert(target.clone());
        if chain.actions.len() > 1 {
            let sequence = self.sequences.iter_mut().find(|(name, _)| *name == target);
            if let Some((_, Tree::Map(entries))) = sequence {
                entries.push(("web".to_owned(), Tree::Leaf(true.into())));
            }
        }
        let (base, path) = match infer.path[1..].split_once('/') {
            Some((base, path)) => (format!("/{base}"), format!("/{path}")),
            None => (infer.path.clone(), "/".to_owned()),
        };
        let operation = Tree::map([("method", Tree::text("post")), ("response", Tree::text("json"))]);
        let one = |key: String, tree| Tree::Map(vec![(key, tree)]);
        self.apis
            .push((name.to_owned(), one(base, one(path, one(target, operation)))));
        Ok(())
    }

    /// The chains of a graph whose actions are all there.
    fn possible(&self, plan: &Plan, graph: &Graph) -> Result<Vec<Chain>, String> {
        let chains = chains(plan, graph)?;
        match chains
            .iter()
            .flat_map(|chain| &chain.actions)
            .find(|action| !self.there.contains(*action))
        {
            Some(action) => Err(format!("the action `{action}`")),
            None if chains.is_empty() => Err("doing nothing".to_owned()),
            None => Ok(chains),
        }
    }

    /// What a rule or a route calls: the action, or a sequence of this name.
    fn target(&mut self, plan: &Plan, actions: &[String], name: &str) -> String {
        if let [action] = actions {
            return action.clone();
        }
        let same = |(_, parts): &(&String, &Vec<String>)| flat(plan, parts) == actions;
        if let Some((composition, _)) = plan.compositions.iter().find(same) {
            return composition.clone();
        }
        self.sequence(name, &actions.join(", "));
        name.to_owned()
    }

    fn sequence(&mut self, name: &str, parts: &str) {
        let parts = Tree::map([("actions", Tree::text(parts))]);
        self.sequences.push((name.to_owned(), parts));
    }
}

/// The actions of a chain with a name, those of chains in it put in; no more than one too many.
fn flat(plan: &Plan, parts: &[String]) -> Vec<String> {
    let mut all = Vec::new();
    put_in(plan, parts, &mut all);
    all
}

fn put_in(plan: &Plan, parts: &[String], all: &mut Vec<String>) {
    for part in parts {
        if all.len() > PARTS_MAX {
            return;
        }
        match plan.compositions.get(part) {
            Some(parts) => put_in(plan, parts, all),
            None => all.push(part.clone()),
        }
    }
}
