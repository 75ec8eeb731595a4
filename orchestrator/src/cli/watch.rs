//! Following what a daemon does: a run until its end, in place in a terminal, line by line elsewhere; and its logs.

use super::Outcome;
use super::client::{Client, ClientError};
use super::look::Look;
use super::show::{self, items, state, text};
use super::table::plain;
use super::tree::word;
use crate::clock::Clock;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Duration;

/// How often a daemon is asked again.
const EVERY: Duration = Duration::from_millis(400);
/// Logs of one run that are followed at once.
const FOLLOWED_MAX: usize = 200;

/// Follows a run until it has ended. Every state is printed as it is seen; the last one is the outcome.
pub(super) async fn run(
    client: &Client,
    id: &str,
    json: bool,
    all: bool,
    look: &Look,
    clock: &dyn Clock,
) -> Outcome {
    let path = format!("/v1/runs/{id}");
    let mut drawn = 0;
    let mut told: BTreeMap<String, String> = BTreeMap::new();
    loop {
        let story = client.get(&path, &[]).await?;
        let ended = !story["ended"].is_null();
        if json {
            if ended {
                return Ok(story.to_string());
            }
        } else if look.columns.is_some() {
            let text = show::run(&story, all, look);
            if ended {
                return Ok(format!("{}{text}", erased(drawn)));
            }
            put(&format!("{}{text}\n", erased(drawn)));
            drawn = text.lines().count();
        } else {
            for line in changes(&story, &mut told) {
                put(&format!("{line}\n"));
            }
            if ended {
                return Ok(format!("run {} {}", text(&story["id"]), show::status(&story)));
            }
        }
        clock.sleep(EVERY).await;
    }
}

/// What takes the lines before away again.
fn erased(lines: usize) -> String {
    match lines {
        0 => String::new(),
        lines => format!("\u{1b}[{lines}A\u{1b}[0J"),
    }
}

/// The steps whose state is another than was told, in one line each.
fn changes(story: &Value, told: &mut BTreeMap<String, String>) -> Vec<String> {
    let mut lines = Vec::new();
    for step in items(&story["steps"]).filter(|step| word(step) != "waiting") {
        let (name, (word, detail)) = (text(&step["name"]), state(step));
        let line = format!("{name}: {word} {detail}").trim_end().to_owned();
        if told.get(&name) != Some(&line) {
            told.insert(name, line.clone());
            lines.push(line);
        }
    }
    lines
}

/// Follows what the steps of a run write, until it has ended.
pub(super) async fn logs(client: &Client, id: &str, step: Option<&str>, clock: &dyn Clock) -> Outcome {
    let path = format!("/v1/runs/{id}/logs");
    let mut ends: Map<String, Value> = Map::new();
    loop {
        // Asked before the logs, so that what is written last is read after the end was seen.
        let ended = !client.get(&format!("/v1/runs/{id}"), &[]).await?["ended"].is_null();
        let query = [
            ("step", step.map(str::to_owned)),
            ("after", Some(json!(ends).to_string())),
        ];
        let logs = client.get(&path, &query).await?;
        for log in items(&logs) {
            let name = text(&log["step"]);
            for line in log["text"].as_str().unwrap_or_default().lines() {
                put(&format!("{name} {}\n", plain(line)));
            }
            ends.insert(name, log["end"].clone());
        }
        if ends.len() > FOLLOWED_MAX {
            let message = format!("more than {FOLLOWED_MAX} logs cannot be followed at once: name a step");
            return Err(ClientError::Usage(message));
        }
        if ended {
            return Ok(String::new());
        }
        clock.sleep(EVERY).await;
    }
}

fn put(text: &str) {
    let mut out = std::io::stdout();
    // A reader that has gone away (`| head`) is no failure.
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}
