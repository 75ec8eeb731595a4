//! What the `test` blocks of a flow say, as data: for whoever plays them.

use crate::project::Project;
use crate::types::constant::constant;
use flow_lang::ast::{Arg, Expr, Test, TestLine, TestLineKind};
use flow_lang::plan::Plan;
use serde::Serialize;
use serde_json::Value;

/// One `test` block.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Case {
    /// What it promises.
    pub name: String,
    /// Its lines in order.
    pub lines: Vec<Line>,
}

/// One line of a test.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// Where it stands: `main.flow:12`.
    pub at: String,
    /// As it is written.
    pub text: String,
    /// What it says.
    pub said: Said,
}

/// What a line of a test says. Names are those of the plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// A dataset has so many rows before.
    GivenRows {
        /// The dataset.
        dataset: String,
        /// How many.
        rows: u64,
    },
    /// What an action or a model answers.
    GivenReturns {
        /// Its name.
        of: String,
        /// The answer, with defaults filled in.
        value: Value,
    },
    /// How something fails.
    GivenFails {
        /// An action, job, train or model.
        of: String,
        /// One of the kinds of `err.kind`.
        kind: String,
    },
    /// A trigger fires.
    Fire {
        /// The trigger.
        trigger: String,
        /// Its event; nothing where the trigger has a source that would say it.
        payload: Option<Value>,
    },
    /// How often something was called.
    ExpectCalled {
        /// An action, job, train or model.
        of: String,
        /// How often.
        times: u64,
    },
    /// How many rows a dataset has after.
    ExpectRows {
        /// The dataset.
        dataset: String,
        /// How many.
        rows: u64,
    },
    /// A version went live.
    ExpectDeploy {
        /// The model.
        model: String,
    },
    /// None did.
    ExpectNoDeploy,
    /// How every run ended.
    ExpectRun {
        /// Whether they failed.
        failed: bool,
    },
}

/// The tests of a project, in their order. `plan` is what [`crate::check()`] made of it without an error.
pub fn cases(project: &Project, plan: &Plan) -> Vec<Case> {
    let tests = project.files.iter().flat_map(|file| &file.tests);
    let case = |test: &Test| Case {
        name: test.name.name.clone(),
        lines: test.lines.iter().map(|each| line(project, plan, each)).collect(),
    };
    tests.map(case).collect()
}

fn line(project: &Project, plan: &Plan, line: &TestLine) -> Line {
    let sources = &project.sources;
    Line {
        at: format!(
            "{}:{}",
            sources.path(line.span).display(),
            sources.line(line.span)
        ),
        text: sources.text(line.span).trim().to_owned(),
        said: said(plan, &line.kind),
    }
}

fn said(plan: &Plan, kind: &TestLineKind) -> Said {
    match kind {
        TestLineKind::GivenRows { dataset, rows } => Said::GivenRows {
            dataset: dataset.name.clone(),
            rows: *rows,
        },
        TestLineKind::GivenReturns { of, value } => {
            let mut value = written(value);
            let action = plan.actions.get(&of.name).map(|action| &action.output);
            if let Some(ty) = action.or(plan.asked(&of.name).map(|asked| asked.output)) {
                ty.fill(&mut value);
            }
            Said::GivenReturns {
                of: of.name.clone(),
                value,
            }
        }
        TestLineKind::GivenFails { of, kind } => Said::GivenFails {
            of: of.name.clone(),
            kind: kind.name.clone(),
        },
        TestLineKind::Fire { trigger, args } => Said::Fire {
            trigger: trigger.name.clone(),
            payload: payload(plan, &trigger.name, args),
        },
        TestLineKind::ExpectCalled { of, times } => Said::ExpectCalled {
            of: of.name.clone(),
            times: *times,
        },
        TestLineKind::ExpectRows { dataset, rows } => Said::ExpectRows {
            dataset: dataset.name.clone(),
            rows: *rows,
        },
        TestLineKind::ExpectDeploy { model } => Said::ExpectDeploy {
            model: model.name.clone(),
        },
        TestLineKind::ExpectNoDeploy => Said::ExpectNoDeploy,
        TestLineKind::ExpectRun { failed } => Said::ExpectRun { failed: *failed },
    }
}

fn payload(plan: &Plan, trigger: &str, args: &[Arg]) -> Option<Value> {
    let declared = plan.triggers.get(trigger)?;
    let mut payload = match args {
        [] if declared.source.is_some() => return None,
        [] => Value::Object(serde_json::Map::new()),
        [first, ..] => written(&first.value),
    };
    declared.payload.fill(&mut payload);
    Some(payload)
}

fn written(value: &Expr) -> Value {
    let (value, _) = constant(value).expect("a test without a finding is written in literals");
    value
}
