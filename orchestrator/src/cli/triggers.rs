//! `flowd triggers`: how events come in, and that a feed stops or goes on.

use super::client::Client;
use super::show::{items, text};
use super::table::{table, time};
use super::{Outcome, Server};
use clap::{Subcommand, ValueEnum};
use flow_lang::units;
use reqwest::Method;
use serde_json::{Value, json};

/// What is done about a trigger.
#[derive(Debug, Subcommand)]
pub enum TriggerCommand {
    /// Stop its feed after the batch that is under way; it can still be fired by hand
    Pause {
        /// The trigger, as NAME or FLOW/NAME
        trigger: String,
        /// Which daemon.
        #[command(flatten)]
        server: Server,
    },
    /// Let its feed read on
    Resume {
        /// The trigger, as NAME or FLOW/NAME
        trigger: String,
        /// Read on from here, instead of where it stood
        #[arg(long)]
        from: Option<From>,
        /// Which daemon.
        #[command(flatten)]
        server: Server,
    },
}

/// A place to read on from.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum From {
    /// Everything that the source has; what was taken in before is no new event
    Beginning,
    /// What comes from now on
    Now,
}

/// Runs `flowd triggers`.
pub(super) async fn run_command(
    flow: Option<String>,
    command: Option<TriggerCommand>,
    server: &Server,
) -> Outcome {
    let (server, trigger, verb, body) = match command {
        None => {
            let triggers = Client::new(server).get("/v1/triggers", &[("flow", flow)]).await?;
            return Ok(super::commands::present(server, triggers, list));
        }
        Some(TriggerCommand::Pause { trigger, server }) => (server, trigger, "pause", json!({})),
        Some(TriggerCommand::Resume {
            trigger,
            from,
            server,
        }) => {
            let body = match from {
                None => json!({}),
                Some(From::Beginning) => json!({ "from": "beginning" }),
                Some(From::Now) => json!({ "from": "now" }),
            };
            (server, trigger, "resume", body)
        }
    };
    let client = Client::new(&server);
    let (flow, trigger) = client.name(&trigger).await?;
    let path = format!("/v1/flows/{flow}/triggers/{trigger}/{verb}");
    let answer = client
        .json(client.request(Method::POST, &path).json(&body))
        .await?;
    let said = |answer: &Value| {
        let (flow, trigger) = (text(&answer["flow"]), text(&answer["trigger"]));
        format!("{flow}/{trigger} is {}", text(&answer["state"]))
    };
    Ok(super::commands::present(&server, answer, said))
}

fn list(triggers: &Value) -> String {
    let rows: Vec<Vec<String>> = items(triggers)
        .map(|trigger| {
            let error = &trigger["last_error"];
            vec![
                format!("{}/{}", text(&trigger["flow"]), text(&trigger["name"])),
                or_dash(text(&trigger["source"])),
                state(trigger),
                lag(trigger),
                ago(trigger["read_ago_ms"].as_u64()),
                format!("{}/min", trigger["rate"]),
                text(&trigger["dead_letters"]),
                if error.is_null() {
                    "-".to_owned()
                } else {
                    format!("{} {}", time(error["at"].as_u64()), text(&error["message"]))
                },
            ]
        })
        .collect();
    if rows.is_empty() {
        return "no triggers".into();
    }
    let head = [
        "TRIGGER",
        "SOURCE",
        "STATE",
        "LAG",
        "READ",
        "RATE",
        "DEAD",
        "LAST ERROR",
    ];
    table(&head, &rows)
}

/// `gap: the source …`; what fails is told in the last column.
fn state(trigger: &Value) -> String {
    let word = text(&trigger["state"]);
    match word.as_str() {
        "gap" => format!("gap: {}", text(&trigger["why"])),
        "paused" => "paused by a person".to_owned(),
        _ => word,
    }
}

/// How old what waits is, and how much the source says it has.
fn lag(trigger: &Value) -> String {
    let age = trigger["lag_ms"].as_u64().map(units::duration);
    let behind = trigger["behind"].as_u64().filter(|behind| *behind > 0);
    match (age, behind) {
        (Some(age), Some(behind)) => format!("{age}, {behind} behind"),
        (Some(age), None) => age,
        (None, Some(behind)) => format!("{behind} behind"),
        (None, None) => "-".to_owned(),
    }
}

/// To the second: what is under way reads several times in one.
fn ago(ms: Option<u64>) -> String {
    ms.map_or_else(|| "-".to_owned(), |ms| format!("{}s ago", ms / 1_000))
}

fn or_dash(text: String) -> String {
    if text.is_empty() { "-".to_owned() } else { text }
}
