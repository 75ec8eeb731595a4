//! `flowd test`: plays the `test` blocks of a flow in virtual time, then once more with every single fault at every step.
//!
//! What is played is the real owner of the runs on a real database ([`crate::sim`]); functions, jobs and packages answer
//! what the test says, or something that fits their type. Each fault is played alone, so what follows is what it leads to.

mod fault;
mod mocks;
mod outcome;
mod play;
mod report;
mod stage;

pub use outcome::LeadsTo;
pub use report::{FaultReport, TestReport, TrialReport};

use crate::seal::Seal;
use crate::store::{NoProbe, Store, StoreError};
use crate::worker::Newsroom;
use fault::Fault;
use flow_lang::plan::Plan;
use flowc::cases::Case;
use stage::Stage;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// A file system in memory, where the machine has one: what is played need not outlive it.
const MEMORY: &str = "/dev/shm";

/// Why nothing could be played.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// There is no test to play.
    #[error("{0}")]
    Nothing(String),
    /// The folder for what is played cannot be used.
    #[error("what is played needs a folder: {0}")]
    Io(#[from] std::io::Error),
    /// The key for it cannot be made.
    #[error("what is played needs a key: {0}")]
    Key(#[from] crate::seal::KeyError),
    /// Its database cannot be made.
    #[error("what is played needs a database: {0}")]
    Store(#[from] StoreError),
}

/// What to play.
pub struct Request {
    /// The flow.
    pub plan: Plan,
    /// Its tests.
    pub cases: Vec<Case>,
    /// Only those whose name has this in it.
    pub only: Option<String>,
    /// Whether faults are played, too.
    pub faults: bool,
}

/// Plays tests, one after the other. Takes a thread for itself.
///
/// # Errors
/// See [`TrialError`]; a test that fails is no error.
pub fn run(request: Request) -> Result<TrialReport, TrialError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(all(request))
}

async fn all(request: Request) -> Result<TrialReport, TrialError> {
    let Request {
        plan,
        mut cases,
        only,
        faults,
    } = request;
    if cases.is_empty() {
        let why = format!("`{}` has no `test` block: docs/language.md shows one", plan.flow);
        return Err(TrialError::Nothing(why));
    }
    if let Some(only) = only {
        cases.retain(|case| case.name.contains(&only));
        if cases.is_empty() {
            return Err(TrialError::Nothing(format!("no test has `{only}` in its name")));
        }
    }
    let theatre = Theatre::new(plan).await?;
    let mut report = TrialReport {
        flow: theatre.plan.flow.clone(),
        tests: Vec::new(),
    };
    for case in &cases {
        report.tests.push(theatre.test(case, faults).await?);
    }
    Ok(report)
}

/// Where tests are played.
struct Theatre {
    plan: Arc<Plan>,
    folder: TempDir,
    seal: Arc<Seal>,
    newsroom: Newsroom,
}

impl Theatre {
    async fn new(plan: Plan) -> Result<Theatre, TrialError> {
        let folder = folder()?;
        let seal = Arc::new(Seal::at(&folder.path().join("seal.key"), "trial")?);
        // All begin with a copy of this one.
        let store = Store::open(&database(folder.path()), 0, Arc::new(NoProbe)).await?;
        store.close().await;
        Ok(Theatre {
            plan: Arc::new(plan),
            folder,
            seal,
            newsroom: Newsroom::default(),
        })
    }

    async fn test(&self, case: &Case, faults: bool) -> Result<TestReport, TrialError> {
        let plain = self.play(case, None).await?;
        let mut report = TestReport::of(case, &self.plan, &plain);
        if faults {
            for fault in Fault::all(&self.plan, &plain) {
                let played = self.play(case, Some(&fault)).await?;
                report
                    .faults
                    .push(FaultReport::of(&self.plan, &fault, &plain, &played));
            }
        }
        Ok(report)
    }

    async fn play(&self, case: &Case, fault: Option<&Fault>) -> Result<play::Played, TrialError> {
        let folder = folder()?;
        std::fs::copy(database(self.folder.path()), database(folder.path()))?;
        let stage = Stage::new(self, database(folder.path()), case, fault.cloned());
        Ok(stage.play(case).await)
    }
}

fn database(folder: &Path) -> PathBuf {
    folder.join("flow.db")
}

fn folder() -> std::io::Result<TempDir> {
    match Path::new(MEMORY).is_dir() {
        true => tempfile::tempdir_in(MEMORY),
        false => tempfile::tempdir(),
    }
}
