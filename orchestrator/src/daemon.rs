//! The whole daemon, put together: the only place that knows which implementations there are.

use crate::api::{self, Api};
use crate::artifacts::{ArtifactError, Artifacts};
use crate::clock::{Clock, new_id};
use crate::config::{DataDir, SecretValues};
use crate::deploy::Deployer;
use crate::feeds::{self, Board, Desk};
use crate::functions::environment::Environments;
use crate::functions::{Functions, Launcher, ProcessFunctions};
use crate::jobs::{JobName, ProcessJobs};
use crate::packages::Acts;
use crate::perform::{self, Performer};
use crate::sandbox::Confinement;
use crate::seal::{KeyError, Seal};
use crate::serving::{Live, Serving, keep_live};
use crate::socket;
use crate::store::{CommitProbe, DirLock, LockError, Migrated, Store, StoreError};
use crate::worker::{self, Core, CoreError, Handle, Newsroom, Served};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::ffi::OsString;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The longest that answers to requests, and then workers, are waited for at the very end.
const GRACE: Duration = Duration::from_secs(5);

/// What a daemon is started with.
#[derive(Clone)]
pub struct Options {
    /// Everything it keeps.
    pub data: DataDir,
    /// Where it listens; a loopback address.
    pub listen: SocketAddr,
    /// Where others reach it, for the addresses of callbacks: `http://` or `https://`, without a slash at the end. Nothing is
    /// the address that it listens on.
    pub url: Option<String>,
    /// Environments of functions and jobs, shared between daemons of one user.
    pub cache: PathBuf,
    /// Where Pythons and Nodes are looked for.
    pub search_path: OsString,
    /// The command that becomes a job's companion: this program and `shim`.
    pub shim: Vec<OsString>,
    /// Whether functions reach the named endpoints only; what a probe found.
    pub confinement: Confinement,
    /// Looks up secrets by their place.
    pub secrets: SecretValues,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// The longest that running calls are waited for when it is told to stop.
    pub grace: Duration,
    /// Sees every commit; for crash tests.
    pub probe: Arc<dyn CommitProbe>,
}

/// Why a daemon did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another daemon has the data directory.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The data directory cannot be made.
    #[error("data directory `{path}`: {source}")]
    Data {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The database cannot be opened.
    #[error("database: {0}")]
    Store(#[from] StoreError),
    /// The artifact store cannot be opened.
    #[error("artifacts: {0}")]
    Artifacts(#[from] ArtifactError),
    /// There is no key to seal private data with.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// What is durable cannot be loaded.
    #[error(transparent)]
    Core(#[from] CoreError),
    /// The address is taken.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
}

/// A daemon at work.
pub struct Daemon {
    /// Where it listens.
    pub address: SocketAddr,
    /// Makes plans active.
    pub deployer: Arc<Deployer>,
    /// What happens.
    pub newsroom: Newsroom,
    /// What is active and live.
    pub served: watch::Receiver<Arc<Served>>,
    handle: Handle,
    functions: Arc<dyn Functions>,
    live: Arc<Live>,
    serving: Arc<Serving>,
    clock: Arc<dyn Clock>,
    store: Arc<Store>,
    grace: Duration,
    /// Cancelled when nothing more is taken in.
    stopping: CancellationToken,
    /// Cancelled when nothing more is answered.
    stop: CancellationToken,
    rooms: JoinSet<Result<(), CoreError>>,
    _lock: DirLock,
}

impl Daemon {
    /// Takes the data directory, loads what is durable, and starts every room. What an earlier daemon left open
    /// goes on.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start(options: Options) -> Result<Daemon, StartError> {
        let Options {
            data,
            listen,
            url,
            cache,
            search_path,
            shim,
            confinement,
            secrets,
            clock,
            grace,
            probe,
        } = options;
        raise_open_files();
        let made = |path: PathBuf| move |source| StartError::Data { path, source };
        std::fs::create_dir_all(data.root()).map_err(made(data.root().to_owned()))?;
        let lock = DirLock::take(&data.lock())?;
        empty(&data.scratch()).map_err(made(data.scratch()))?;
        let install = install(&data.install(), &*clock).map_err(made(data.install()))?;
        let seal = Arc::new(Seal::at(&data.seal_key(), &install)?);
        let store = Arc::new(Store::open(&data.database(), clock.now(), probe).await?);
        if let Some(Migrated { from, to, before }) = store.migrated() {
            let before = before.display();
            tracing::warn!(%before, "the schema of the database was {from} and is {to} now; `before` is what it was");
        }
        let artifacts = Artifacts::open(
            &format!("file:{}", data.artifacts().display()),
            data.root().join("cache"),
        )?;
        let artifacts = Arc::new(artifacts);
        let environments = Arc::new(Environments::new(cache, search_path));
        if let Confinement::Off { reason } = &confinement {
            tracing::warn!(%reason, "network: not enforced: functions can reach any host");
        }
        let launcher = Launcher::new(
            Arc::clone(&environments),
            data.scratch(),
            confinement.clone(),
            Arc::clone(&clock),
        );
        let launcher = Arc::new(launcher);
        let functions: Arc<dyn Functions> = Arc::new(ProcessFunctions::new(
            Arc::clone(&launcher),
            Arc::clone(&artifacts),
        ));
        let live = Arc::new(Live::new(launcher, Arc::clone(&artifacts), data.clone()));
        let jobs = Arc::new(ProcessJobs::new(data.root().join("jobs"), shim));
        let newsroom = Newsroom::default();
        let (handle, mailbox) = Handle::new();
        let (orders, ordered) = worker::orders();
        let (core, served) = Core::load(
            Arc::clone(&store),
            Arc::clone(&clock),
            Arc::clone(&seal),
            mailbox,
            orders,
            newsroom.clone(),
            confinement.clone(),
        )
        .await?;
        let mine: Vec<_> = core.jobs();
        let wanted = mine
            .iter()
            .map(|(run, step, attempt)| JobName::new(&install, run, step, *attempt))
            .collect();
        let others = jobs
            .cancel_others(&wanted)
            .map_err(made(data.root().join("jobs")))?;
        if others > 0 {
            tracing::warn!(jobs = others, "jobs that no open run waits for are ended");
        }
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|source| StartError::Listen {
                address: listen,
                source,
            })?;
        let address = listener.local_addr().map_err(|source| StartError::Listen {
            address: listen,
            source,
        })?;

        let asked = socket::listen(&data.socket()).map_err(made(data.socket()))?;

        let acts = Arc::new(Acts {
            artifacts: Arc::clone(&artifacts),
            clock: Arc::clone(&clock),
            secrets: Arc::clone(&secrets),
            seal: Arc::clone(&seal),
        });
        let performer = Performer::new(perform::Parts {
            handle: handle.clone(),
            store: Arc::clone(&store),
            artifacts: Arc::clone(&artifacts),
            functions: Arc::clone(&functions),
            acts: Arc::clone(&acts),
            jobs,
            environments: Arc::clone(&environments),
            live: Arc::clone(&live),
            clock: Arc::clone(&clock),
            data: data.clone(),
            secrets: Arc::clone(&secrets),
            seal: Arc::clone(&seal),
            install,
            url: url.unwrap_or_else(|| format!("http://{address}")),
            newsroom: newsroom.clone(),
        });
        let deployer = Arc::new(Deployer {
            data: data.clone(),
            functions: Arc::clone(&functions),
            environments,
            handle: handle.clone(),
            served: served.clone(),
            turn: Mutex::default(),
        });
        let serving = Arc::new(Serving {
            served: served.clone(),
            handle: handle.clone(),
            functions: Arc::clone(&functions),
            live: Arc::clone(&live),
            artifacts: Arc::clone(&artifacts),
            clock: Arc::clone(&clock),
            data: data.clone(),
            secrets: Arc::clone(&secrets),
            seal: Arc::clone(&seal),
            acts,
            walks: TaskTracker::new(),
        });
        let feeds = Arc::new(feeds::Parts {
            store: Arc::clone(&store),
            artifacts,
            seal: Arc::clone(&seal),
            clock: Arc::clone(&clock),
            secrets,
            opener: Arc::new(feeds::open),
        });
        let board = Arc::new(Board::default());
        let stopping = CancellationToken::new();
        let api = Arc::new(Api {
            handle: handle.clone(),
            store: Arc::clone(&store),
            desk: Desk {
                parts: Arc::clone(&feeds),
                board: Arc::clone(&board),
                handle: handle.clone(),
                served: served.clone(),
            },
            serving: Arc::clone(&serving),
            deployer: Arc::clone(&deployer),
            data: data.clone(),
            seal: Arc::clone(&seal),
            clock: Arc::clone(&clock),
            confinement,
            newsroom: newsroom.clone(),
            uploads: api::Uploads::default(),
            gate: api::Gate::new(stopping.clone()),
        });
        let router = api::router(Arc::clone(&api));
        let by_socket = api::by_socket(api).into_make_service_with_connect_info::<api::Peer>();

        let stop = CancellationToken::new();
        let mut rooms = JoinSet::new();
        rooms.spawn(core.run());
        let alive = |room: std::pin::Pin<Box<dyn Future<Output = ()> + Send>>| async move {
            room.await;
            Ok(())
        };
        rooms.spawn(alive(Box::pin(performer.run(ordered))));
        rooms.spawn(alive(Box::pin(keep_live(Arc::clone(&live), served.clone()))));
        rooms.spawn(alive(Box::pin(feeds::pump::run(
            feeds,
            board,
            handle.clone(),
            served.clone(),
            stopping.clone(),
        ))));
        let closing = stop.clone();
        rooms.spawn(alive(Box::pin(async move {
            let server = axum::serve(asked, by_socket).with_graceful_shutdown(closing.cancelled_owned());
            if let Err(error) = server.await {
                tracing::error!(%error, "the socket has stopped");
            }
        })));
        let closing = stop.clone();
        rooms.spawn(alive(Box::pin(async move {
            let server = axum::serve(listener, router).with_graceful_shutdown(closing.cancelled_owned());
            if let Err(error) = server.await {
                tracing::error!(%error, "the HTTP side has stopped");
            }
        })));
        Ok(Daemon {
            address,
            deployer,
            newsroom,
            served,
            handle,
            functions,
            live,
            serving,
            clock,
            store,
            grace,
            stopping,
            stop,
            rooms,
            _lock: lock,
        })
    }

    /// Works until `stop`. Then nothing more is taken in or begun, calls that run are waited for up to the grace, what
    /// has come in is committed, and it ends. What is under way even then is carried out again by the next daemon,
    /// as after a crash.
    ///
    /// # Errors
    /// When the database refuses a commit.
    pub async fn run(mut self, stop: CancellationToken) -> Result<(), CoreError> {
        self.until(stop.cancelled()).await?;
        self.stopping.cancel();
        let (handle, clock, grace) = (self.handle.clone(), Arc::clone(&self.clock), self.grace);
        let rest = async move {
            tokio::select! {
                () = handle.rest() => {}
                () = clock.sleep(grace) => tracing::warn!("calls under way are given up"),
            }
        };
        let rested = self.until(rest).await;
        self.stop.cancel();
        rested?;
        self.serving.drain(GRACE).await;
        self.handle.close().await;
        self.rooms.abort_all();
        tokio::select! {
            () = async { tokio::join!(self.functions.close(), self.live.close()); } => {}
            () = self.clock.sleep(GRACE) => tracing::warn!("workers that do not end are left to the kernel"),
        }
        if let Err(error) = self.store.checkpoint().await {
            tracing::warn!(%error, "the write-ahead log stays as it is, and is read at the next start");
        }
        Ok(())
    }

    /// Waits for `done`, or for the end of a room before its time: a daemon without one of its rooms is deaf or idle,
    /// and looks alive.
    async fn until(&mut self, done: impl Future<Output = ()>) -> Result<(), CoreError> {
        let pump_may_end = self.stopping.is_cancelled();
        tokio::pin!(done);
        loop {
            let room = tokio::select! {
                () = &mut done => return Ok(()),
                room = self.rooms.join_next() => room,
            };
            let failed = match room {
                Some(Ok(Err(error))) => error,
                Some(Err(panic)) => std::panic::resume_unwind(panic.into_panic()),
                Some(Ok(Ok(()))) if pump_may_end => continue,
                Some(Ok(Ok(()))) | None => CoreError::Room,
            };
            self.stop.cancel();
            self.stopping.cancel();
            return Err(failed);
        }
    }
}

/// Lets the process open as many files as it may: each worker has several.
fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, current = limit.current, "the limit of open files stays as it is");
    }
}

fn empty(folder: &std::path::Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    std::fs::create_dir_all(folder)
}

/// The name of this installation, made at the first start: jobs of two installations never meet.
fn install(path: &std::path::Path, clock: &dyn Clock) -> std::io::Result<String> {
    match std::fs::read_to_string(path) {
        Ok(name) => return Ok(name),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        Err(_) => {}
    }
    let name = new_id(clock);
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(path))?;
    file.write_all(name.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(name)
}
