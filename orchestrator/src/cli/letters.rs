//! `flowd dlq`: what could not be carried out, and what is decided about it.

use super::client::{Client, ClientError};
use super::look::Look;
use super::show::{items, run, text};
use super::table::{plain, table, time};
use super::{Outcome, Server};
use clap::{Args as Group, Subcommand};
use serde_json::{Value, json};

/// Letters of one question; a daemon answers no more.
const PAGE: usize = 1_000;

/// What is asked about dead letters.
#[derive(Debug, Subcommand)]
pub enum LetterCommand {
    /// List dead letters, newest first
    List {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// Those that were retried or dropped, too
        #[arg(long)]
        all: bool,
        /// How many
        #[arg(long, default_value_t = 20)]
        limit: u32,
        /// Which daemon.
        #[command(flatten)]
        server: Server,
    },
    /// Show a dead letter with its whole story
    Show {
        /// The letter's id
        letter: String,
        /// Which daemon.
        #[command(flatten)]
        server: Server,
    },
    /// Let it come in again: a failed run runs anew, an item is read anew
    Retry(Chosen),
    /// Let it go
    Drop(Chosen),
}

/// Which dead letters are looked at.
#[derive(Clone, Debug, Group)]
pub struct Which {
    /// Only of this flow
    #[arg(long)]
    pub flow: Option<String>,
    /// Only of this trigger: its items, and failed runs of its events
    #[arg(long)]
    pub trigger: Option<String>,
    /// Only failed runs of this rule
    #[arg(long)]
    pub rule: Option<String>,
}

/// Which dead letters something is done about.
#[derive(Debug, Group)]
pub struct Chosen {
    /// Their ids
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub letters: Vec<String>,
    /// All that are open
    #[arg(long)]
    pub all: bool,
    /// Which of them.
    #[command(flatten)]
    pub which: Which,
    /// Which daemon.
    #[command(flatten)]
    pub server: Server,
}

/// Runs `flowd dlq`.
pub(super) async fn run_command(command: LetterCommand) -> Outcome {
    match command {
        LetterCommand::List {
            which,
            all,
            limit,
            server,
        } => {
            let letters = ask(&Client::new(&server), which, all, u64::from(limit), None).await?;
            Ok(super::commands::present(&server, letters, list))
        }
        LetterCommand::Show { letter, server } => {
            let letter = Client::new(&server)
                .get(&format!("/v1/dlq/{letter}"), &[])
                .await?;
            Ok(super::commands::present(&server, letter, show))
        }
        LetterCommand::Retry(chosen) => each(chosen, "retry").await,
        LetterCommand::Drop(chosen) => each(chosen, "drop").await,
    }
}

async fn ask(
    client: &Client,
    which: Which,
    all: bool,
    limit: u64,
    before: Option<String>,
) -> Result<Value, ClientError> {
    let query = [
        ("flow", which.flow),
        ("trigger", which.trigger),
        ("rule", which.rule),
        ("all", Some(all.to_string())),
        ("limit", Some(limit.to_string())),
        ("before", before),
    ];
    client.get("/v1/dlq", &query).await
}

/// Does the same about each letter.
async fn each(chosen: Chosen, what: &str) -> Outcome {
    let letters = if chosen.all {
        open(&Client::new(&chosen.server), &chosen.which).await?
    } else {
        chosen.letters
    };
    let path = |letter: &str| format!("/v1/dlq/{letter}/{what}");
    super::many::each(&chosen.server, &letters, "dead letters", path, settled).await
}

/// The ids of all open letters, the oldest first: they come in again as they came.
async fn open(client: &Client, which: &Which) -> Result<Vec<String>, ClientError> {
    let mut ids: Vec<String> = Vec::new();
    loop {
        let page = ask(client, which.clone(), false, PAGE as u64, ids.last().cloned()).await?;
        let before = ids.len();
        ids.extend(items(&page).map(|letter| text(&letter["id"])));
        if ids.len() - before < PAGE {
            ids.reverse();
            return Ok(ids);
        }
    }
}

fn list(letters: &Value) -> String {
    let rows: Vec<Vec<String>> = items(letters)
        .map(|letter| {
            vec![
                text(&letter["id"]),
                place(letter),
                text(&letter["kind"]),
                text(&letter["state"]),
                time(letter["at"].as_u64()),
                text(&letter["key"]),
                text(&letter["why"]),
            ]
        })
        .collect();
    if rows.is_empty() {
        return "no dead letters".into();
    }
    table(&["LETTER", "OF", "KIND", "STATE", "SINCE", "KEY", "WHY"], &rows)
}

/// `flow/trigger` of an item, `flow/rule` of a run.
fn place(letter: &Value) -> String {
    let name = if letter["rule"].is_null() {
        &letter["trigger"]
    } else {
        &letter["rule"]
    };
    format!("{}/{}", text(&letter["flow"]), text(name))
}

fn show(letter: &Value) -> String {
    let mut lines = vec![
        format!("letter  {}", text(&letter["id"])),
        format!("kind    {}", text(&letter["kind"])),
        format!("of      {}", place(letter)),
        format!("key     {}", text(&letter["key"])),
        format!("why     {}", text(&letter["why"])),
    ];
    if let Some(error) = letter["error"].as_object() {
        lines.push(format!(
            "error   {} in `{}`, after {}",
            text(&error["kind"]),
            text(&error["step"]),
            tries(&error["attempts"])
        ));
    }
    lines.push(format!("since   {}", time(letter["at"].as_u64())));
    lines.push(format!("state   {}", state(letter)));
    if !letter["story"].is_null() {
        lines.push(String::new());
        lines.push(run(&letter["story"], true, &Look::default()));
    }
    lines.join("\n")
}

fn tries(count: &Value) -> String {
    match count.as_u64() {
        Some(1) => "1 try".to_owned(),
        _ => format!("{} tries", text(count)),
    }
}

fn settled(answer: &Value) -> String {
    let before = if answer["repeated"] == json!(true) {
        " (before)"
    } else {
        ""
    };
    format!("{}: {}{before}", text(&answer["id"]), state(answer))
}

/// The state of a letter, and by what.
pub(super) fn state(letter: &Value) -> String {
    let word = text(&letter["state"]);
    let outcome = &letter["outcome"];
    if let Some(event) = outcome["event"]["event"].as_str() {
        return format!("{word} as event {}", plain(event));
    }
    if let Some(run) = outcome["run"]["run"].as_str() {
        return format!("{word} as run {}", plain(run));
    }
    match outcome.as_str() {
        Some("known") => format!("{word}: what the source has there was taken in before"),
        Some(_) | None => word,
    }
}
