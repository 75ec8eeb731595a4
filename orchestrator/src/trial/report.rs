//! What a trial came to, for people and programs.

use super::fault::{Fault, Kind, Spot};
use super::outcome::{LeadsTo, twice};
use super::play::Played;
use crate::store::StatusKind;
use flow_lang::plan::Plan;
use flowc::cases::{Case, Said};
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;

/// What a trial came to.
#[derive(Clone, Debug, Serialize)]
pub struct TrialReport {
    /// The flow.
    pub flow: String,
    /// Its tests.
    pub tests: Vec<TestReport>,
}

/// What one test came to.
#[derive(Clone, Debug, Serialize)]
pub struct TestReport {
    /// What it promises.
    pub name: String,
    /// Lines that do not hold, with what is so instead.
    pub wrong: Vec<Wrong>,
    /// Promises of the daemon that do not hold.
    pub broken: Vec<String>,
    /// How many runs there were.
    pub runs: usize,
    /// What each single fault leads to.
    pub faults: Vec<FaultReport>,
}

/// A line of a test that does not hold.
#[derive(Clone, Debug, Serialize)]
pub struct Wrong {
    /// Where it stands.
    pub at: String,
    /// As it is written.
    pub line: String,
    /// What is so instead.
    pub found: String,
}

/// What one fault leads to.
#[derive(Clone, Debug, Serialize)]
pub struct FaultReport {
    /// The step.
    #[serde(flatten)]
    pub spot: Spot,
    /// What goes wrong with it.
    pub fault: Kind,
    /// What that leads to.
    pub leads_to: LeadsTo,
    /// What failed, where a run did, or what does not hold.
    pub why: Vec<String>,
    /// Steps that promise nothing of repeats and were done twice.
    pub done_twice: Vec<String>,
}

impl TrialReport {
    /// Whether all expectations and all promises hold.
    pub fn holds(&self) -> bool {
        self.tests.iter().all(|test| {
            let faults_hold = test.faults.iter().all(|fault| fault.leads_to != LeadsTo::Broken);
            test.wrong.is_empty() && test.broken.is_empty() && faults_hold
        })
    }
}

impl TestReport {
    pub(super) fn of(case: &Case, plan: &Plan, played: &Played) -> TestReport {
        let wrong = case.lines.iter().filter_map(|line| {
            let found = against(&line.said, plan, played)?;
            Some(Wrong {
                at: line.at.clone(),
                line: line.text.clone(),
                found,
            })
        });
        TestReport {
            name: case.name.clone(),
            wrong: wrong.collect(),
            broken: played.broken.clone(),
            runs: played.runs.len(),
            faults: Vec::new(),
        }
    }
}

/// What speaks against an expectation.
fn against(said: &Said, plan: &Plan, played: &Played) -> Option<String> {
    match said {
        Said::GivenRows { .. } | Said::GivenReturns { .. } | Said::GivenFails { .. } | Said::Fire { .. } => {
            None
        }
        Said::ExpectCalled { of, times } => {
            let found = played.calls.get(of).copied().unwrap_or(0);
            (found != *times).then(|| format!("it was called {found} times"))
        }
        Said::ExpectRows { dataset, rows } => {
            let found = played.rows.get(dataset).copied().unwrap_or(0);
            (found != *rows).then(|| format!("it has {found} rows"))
        }
        Said::ExpectDeploy { model } => (!played.live.contains(model)).then(|| {
            let known = plan.models.contains_key(model);
            if known {
                "no version went live".to_owned()
            } else {
                format!("`{model}` is a model of another flow")
            }
        }),
        Said::ExpectNoDeploy => {
            let live = played.live.iter().next();
            live.map(|model| format!("a version of `{model}` went live"))
        }
        Said::ExpectRun { failed } => {
            let wanted = if *failed {
                StatusKind::Failed
            } else {
                StatusKind::Succeeded
            };
            let other = played.runs.iter().find(|run| run.status != wanted);
            let Some(other) = other else {
                return played.runs.is_empty().then(|| "there was no run".to_owned());
            };
            let why = other
                .error
                .as_ref()
                .map(|error| format!(": {error}"))
                .unwrap_or_default();
            Some(format!("a run of `{}` is {}{why}", other.rule, other.status))
        }
    }
}

impl FaultReport {
    pub(super) fn of(plan: &Plan, fault: &Fault, plain: &Played, played: &Played) -> FaultReport {
        let leads_to = LeadsTo::of(plain, played);
        let errors = played
            .runs
            .iter()
            .filter_map(|run| run.error.as_ref().map(|error| format!("`{}` {error}", run.rule)));
        let why = match leads_to {
            LeadsTo::Broken => played.broken.clone(),
            LeadsTo::DeadLetter => errors.collect(),
            LeadsTo::Unknown => {
                let unknown = played.runs.iter().flat_map(|run| &run.unknown);
                unknown.map(|step| format!("flowd resolve RUN {step}")).collect()
            }
            LeadsTo::Nothing | LeadsTo::Retried | LeadsTo::Caught | LeadsTo::Otherwise => Vec::new(),
        };
        FaultReport {
            spot: fault.spot.clone(),
            fault: fault.kind,
            leads_to,
            why,
            done_twice: twice(plan, fault, plain, played),
        }
    }
}

impl fmt::Display for TrialReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for test in &self.tests {
            write!(f, "{test}")?;
        }
        let failed = self
            .tests
            .iter()
            .filter(|test| !test.wrong.is_empty() || !test.broken.is_empty())
            .count();
        let faults: usize = self.tests.iter().map(|test| test.faults.len()).sum();
        write!(
            f,
            "{} passed, {failed} failed; {faults} faults played",
            self.tests.len() - failed
        )
    }
}

impl fmt::Display for TestReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let holds = self.wrong.is_empty() && self.broken.is_empty();
        writeln!(f, "{}  {}", if holds { "ok    " } else { "FAILED" }, self.name)?;
        for wrong in &self.wrong {
            writeln!(f, "          {}  {}: {}", wrong.at, wrong.line, wrong.found)?;
        }
        for broken in &self.broken {
            writeln!(f, "          a promise is broken: {broken}")?;
        }
        for faults in self.faults.chunk_by(|one, next| one.spot == next.spot) {
            writeln!(f, "    {} / {}", faults[0].spot.rule, faults[0].spot.step)?;
            // The worst first; faults that lead to the same share a line.
            let mut told: BTreeMap<(Reverse<LeadsTo>, String), Vec<&str>> = BTreeMap::new();
            for fault in faults {
                let led = told
                    .entry((Reverse(fault.leads_to), fault.to_string()))
                    .or_default();
                led.push(fault.fault.words());
            }
            for ((_, led), faults) in told {
                writeln!(f, "      {}: {led}", faults.join(" · "))?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for FaultReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.leads_to.words())?;
        for why in &self.why {
            write!(f, "; {why}")?;
        }
        match self.done_twice.is_empty() {
            true => Ok(()),
            false => write!(f, "; done twice: {}", self.done_twice.join(", ")),
        }
    }
}
