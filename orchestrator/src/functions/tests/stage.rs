//! A folder of code, and calls into it.

use crate::artifacts::Artifacts;
use crate::clock::{Clock, SystemClock};
use crate::functions::{Call, Environments, Functions, Launcher, ProcessFunctions};
use crate::redact::Secrets;
use crate::sandbox::Confinement;
use crate::seal::{self, Seal};
use flow_engine::{Millis, StepError};
use flow_lang::plan::{Code, Field, Function, Type};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How often the thing that is waited for is looked at.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(10);

pub(crate) const MIB: u64 = 1 << 20;

pub(crate) const PYTHON: &str = "python:3";
pub(crate) const NODE: &str = "nodejs:default";

/// A place to call functions in.
pub(crate) struct Stage {
    pub(crate) runtime: &'static str,
    pub(crate) root: TempDir,
    pub(crate) artifacts: Arc<Artifacts>,
    pub(crate) functions: ProcessFunctions,
    pub(crate) launcher: Arc<Launcher>,
    pub(crate) seal: Arc<Seal>,
}

impl Stage {
    /// With these files of Python as its code.
    pub(crate) fn new(files: &[(&str, &str)]) -> Stage {
        Stage::on(PYTHON, files)
    }

    pub(crate) fn on(runtime: &'static str, files: &[(&str, &str)]) -> Stage {
        Stage::at(runtime, files, Arc::new(SystemClock))
    }

    pub(crate) fn at(runtime: &'static str, files: &[(&str, &str)], clock: Arc<dyn Clock>) -> Stage {
        Stage::within(runtime, files, clock, confinement())
    }

    /// What functions reach is up to `confinement`.
    pub(crate) fn within(
        runtime: &'static str,
        files: &[(&str, &str)],
        clock: Arc<dyn Clock>,
        confinement: Confinement,
    ) -> Stage {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let file = root.path().join("code").join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        let url = format!("file:{}", root.path().join("artifacts").display());
        let artifacts = Arc::new(Artifacts::open(&url, root.path().join("laid-out")).unwrap());
        let environments = Environments::new(root.path().join("environments"), search_path());
        let scratch = root.path().join("scratch");
        let launcher = Launcher::new(Arc::new(environments), scratch, confinement, clock);
        let launcher = Arc::new(launcher);
        Stage {
            runtime,
            functions: ProcessFunctions::new(launcher.clone(), artifacts.clone()),
            launcher,
            root,
            artifacts,
            seal: Arc::new(seal::tests::seal()),
        }
    }

    pub(crate) fn code_dir(&self) -> PathBuf {
        self.root.path().join("code")
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.root.path().join("step.log")).unwrap_or_default()
    }

    /// The log without its times.
    pub(crate) fn printed(&self) -> Vec<String> {
        let log = self.log();
        log.lines()
            .map(|line| line.split_once(' ').unwrap().1.to_owned())
            .collect()
    }

    /// A call of `entry`, within bounds that a small function stays in.
    pub(crate) fn call(&self, entry: &str, args: Value) -> Call {
        Call {
            flow: "tests".to_owned(),
            function: Function {
                runtime: self.runtime.into(),
                ..function(entry)
            },
            name: "tried".into(),
            code_dir: self.code_dir(),
            args,
            input: any(),
            output: any(),
            secrets: Secrets::default(),
            seal: Arc::clone(&self.seal),
            key: "run/step".into(),
            attempt: 1,
            log: self.root.path().join("step.log"),
        }
    }

    pub(crate) async fn invoke(&self, call: Call) -> Result<Value, StepError> {
        self.functions.invoke(call, CancellationToken::new()).await
    }

    /// Calls `entry` and compares the result, or the error's kind and message.
    pub(crate) async fn check(&self, entry: &str, args: Value, expected: Result<Value, &str>) {
        self.check_call(self.call(entry, args), expected).await;
    }

    pub(crate) async fn check_call(&self, call: Call, expected: Result<Value, &str>) {
        let result = self.invoke(call).await.map_err(|error| words(&error));
        assert_eq!(result, expected.map_err(str::to_owned), "its log: {}", self.log());
    }
}

/// What this machine can do, found out once.
pub(crate) fn confinement() -> Confinement {
    static FOUND: OnceLock<Confinement> = OnceLock::new();
    FOUND
        .get_or_init(|| futures::executor::block_on(Confinement::probe()))
        .clone()
}

/// `Crash: ValueError: …`.
pub(crate) fn words(error: &StepError) -> String {
    format!("{:?}: {}", error.kind, error.message)
}

pub(crate) fn function(entry: &str) -> Function {
    Function {
        runtime: PYTHON.into(),
        code: Code {
            project: String::new(),
            folder: "code".into(),
            digest: "1".into(),
            requirements: None,
            lock: None,
        },
        entry: entry.into(),
        memory: 256 * MIB,
        timeout_ms: 20_000,
        logs: 10 * MIB,
        payload: MIB,
        result: MIB,
        params: BTreeMap::new(),
        secrets: Vec::new(),
        network: Vec::new(),
    }
}

pub(crate) fn any() -> Type {
    Type::Json { max: None }
}

pub(crate) fn record(name: &str, ty: Type) -> Type {
    Type::Record(BTreeMap::from([(name.to_owned(), Field { ty, default: None })]))
}

/// The same code in each language that this machine has.
pub(crate) fn languages(
    python: &'static str,
    javascript: &'static str,
) -> Vec<(&'static str, [(&'static str, &'static str); 1])> {
    let mut all = vec![(PYTHON, [("f.py", python)])];
    if has_node() {
        all.push((NODE, [("f.js", javascript)]));
    }
    all
}

/// Whether this machine has Node and npm. What it lacks is told, and fails a run of everything.
#[expect(
    clippy::disallowed_methods,
    reason = "this is how a person chooses the set of tests"
)]
pub(crate) fn has_node() -> bool {
    use std::io::Write;
    let path = search_path();
    let has = |name| std::env::split_paths(&path).any(|folder| folder.join(name).is_file());
    let found = has("node") && has("npm");
    if !found {
        writeln!(
            std::io::stderr(),
            "left out: functions on Node (there is no `node` with `npm` here)"
        )
        .unwrap();
        let all = std::env::var("FLOW_TEST").is_ok_and(|set| set == "all");
        assert!(!all, "this machine lacks Node or npm");
    }
    found
}

/// Tests run where the Pythons and Nodes of this machine are.
#[expect(clippy::disallowed_methods, reason = "a test is its own main")]
pub(crate) fn search_path() -> String {
    std::env::var("PATH").unwrap()
}

/// Waits until a process has ended; one that never does ends the test by its own time limit.
pub(crate) async fn gone(pid: &str) {
    let stat = Path::new("/proc").join(pid).join("stat");
    while std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")) {
        SystemClock.sleep(LOOK_EVERY).await;
    }
}

/// A clock that a test moves.
#[derive(Default)]
pub(crate) struct HandClock {
    now: AtomicU64,
    moved: Notify,
}

impl HandClock {
    /// Lets time pass in steps, so that whoever sleeps in a loop wakes at each of its turns.
    pub(crate) async fn advance(&self, by: Duration) {
        for _ in 0..by.as_secs() {
            self.now.fetch_add(1_000, Ordering::SeqCst);
            self.moved.notify_waiters();
            tokio::task::yield_now().await;
        }
    }
}

#[async_trait::async_trait]
impl Clock for HandClock {
    fn now(&self) -> Millis {
        self.now.load(Ordering::SeqCst)
    }

    async fn sleep(&self, duration: Duration) {
        let until = self.now() + duration.as_millis() as u64;
        loop {
            let moved = self.moved.notified();
            if self.now() >= until {
                return;
            }
            moved.await;
        }
    }
}
