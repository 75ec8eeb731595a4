//! Starts workers: has their program prepared, gives them a clean environment and a descriptor for answers.

use super::Progress;
use super::environment::{EnvironmentError, Environments};
use super::failure::failure;
use super::language::{Prepared, Seat, Start};
use super::log::CallLog;
use super::worker::{Bounds, Worker};
use crate::clock::Clock;
use crate::sandbox::Confinement;
use command_fds::{CommandFdExt, FdMapping};
use flow_engine::{ErrorKind, StepError};
use flow_lang::plan::Function;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::unix::pipe::Receiver;

/// The longest that loading the code, or a model, may take. Large libraries need many seconds on a busy machine.
const LOAD_MAX: Duration = Duration::from_secs(120);
/// Where programs are found that a function starts.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";
/// The descriptor that answers are written to, as on OpenWhisk.
const ANSWERS: i32 = 3;
/// Numeric libraries start a thread for each processor, in each worker; a busy machine then stands still.
const THREADS: [&str; 6] = [
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "BLIS_NUM_THREADS",
];

/// What a worker does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It calls a function.
    Action,
    /// It has loaded the model in this directory, and predicts.
    Model(PathBuf),
}

/// Starts workers.
pub struct Launcher {
    environments: Arc<Environments>,
    scratch: PathBuf,
    confinement: Confinement,
    clock: Arc<dyn Clock>,
}

impl Launcher {
    /// Workers find their program in `environments` and have their temporary files below `scratch`, an absolute
    /// path. What they reach is up to `confinement`.
    pub fn new(
        environments: Arc<Environments>,
        scratch: impl Into<PathBuf>,
        confinement: Confinement,
        clock: Arc<dyn Clock>,
    ) -> Launcher {
        Launcher {
            environments,
            scratch: scratch.into(),
            confinement,
            clock,
        }
    }

    /// Builds the environment of `function` if it is not there yet.
    ///
    /// # Errors
    /// When there is no such runtime or its packages cannot be installed.
    pub async fn ready(&self, function: &Function, progress: &Progress<'_>) -> Result<Prepared, StepError> {
        let prepared = self.environments.prepare(function, progress).await;
        prepared.map_err(|error: EnvironmentError| {
            let kind = if error.may_pass() {
                ErrorKind::Crash
            } else {
                ErrorKind::Refused
            };
            failure(kind, error.to_string())
        })
    }

    /// Starts a worker for the code in `folder` and waits until it has loaded it.
    pub(crate) async fn start(
        &self,
        function: &Function,
        kind: &Kind,
        folder: &Path,
        log: &mut CallLog,
    ) -> Result<Worker, StepError> {
        let prepared = self.ready(function, &|line| tracing::info!("{line}")).await?;
        let started = self.spawn(&prepared, function, kind, folder).await;
        let mut worker = started.map_err(|error| {
            failure(
                ErrorKind::Crash,
                format!("{} could not be started: {error}", prepared.program.display()),
            )
        })?;
        let bounds = Bounds {
            time: LOAD_MAX,
            memory: function.memory,
            result: 0,
        };
        worker.loaded(&bounds, log, self.clock.as_ref()).await?;
        Ok(worker)
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// An empty directory that is removed when it is dropped.
    pub(crate) fn scratch(&self, prefix: &str) -> io::Result<tempfile::TempDir> {
        std::fs::create_dir_all(&self.scratch)?;
        tempfile::Builder::new().prefix(prefix).tempdir_in(&self.scratch)
    }

    async fn spawn(
        &self,
        prepared: &Prepared,
        function: &Function,
        kind: &Kind,
        folder: &Path,
    ) -> io::Result<Worker> {
        let home = self.scratch("worker-")?;
        // Nothing that the code prints ends like this by chance.
        let mark = format!("end-{}", uuid::Uuid::now_v7().simple());
        let code_dir = std::fs::canonicalize(folder)?;
        let Start { mut command, folder } = prepared.start(&Seat {
            code: &function.code,
            folder: &code_dir,
            home: home.path(),
            memory: function.memory,
        })?;
        command.arg(match kind {
            Kind::Action => "action",
            Kind::Model(_) => "model",
        });
        command.arg(folder).args([&function.entry, &mark]);
        if let Kind::Model(directory) = kind {
            command.arg(directory);
        }
        command
            .env_clear()
            .envs(environment(&prepared.program, home.path()))
            .current_dir(&code_dir);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());

        let (answers, answering) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
        let mapping = FdMapping {
            parent_fd: answering,
            child_fd: ANSWERS,
        };
        command
            .as_std_mut()
            .fd_mappings(vec![mapping])
            .map_err(io::Error::other)?;
        let started = self.confinement.spawn(command, &function.network, &self.scratch);
        let (child, gate) = started.await?;
        Worker::new(child, gate, Receiver::from_owned_fd(answers)?, &mark, home)
    }
}

/// All that a worker's environment holds; nothing of the daemon's own gets in.
fn environment(program: &Path, home: &Path) -> Vec<(&'static str, OsString)> {
    let mut path = program.parent().unwrap_or(Path::new("/")).as_os_str().to_owned();
    path.push(":");
    path.push(PATH);
    let mut all = vec![
        ("PATH", path),
        ("HOME", home.into()),
        ("TMPDIR", home.into()),
        ("LANG", "C.UTF-8".into()),
    ];
    all.extend(THREADS.map(|name| (name, OsString::from("1"))));
    all
}
