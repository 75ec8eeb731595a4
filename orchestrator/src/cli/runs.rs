//! `flowd runs|show|why|logs|retry|cancel`: what runs do, and what is done about them.

use super::client::{Client, ClientError};
use super::commands::present;
use super::look::Look;
use super::moment::Moment;
use super::show::{items, text};
use super::why::{Known, why};
use super::{Outcome, Server, many, show, watch};
use crate::clock::Clock;
use clap::Args as Group;
use serde_json::Value;
use std::io::{BufRead as _, IsTerminal as _, Write as _};

/// Runs of one question; a daemon answers no more.
const PAGE: usize = 1_000;

/// Which runs are listed.
#[derive(Clone, Debug, Default, Group)]
pub struct Which {
    /// Only of this flow
    #[arg(long)]
    pub flow: Option<String>,
    /// Only of this rule
    #[arg(long)]
    pub rule: Option<String>,
    /// Only those made since: so long ago (30m, 7d), or a time (2026-11-28T21:00:00Z)
    #[arg(long, value_name = "TIME", value_parser = Moment::parse)]
    pub since: Option<Moment>,
    /// Only those made before
    #[arg(long, value_name = "TIME", value_parser = Moment::parse)]
    pub until: Option<Moment>,
}

impl Which {
    fn is_any(&self) -> bool {
        self.flow.is_none() && self.rule.is_none() && self.since.is_none() && self.until.is_none()
    }
}

/// Which runs are stopped.
#[derive(Clone, Debug, Group)]
pub struct Stopped {
    /// Their ids
    pub runs: Vec<String>,
    /// Instead of ids: all that have not ended
    #[arg(long, conflicts_with = "runs")]
    pub all: bool,
    /// Which of them.
    #[command(flatten)]
    pub which: Which,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// Which daemon.
    #[command(flatten)]
    pub server: Server,
}

pub(super) async fn list(
    which: &Which,
    status: Option<String>,
    limit: u32,
    server: &Server,
    clock: &dyn Clock,
) -> Outcome {
    let client = Client::new(server);
    let runs = ask(&client, which, status, limit.to_string(), None, clock).await?;
    Ok(present(server, runs, show::runs))
}

async fn ask(
    client: &Client,
    which: &Which,
    status: Option<String>,
    limit: String,
    before: Option<String>,
    clock: &dyn Clock,
) -> Result<Value, ClientError> {
    let now = clock.now();
    let query = [
        ("flow", which.flow.clone()),
        ("rule", which.rule.clone()),
        ("status", status),
        ("since", which.since.map(|at| at.at(now))),
        ("until", which.until.map(|at| at.at(now))),
        ("limit", Some(limit)),
        ("before", before),
    ];
    client.get("/v1/runs", &query).await
}

/// Why a run is in the state in which it is.
pub(super) async fn tell_why(run: &str, server: &Server, look: &Look) -> Outcome {
    let client = Client::new(server);
    let story = client.get(&format!("/v1/runs/{run}"), &[]).await?;
    let logs = client.get(&format!("/v1/runs/{run}/logs"), &[]).await?;
    let ahead = [
        ("flow", Some(text(&story["flow"]))),
        ("rule", Some(show::graph(&story["graph"]))),
        ("status", Some("running".to_owned())),
        ("limit", Some("1".to_owned())),
    ];
    let ahead = client.get("/v1/runs", &ahead).await?;
    let known = Known {
        story: &story,
        logs: &logs,
        ahead: &ahead,
    };
    Ok(present(server, why(&known), |why| super::why::show(why, look)))
}

pub(super) async fn logs(
    run: &str,
    step: Option<String>,
    follow: bool,
    server: &Server,
    clock: &dyn Clock,
) -> Outcome {
    let client = Client::new(server);
    if follow {
        return watch::logs(&client, run, step.as_deref(), clock).await;
    }
    let logs = client
        .get(&format!("/v1/runs/{run}/logs"), &[("step", step)])
        .await?;
    Ok(present(server, logs, show::logs))
}

/// Runs that have failed run again: the same as a retry of their dead letters.
pub(super) async fn retry(runs: &[String], server: &Server) -> Outcome {
    let path = |run: &str| format!("/v1/runs/{run}/retry");
    let line = |answer: &Value| format!("run {}: {}", text(&answer["run"]), super::letters::state(answer));
    many::each(server, runs, "runs", path, line).await
}

/// Stops runs: those that are named, or all that have not ended and fit, after a yes.
pub(super) async fn cancel(stopped: Stopped, clock: &dyn Clock) -> Outcome {
    let Stopped {
        mut runs,
        all,
        which,
        yes,
        server,
    } = stopped;
    if runs.is_empty() {
        if !all && which.is_any() {
            let message = "say which: their ids, `--flow`, `--rule`, `--since`, `--until`, or `--all`";
            return Err(ClientError::Usage(message.to_owned()));
        }
        runs = open(&Client::new(&server), &which, clock).await?;
        if !yes && !runs.is_empty() {
            agree(runs.len())?;
        }
    } else if !which.is_any() {
        let message = "runs that are named are stopped whatever they are of: leave the filters out";
        return Err(ClientError::Usage(message.to_owned()));
    }
    let path = |run: &str| format!("/v1/runs/{run}/cancel");
    let line = |answer: &Value| format!("run {} is cancelled", text(&answer["run"]));
    many::each(&server, &runs, "runs", path, line).await
}

/// The ids of all runs that have not ended, the newest first: none that waits starts in between.
async fn open(client: &Client, which: &Which, clock: &dyn Clock) -> Result<Vec<String>, ClientError> {
    let mut ids: Vec<String> = Vec::new();
    for status in ["pending", "running"] {
        let mut before = None;
        loop {
            let page = ask(
                client,
                which,
                Some(status.to_owned()),
                PAGE.to_string(),
                before,
                clock,
            )
            .await?;
            let of_page: Vec<String> = items(&page).map(|run| text(&run["id"])).collect();
            before = of_page.last().cloned();
            let is_last = of_page.len() < PAGE;
            ids.extend(of_page);
            if is_last {
                break;
            }
        }
    }
    Ok(ids)
}

/// Asks the person at the terminal; where there is none, `--yes` has to say it.
fn agree(count: usize) -> Result<(), ClientError> {
    let what = match count {
        1 => "1 run".to_owned(),
        count => format!("{count} runs"),
    };
    if !std::io::stdin().is_terminal() {
        return Err(ClientError::Usage(format!("this stops {what}: say `--yes`")));
    }
    let mut out = std::io::stderr();
    drop(write!(out, "stop {what}? [y/N] ").and_then(|()| out.flush()));
    let mut said = String::new();
    let read = std::io::stdin().lock().read_line(&mut said);
    match read.is_ok() && matches!(said.trim(), "y" | "Y" | "yes") {
        true => Ok(()),
        false => Err(ClientError::Usage("nothing was stopped".to_owned())),
    }
}

/// A run with its steps, now or until its end.
pub(super) async fn show_one(
    run: &str,
    follow: bool,
    all: bool,
    server: &Server,
    look: &Look,
    clock: &dyn Clock,
) -> Outcome {
    let client = Client::new(server);
    if follow {
        return watch::run(&client, run, server.json, all, look, clock).await;
    }
    let story = client.get(&format!("/v1/runs/{run}"), &[]).await?;
    Ok(present(server, story, |story| show::run(story, all, look)))
}
