//! One compilation under way: the project, its names, and the plan, marks and findings so far.

use crate::lower::Composed;
use crate::marks::Marks;
use crate::project::{Environment, Project};
use crate::resolve::Scope;
use crate::types::declared::Progress;
use crate::types::properties::Table;
use crate::types::settings::Settings;
use flow_lang::ast::{Ident, Property};
use flow_lang::plan::{PLAN_VERSION, Plan};
use flow_lang::report::{Finding, Report};
use flow_lang::span::Span;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

/// What every part of the compiler reads and adds to.
pub(crate) struct Unit<'a> {
    pub(crate) project: &'a Project,
    pub(crate) env: &'a Environment,
    pub(crate) scope: Scope<'a>,
    pub(crate) types: BTreeMap<String, Progress>,
    /// Declared types that are being worked out.
    pub(crate) open_types: usize,
    /// What compositions take and give, as far as they have come.
    pub(crate) composed: BTreeMap<String, Composed>,
    /// Compositions that are being looked at, outermost first.
    pub(crate) open_compositions: Vec<String>,
    /// What rules wait for that take one event after the other, once somebody has asked.
    pub(crate) heard_in_turn: OnceCell<BTreeSet<String>>,
    pub(crate) plan: Plan,
    pub(crate) marks: Marks,
    pub(crate) report: Report,
}

impl<'a> Unit<'a> {
    /// A compilation of `project` for its environment `env`, in which nothing is lowered yet.
    ///
    /// # Panics
    /// If the project has no environment of that name.
    pub(crate) fn new(
        project: &'a Project,
        env: &str,
        scope: Scope<'a>,
        flow: String,
        report: Report,
    ) -> Unit<'a> {
        Unit {
            project,
            env: &project.envs[env],
            scope,
            types: BTreeMap::new(),
            open_types: 0,
            composed: BTreeMap::new(),
            open_compositions: Vec::new(),
            heard_in_turn: OnceCell::new(),
            plan: Plan {
                groups: project.envs[env].groups.clone(),
                ..empty_plan(flow, env)
            },
            marks: Marks::default(),
            report,
        }
    }

    /// Reads the properties of the declaration at `key` and remembers where their values stand.
    pub(crate) fn settings(
        &mut self,
        table: &Table,
        key: &str,
        owner: &Ident,
        properties: &'a [Property],
    ) -> Settings<'a> {
        for property in properties {
            self.marks
                .set(format!("{key}/{}", property.name.name), property.span);
        }
        Settings::read(table, owner, properties, &self.project.sources, &mut self.report)
    }

    /// Remembers where a part of the plan stands: `key` for findings, `position` for messages at run time.
    pub(crate) fn mark(&mut self, key: String, position: String, span: Span) {
        let sources = &self.project.sources;
        let line = sources.line(span);
        let place = format!("{}:{line}", sources.path(span).display());
        self.plan.positions.insert(position, place);
        self.marks.set(key, span);
    }

    /// Where the value of a secret is found in this environment.
    pub(crate) fn secret_place(&self, name: &str) -> String {
        match self.env.secrets.get(name) {
            Some(from) => from.clone(),
            None => format!("env:{}", name.to_uppercase()),
        }
    }

    /// Adds a finding; reads as "this came to nothing, and here is why".
    pub(crate) fn refuse<T>(&mut self, finding: Finding) -> Option<T> {
        self.report.add(finding);
        None
    }
}

fn empty_plan(flow: String, env: &str) -> Plan {
    Plan {
        version: PLAN_VERSION,
        flow,
        env: env.to_owned(),
        packages: BTreeMap::new(),
        triggers: BTreeMap::new(),
        secrets: BTreeMap::new(),
        groups: BTreeMap::new(),
        actions: BTreeMap::new(),
        compositions: BTreeMap::new(),
        jobs: BTreeMap::new(),
        datasets: BTreeMap::new(),
        prepares: BTreeMap::new(),
        models: BTreeMap::new(),
        imports: BTreeMap::new(),
        infers: BTreeMap::new(),
        feedbacks: BTreeMap::new(),
        rules: BTreeMap::new(),
        positions: BTreeMap::new(),
    }
}
