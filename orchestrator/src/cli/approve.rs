//! `flowd approve`: over the socket in the data directory, where the daemon knows who asks.

use super::client::Client;
use super::{Outcome, show};
use crate::config::DataDir;
use reqwest::Method;
use serde_json::json;
use std::path::Path;

/// Says yes to a step that waits for it, or no.
pub(super) async fn approve(
    run: &str,
    step: &str,
    deny: Option<&str>,
    data: &Path,
    as_json: bool,
) -> Outcome {
    let client = Client::by_socket(&DataDir::new(data).socket());
    let body = match deny {
        Some(why) => json!({ "deny": why }),
        None => json!({}),
    };
    let path = format!("/v1/runs/{run}/steps/{step}/approve");
    let answer = client
        .json(client.request(Method::POST, &path).json(&body))
        .await?;
    if as_json {
        return Ok(answer.to_string());
    }
    let said = match deny {
        Some(_) => "refused",
        None => "approved",
    };
    Ok(format!(
        "step {step} of run {run} is {said} by {}",
        show::text(&answer["by"])
    ))
}
