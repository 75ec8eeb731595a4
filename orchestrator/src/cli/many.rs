//! The same asked about many things: one that is refused stops no other.

use super::client::{Client, ClientError};
use super::table::plain;
use super::{Outcome, Server};
use reqwest::Method;
use serde_json::{Value, json};

/// Posts to the path of each, and tells what came of it in a line each; `what` they are, in the plural.
pub(super) async fn each(
    server: &Server,
    ids: &[String],
    what: &str,
    path: impl Fn(&str) -> String,
    line: impl Fn(&Value) -> String,
) -> Outcome {
    let client = Client::new(server);
    let (mut answers, mut lines, mut refused) = (Vec::new(), Vec::new(), 0);
    for id in ids {
        match client.json(client.request(Method::POST, &path(id))).await {
            Ok(answer) => {
                lines.push(line(&answer));
                answers.push(answer);
            }
            Err(error @ ClientError::Refused { .. }) => {
                refused += 1;
                lines.push(format!("{}: {}", plain(id), plain(&error.to_string())));
                answers.push(json!({ "id": id, "error": error.to_string() }));
            }
            Err(error) => return Err(error),
        }
    }
    let answer = if server.json {
        json!(answers).to_string()
    } else if lines.is_empty() {
        format!("no {what}")
    } else {
        lines.join("\n")
    };
    if refused == 0 {
        return Ok(answer);
    }
    super::print(&answer);
    let message = format!("nothing came of {refused} of {} {what}", ids.len());
    Err(ClientError::Refused { message, at: None })
}
