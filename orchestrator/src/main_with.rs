//! The whole command, with the parts of the world that a test replaces given as parameters.

use crate::backup::{self, BackupError, Copied};
use crate::cli::{self, Command, Outcome};
use crate::clock::SystemClock;
use crate::config::{self, DataDir};
use crate::daemon::{Daemon, Options};
use crate::sandbox::Confinement;
use crate::store::{CommitProbe, NoProbe};
use crate::up::{self, Request, UpError};
use crate::{deploy, doctor, outbound, shim, store, trial};
use clap::Parser;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// How the process ends when it is told to stop a second time: not well.
const SECOND_SIGNAL: u8 = 1;

/// Parts of the world.
pub struct Parts {
    /// Sees every commit; crash tests end the process here.
    pub probe: Arc<dyn CommitProbe>,
}

impl Default for Parts {
    fn default() -> Parts {
        Parts {
            probe: Arc::new(NoProbe),
        }
    }
}

/// Runs the command: 0 done, 1 the thing asked for went wrong, 2 the command could not run as asked.
pub fn run(args: Vec<OsString>, parts: Parts) -> ExitCode {
    // The companion of a job is started often and needs nothing of the rest.
    if args.get(1).is_some_and(|command| command == "shim") {
        return shim::main(args.into_iter().skip(2), Some(config::search_path()));
    }
    // Whoever speaks TLS in this process, whatever crate makes the connection, finds the one provider.
    outbound::provide();
    let args = match cli::Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => {
            // Help and version come here too, and go to standard output.
            drop(error.print());
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return fail(2, &error),
    };
    let code = runtime.block_on(dispatch(args, parts));
    // Threads that wait for files or processes do not hold the command back.
    runtime.shutdown_background();
    code
}

async fn dispatch(args: cli::Args, parts: Parts) -> ExitCode {
    match args.command {
        Command::Up(up) => {
            let project = up.project.clone();
            let data = data_dir(up.serve.data.as_deref(), Some(&project));
            let options = match options(&up.serve, data, parts).await {
                Ok(options) => options,
                Err(error) => return fail(2, &*error),
            };
            log_to_stderr("warn");
            let request = Request {
                project,
                env: up.env,
                exit_when_live: up.exit_when_live,
                within: up.within,
            };
            match up::up(request, options, interrupted(), Box::new(std::io::stdout())).await {
                Ok(()) => ExitCode::SUCCESS,
                Err(error @ (UpError::Load(_) | UpError::Environment(_) | UpError::Start(_))) => {
                    fail(2, &error)
                }
                Err(error) => fail(1, &error),
            }
        }
        Command::Serve(serve) => {
            let data = data_dir(serve.data.as_deref(), None);
            let options = match options(&serve, data, parts).await {
                Ok(options) => options,
                Err(error) => return fail(2, &*error),
            };
            log_to_stderr("info");
            match Daemon::start(options).await {
                Err(error) => fail(2, &error),
                Ok(daemon) => {
                    tracing::info!(address = %daemon.address, "listening");
                    match daemon.run(interrupted()).await {
                        Ok(()) => ExitCode::SUCCESS,
                        Err(error) => fail(1, &error),
                    }
                }
            }
        }
        Command::Verify { data } => {
            let data = data_dir(data.as_deref(), None);
            match store::verify(&data.database()).await {
                Err(error) => fail(2, &error),
                Ok(report) => {
                    cli::print(&report.to_string());
                    ExitCode::from(u8::from(!report.is_clean()))
                }
            }
        }
        Command::Backup { to, data, json } => {
            let data = data_dir(data.as_deref(), None);
            let to = std::path::absolute(&to).unwrap_or(to);
            copied(backup::backup(&data, &to).await, json)
        }
        Command::Restore { from, data, json } => {
            let data = data_dir(data.as_deref(), None);
            let from = std::path::absolute(&from).unwrap_or(from);
            copied(backup::restore(&from, &data).await, json)
        }
        Command::Doctor { data, json } => {
            let data = data_dir(data.as_deref(), None);
            let report = doctor::look(&data, config::search_path()).await;
            cli::print(&match json {
                true => serde_json::to_string(&report).expect("a report is plain data"),
                false => report.to_string(),
            });
            ExitCode::from(u8::from(!report.missing.is_empty()))
        }
        Command::Deploy { project, env, client } => {
            let compiled = up::compile(&project, &env, &mut std::io::stderr());
            let upload = match compiled {
                Ok((root, plan)) => deploy::upload(&root, plan),
                Err(error @ UpError::Findings(_)) => return fail(1, &error),
                Err(error) => return fail(2, &error),
            };
            match upload {
                Ok(upload) => finish(cli::deploy(&client, &upload).await),
                Err(error) => fail(2, &error),
            }
        }
        Command::Test {
            project,
            env,
            only,
            no_faults,
            json,
        } => {
            let compiled = up::with_tests(&project, &env, &mut std::io::stderr());
            let (plan, cases) = match compiled {
                Ok(compiled) => compiled,
                Err(error @ UpError::Findings(_)) => return fail(1, &error),
                Err(error) => return fail(2, &error),
            };
            let request = trial::Request {
                plan,
                cases,
                only,
                faults: !no_faults,
            };
            // It has a runtime of one thread for itself.
            let played = tokio::task::spawn_blocking(move || trial::run(request)).await;
            match played.expect("what is played does not panic and is not aborted") {
                Err(error) => fail(2, &error),
                Ok(report) => {
                    cli::print(&match json {
                        true => serde_json::to_string(&report).expect("a report is plain data"),
                        false => report.to_string(),
                    });
                    ExitCode::from(u8::from(!report.holds()))
                }
            }
        }
        Command::Client(command) => {
            let look = cli::Look::of_output(config::wants_no_colours());
            finish(cli::run(command, &look, &SystemClock).await)
        }
    }
}

fn copied(outcome: Result<Copied, BackupError>, json: bool) -> ExitCode {
    let copied = match outcome {
        Ok(copied) => copied,
        Err(error) => return fail(2, &error),
    };
    cli::print(&match json {
        true => serde_json::to_string(&copied).expect("what was copied is plain data"),
        false => copied.to_string(),
    });
    ExitCode::from(u8::from(!copied.is_whole()))
}

fn finish(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(text) => {
            cli::print(&text);
            ExitCode::SUCCESS
        }
        Err(error) => fail(error.exit_code(), &error),
    }
}

async fn options(
    serve: &cli::Serve,
    data: DataDir,
    parts: Parts,
) -> Result<Options, Box<dyn std::error::Error>> {
    Ok(Options {
        data,
        listen: crate::api::loopback(&serve.listen)?,
        url: serve.url.clone(),
        cache: config::environment_cache(),
        search_path: config::search_path(),
        shim: vec![std::env::current_exe()?.into_os_string(), "shim".into()],
        confinement: Confinement::probe().await,
        secrets: Arc::new(config::secret),
        clock: Arc::new(SystemClock),
        grace: serve.grace,
        probe: parts.probe,
    })
}

/// The given directory, or `.flow` beside the project, or below where the command was started.
fn data_dir(given: Option<&Path>, project: Option<&Path>) -> DataDir {
    let beside = |project: &Path| {
        let folder = if project.is_dir() {
            project
        } else {
            project.parent().unwrap_or(project)
        };
        folder.join(".flow")
    };
    let path = given
        .map(Path::to_owned)
        .or_else(|| project.map(beside))
        .unwrap_or_else(|| PathBuf::from(".flow"));
    DataDir::new(std::path::absolute(&path).unwrap_or(path))
}

/// Cancelled by Ctrl-C or SIGTERM. A second one ends the process at once: that is a crash, which loses nothing.
fn interrupted() -> CancellationToken {
    let token = CancellationToken::new();
    let stop = token.clone();
    tokio::spawn(async move {
        let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(terminate) => terminate,
            Err(error) => {
                tracing::warn!(%error, "SIGTERM will not end this process gracefully");
                return;
            }
        };
        loop {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            if stop.is_cancelled() {
                std::process::exit(i32::from(SECOND_SIGNAL));
            }
            stop.cancel();
        }
    });
    token
}

/// Logs as JSON lines on standard error; `FLOW_LOG` says how much.
fn log_to_stderr(level: &str) {
    let filter = config::log_filter().unwrap_or_else(|| level.to_owned());
    let filter = tracing_subscriber::EnvFilter::try_new(&filter).unwrap_or_else(|_| level.into());
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_writer(std::io::stderr)
        .with_env_filter(filter);
    // A second call in one process, as in tests, keeps the first.
    drop(subscriber.try_init());
}

fn fail(code: u8, error: &dyn std::error::Error) -> ExitCode {
    cli::complain(error);
    ExitCode::from(code)
}
