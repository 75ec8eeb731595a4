//! A data directory with code in it, the jobs that tests run there, and waiting for what has to happen.

use flow_engine::StepError;
use flow_lang::plan::{Code, Field, Job, Type};
use flowd::artifacts::Artifacts;
use flowd::clock::{Clock, SystemClock};
use flowd::jobs::{JobOutcome, JobRequest, JobState, Jobs, ProcessJobs, Secrets, Spec, task};
use flowd::shim::{JobDir, Process};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// How long a test waits for what has to happen.
pub(super) const PATIENCE_MS: u64 = 60_000;

/// A data directory, and the folder of code in which the test's script runs.
pub(super) struct Home {
    pub(super) dir: TempDir,
    pub(super) artifacts: Artifacts,
}

impl Home {
    pub(super) fn new() -> Home {
        let dir = TempDir::new().unwrap();
        let url = format!("file:{}", dir.path().join("artifacts").display());
        let artifacts = Artifacts::open(&url, dir.path().join("cache")).unwrap();
        fs::create_dir(dir.path().join("code")).unwrap();
        Home { dir, artifacts }
    }

    /// A daemon's view; each call is another daemon.
    pub(super) fn jobs(&self) -> ProcessJobs {
        let shim = vec![env!("CARGO_BIN_EXE_flowd").into(), "shim".into()];
        ProcessJobs::new(self.dir.path().join("jobs"), shim)
    }

    pub(super) fn code(&self, path: &str) -> PathBuf {
        self.dir.path().join("code").join(path)
    }

    pub(super) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.code(path)).unwrap()
    }

    pub(super) fn request(&self, job: Job) -> JobRequest {
        JobRequest {
            install: "test".to_owned(),
            run: "run".to_owned(),
            step: "step".to_owned(),
            generation: 1,
            job,
            name: "fit".to_owned(),
            args: json!({}),
            code_dir: self.dir.path().join("code"),
            interpreter: None,
            packages: BTreeMap::new(),
            secrets: Secrets::default(),
        }
    }

    pub(super) fn job_dir(&self, request: &JobRequest) -> JobDir {
        JobDir::new(self.dir.path().join("jobs").join(request.job_name().as_str()))
    }

    pub(super) async fn run(&self, request: JobRequest) -> Result<JobOutcome, StepError> {
        let stop = CancellationToken::new();
        task::run(
            &self.jobs(),
            &self.artifacts,
            &SystemClock,
            request,
            &|_| {},
            stop,
        )
        .await
    }

    pub(super) fn spec(&self, script: &str) -> Spec {
        Spec {
            command: vec!["sh".to_owned(), "-c".to_owned(), script.to_owned()],
            code_dir: self.dir.path().join("code"),
            interpreter: None,
            args: json!({}),
            env: BTreeMap::new(),
            cpu: 1,
            memory: 1 << 30,
            timeout_ms: PATIENCE_MS,
            secrets: Default::default(),
        }
    }

    /// A job that reads from this pipe goes on when the test writes to it.
    pub(super) fn pipe(&self, name: &str) {
        let made = std::process::Command::new("mkfifo").arg(self.code(name)).status();
        assert!(made.unwrap().success());
    }

    pub(super) fn open_gate(&self, name: &str) {
        fs::File::options()
            .write(true)
            .open(self.code(name))
            .unwrap()
            .write_all(b"go\n")
            .unwrap();
    }
}

pub(super) fn job(command: &[&str]) -> Job {
    Job {
        input: Type::nothing(),
        output: Type::nothing(),
        command: command.iter().map(|word| word.to_string()).collect(),
        code: Code {
            project: String::new(),
            folder: "code".to_owned(),
            digest: String::new(),
            requirements: None,
            lock: None,
        },
        cpu: 1,
        memory: 1 << 30,
        timeout_ms: PATIENCE_MS,
        pending_ms: PATIENCE_MS,
        attempts: 1,
        model_size: None,
        reports: Type::nothing(),
        writes: Vec::new(),
        secrets: Vec::new(),
    }
}

pub(super) fn shell(script: &str) -> Job {
    job(&["sh", "-c", script])
}

pub(super) fn train(script: &str) -> Job {
    Job {
        output: Type::Model {
            input: Box::new(Type::nothing()),
            output: Box::new(Type::nothing()),
        },
        model_size: Some(10),
        ..shell(script)
    }
}

pub(super) fn record(fields: &[(&str, Type)]) -> Type {
    let fields = fields.iter().map(|(name, ty)| {
        let field = Field {
            ty: ty.clone(),
            default: None,
        };
        (name.to_string(), field)
    });
    Type::Record(fields.collect())
}

pub(super) fn float() -> Type {
    Type::Float { min: None, max: None }
}

/// Waits until something is so.
pub(super) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let since = SystemClock.now();
    while !holds().await {
        assert!(SystemClock.now() - since < PATIENCE_MS, "{what}");
        SystemClock.sleep(Duration::from_millis(10)).await;
    }
}

pub(super) async fn ended(jobs: &ProcessJobs, request: &JobRequest) -> JobState {
    let mut last = JobState::Pending;
    until("the job ends", async || {
        last = jobs.poll(&request.job_name()).await.unwrap();
        !matches!(last, JobState::Pending | JobState::Running { .. })
    })
    .await;
    last
}

pub(super) fn is_alive(pid: &str) -> bool {
    Process::of(pid.trim().parse().unwrap()).is_ok()
}

pub(super) fn python() -> PathBuf {
    let found = std::process::Command::new("python3")
        .args(["-c", "import sys; print(sys.executable)"])
        .output()
        .unwrap();
    Path::new(String::from_utf8(found.stdout).unwrap().trim()).to_owned()
}
