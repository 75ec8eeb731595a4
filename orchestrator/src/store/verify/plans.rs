//! The plans that the log has told of, and which were active when.

use super::{Entry, VerifyReport};
use crate::store::Change;
use flow_lang::plan::{On, Plan};
use std::collections::HashMap;
use std::sync::Arc;

#[derive(Default)]
pub(super) struct Plans {
    by_digest: HashMap<String, Arc<Plan>>,
    active: HashMap<String, Arc<Plan>>,
}

impl Plans {
    pub(super) fn see(&mut self, entry: &Entry<'_>, report: &mut VerifyReport) {
        let Change::Deployed {
            flow, digest, plan, ..
        } = entry.change
        else {
            return;
        };
        match serde_json::from_str::<Plan>(plan) {
            Ok(plan) => {
                let plan = Arc::new(plan);
                self.by_digest.insert(digest.clone(), Arc::clone(&plan));
                self.active.insert(flow.clone(), plan);
            }
            Err(error) => {
                report.add(
                    "I22",
                    Some(entry.row.seq),
                    format!("the plan cannot be read: {error}"),
                );
            }
        }
    }

    /// The plan with this digest.
    pub(super) fn get(&self, digest: &str) -> Option<&Arc<Plan>> {
        self.by_digest.get(digest)
    }

    /// The rules and feedbacks that hear an event of `source` now.
    pub(super) fn hearers(&self, flow: &str, source: &str) -> Vec<String> {
        let Some(plan) = self.active.get(flow) else {
            return Vec::new();
        };
        let rules_on = |hears: &dyn Fn(&On) -> bool| {
            let rules = plan.rules.iter().filter(|(_, rule)| rule.on.iter().any(hears));
            rules.map(|(name, _)| name.clone()).collect()
        };
        match source.split_once('/') {
            Some(("trigger", name)) => {
                rules_on(&|on| matches!(on, On::Trigger { trigger } if trigger == name))
            }
            Some(("published", name)) => {
                rules_on(&|on| matches!(on, On::Published { train } if train == name))
            }
            Some(("deployed", name)) => rules_on(&|on| matches!(on, On::Deployed { model } if model == name)),
            Some(("failed", name)) => rules_on(&|on| matches!(on, On::Failed { rule } if rule == name)),
            Some(("grew" | "feedback", name)) => vec![name.to_owned()],
            None if source == "flow" => rules_on(&|on| *on == On::FlowDeployed),
            Some(_) | None => Vec::new(),
        }
    }
}
