//! What a data directory holds when no daemon works in it.

use crate::daemon::Home;
use flow_engine::State;
use flow_lang::plan::{ModelRef, Op};
use flowd::clock::{Clock, SystemClock};
use flowd::config::DataDir;
use flowd::jobs::JobName;
use flowd::store::{
    Change, Deployment, LetterFilter, LetterRecord, NoProbe, PAGE_MAX, Proof, RunFilter, RunRecord, Standing,
    StatusKind, Store,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// An opened data directory.
pub struct Kept {
    flow: String,
    data: DataDir,
    store: Store,
}

/// All rows of a dataset in a data directory that no daemon works in.
pub async fn rows_of(data: &Path, flow: &str, dataset: &str) -> Vec<Value> {
    let data = DataDir::new(data);
    let store = Store::open(&data.database(), SystemClock.now(), Arc::new(NoProbe)).await;
    let kept = Kept {
        flow: flow.into(),
        store: store.expect("the database can be opened"),
        data,
    };
    kept.rows(dataset).await
}

/// A job that the runs tell of: its run, its step and the generation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Launch {
    /// The name of the declaration.
    pub job: String,
    /// Which launch of the step.
    pub generation: u32,
    /// Its directory's name.
    pub directory: String,
}

impl Kept {
    /// Holds the log against every promise, then opens the database.
    ///
    /// # Panics
    /// When a promise is broken.
    pub async fn open(home: &Home, flow: &str) -> Kept {
        let data = home.data();
        drop(Proof::of(data.database()));
        let store = Store::open(&data.database(), SystemClock.now(), Arc::new(NoProbe)).await;
        Kept {
            flow: flow.into(),
            data,
            store: store.expect("the database can be opened"),
        }
    }

    /// All rows of a dataset, in order.
    pub async fn rows(&self, dataset: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut from = 0;
        loop {
            let page = self.store.rows(&self.flow, dataset, from, PAGE_MAX).await;
            let page = page.expect("rows can be read");
            let Some(last) = page.last() else { return rows };
            from = last.seq + 1;
            rows.extend(page.into_iter().map(|record| record.row));
        }
    }

    /// The keys of all events of a source.
    pub async fn keys(&self, source: &str) -> Vec<String> {
        let keys = self.store.keys(&self.flow, source).await;
        keys.expect("events can be read")
    }

    /// Every version that was ever live under this name, and every version that was trained.
    pub async fn versions(&self, name: &str) -> (Vec<Deployment>, Vec<ModelRef>) {
        let models = self
            .store
            .models(Some(&self.flow))
            .await
            .expect("models can be read");
        let live = models.into_iter().filter(|model| model.name == name);
        let live = live.flat_map(|model| model.history).collect();
        let trained = self.store.versions(Some(&self.flow)).await;
        let trained = trained.expect("versions can be read").into_iter();
        (live, trained.map(|version| version.model).collect())
    }

    /// How many runs have each status.
    pub async fn statuses(&self) -> BTreeMap<&'static str, u64> {
        let counts = self.store.counts().await.expect("runs can be counted").runs;
        let counts = counts.into_iter().filter(|(_, count)| *count > 0);
        counts
            .map(|(status, count): (StatusKind, u64)| (status.word(), count))
            .collect()
    }

    /// Every dead letter, newest first.
    pub async fn letters(&self) -> Vec<LetterRecord> {
        let filter = LetterFilter {
            flow: Some(self.flow.clone()),
            all: true,
            ..LetterFilter::default()
        };
        self.store.letters(&filter).await.expect("letters can be read")
    }

    /// How a trigger's feed stands.
    pub async fn standing(&self, trigger: &str) -> Standing {
        let loaded = self.store.load().await.expect("the state can be read");
        let place = (self.flow.clone(), trigger.to_owned());
        loaded.standings.get(&place).cloned().unwrap_or_default()
    }

    /// A run.
    pub async fn run(&self, id: &str) -> RunRecord {
        let run = self.store.run(id).await.expect("runs can be read");
        run.unwrap_or_else(|| panic!("there is no run `{id}`"))
    }

    /// The values of a run's steps, by their names.
    pub async fn outputs(&self, id: &str) -> BTreeMap<String, Value> {
        let record = self.run(id).await;
        let names = self.steps(&record).await;
        let outputs = names.into_iter().zip(record.run.steps);
        let outputs = outputs.filter_map(|((name, _), state)| match state {
            State::Done { output } => Some((name, output)),
            _ => None,
        });
        outputs.collect()
    }

    /// Every launch that the runs of these rules have committed to.
    pub async fn launches(&self, rules: &[&str]) -> BTreeSet<Launch> {
        let install =
            fs::read_to_string(self.data.root().join("install")).expect("an installation has a name");
        let mut found = BTreeSet::new();
        for rule in rules {
            let filter = RunFilter {
                flow: Some(self.flow.clone()),
                graph: Some((*rule).into()),
                ..RunFilter::default()
            };
            for summary in self.store.runs(&filter).await.expect("runs can be read") {
                let record = self.run(&summary.id).await;
                let steps = self.steps(&record).await;
                let states = record.log.iter().filter_map(|entry| match &entry.change {
                    Change::Run { run, .. } => Some(&run.steps),
                    _ => None,
                });
                for (state, (name, op)) in states.flat_map(|states| states.iter().zip(&steps)) {
                    if let (State::Parked { generation, .. }, Op::Launch { job, .. }) = (state, op) {
                        let directory = JobName::new(&install, &summary.id, name, *generation);
                        found.insert(Launch {
                            job: job.clone(),
                            generation: *generation,
                            directory: directory.to_string(),
                        });
                    }
                }
            }
        }
        found
    }

    async fn steps(&self, record: &RunRecord) -> Vec<(String, Op)> {
        let plan = self.store.plan(&self.flow, &record.summary.plan).await;
        let plan = plan.expect("plans can be read").expect("a run has a plan");
        let graph = record
            .run
            .graph
            .find(&plan)
            .expect("a run's graph is in its plan");
        let named = |at| {
            record
                .run
                .step(graph, at)
                .map(|step| (record.run.step_name(graph, at), step.op.clone()))
        };
        (0..record.run.steps.len()).filter_map(named).collect()
    }
}
