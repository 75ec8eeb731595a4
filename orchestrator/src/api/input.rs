//! From a request body to a checked record: JSON, or multipart where the record has a blob.

use super::error::Problem;
use super::{Api, JSON_MAX};
use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use flow_lang::plan::{BlobRef, Type};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What multipart adds to its blobs: part headers, boundaries and the fields that are no blobs.
const MULTIPART_EXTRA: u64 = 64 << 10;

/// The checked input of a route: files are stored only when the whole body is well-formed.
pub(super) async fn record(api: &Api, ty: &Type, request: Request) -> Result<Value, Problem> {
    let blobs = blobs(ty);
    let mut value = if blobs.is_empty() {
        json_body(request.into_body()).await?
    } else {
        multipart(api, ty, &blobs, request).await?
    };
    ty.fill(&mut value);
    ty.admit(&value)
        .map_err(|misfit| Problem::body(misfit.why, misfit.path))?;
    Ok(value)
}

/// A JSON body; an empty one is an empty record.
pub(super) async fn json_body(body: Body) -> Result<Value, Problem> {
    let told = body.size_hint().exact().filter(|told| *told > JSON_MAX as u64);
    let bytes = to_bytes(body, JSON_MAX).await.map_err(|_| {
        let told = told.map_or(String::new(), |told| format!(", and this one has {told} bytes"));
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "request/too-large",
            format!("a body may have {JSON_MAX} bytes{told}"),
        )
    })?;
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    if bytes.is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        Problem::body(
            format!("the body is not JSON: {error}"),
            format!("line {} column {}", error.line(), error.column()),
        )
    })
}

fn blobs(ty: &Type) -> BTreeMap<String, (String, u64)> {
    let fields = ty.fields().into_iter().flatten();
    fields
        .filter_map(|(name, field)| match field.ty.present() {
            Type::Blob { mime, max } => Some((name.clone(), (mime.clone(), *max))),
            _ => None,
        })
        .collect()
}

async fn multipart(
    api: &Api,
    ty: &Type,
    blobs: &BTreeMap<String, (String, u64)>,
    request: Request,
) -> Result<Value, Problem> {
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    if !kind.starts_with("multipart/form-data") {
        let names: Vec<_> = blobs.keys().map(|name| format!("-F {name}=@FILE")).collect();
        let message = format!(
            "this route takes a file: send it as multipart (curl {})",
            names.join(" ")
        );
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "request/body",
            message,
        ));
    }
    let files = blobs.values().map(|(_, max)| *max);
    let most = files.fold(MULTIPART_EXTRA, u64::saturating_add);
    let (head, body) = request.into_parts();
    let (whole, _place) = api.uploads.whole(body, most).await?;
    let mut request = Request::from_parts(head, Body::from(whole));
    // What the route may be sent is counted above; the limit of JSON bodies does not hold for files.
    DefaultBodyLimit::disable().apply(&mut request);
    let malformed = |error: &dyn std::fmt::Display| {
        Problem::body(format!("the multipart body is malformed: {error}"), "body")
    };
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|error| malformed(&error))?;
    let mut files: Vec<(String, Bytes)> = Vec::new();
    let mut record = Map::new();
    while let Some(part) = form.next_field().await.map_err(|error| malformed(&error))? {
        let name = part.name().unwrap_or_default().to_owned();
        let content = part.bytes().await.map_err(|error| malformed(&error))?;
        if record.contains_key(&name) || files.iter().any(|(file, _)| *file == name) {
            return Err(Problem::body("is given twice", name));
        }
        if blobs.contains_key(&name) {
            files.push((name, content));
        } else {
            record.insert(name.clone(), typed(ty, &name, &content)?);
        }
    }
    for (name, content) in &files {
        let (mime, max) = &blobs[name];
        if content.len() as u64 > *max {
            return Err(Problem::body(
                format!("has {} bytes, and it may have {max}", content.len()),
                name,
            ));
        }
        if content.is_empty() {
            return Err(Problem::body("is empty", name));
        }
        let digest = blake3::hash(content).to_hex().to_string();
        let blob = BlobRef {
            digest,
            mime: mime.clone(),
            size: content.len() as u64,
        };
        record.insert(name.clone(), json!(blob));
    }
    let mut value = Value::Object(record);
    ty.fill(&mut value);
    ty.admit(&value)
        .map_err(|misfit| Problem::body(misfit.why, misfit.path))?;
    for (_, content) in files {
        api.serving.artifacts.put_bytes(content).await.map_err(|error| {
            Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "daemon/artifacts",
                error.to_string(),
            )
        })?;
    }
    Ok(value)
}

/// A form field as its declared type: text as it is, everything else as JSON.
fn typed(ty: &Type, name: &str, content: &[u8]) -> Result<Value, Problem> {
    let text = std::str::from_utf8(content).map_err(|_| Problem::body("is not UTF-8", name))?;
    let declared = ty
        .fields()
        .and_then(|fields| fields.get(name))
        .map(|field| field.ty.present().opened());
    match declared {
        Some(Type::Text { .. } | Type::Bytes { .. } | Type::Time | Type::Union(_)) | None => Ok(json!(text)),
        Some(_) => {
            serde_json::from_str(text).map_err(|error| Problem::body(format!("is not JSON: {error}"), name))
        }
    }
}

/// The most bytes of a reason that a person gives: as much as an error can say.
const REASON_MAX: usize = 1024;

/// Refuses a reason that is too long; `at` is its place in the body.
pub(super) fn check_reason(reason: &str, at: &str) -> Result<(), Problem> {
    match reason.len() <= REASON_MAX {
        true => Ok(()),
        false => Err(Problem::body(
            format!("a reason has at most {REASON_MAX} bytes"),
            at,
        )),
    }
}
