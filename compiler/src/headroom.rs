//! How much of each limit of a platform is in use, and what uses most of it.

use crate::check::lowered;
use crate::link::link;
use crate::marks::Marks;
use crate::project::Project;
use crate::rules::{Subject, Use};
use flow_lang::limits::{Limit, Unit};
use flow_lang::plan::batch::proved_rows;
use flow_lang::span::Span;

/// The limits of one environment, for a flow whose names and types are right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headroom {
    /// The environment.
    pub env: String,
    /// Its platform.
    pub platform: String,
    /// What has no bound, then the largest use of each limit, the fullest first.
    pub rows: Vec<Row>,
    /// Models, with the rows that one call is proved to carry there and back; nothing where that has no bound.
    pub batches: Vec<(String, Option<u64>)>,
}

/// The largest use of a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The limit.
    pub limit: Limit,
    /// What uses it: "the arguments of `f`".
    pub of: String,
    /// So much; nothing where nothing bounds it.
    pub used: Option<u64>,
    /// So much is allowed.
    pub allowed: u64,
    /// What both count.
    pub unit: Unit,
    /// What has most of it: "`image` alone 110B"; of what has no bound, the part without one.
    pub mostly: Option<String>,
    /// Where it is declared.
    pub span: Span,
}

impl Row {
    /// How much of what is allowed is used, in per cent and rounded up; nothing where nothing bounds it.
    pub fn percent(&self) -> Option<u64> {
        let used = u128::from(self.used?) * 100;
        let percent = used.div_ceil(u128::from(self.allowed.max(1)));
        Some(u64::try_from(percent).unwrap_or(u64::MAX))
    }
}

/// The headroom of a project in one of its environments; nothing if it has errors that leave nothing to measure. Limits
/// that are broken are measured like all others.
///
/// # Panics
/// If the project has no environment of that name.
pub fn headroom(project: &Project, env: &str) -> Option<Headroom> {
    let linked = link(project);
    let unit = lowered(project, &linked, env);
    if unit.report.has_errors() {
        return None;
    }
    let (plan, marks) = (&unit.plan, &unit.marks);
    let subject = Subject {
        plan,
        marks,
        env: unit.env,
        code: &project.code,
        installed: &project.installed,
    };
    let uses = subject.uses().into_iter();
    let rows = uses.filter_map(|each| row(&subject, marks, each));
    let models = plan.models.iter().map(|(name, model)| {
        let (payload, result) = (model.function.payload, model.function.result);
        let rows = proved_rows(&model.input, &model.output, payload, result);
        (name.clone(), rows)
    });
    Some(Headroom {
        env: plan.env.clone(),
        platform: unit.env.functions.clone(),
        rows: largest(rows.collect()),
        batches: models.collect(),
    })
}

fn row(subject: &Subject<'_>, marks: &Marks, each: Use) -> Option<Row> {
    let limit = subject.limit(each.limit)?;
    let span = marks
        .get(&each.key)
        .expect("lowering marks every declaration of the plan");
    Some(Row {
        limit: each.limit,
        of: each.of,
        used: each.value,
        allowed: limit.max,
        unit: limit.entry.unit,
        mostly: each.mostly,
        span,
    })
}

/// All that has no bound, and of each limit the largest use.
fn largest(mut rows: Vec<Row>) -> Vec<Row> {
    // In front stand those without a percentage; what is alike stays in the order of the text.
    rows.sort_by_key(|row| (row.percent().map(std::cmp::Reverse), row.limit, row.span));
    let mut seen = Vec::new();
    rows.retain(|row| {
        let first = !seen.contains(&row.limit);
        if row.used.is_some() {
            seen.push(row.limit);
        }
        row.used.is_none() || first
    });
    rows
}
