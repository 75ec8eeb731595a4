//! `flowd up`: compile, prepare, serve and show each stage as it happens, in one process; and again when the project
//! changes.

mod again;
mod compile;
mod stages;
mod watch;

pub use compile::{Compiled, compile, with_imports, with_tests};

use crate::daemon::{Daemon, Options, StartError};
use crate::deploy::DeployError;
use crate::worker::{CoreError, News};
use again::Again;
use flow_lang::plan::Plan;
use flow_lang::units;
use flowc::load::LoadError;
use stages::Stages;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;
use watch::Watch;

/// What `flowd up` was asked.
pub struct Request {
    /// The project: a folder, a `flow.toml` or a `.flow` file.
    pub project: PathBuf,
    /// The environment.
    pub env: String,
    /// Exit once a model is live, or when a run has failed.
    pub exit_when_live: bool,
    /// The longest to wait for that.
    pub within: Duration,
}

/// Why `flowd up` ended otherwise than asked.
#[derive(Debug, thiserror::Error)]
pub enum UpError {
    /// The project cannot be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// It has errors; they are printed.
    #[error("`{0}` has errors")]
    Findings(PathBuf),
    /// The environment is not there, or asks for what this daemon does not have.
    #[error("{0}")]
    Environment(String),
    /// The daemon did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The plan could not be made active.
    #[error(transparent)]
    Deploy(#[from] DeployError),
    /// The daemon had to stop.
    #[error(transparent)]
    Core(#[from] CoreError),
    /// A run failed before a model went live.
    #[error("no model went live: run {run} of `{graph}` failed at `{step}`: {message}")]
    Failed {
        /// The run.
        run: String,
        /// Its rule.
        graph: String,
        /// The step.
        step: String,
        /// Why.
        message: String,
    },
    /// Time is over.
    #[error("no model went live within {0}")]
    Within(String),
}

/// Runs until `stop`, or until a model is live if that was asked.
///
/// # Errors
/// See [`UpError`].
pub async fn up(
    request: Request,
    options: Options,
    stop: CancellationToken,
    mut out: Box<dyn Write + Send>,
) -> Result<(), UpError> {
    let clock = Arc::clone(&options.clock);
    // Before it is compiled: what is written meanwhile is a change.
    let watch = Watch::new(&request.project, &request.env);
    let projects = with_imports(&request.project, &request.env, &mut out)?;
    let plans: Vec<&Plan> = projects.iter().map(|(_, plan)| plan).collect();
    let stages = Arc::new(Mutex::new(Stages::new(out, Arc::clone(&clock), &plans)));
    let say = |subject: &str, text: &str| lock(&stages).say(subject, text);
    for plan in &plans {
        say(
            "check",
            &format!("{} is clean: {}", plan.flow, stages::contents(plan)),
        );
    }
    let daemon = Daemon::start(options).await?;
    let mut news = daemon.newsroom.listen();
    say("serve", &format!("http://{}", daemon.address));
    let (deployer, served, address) = (
        Arc::clone(&daemon.deployer),
        daemon.served.clone(),
        daemon.address,
    );
    let is_live = || {
        let live = &served.borrow().live;
        live.keys()
            .any(|(flow, _)| plans.iter().any(|plan| plan.flow == *flow))
    };

    let done = CancellationToken::new();
    let work = async {
        let progress = |line: &str| say("prepare", line);
        let mut again = Again::new(&deployer, &stages, address);
        for (root, plan) in &projects {
            let taken = deployer.deploy_project(root, plan.clone(), &progress).await?;
            again.deployed(plan, taken);
        }
        for ((_, name), live) in &served.borrow().live {
            say(
                "live",
                &format!("{name} is live: {}@{}", live.train, live.version),
            );
        }
        again.tell_routes(&plans);
        if request.exit_when_live && is_live() {
            return Ok(());
        }
        let listen = async {
            loop {
                let item = tokio::select! {
                    item = news.recv() => item,
                    () = clock.sleep(Duration::from_millis(stages::REPEAT_MS)) => {
                        lock(&stages).catch_up();
                        continue;
                    }
                };
                match item {
                    Ok(item) => {
                        lock(&stages).tell(&item);
                        if matches!(item, News::Live { .. }) && request.exit_when_live && is_live() {
                            return Ok(());
                        }
                        if let News::RunEnded {
                            run,
                            graph,
                            error: Some(error),
                        } = item
                            && request.exit_when_live
                        {
                            let (step, message) = (error.step, error.message);
                            return Err(UpError::Failed {
                                run,
                                graph,
                                step,
                                message,
                            });
                        }
                    }
                    // Some news were missed; what is live is looked up, not heard.
                    Err(RecvError::Lagged(_)) if request.exit_when_live && is_live() => return Ok(()),
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return Ok(()),
                }
            }
        };
        if request.exit_when_live {
            return listen.await;
        }
        tokio::select! {
            outcome = listen => outcome,
            () = again.whenever(watch, &*clock) => Ok(()),
        }
    };
    let outcome = async {
        let limit = async {
            if request.exit_when_live {
                clock.sleep(request.within).await;
            } else {
                std::future::pending::<()>().await;
            }
        };
        let outcome = tokio::select! {
            outcome = work => outcome,
            () = limit => {
                let within = u64::try_from(request.within.as_millis()).unwrap_or(u64::MAX);
                Err(UpError::Within(units::duration(within)))
            }
            () = stop.cancelled() => Ok(()),
        };
        done.cancel();
        outcome
    };
    let run = async {
        let ran = daemon.run(done.clone()).await;
        done.cancel();
        ran
    };
    let (ran, outcome) = tokio::join!(run, async {
        tokio::select! {
            biased;
            outcome = outcome => outcome,
            // The daemon has failed on its own; its error is the one to tell.
            () = done.cancelled() => Ok(()),
        }
    });
    ran?;
    outcome
}

fn lock(stages: &Mutex<Stages>) -> std::sync::MutexGuard<'_, Stages> {
    stages.lock().expect("nothing panics while it prints")
}
