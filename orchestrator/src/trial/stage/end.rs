//! When a test is over, and what is left then.

use super::super::play::{Played, Stands};
use super::{END_MS, Stage};
use crate::store::{RunFilter, RunRecord, StatusKind, Store, StoreError, verify};
use flow_engine::{State, Status};
use flow_lang::plan::Plan;
use std::sync::Arc;

impl Stage {
    /// Whether nothing more happens by itself: all runs have ended, or wait for a person who says what became of a step.
    pub(super) async fn is_quiet(&mut self) -> bool {
        let Some(life) = &self.life else { return true };
        if !self.coming.is_empty() || !self.yes.is_empty() {
            return false;
        }
        let commits = self.place.disk.commits();
        // While nothing is committed, nothing ends: a sleep of a month is many looks at the clock.
        if self.open_at == Some(commits) {
            return false;
        }
        let unresolved = life.served.borrow().unresolved.len() as u64;
        let open = open_runs(&life.store, unresolved + 1).await;
        let is_quiet = open.is_ok_and(|open| open <= unresolved);
        self.open_at = (!is_quiet).then_some(commits);
        is_quiet
    }

    /// Closes the daemon, and holds what is left against all promises.
    pub(super) async fn end(mut self) -> Played {
        let Some(life) = self.life.take() else {
            return self.played;
        };
        let store = Arc::clone(&life.store);
        if let Err(error) = self.collect(&store).await {
            self.played
                .broken
                .push(format!("what is left cannot be read: {error}"));
        }
        let live = life.served.borrow().live.clone();
        self.played.live = live.into_keys().map(|(_, model)| model).collect();
        drop(store);
        life.handle.close().await;
        life.bury().await;
        match verify(&self.place.database).await {
            Ok(report) => self
                .played
                .broken
                .extend(report.violations.iter().map(ToString::to_string)),
            Err(error) => self.played.broken.push(error.to_string()),
        }
        self.played
    }

    async fn collect(&mut self, store: &Store) -> Result<(), StoreError> {
        let mut runs = store.runs(&RunFilter::default()).await?;
        runs.reverse();
        for summary in runs {
            let record = store.run(&summary.id).await?;
            let Some(record) = record else { continue };
            let stands = stands(&record, &self.plan);
            let is_open = matches!(stands.status, StatusKind::Pending | StatusKind::Running);
            if is_open && stands.unknown.is_empty() {
                let days = END_MS / (24 * 3_600_000);
                let why = format!("a run of `{}` has not ended after {days} days", stands.rule);
                self.played.broken.push(why);
            }
            self.played.runs.push(stands);
        }
        for dataset in store.datasets(Some(&self.plan.flow)).await? {
            self.played.rows.insert(dataset.name, dataset.rows);
        }
        Ok(())
    }
}

async fn open_runs(store: &Store, limit: u64) -> Result<u64, StoreError> {
    let mut open = 0;
    for status in [StatusKind::Pending, StatusKind::Running] {
        let filter = RunFilter {
            status: Some(status),
            limit: Some(limit),
            ..RunFilter::default()
        };
        open += store.runs(&filter).await?.len() as u64;
    }
    Ok(open)
}

fn stands(record: &RunRecord, plan: &Plan) -> Stands {
    let run = &record.run;
    let graph = run.graph.find(plan);
    let steps = graph.into_iter().flat_map(|graph| {
        let named = move |(ix, _, state)| (run.step_name(graph, ix), state);
        run.walked(graph).map(named)
    });
    let (mut failed, mut unknown) = (Vec::new(), Vec::new());
    for (step, state) in steps {
        match state {
            State::Failed { retry_at: None, .. } => failed.push(step),
            State::Unknown { .. } => unknown.push(step),
            State::Waiting
            | State::Running { .. }
            | State::Parked { .. }
            | State::Sleeping { .. }
            | State::Held { .. }
            | State::Each { .. }
            | State::Done { .. }
            | State::Failed { .. }
            | State::Skipped { .. }
            | State::Cancelled => {}
        }
    }
    let error = match &run.status {
        Status::Failed { error } => Some(format!("{}: {}", error.kind.word(), error.message)),
        Status::Pending | Status::Running { .. } | Status::Succeeded { .. } | Status::Cancelled { .. } => {
            None
        }
    };
    Stands {
        rule: run.graph.name().to_owned(),
        status: record.summary.status,
        failed,
        unknown,
        error,
    }
}
