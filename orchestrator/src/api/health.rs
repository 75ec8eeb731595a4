//! Health and metrics.

use super::Api;
use super::error::Problem;
use crate::clock::Jump;
use crate::store::Standing;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

/// `GET /healthz`: the flows that are active and how the daemon keeps its promises here.
pub(super) async fn health(State(api): State<Arc<Api>>) -> Json<Value> {
    let served = Arc::clone(&api.serving.served.borrow());
    let flows: Vec<_> = served.plans.keys().cloned().collect();
    let gap = |((flow, trigger), standing): (&(String, String), &Standing)| match standing {
        Standing::Gap { .. } => Some(format!("{flow}/{trigger}")),
        Standing::Active | Standing::Paused => None,
    };
    let gaps: Vec<_> = served.standings.iter().filter_map(gap).collect();
    let mut answer = json!({
        "status": if api.gate.is_closed() { "stopping" } else { "ok" },
        "version": env!("CARGO_PKG_VERSION"),
        "flows": flows,
        "durability": "full",
        "isolation": "none",
        "gaps": gaps,
        "unresolved": served.unresolved,
        "network": api.confinement.word(),
        "queues": api.handle.depths(),
    });
    // Sleeps and deadlines are not moved by it; schedules are.
    let (count, last) = served.jumps;
    if let Some(Jump { at, by_ms }) = last {
        answer["clock_jumps"] = json!({ "count": count, "at": at, "by_ms": by_ms });
    }
    if let Some(reason) = api.confinement.reason() {
        answer["network_reason"] = json!(reason);
    }
    Json(answer)
}

/// `GET /metrics`: counts in the text form of Prometheus.
pub(super) async fn metrics(State(api): State<Arc<Api>>) -> Result<Response, Problem> {
    let mut text = String::new();
    let mut family = |name: &str, kind: &str, help: &str, rows: Vec<(String, u64)>| {
        let written = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
        let written = rows.iter().fold(written, |so_far, (labels, value)| {
            so_far.and_then(|()| writeln!(text, "{name}{labels} {value}"))
        });
        written.expect("writing into a string cannot fail");
    };
    let counts = api.store.counts().await?;
    let runs = counts
        .runs
        .into_iter()
        .map(|(status, count)| (format!("{{status=\"{}\"}}", status.word()), count))
        .collect();
    family("flow_runs", "gauge", "Runs by status.", runs);
    family(
        "flow_events_total",
        "counter",
        "Events taken in.",
        vec![(String::new(), counts.events)],
    );
    family(
        "flow_log_rows_total",
        "counter",
        "Rows of the log.",
        vec![(String::new(), counts.log)],
    );
    let rows = api.store.datasets(None).await?;
    let rows = rows.into_iter().map(|set| {
        (
            format!("{{flow=\"{}\",dataset=\"{}\"}}", set.flow, set.name),
            set.rows,
        )
    });
    family("flow_dataset_rows", "gauge", "Rows of a dataset.", rows.collect());
    let served = Arc::clone(&api.serving.served.borrow());
    let live = served
        .live
        .iter()
        .map(|((flow, model), live)| (format!("{{flow=\"{flow}\",model=\"{model}\"}}"), live.version));
    family(
        "flow_model_live_version",
        "gauge",
        "The live version of a model.",
        live.collect(),
    );
    let mut letters: BTreeMap<String, u64> = BTreeMap::new();
    for of in api.desk.open_letters().await? {
        let (flow, place, kind) = (of.flow, of.place, of.kind);
        *letters
            .entry(format!("{{flow=\"{flow}\",of=\"{place}\",kind=\"{kind}\"}}"))
            .or_default() += of.count;
    }
    let letters = letters.into_iter().collect();
    family(
        "flow_dead_letters_open",
        "gauge",
        "Dead letters that nobody has decided about.",
        letters,
    );
    let (mut lags, mut states) = (Vec::new(), Vec::new());
    for trigger in api.desk.triggers(None).await? {
        if trigger["source"].is_null() {
            continue;
        }
        let word = |field: &str| trigger[field].as_str().unwrap_or_default().to_owned();
        let labels = format!("flow=\"{}\",trigger=\"{}\"", word("flow"), word("name"));
        lags.push((
            format!("{{{labels}}}"),
            trigger["lag_ms"].as_u64().unwrap_or_default(),
        ));
        states.push((format!("{{{labels},state=\"{}\"}}", word("state")), 1));
    }
    family(
        "flow_trigger_lag_ms",
        "gauge",
        "Since when an item is known to wait.",
        lags,
    );
    family("flow_trigger_state", "gauge", "How a feed stands.", states);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}
