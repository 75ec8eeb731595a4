//! The routes that flows declare, and the feedback to their answers.

use super::Api;
use super::error::Problem;
use super::input::{json_body, record};
use super::path::Path;
use crate::store::RequestRecord;
use crate::worker::IntakeError;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use flow_lang::plan::{Plan, Type};
use serde_json::{Value, json};
use std::sync::Arc;

/// Everything that is not one of the daemon's own routes.
pub(super) async fn answer(State(api): State<Arc<Api>>, request: Request) -> Result<Response, Problem> {
    let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
    if let Some((plan, infer)) = api.serving.route(&method, &path) {
        let input = &plan.infers[&infer].graph.input;
        let input = record(&api, input, request).await?;
        let answered = api.serving.answer(Arc::clone(&plan), &infer, input).await?;
        return Ok(([("x-flow-request", answered.request)], Json(answered.output)).into_response());
    }
    let (route, id) = path
        .strip_suffix("/feedback")
        .and_then(|path| path.rsplit_once('/'))
        .ok_or_else(|| Problem::not_found(format!("route `{method} {path}`")))?;
    feedback(&api, &method, route, id, request).await
}

/// `POST <path>/<request>/feedback`: what was true about an earlier request becomes a durable run.
async fn feedback(
    api: &Api,
    method: &str,
    route: &str,
    id: &str,
    request: Request,
) -> Result<Response, Problem> {
    let unknown = || Problem::not_found(format!("route `{method} {route}/…/feedback`"));
    if method != "POST" {
        return Err(unknown());
    }
    let served = Arc::clone(&api.serving.served.borrow());
    let of_route = |plan: &Plan| {
        plan.infers
            .iter()
            .find(|(_, infer)| infer.path == route)
            .map(|(name, _)| name.clone())
    };
    let (plan, infer) = served
        .plans
        .values()
        .find_map(|plan| of_route(plan).map(|infer| (Arc::clone(plan), infer)))
        .ok_or_else(unknown)?;
    let (name, declared) = plan
        .feedbacks
        .iter()
        .find(|(_, feedback)| feedback.of == infer)
        .ok_or_else(unknown)?;
    let mut asked = api.store.request(id).await?;
    if asked.is_none() {
        // Its answer may have been faster than its row.
        api.handle.settle(&plan.flow).await?;
        asked = api.store.request(id).await?;
    }
    let joins = |asked: &RequestRecord| {
        asked.flow == plan.flow && asked.infer == infer && asked.expires > api.clock.now()
    };
    let unknown = || Problem::not_found(format!("request `{id}` that `{infer}` remembers"));
    let asked = asked.filter(joins).ok_or_else(unknown)?;
    let given = json_body(request.into_body()).await?;
    let payload = joined(&declared.input, given, asked.input)?;
    // One truth for each request: the same again is the same event, another is a conflict.
    let accepted = api
        .handle
        .fire(
            &plan.flow,
            format!("feedback/{name}"),
            Some(id.to_owned()),
            payload,
        )
        .await;
    let accepted = accepted.map_err(|error| match error {
        IntakeError::Conflict => Problem::new(
            StatusCode::CONFLICT,
            "request/feedback",
            format!("request `{id}` has another truth already"),
        ),
        other => other.into(),
    })?;
    let status = if accepted.repeated {
        StatusCode::OK
    } else {
        StatusCode::ACCEPTED
    };
    Ok((
        status,
        Json(json!({ "event": accepted.event, "runs": accepted.runs })),
    )
        .into_response())
}

fn joined(ty: &Type, mut given: Value, asked: Value) -> Result<Value, Problem> {
    ty.fill(&mut given);
    ty.admit(&given)
        .map_err(|misfit| Problem::body(misfit.why, misfit.path))?;
    given["asked"] = asked;
    Ok(given)
}

/// `GET /v1/flows/F/infers/I`: method, path and types of a route, for `flowd infer`.
pub(super) async fn describe(
    State(api): State<Arc<Api>>,
    Path((flow, infer)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let served = Arc::clone(&api.serving.served.borrow());
    let declared = served.plans.get(&flow).and_then(|plan| plan.infers.get(&infer));
    let declared = declared.ok_or_else(|| Problem::not_found(format!("infer `{flow}/{infer}`")))?;
    Ok(Json(json!({
        "method": declared.method,
        "path": declared.path,
        "input": declared.graph.input,
        "output": declared.graph.output,
    })))
}
