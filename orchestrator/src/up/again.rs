//! A project that has changed while it is up: its plans become the active ones if they are others. Whatever is wrong, what
//! was deployed before stays. Runs that are under way end on their plan, and on its code, which was staged under its digest.

use super::watch::{Changed, Watch};
use super::{lock, stages, stages::Stages};
use crate::clock::Clock;
use crate::deploy::Deployer;
use flow_lang::plan::Plan;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Mutex;

/// Ends a line about what could not be deployed.
const STAYS: &str = "what was deployed before stays";

/// Deploys a project again, whenever it has changed.
pub(super) struct Again<'u> {
    deployer: &'u Deployer,
    stages: &'u Mutex<Stages>,
    address: SocketAddr,
    /// What was deployed, by flow.
    active: BTreeMap<String, Active>,
    /// Routes that were told.
    routes: BTreeSet<String>,
}

/// A plan that was deployed, by its digests.
struct Active {
    /// As it was compiled.
    compiled: String,
    /// As it was taken: with the places of its packages.
    taken: String,
}

impl<'u> Again<'u> {
    pub(super) fn new(deployer: &'u Deployer, stages: &'u Mutex<Stages>, address: SocketAddr) -> Again<'u> {
        Again {
            deployer,
            stages,
            address,
            active: BTreeMap::new(),
            routes: BTreeSet::new(),
        }
    }

    /// Goes on without an end.
    pub(super) async fn whenever(mut self, mut watch: Watch, clock: &dyn Clock) {
        loop {
            let (back, change) = watch.change(clock).await;
            watch = back;
            self.deploy(change).await;
        }
    }

    async fn deploy(&mut self, change: Changed) {
        let same = change
            .compiled
            .as_ref()
            .is_ok_and(|compiled| compiled.iter().all(|(_, plan)| self.is_active(plan)));
        match (change.files.as_str(), same) {
            // What has come beside it is no part of it.
            ("", true) => return,
            ("", false) => self.say("change", "files came or went"),
            (files, _) => self.say("change", files),
        }
        lock(self.stages).print(&change.findings);
        let compiled = match change.compiled {
            Ok(compiled) => compiled,
            Err(error) => return self.say("check", &format!("{error}: {STAYS}")),
        };
        if same {
            return self.say("check", "the plan is the same, so nothing is deployed");
        }
        let plans: Vec<&Plan> = compiled.iter().map(|(_, plan)| plan).collect();
        lock(self.stages).know(&plans);
        let gone = self.active.keys();
        let gone = gone.filter(|flow| plans.iter().all(|plan| plan.flow != **flow));
        let gone: Vec<String> = gone.cloned().collect();
        for flow in gone {
            let text = format!("`{flow}` is no part of the project any more, and stays deployed");
            self.say("deploy", &text);
            self.active.remove(&flow);
        }
        for (root, plan) in &compiled {
            if self.is_active(plan) {
                continue;
            }
            let text = format!("{} is clean: {}", plan.flow, stages::contents(plan));
            self.say("check", &text);
            let progress = |line: &str| self.say("prepare", line);
            let deployer = self.deployer;
            match deployer.deploy_project(root, plan.clone(), &progress).await {
                Ok(digest) => self.deployed(plan, digest),
                // What imports from it would be held against what is not there.
                Err(error) => return self.say("deploy", &format!("{error}: {STAYS}")),
            }
        }
        self.tell_routes(&plans);
    }

    /// Whether a plan is what was deployed last, also by others.
    fn is_active(&self, plan: &Plan) -> bool {
        let Some(active) = self.active.get(&plan.flow) else {
            return false;
        };
        let served = self.deployer.served.borrow().plans.get(&plan.flow).cloned();
        active.compiled == plan.digest() && served.is_some_and(|served| served.digest() == active.taken)
    }

    /// Tells what has become the active plan.
    pub(super) fn deployed(&mut self, plan: &Plan, taken: String) {
        self.say("deploy", &format!("{} {}", plan.flow, &taken[..12]));
        let compiled = plan.digest();
        self.active.insert(plan.flow.clone(), Active { compiled, taken });
    }

    /// Tells the routes of plans that were not told before.
    pub(super) fn tell_routes(&mut self, plans: &[&Plan]) {
        for (method, path, form) in plans.iter().flat_map(|plan| stages::routes(plan)) {
            let route = format!("curl -X {method} {form} http://{}{path}", self.address);
            if !self.routes.contains(&route) {
                self.say("route", &route);
                self.routes.insert(route);
            }
        }
    }

    fn say(&self, subject: &str, text: &str) {
        lock(self.stages).say(subject, text);
    }
}
