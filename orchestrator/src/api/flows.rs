//! Deploying a flow, firing its triggers, calling its actions.

use super::Api;
use super::error::Problem;
use super::input::json_body;
use super::path::Path;
use crate::clock::rfc3339;
use crate::serving::callable;
use crate::upload::Upload;
use axum::Json;
use axum::body::Body;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode};
use flow_lang::plan::{Plan, Source, text_size};
use serde_json::{Value, json};
use std::sync::Arc;

/// The most bytes of an idempotency key.
const KEY_MAX: usize = 256;

/// `POST /v1/flows`: a plan with its code becomes the active one.
pub(super) async fn deploy(State(api): State<Arc<Api>>, request: Request) -> Result<Json<Value>, Problem> {
    let place = api.gate.deploy()?;
    let Json(upload) = Json::<Upload>::from_request(request, &()).await?;
    let flow = upload.plan.flow.clone();
    let refused = |error: crate::deploy::DeployError| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "deploy/refused",
            error.to_string(),
        )
    };
    // It goes on when its client leaves: half of it would be nobody's.
    let deployer = Arc::clone(&api.deployer);
    let deploying = tokio::spawn(async move {
        let digest = deployer.deploy_upload(upload).await;
        drop(place);
        digest
    });
    let digest = deploying.await.map_err(|panic| {
        let message = format!("deploying it failed: {panic}");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "daemon/panic", message)
    })?;
    let digest = digest.map_err(refused)?;
    Ok(Json(json!({ "flow": flow, "digest": digest })))
}

/// `POST /v1/flows/F/triggers/T`: durable when it answers 202; 200 for a repeat under the same key.
pub(super) async fn fire(
    State(api): State<Arc<Api>>,
    Path((flow, trigger)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let plan = active(&api, &flow)?;
    let declared = plan
        .triggers
        .get(&trigger)
        .ok_or_else(|| Problem::not_found(format!("trigger `{trigger}`")))?;
    let mut payload = json_body(body).await?;
    if matches!(declared.source, Some(Source::Cron { .. })) && payload == json!({}) {
        // Fired by hand, the slot of a schedule is now.
        payload = json!({ "at": rfc3339(api.clock.now()) });
    }
    declared.payload.fill(&mut payload);
    declared
        .payload
        .admit(&payload)
        .map_err(|misfit| Problem::body(misfit.why, misfit.path))?;
    fits(&plan, &trigger, &payload)?;
    let key = match headers.get("idempotency-key").map(|key| key.to_str()) {
        None => None,
        Some(Ok(key)) if key.len() <= KEY_MAX && !key.is_empty() => Some(format!("key/{key}")),
        Some(_) => {
            let message = format!("`Idempotency-Key` takes 1 to {KEY_MAX} visible ASCII characters");
            return Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "request/idempotency-key",
                message,
            ));
        }
    };
    let accepted = api
        .handle
        .fire(&flow, format!("trigger/{trigger}"), key, payload)
        .await?;
    let status = if accepted.repeated {
        StatusCode::OK
    } else {
        api.desk.board.fired(&flow, &trigger, api.clock.now());
        StatusCode::ACCEPTED
    };
    Ok((
        status,
        Json(json!({ "event": accepted.event, "runs": accepted.runs })),
    ))
}

/// What no call could carry is no event: whatever hears it would fail later, where nobody looks.
fn fits(plan: &Plan, trigger: &str, payload: &Value) -> Result<(), Problem> {
    let actions = plan.actions.values().map(|action| &action.function);
    let functions = actions.chain(plan.models.values().map(|model| &model.function));
    let Some(allowed) = functions.map(|function| function.payload).min() else {
        return Ok(());
    };
    let bytes = text_size(payload);
    if bytes <= allowed {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "request/too-large",
        format!(
            "the event of `{trigger}` has {bytes} bytes, and what is called in `{}` takes {allowed} bytes",
            plan.env
        ),
    ))
}

/// `POST /v1/flows/F/actions/A`: calls an action or a chain once, outside any run, and answers with its result.
pub(super) async fn invoke(
    State(api): State<Arc<Api>>,
    Path((flow, action)): Path<(String, String)>,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let plan = active(&api, &flow)?;
    let input = callable(&plan, &action).ok_or_else(|| Problem::not_found(format!("action `{action}`")))?;
    let mut args = json_body(body).await?;
    input.fill(&mut args);
    input
        .admit(&args)
        .map_err(|misfit| Problem::body(misfit.why, misfit.path))?;
    Ok(Json(api.serving.invoke(&plan, &action, args).await?))
}

fn active(api: &Api, flow: &str) -> Result<Arc<Plan>, Problem> {
    let served = api.serving.served.borrow();
    served
        .plans
        .get(flow)
        .cloned()
        .ok_or_else(|| Problem::not_found(format!("flow `{flow}`")))
}
