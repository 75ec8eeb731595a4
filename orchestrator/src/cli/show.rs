//! Answers of the daemon as people read them.

use super::look::Look;
use super::table::{plain, table, time};
use super::tree::tree;
use super::words;
use flow_lang::units;
use serde_json::Value;

/// Characters of an id or a digest that are enough to tell it from others.
const SHORT: usize = 12;

pub(super) fn fired(answer: &Value) -> String {
    let runs: Vec<_> = answer["runs"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    match runs.as_slice() {
        [] => format!("event {}; no rule started a run", text(&answer["event"])),
        runs => format!("event {}; runs {}", text(&answer["event"]), runs.join(", ")),
    }
}

pub(super) fn deployed(answer: &Value) -> String {
    format!(
        "{} is deployed: {}",
        text(&answer["flow"]),
        short(&answer["digest"])
    )
}

pub(super) fn runs(runs: &Value) -> String {
    let rows: Vec<Vec<String>> = items(runs)
        .map(|run| {
            vec![
                text(&run["id"]),
                text(&run["flow"]),
                graph(&run["graph"]),
                status(run),
                time(run["created"].as_u64()),
                took(run["started"].as_u64(), run["ended"].as_u64()),
            ]
        })
        .collect();
    if rows.is_empty() {
        "no runs".into()
    } else {
        table(&["RUN", "FLOW", "OF", "STATUS", "CREATED", "TOOK"], &rows)
    }
}

/// What a run waits for says more than that it is running.
pub(super) fn status(run: &Value) -> String {
    let waits = items(&run["waits"]).min_by_key(|wait| wait["until"].as_u64());
    match waits {
        _ if run["unresolved"] == true => "waits for a person".to_owned(),
        Some(first) => format!(
            "waits for {} until {}",
            text(&first["group"]),
            time(first["until"].as_u64())
        ),
        None => text(&run["status"]),
    }
}

/// A run and its steps: those of many rounds folded, unless `all` are asked for or nobody reads it in a terminal.
pub(super) fn run(run: &Value, all: bool, look: &Look) -> String {
    let (started, ended) = (run["started"].as_u64(), run["ended"].as_u64());
    let times = match (started, ended) {
        (Some(_), None) => format!("since   {}", time(started)),
        _ => format!("took    {}", took(started, ended)),
    };
    let payload = plain(&words::json(&run["cause"]["payload"]));
    let mut lines = vec![
        format!("run     {}", text(&run["id"])),
        format!("of      {}/{}", text(&run["flow"]), graph(&run["graph"])),
        format!("status  {}", status(run)),
        format!("plan    {}", short(&run["plan"])),
        format!("event   {} {payload}", text(&run["cause"]["source"])),
        times,
    ];
    if let Some(network) = run["network"].as_str() {
        lines.push(format!("network {}", plain(network)));
    }
    let mut lines: Vec<String> = lines.iter().map(|line| look.cut(line, 0)).collect();
    lines.push(String::new());
    let fold = look.columns.is_some() && !all;
    lines.push(tree(&run["steps"], fold, look));
    lines.join("\n")
}

pub(super) fn logs(logs: &Value) -> String {
    let blocks: Vec<_> = items(logs)
        .map(|log| {
            let mut lines = vec![format!("== {}", text(&log["step"]))];
            if let Some(skipped) = log["skipped"].as_u64().filter(|skipped| *skipped > 0) {
                lines.push(format!("… {} before this", units::size(skipped)));
            }
            lines.extend(log["text"].as_str().unwrap_or_default().lines().map(plain));
            lines.join("\n")
        })
        .collect();
    if blocks.is_empty() {
        "no step of this run wrote anything".into()
    } else {
        blocks.join("\n")
    }
}

pub(super) fn models(models: &Value) -> String {
    let mut blocks = Vec::new();
    for model in items(models) {
        let rows: Vec<Vec<String>> = items(&model["history"])
            .map(|deployment| {
                let version = &deployment["model"];
                let live = if deployment["number"] == model["live"]["number"] {
                    "live"
                } else {
                    ""
                };
                vec![
                    deployment["number"].to_string(),
                    format!("{}@{}", text(&version["train"]), version["version"]),
                    version["size"].as_u64().map(units::size).unwrap_or_default(),
                    time(deployment["at"].as_u64()),
                    words::record(&version["reports"]),
                    live.to_owned(),
                ]
            })
            .collect();
        let head = format!("{}/{}", text(&model["flow"]), text(&model["name"]));
        blocks.push(format!(
            "{head}\n{}",
            table(&["NR", "VERSION", "SIZE", "SINCE", "REPORTS", ""], &rows)
        ));
    }
    if blocks.is_empty() {
        "no model has been live".into()
    } else {
        blocks.join("\n\n")
    }
}

pub(super) fn datasets(datasets: &Value) -> String {
    let rows: Vec<Vec<String>> = items(datasets)
        .map(|set| {
            vec![
                format!("{}/{}", text(&set["flow"]), text(&set["name"])),
                set["rows"].to_string(),
                set["bytes"].as_u64().map(units::size).unwrap_or_default(),
                time(set["latest"].as_u64()),
            ]
        })
        .collect();
    if rows.is_empty() {
        "no dataset has rows".into()
    } else {
        table(&["DATASET", "ROWS", "SIZE", "LATEST"], &rows)
    }
}

/// The word of a step's state, and what it carries.
pub(super) fn state(step: &Value) -> (String, String) {
    let state = &step["state"];
    if let Some(word) = state.as_str() {
        return (word.to_owned(), String::new());
    }
    let Some((word, inner)) = state.as_object().and_then(|state| state.iter().next()) else {
        return (String::new(), String::new());
    };
    let detail = match word.as_str() {
        "done" if inner["output"].is_null() => String::new(),
        "done" => words::value(&inner["output"]),
        "failed" => {
            let again = inner["retry_at"].as_u64();
            let again = again.map_or(String::new(), |at| format!(", again at {}", time(Some(at))));
            let error = &inner["error"];
            format!("{}: {}{again}", text(&error["kind"]), text(&error["message"]))
        }
        "skipped" => text(&inner["why"]),
        "parked" => match words::record(&step["progress"]) {
            line if step["progress"].is_object() => format!("try {}: {line}", inner["generation"]),
            _ => format!("try {}", inner["generation"]),
        },
        "sleeping" => format!("until {}", time(inner["until"].as_u64())),
        "held" if step["group"].is_null() => format!(
            "waits for a post to `{}`, until {}",
            text(&step["callback"]),
            time(inner["until"].as_u64())
        ),
        "held" => format!(
            "waits for `flowd approve` by one of {}, until {}",
            text(&step["group"]),
            time(inner["until"].as_u64())
        ),
        "running" => format!("try {}", inner["attempt"]),
        "unknown" => format!("waits for `flowd resolve`: {}", text(&inner["why"])),
        _ => String::new(),
    };
    (word.clone(), plain(&detail))
}

/// `{ "rule": "retrain" }` as `retrain`.
pub(super) fn graph(graph: &Value) -> String {
    graph
        .as_object()
        .and_then(|graph| graph.values().next())
        .map(text)
        .unwrap_or_default()
}

fn took(started: Option<u64>, ended: Option<u64>) -> String {
    match (started, ended) {
        (Some(started), Some(ended)) => {
            let ms = ended.saturating_sub(started);
            if ms < 10_000 {
                format!("{ms}ms")
            } else {
                format!("{}s", ms / 1_000)
            }
        }
        _ => "-".into(),
    }
}

pub(super) fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().map_or_else(
        || {
            if value.is_null() {
                String::new()
            } else {
                value.to_string()
            }
        },
        plain,
    )
}

fn short(digest: &Value) -> String {
    text(digest).chars().take(SHORT).collect()
}
