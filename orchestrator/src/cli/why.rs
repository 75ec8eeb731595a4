//! `flowd why`: the reason for the state of a run, from what is known of it, and what a person can do next.

use super::look::{Look, Tone};
use super::show::{graph, items, text};
use super::table::{plain, time};
use super::tree::{has_ended, word};
use super::words;
use serde_json::{Value, json};

/// Lines of a log that come with the failure of a step: its last ones.
const LINES_MAX: usize = 5;
/// Steps that only wait for others, as many as are told one by one.
const WAITING_MAX: usize = 5;

/// What is known of a run.
pub(super) struct Known<'a> {
    /// The run with its steps.
    pub(super) story: &'a Value,
    /// What its steps wrote.
    pub(super) logs: &'a Value,
    /// Runs of the same rule that are under way.
    pub(super) ahead: &'a Value,
}

/// The reason as JSON: always the same fields.
pub(super) fn why(known: &Known<'_>) -> Value {
    let story = known.story;
    let (mut reasons, mut next) = (Vec::new(), Vec::new());
    let id = text(&story["id"]);
    match story["status"].as_str().unwrap_or_default() {
        "pending" => reasons.push(pending(known)),
        "running" => running(known, &id, &mut reasons, &mut next),
        "failed" => failed(known, &id, &mut reasons, &mut next),
        "cancelled" => {
            let why = text(&story["run"]["status"]["cancelled"]["why"]);
            reasons.push(reason(&Value::Null, "cancelled", why, &Value::Null));
        }
        _ => succeeded(known, &mut reasons),
    }
    json!({
        "run": id,
        "flow": story["flow"],
        "of": graph(&story["graph"]),
        "status": story["status"],
        "since": story["updated"],
        "cause": {
            "event": story["cause"]["id"],
            "source": story["cause"]["source"],
            "at": story["cause"]["at"],
            "payload": story["cause"]["payload"],
        },
        "reasons": reasons,
        "next": next,
    })
}

/// As people read it.
pub(super) fn show(why: &Value, look: &Look) -> String {
    let (run, status) = (text(&why["run"]), text(&why["status"]));
    let tone = match status.as_str() {
        "failed" => Tone::Bad,
        "succeeded" => Tone::Good,
        _ => Tone::Busy,
    };
    let since = time(why["since"].as_u64());
    let verb = match status.as_str() {
        "pending" | "running" | "cancelled" => format!("is {status}"),
        ended => ended.to_owned(),
    };
    let of = format!("{}/{}", text(&why["flow"]), text(&why["of"]));
    let mut lines = vec![format!(
        "run {run} of {of} {}, since {since}",
        look.paint(tone, &verb)
    )];
    for reason in items(&why["reasons"]) {
        let head = match reason["step"].as_str() {
            Some(step) => format!("{}: ", look.paint(Tone::Strong, &plain(step))),
            None => String::new(),
        };
        lines.push(format!("  {head}{}", text(&reason["why"])));
        for line in items(&reason["log"]) {
            let line = look.cut(&format!("| {}", text(line)), 4);
            lines.push(format!("    {}", look.paint(Tone::Faint, &line)));
        }
    }
    let cause = &why["cause"];
    let payload = plain(&words::json(&cause["payload"]));
    let caused = format!(
        "caused by {} at {}: ",
        text(&cause["source"]),
        time(cause["at"].as_u64())
    );
    let payload = look.cut(&payload, 2 + caused.chars().count());
    lines.push(format!("  {caused}{payload}"));
    for step in items(&why["next"]) {
        let (command, what) = (text(&step["command"]), text(&step["what"]));
        lines.push(format!(
            "{}\n    {}",
            look.paint(Tone::Faint, &format!("  {what}:")),
            look.paint(Tone::Strong, &command)
        ));
    }
    lines.join("\n")
}

fn reason(step: &Value, state: &str, why: impl Into<String>, until: &Value) -> Value {
    let why: String = why.into();
    json!({ "step": step, "state": state, "why": why, "until": until, "log": [] })
}

fn can(command: String, what: &str) -> Value {
    json!({ "command": command, "what": what })
}

fn pending(known: &Known<'_>) -> Value {
    let ahead: Vec<String> = items(known.ahead).map(|run| text(&run["id"])).collect();
    let rule = graph(&known.story["graph"]);
    let why = match ahead.first() {
        Some(first) => format!("waits for its turn: run {first} of `{rule}` is under way"),
        None => format!("waits for its turn: what `rate` and `overlap` of `{rule}` let through"),
    };
    reason(&Value::Null, "pending", why, &Value::Null)
}

fn running(known: &Known<'_>, id: &str, reasons: &mut Vec<Value>, next: &mut Vec<Value>) {
    let open = items(&known.story["steps"]).filter(|step| !has_ended(step));
    let (waiting, moving): (Vec<&Value>, Vec<&Value>) = open.partition(|step| word(step) == "waiting");
    for step in moving {
        let name = text(&step["name"]);
        let inner = &step["state"][word(step)];
        let until = &inner["until"];
        let at = time(until.as_u64());
        let why = match word(step) {
            "running" => format!(
                "try {} is under way since {}",
                inner["attempt"],
                time(inner["since"].as_u64())
            ),
            "parked" => format!(
                "its job is under way since {}, try {}",
                time(inner["since"].as_u64()),
                inner["generation"]
            ),
            "sleeping" => format!("sleeps until {at}"),
            "held" if step["group"].is_null() => {
                format!("waits for a post to `{}`, until {at}", text(&step["callback"]))
            }
            "held" => {
                next.push(can(
                    format!("flowd approve {id} {name}"),
                    "say yes, or no with `--deny`",
                ));
                format!("waits for a yes of `{}`, until {at}", text(&step["group"]))
            }
            "failed" => format!(
                "{}; tried again at {}",
                error(&inner["error"]),
                time(inner["retry_at"].as_u64())
            ),
            "unknown" => {
                let command = format!("flowd resolve {id} {name}");
                next.push(can(
                    command,
                    "say what became of it, with `--succeeded`, `--failed` or `--again`",
                ));
                format!("nobody knows what became of it: {}", text(&inner["why"]))
            }
            // Its rounds say it.
            _ => continue,
        };
        let until = if until.is_null() {
            &inner["retry_at"]
        } else {
            until
        };
        let mut reason = reason(&step["name"], word(step), why, until);
        if word(step) == "failed" {
            reason["log"] = json!(last_lines(known.logs, &name, &inner["error"]["attempts"]));
        }
        reasons.push(reason);
    }
    for step in waiting.iter().take(WAITING_MAX) {
        let needs = open_needs(known.story, step);
        if !needs.is_empty() {
            reasons.push(reason(
                &step["name"],
                "waiting",
                format!("waits for {}", needs.join(", ")),
                &Value::Null,
            ));
        }
    }
    if let Some(more) = waiting.len().checked_sub(WAITING_MAX).filter(|more| *more > 0) {
        reasons.push(reason(
            &Value::Null,
            "waiting",
            format!("{more} more steps wait for these"),
            &Value::Null,
        ));
    }
    if let Some(deadline) = known.story["run"]["deadline"].as_u64() {
        let why = format!("all of it has to be over by {}", time(Some(deadline)));
        reasons.push(reason(&Value::Null, "running", why, &json!(deadline)));
    }
}

fn failed(known: &Known<'_>, id: &str, reasons: &mut Vec<Value>, next: &mut Vec<Value>) {
    let failure = &known.story["run"]["status"]["failed"]["error"];
    let step = match failure["step"].as_str() {
        Some(name) if !name.is_empty() => json!(name),
        _ => Value::Null,
    };
    let mut told = reason(&step, "failed", error(failure), &Value::Null);
    if let Some(name) = step.as_str() {
        let lines = last_lines(known.logs, name, &failure["attempts"]);
        if !lines.is_empty() {
            next.push(can(format!("flowd logs {id} {name}"), "read all that it wrote"));
        }
        told["log"] = json!(lines);
    }
    reasons.push(told);
    let letter = &known.story["letter"];
    match letter["outcome"]["run"]["run"].as_str() {
        Some(again) => {
            let why = format!("it was run again as run {again}");
            reasons.push(reason(&Value::Null, "retried", why, &Value::Null));
            next.push(can(format!("flowd why {again}"), "see what became of that"));
        }
        None if letter["state"] == "open" => {
            next.insert(
                0,
                can(
                    format!("flowd retry {id}"),
                    "run it again, from its start, with the same event",
                ),
            );
        }
        None => {}
    }
}

fn succeeded(known: &Known<'_>, reasons: &mut Vec<Value>) {
    reasons.push(reason(
        &Value::Null,
        "succeeded",
        "all its steps have ended well",
        &Value::Null,
    ));
    for step in items(&known.story["steps"]).filter(|step| word(step) == "skipped") {
        let why = match step["state"]["skipped"]["why"].as_str() {
            Some("absent") => "was skipped: a value that it needs is absent",
            Some("caught") => "was skipped: what it needs failed, and a `catch` took over",
            _ => "was skipped: its condition did not hold",
        };
        reasons.push(reason(&step["name"], "skipped", why, &Value::Null));
    }
}

/// `crash after 3 tries: it said this`.
fn error(error: &Value) -> String {
    let tries = match error["attempts"].as_u64() {
        Some(0) | None => String::new(),
        Some(1) => " in 1 try".to_owned(),
        Some(tries) => format!(" in {tries} tries"),
    };
    format!(
        "failed{tries} ({}): {}",
        text(&error["kind"]),
        text(&error["message"])
    )
}

/// The names of what a step needs that has not ended.
fn open_needs(story: &Value, step: &Value) -> Vec<String> {
    let needs = |name: &Value| items(&step["needs"]).any(|need| need == name);
    let open = items(&story["steps"]).filter(|other| needs(&other["name"]) && !has_ended(other));
    open.map(|other| format!("`{}`", text(&other["name"]))).collect()
}

/// The last lines that a try of a step wrote.
fn last_lines(logs: &Value, step: &str, attempt: &Value) -> Vec<String> {
    let name = format!("{step}.{attempt}");
    let log = items(logs).find(|log| log["step"] == json!(name));
    let written = log.and_then(|log| log["text"].as_str()).unwrap_or_default();
    let lines: Vec<&str> = written.lines().collect();
    let from = lines.len().saturating_sub(LINES_MAX);
    lines[from..].iter().map(|line| plain(line)).collect()
}
