//! What each client command asks, and how it shows the answer.

use super::client::{Client, ClientError};
use super::{ClientCommand, Look, Outcome, Server, runs, show};
use crate::clock::Clock;
use crate::upload::Upload;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

/// Runs a client command, whose answer is shown with `look`.
///
/// # Errors
/// See [`ClientError`].
pub async fn run(command: ClientCommand, look: &Look, clock: &dyn Clock) -> Outcome {
    match command {
        ClientCommand::Fire {
            trigger,
            data,
            key,
            server,
        } => {
            let client = Client::new(&server);
            let (flow, trigger) = client.name(&trigger).await?;
            let mut request = client
                .request(Method::POST, &format!("/v1/flows/{flow}/triggers/{trigger}"))
                .json(&parse(&data)?);
            if let Some(key) = key {
                request = request.header("idempotency-key", key);
            }
            Ok(present(&server, client.json(request).await?, show::fired))
        }
        ClientCommand::Invoke { action, data, server } => {
            let client = Client::new(&server);
            let (flow, action) = client.name(&action).await?;
            let path = format!("/v1/flows/{flow}/actions/{action}");
            let answer = client
                .json(client.request(Method::POST, &path).json(&parse(&data)?))
                .await?;
            Ok(answer.to_string())
        }
        ClientCommand::Infer {
            name,
            data,
            files,
            server,
        } => infer(&server, &name, &data, &files).await,
        ClientCommand::Runs {
            which,
            status,
            limit,
            server,
        } => runs::list(&which, status, limit, &server, clock).await,
        ClientCommand::Show {
            run,
            follow,
            all,
            server,
        } => runs::show_one(&run, follow, all, &server, look, clock).await,
        ClientCommand::Why { run, server } => runs::tell_why(&run, &server, look).await,
        ClientCommand::Logs {
            run,
            step,
            follow,
            server,
        } => runs::logs(&run, step, follow, &server, clock).await,
        ClientCommand::Retry { runs, server } => runs::retry(&runs, &server).await,
        ClientCommand::Models { flow, server } => {
            let models = Client::new(&server).get("/v1/models", &[("flow", flow)]).await?;
            Ok(present(&server, models, show::models))
        }
        ClientCommand::Datasets { flow, server } => {
            let datasets = Client::new(&server)
                .get("/v1/datasets", &[("flow", flow)])
                .await?;
            Ok(present(&server, datasets, show::datasets))
        }
        ClientCommand::Dlq { command } => super::letters::run_command(command).await,
        ClientCommand::Triggers {
            command,
            flow,
            server,
        } => super::triggers::run_command(flow, command, &server).await,
        ClientCommand::Approve {
            run,
            step,
            deny,
            data,
            json,
        } => super::approve::approve(&run, &step, deny.as_deref(), &data, json).await,
        ClientCommand::Resolve {
            run,
            step,
            succeeded,
            failed,
            again: _,
            server,
        } => {
            let verdict = match (succeeded, failed) {
                (Some(output), _) => {
                    let output: Value = serde_json::from_str(&output)
                        .map_err(|error| ClientError::Usage(format!("`--succeeded` is not JSON: {error}")))?;
                    json!({ "succeeded": output })
                }
                (None, Some(message)) => json!({ "failed": message }),
                (None, None) => json!({ "again": true }),
            };
            let client = Client::new(&server);
            let path = format!("/v1/runs/{run}/steps/{step}/resolve");
            let answer = client
                .json(client.request(Method::POST, &path).json(&verdict))
                .await?;
            let said = match verdict.get("again") {
                Some(_) => "is done again",
                None if verdict.get("failed").is_some() => "has failed",
                None => "has succeeded",
            };
            Ok(present(&server, answer, |_| {
                format!("step {step} of run {run} {said}")
            }))
        }
        ClientCommand::Cancel(stopped) => runs::cancel(stopped, clock).await,
    }
}

/// Sends a plan with its code.
///
/// # Errors
/// See [`ClientError`].
pub async fn deploy(server: &Server, upload: &Upload) -> Outcome {
    let client = Client::new(server);
    let answer = client
        .json(client.request(Method::POST, "/v1/flows").json(upload))
        .await?;
    Ok(present(server, answer, show::deployed))
}

async fn infer(server: &Server, name: &str, data: &str, files: &[String]) -> Outcome {
    let client = Client::new(server);
    let (flow, infer) = client.name(name).await?;
    let route = client
        .get(&format!("/v1/flows/{flow}/infers/{infer}"), &[])
        .await?;
    let unknown = || ClientError::Usage(format!("the daemon does not say where `{infer}` is"));
    let method = route["method"]
        .as_str()
        .and_then(|method| method.parse().ok())
        .ok_or_else(unknown)?;
    let request = client.request(method, route["path"].as_str().ok_or_else(unknown)?);
    let data = parse(data)?;
    let request = if files.is_empty() {
        request.json(&data)
    } else {
        let mut form = Form::new();
        for (field, value) in data.as_object().into_iter().flatten() {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            form = form.text(field.clone(), text);
        }
        for file in files {
            let usage = || ClientError::Usage(format!("`--file {file}` is not FIELD=PATH"));
            let (field, path) = file.split_once('=').ok_or_else(usage)?;
            let content =
                std::fs::read(path).map_err(|error| ClientError::Usage(format!("`{path}`: {error}")))?;
            form = form.part(field.to_owned(), Part::bytes(content).file_name(path.to_owned()));
        }
        request.multipart(form)
    };
    let response = client.send(request).await?;
    let id = response
        .headers()
        .get("x-flow-request")
        .and_then(|id| id.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let output: Value = response.json().await.map_err(|_| ClientError::Garbled {
        server: server.server.clone(),
    })?;
    Ok(if server.json {
        json!({ "request": id, "output": output }).to_string()
    } else {
        output.to_string()
    })
}

fn parse(data: &str) -> Result<Value, ClientError> {
    serde_json::from_str(data).map_err(|error| ClientError::Usage(format!("`--data` is not JSON: {error}")))
}

pub(super) fn present(server: &Server, answer: Value, show: impl Fn(&Value) -> String) -> String {
    if server.json {
        answer.to_string()
    } else {
        show(&answer)
    }
}
