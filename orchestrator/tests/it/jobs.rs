//! Jobs as processes: launched once, found again, ended with all that they started.

use flow_engine::{ErrorKind, StepError};
use flow_lang::plan::{Code, Field, Job, Type};
use flowd::artifacts::Artifacts;
use flowd::clock::{Clock, SystemClock};
use flowd::jobs::{JobError, JobOutcome, JobRequest, JobState, Jobs, ProcessJobs, Spec, Submitted, task};
use flowd::shim::{End, JobDir, LOG_MAX, Process, Stop};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// How long a test waits for what has to happen.
const PATIENCE_MS: u64 = 60_000;

/// A data directory, and the folder of code in which the test's script runs.
struct Home {
    dir: TempDir,
    artifacts: Artifacts,
}

impl Home {
    fn new() -> Home {
        let dir = TempDir::new().unwrap();
        let url = format!("file:{}", dir.path().join("artifacts").display());
        let artifacts = Artifacts::open(&url, dir.path().join("cache")).unwrap();
        fs::create_dir(dir.path().join("code")).unwrap();
        Home { dir, artifacts }
    }

    /// A daemon's view; each call is another daemon.
    fn jobs(&self) -> ProcessJobs {
        let shim = vec![env!("CARGO_BIN_EXE_flowd").into(), "shim".into()];
        ProcessJobs::new(self.dir.path().join("jobs"), shim)
    }

    fn code(&self, path: &str) -> PathBuf {
        self.dir.path().join("code").join(path)
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.code(path)).unwrap()
    }

    fn request(&self, job: Job) -> JobRequest {
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
            secrets: BTreeMap::new(),
        }
    }

    fn job_dir(&self, request: &JobRequest) -> JobDir {
        JobDir::new(self.dir.path().join("jobs").join(request.job_name().as_str()))
    }

    async fn run(&self, request: JobRequest) -> Result<JobOutcome, StepError> {
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

    fn spec(&self, script: &str) -> Spec {
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
    fn pipe(&self, name: &str) {
        let made = std::process::Command::new("mkfifo").arg(self.code(name)).status();
        assert!(made.unwrap().success());
    }

    fn open_gate(&self, name: &str) {
        fs::File::options()
            .write(true)
            .open(self.code(name))
            .unwrap()
            .write_all(b"go\n")
            .unwrap();
    }
}

fn job(command: &[&str]) -> Job {
    Job {
        input: Type::nothing(),
        output: Type::nothing(),
        command: command.iter().map(|word| word.to_string()).collect(),
        code: Code {
            folder: "code".to_owned(),
            digest: String::new(),
            requirements: None,
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

fn shell(script: &str) -> Job {
    job(&["sh", "-c", script])
}

fn train(script: &str) -> Job {
    Job {
        output: Type::Model {
            input: Box::new(Type::nothing()),
            output: Box::new(Type::nothing()),
        },
        model_size: Some(10),
        ..shell(script)
    }
}

fn record(fields: &[(&str, Type)]) -> Type {
    let fields = fields.iter().map(|(name, ty)| {
        let field = Field {
            ty: ty.clone(),
            default: None,
        };
        (name.to_string(), field)
    });
    Type::Record(fields.collect())
}

fn float() -> Type {
    Type::Float { min: None, max: None }
}

/// Waits until something is so.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let since = SystemClock.now();
    while !holds().await {
        assert!(SystemClock.now() - since < PATIENCE_MS, "{what}");
        SystemClock.sleep(Duration::from_millis(10)).await;
    }
}

async fn ended(jobs: &ProcessJobs, request: &JobRequest) -> JobState {
    let mut last = JobState::Pending;
    until("the job ends", async || {
        last = jobs.poll(&request.job_name()).await.unwrap();
        !matches!(last, JobState::Pending | JobState::Running { .. })
    })
    .await;
    last
}

fn is_alive(pid: &str) -> bool {
    Process::of(pid.trim().parse().unwrap()).is_ok()
}

#[tokio::test]
async fn a_train_leaves_a_model_and_its_reports() {
    let home = Home::new();
    let script = "echo 1 2 3 > $FLOW_MODEL_DIR/weights; echo '{\"loss\": 0.5}' > $FLOW_REPORT";
    let mut job = train(script);
    job.reports = record(&[("loss", float())]);
    let outcome = home.run(home.request(job)).await.unwrap();
    assert_eq!(outcome.reports, json!({ "loss": 0.5 }));
    let model = outcome.model.unwrap();
    assert_eq!(model.size, 6);
    let dir = home.artifacts.dir(&model.digest).await.unwrap();
    assert_eq!(fs::read_to_string(dir.join("weights")).unwrap(), "1 2 3\n");
}

#[tokio::test]
async fn a_job_goes_on_without_its_daemon_and_is_found_again() {
    let home = Home::new();
    home.pipe("gate");
    let script = "echo launched >> journal; read x < gate; echo '{\"loss\": 1}' > $FLOW_REPORT";
    let mut job = shell(script);
    job.reports = record(&[("loss", float())]);
    let request = home.request(job);

    let first = home.jobs();
    let artifacts = home.artifacts.clone();
    let mine = request.clone();
    let daemon = tokio::spawn(async move {
        task::run(
            &first,
            &artifacts,
            &SystemClock,
            mine,
            &|_| {},
            CancellationToken::new(),
        )
        .await
    });
    until("the job runs", async || home.code("journal").exists()).await;
    daemon.abort();
    assert!(daemon.await.unwrap_err().is_cancelled());

    let again = tokio::spawn({
        let (jobs, artifacts, request) = (home.jobs(), home.artifacts.clone(), request.clone());
        async move {
            task::run(
                &jobs,
                &artifacts,
                &SystemClock,
                request,
                &|_| {},
                CancellationToken::new(),
            )
            .await
        }
    });
    home.open_gate("gate");
    let outcome = again.await.unwrap().unwrap();
    assert_eq!(outcome.reports, json!({ "loss": 1 }));

    let once_more = home.run(request).await.unwrap();
    assert_eq!(once_more, outcome, "a job that ended is adopted as well");
    assert_eq!(home.read("journal"), "launched\n");
}

#[tokio::test]
async fn of_many_submissions_one_launches() {
    let home = Home::new();
    let request = home.request(shell("echo launched >> journal"));
    let all = (0..8).map(|_| home.run(request.clone()));
    for outcome in futures::future::join_all(all).await {
        outcome.unwrap();
    }
    assert_eq!(home.read("journal"), "launched\n");
}

#[tokio::test]
async fn a_shim_that_comes_late_launches_nothing() {
    let home = Home::new();
    let request = home.request(shell("echo launched >> journal"));
    home.run(request.clone()).await.unwrap();
    let before = home.job_dir(&request).read_status().unwrap();
    let late = std::process::Command::new(env!("CARGO_BIN_EXE_flowd"))
        .arg("shim")
        .arg(home.job_dir(&request).root())
        .status();
    assert!(late.unwrap().success());
    assert_eq!(home.read("journal"), "launched\n");
    assert_eq!(home.job_dir(&request).read_status().unwrap(), before);
}

#[tokio::test]
async fn a_name_belongs_to_one_job() {
    let home = Home::new();
    let name = home.request(shell("true")).job_name();
    let jobs = home.jobs();
    let unknown = jobs.poll(&name).await;
    assert!(matches!(unknown, Err(JobError::Unknown { .. })));
    assert_eq!(
        jobs.submit(&name, &home.spec("true")).await.unwrap(),
        Submitted::Launched
    );
    assert_eq!(
        jobs.submit(&name, &home.spec("true")).await.unwrap(),
        Submitted::Adopted
    );
    let other = jobs.submit(&name, &home.spec("false")).await;
    assert!(matches!(other, Err(JobError::Conflict { .. })));
}

#[tokio::test]
async fn a_job_whose_shim_was_killed_is_lost_and_nothing_of_it_runs() {
    let home = Home::new();
    home.pipe("gate");
    let script = "setsid sh -c 'echo $$ > child; read x < gate' & echo $$ > leader; read x < gate";
    let request = home.request(shell(script));
    let jobs = home.jobs();
    jobs.submit(&request.job_name(), &home.spec(script))
        .await
        .unwrap();
    let written = |path: &str| fs::read_to_string(home.code(path)).is_ok_and(|text| text.ends_with('\n'));
    until("both run", async || written("leader") && written("child")).await;

    let leader = home.read("leader");
    let stat = fs::read_to_string(format!("/proc/{}/stat", leader.trim())).unwrap();
    let shim = stat
        .rsplit_once(')')
        .unwrap()
        .1
        .split_whitespace()
        .nth(1)
        .unwrap()
        .to_owned();
    let killed = std::process::Command::new("kill").args(["-9", &shim]).status();
    assert!(killed.unwrap().success());

    assert_eq!(ended(&jobs, &request).await, JobState::Lost);
    for pid in [leader, home.read("child")] {
        until("the kernel has removed it", async || !is_alive(&pid)).await;
    }
    let mut request = request;
    request.job = shell(script);
    let error = home.run(request).await.unwrap_err();
    assert_eq!(
        error.kind,
        ErrorKind::Crash,
        "a lost generation is never launched again"
    );
}

#[tokio::test]
async fn a_timeout_ends_a_job_with_all_that_it_started() {
    let home = Home::new();
    home.pipe("gate");
    let script = "setsid sh -c 'trap \"\" TERM; echo $$ > child; read x < gate' & read x < gate";
    let mut job = shell(script);
    job.timeout_ms = 1_000;
    let error = home.run(home.request(job)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Timeout);
    assert_eq!(error.message, "`fit` ran longer than 1s");
    assert!(!is_alive(&home.read("child")));
}

#[tokio::test]
async fn what_a_job_leaves_behind_ends_with_it() {
    let home = Home::new();
    home.pipe("gate");
    home.pipe("ready");
    let script = "setsid sh -c 'echo $$ > child; echo > ready; read x < gate' & read x < ready";
    home.run(home.request(shell(script))).await.unwrap();
    assert!(!is_alive(&home.read("child")));
}

#[tokio::test]
async fn memory_is_counted_over_the_whole_tree() {
    let home = Home::new();
    home.pipe("gate");
    let script = "python3 -c 'x = bytearray(200 << 20); open(\"gate\").read()' & wait";
    let mut job = shell(script);
    job.memory = 100 << 20;
    let error = home.run(home.request(job)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Limit);
    assert_eq!(error.message, "`fit` used more than 100MiB of memory");
}

#[tokio::test]
async fn a_log_is_kept_up_to_its_bound() {
    let home = Home::new();
    let request = home.request(shell("head -c 20000000 /dev/zero | tr '\\0' x; echo err >&2"));
    home.run(request.clone()).await.unwrap();
    let log = home.jobs().log(&request.job_name()).await.unwrap();
    let size = fs::metadata(&log).unwrap().len();
    assert!((LOG_MAX..LOG_MAX + 100).contains(&size), "{size}");
}

#[tokio::test]
async fn a_failure_is_told_with_the_end_of_its_log() {
    let home = Home::new();
    let check = async |generation: u32, job: Job, kind: ErrorKind, message: &str| {
        let mut request = home.request(job);
        request.generation = generation;
        let error = home.run(request).await.unwrap_err();
        assert_eq!((error.kind, error.message.as_str()), (kind, message));
    };
    let crash = ErrorKind::Crash;
    check(
        1,
        shell("echo one; echo two >&2; exit 3"),
        crash,
        "`fit` exited with 3: one | two",
    )
    .await;
    check(2, shell("exit 4"), crash, "`fit` exited with 4").await;
    check(3, shell("kill -9 $$"), crash, "`fit` was killed by signal 9").await;
    let missing = "`fit` could not be started: `no-such-program`: No such file or directory (os error 2)";
    check(4, job(&["no-such-program"]), ErrorKind::Refused, missing).await;
}

#[tokio::test]
async fn a_model_has_to_be_there_and_fit() {
    let home = Home::new();
    let check = async |generation: u32, script: &str, kind: ErrorKind, part: &str| {
        let mut request = home.request(train(script));
        request.generation = generation;
        let error = home.run(request).await.unwrap_err();
        assert_eq!(error.kind, kind, "{}", error.message);
        assert!(error.message.contains(part), "{}", error.message);
    };
    check(1, "true", ErrorKind::Type, "wrote no model").await;
    let large = "echo 1234567890 > $FLOW_MODEL_DIR/weights";
    check(2, large, ErrorKind::Limit, "more than `model_size: 10B`").await;
    let linked = "ln -s /etc/passwd $FLOW_MODEL_DIR/weights";
    check(3, linked, ErrorKind::Type, "no plain file").await;
}

#[tokio::test]
async fn a_report_is_held_against_its_declaration() {
    let home = Home::new();
    let check = async |generation: u32, script: &str, part: &str| {
        let mut job = shell(script);
        job.reports = record(&[("loss", float())]);
        let mut request = home.request(job);
        request.generation = generation;
        let error = home.run(request).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Type, "{}", error.message);
        assert!(error.message.contains(part), "{}", error.message);
    };
    check(1, "true", "loss").await;
    check(2, "echo '{\"loss\": \"low\"}' > $FLOW_REPORT", "loss").await;
    check(3, "echo low > $FLOW_REPORT", "no JSON").await;
}

#[tokio::test]
async fn a_job_finds_what_it_needs_in_its_environment() {
    let home = Home::new();
    let rows = home.artifacts.put_bytes("{\"a\":1}\n".into()).await.unwrap();
    let script = "import json, os; json.dump(dict(os.environ), open('seen.json', 'w')); \
                  json.dump(json.load(open(os.environ['FLOW_ARGS'])), open('args.json', 'w')); \
                  json.dump(open(os.environ['FLOW_DATA_train_set']).read(), open('rows.json', 'w')); \
                  open('secrets.json', 'w').write(open(os.environ['FLOW_SECRETS']).read())";
    let mut job = job(&["python", "-c", script]);
    job.cpu = 3;
    job.writes = vec!["inbox".to_owned()];
    job.secrets = vec!["key".to_owned()];
    job.input = record(&[
        ("train_set", Type::Dataset(Box::new(Type::nothing()))),
        ("depth", float()),
    ]);
    let mut request = home.request(job);
    request.interpreter = Some(python());
    request.packages = BTreeMap::from([("inbox".to_owned(), PathBuf::from("/data/inbox"))]);
    request.secrets = BTreeMap::from([("key".to_owned(), "canary-4711".to_owned())]);
    request.args = json!({
        "train_set": { "$dataset": rows.digest, "name": "d", "rows": 1, "size": 8 },
        "depth": 7,
    });
    home.run(request.clone()).await.unwrap();

    let json = |path: &str| serde_json::from_str::<Value>(&home.read(path)).unwrap();
    let (seen, args) = (json("seen.json"), json("args.json"));
    assert_eq!(json("rows.json"), "{\"a\":1}\n");
    assert_eq!(args["depth"], 7);
    assert_eq!(args["train_set"], seen["FLOW_DATA_train_set"]);
    assert_eq!(seen["FLOW_PACKAGE_inbox"], "/data/inbox");
    for name in ["OMP", "OPENBLAS", "MKL", "NUMEXPR", "RAYON"] {
        assert_eq!(seen[format!("{name}_NUM_THREADS")], "3");
    }
    assert_eq!(seen["VECLIB_MAXIMUM_THREADS"], "3");
    assert!(seen.get("CARGO_BIN_EXE_flowd").is_none() && seen.get("CARGO_MANIFEST_DIR").is_none());

    assert_eq!(json("secrets.json"), json!({ "key": "canary-4711" }));
    for entry in fs::read_dir(home.job_dir(&request).root()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let content = fs::read_to_string(&path).unwrap();
            assert!(!content.contains("canary"), "{}", path.display());
        }
    }
}

#[tokio::test]
async fn secrets_are_for_the_owner_alone_and_progress_is_seen() {
    let home = Home::new();
    home.pipe("gate");
    let script = "echo '{\"progress\": 0.1}' >> $FLOW_PROGRESS; echo '{\"progress\": 0.4}' >> $FLOW_PROGRESS; \
                  read x < gate";
    let request = home.request(shell(script));
    let mut spec = home.spec(script);
    spec.secrets = flowd::jobs::Secrets::new(BTreeMap::from([("key".to_owned(), "canary".to_owned())]));
    assert!(!format!("{spec:?}").contains("canary"));
    let jobs = home.jobs();
    jobs.submit(&request.job_name(), &spec).await.unwrap();
    until("progress is seen", async || {
        let progress = Some(json!({ "progress": 0.4 }));
        jobs.poll(&request.job_name()).await.unwrap() == JobState::Running { progress }
    })
    .await;
    let secrets = home.job_dir(&request).secrets();
    assert_eq!(
        fs::metadata(&secrets).unwrap().permissions().mode() & 0o777,
        0o600
    );
    home.open_gate("gate");
    let JobState::Exited(status) = ended(&jobs, &request).await else {
        panic!("it ends by itself");
    };
    assert_eq!(status.end, End::Exited { code: 0 });
    assert!(!secrets.exists());
}

#[tokio::test]
async fn a_cancelled_job_stops() {
    let home = Home::new();
    home.pipe("gate");
    let request = home.request(shell("echo $$ > leader; read x < gate"));
    let stop = CancellationToken::new();
    let jobs = home.jobs();
    let run = task::run(
        &jobs,
        &home.artifacts,
        &SystemClock,
        request.clone(),
        &|_| {},
        stop.clone(),
    );
    let cancel = async {
        until("it runs", async || home.code("leader").exists()).await;
        stop.cancel();
    };
    let (outcome, ()) = tokio::join!(run, cancel);
    assert_eq!(outcome.unwrap_err().message, "`fit` was cancelled");
    assert!(!is_alive(&home.read("leader")));
    let JobState::Exited(status) = ended(&jobs, &request).await else {
        panic!("its shim ended it");
    };
    assert_eq!(status.end, End::Stopped(Stop::Cancelled));
}

#[tokio::test]
async fn a_report_cannot_name_files_of_others() {
    let home = Home::new();
    let mime = "text/plain".to_owned();
    let blob = record(&[("plot", Type::Blob { mime, max: 100 })]);
    symlink("/etc/passwd", home.code("passwd")).unwrap();
    let check = async |generation: u32, named: &str, fits: bool| {
        let script = format!("echo seven > $FLOW_OUT/plot; echo '{{\"plot\": \"{named}\"}}' > $FLOW_REPORT");
        let mut job = shell(&script);
        job.reports = blob.clone();
        let mut request = home.request(job);
        request.generation = generation;
        assert_eq!(home.run(request).await.is_ok(), fits, "{named}");
    };
    check(1, "plot", true).await;
    check(2, "/etc/passwd", false).await;
    check(3, home.code("passwd").to_str().unwrap(), false).await;
}

fn python() -> PathBuf {
    let found = std::process::Command::new("python3")
        .args(["-c", "import sys; print(sys.executable)"])
        .output()
        .unwrap();
    Path::new(String::from_utf8(found.stdout).unwrap().trim()).to_owned()
}
