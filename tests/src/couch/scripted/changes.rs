//! `_changes`: longpoll, continuous, and where the changes end now.

use super::{Fault, Line, Shared, count, error, json_answer, no_database, seq};
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flowd::clock::{Clock, SystemClock};
use serde_json::json;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Changes that are sent in one piece.
const PIECE: usize = 128;

type Piece = io::Result<Bytes>;

/// One question.
struct Asked {
    continuous: bool,
    limit: usize,
    heartbeat: Duration,
    from: usize,
    fault: Option<Fault>,
}

pub(super) async fn answer(State(shared): State<Arc<Shared>>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let words: BTreeMap<&str, &str> = query.split('&').filter_map(|word| word.split_once('=')).collect();
    let word = |name: &str| words.get(name).copied().unwrap_or_default();
    let (from, fault) = {
        let mut script = shared.script();
        if script.instance.is_none() {
            return no_database();
        }
        let end = script.changes.len();
        if word("since") == "now" {
            return json_answer(
                StatusCode::OK,
                &json!({ "results": [], "last_seq": seq(end as u64), "pending": 0 }),
            );
        }
        script.asked.push(query.clone());
        // Of a database that was made anew the server knows nothing; it begins at the beginning, as CouchDB does.
        let Some(from) = count(word("since")) else {
            return error(
                StatusCode::BAD_REQUEST,
                "bad_request",
                "Malformed sequence supplied in 'since'",
            );
        };
        (from.min(end), script.fault())
    };
    if let Some(answer) = fault.and_then(Fault::answer) {
        return answer;
    }
    let asked = Asked {
        continuous: word("feed") == "continuous",
        limit: word("limit").parse().unwrap_or(usize::MAX),
        heartbeat: Duration::from_millis(word("heartbeat").parse().unwrap_or(60_000)),
        from: match fault {
            Some(Fault::Again(before)) => from.saturating_sub(before),
            _ => from,
        },
        fault,
    };
    let (pieces, coming) = mpsc::channel::<Piece>(4);
    tokio::spawn(async move {
        // Whoever asked may hang up at any time.
        drop(tell(&shared, asked, &pieces).await);
    });
    let body = futures::stream::unfold(coming, async |mut coming| Some((coming.recv().await?, coming)));
    (
        [(header::CONTENT_TYPE, "application/json")],
        Body::from_stream(body),
    )
        .into_response()
}

type Told = Result<(), mpsc::error::SendError<Piece>>;

async fn tell(shared: &Shared, asked: Asked, pieces: &mpsc::Sender<Piece>) -> Told {
    let say = async |text: String| pieces.send(Ok(text.into())).await;
    match asked.fault {
        Some(Fault::Silent) => {
            pieces.closed().await;
            return Ok(());
        }
        Some(Fault::Over) if asked.continuous => {
            return say(format!(
                "{{\"last_seq\":\"{}\",\"pending\":0}}\n",
                seq(asked.from as u64)
            ))
            .await;
        }
        Some(Fault::Over) => {
            return say(format!(
                "{{\"results\":[\n\n],\n\"last_seq\":\"{}\"}}\n",
                seq(asked.from as u64)
            ))
            .await;
        }
        Some(Fault::Torn(whole)) => return torn(shared, &asked, whole, pieces).await,
        _ => {}
    }
    let mut moved = shared.moved.subscribe();
    let mut at = asked.from;
    loop {
        moved.mark_unchanged();
        let (mut lines, end) = lines(
            shared,
            at,
            asked.limit.min(if asked.continuous { PIECE } else { usize::MAX }),
        );
        at += lines.len();
        if lines.is_empty() {
            let more = async { moved.changed().await };
            tokio::select! {
                _ = more => {}
                () = SystemClock.sleep(asked.heartbeat) => say("\n".into()).await?,
                () = pieces.closed() => return Ok(()),
            }
            continue;
        }
        if asked.fault == Some(Fault::Shuffled) {
            // As after a shard has moved: each position holds what came before it, so the last is of all.
            lines.reverse();
        }
        if asked.continuous {
            pieces.send(Ok(joined(&lines, b"\n", true))).await?;
            continue;
        }
        say("{\"results\":[\n".into()).await?;
        for (index, piece) in lines.chunks(PIECE).enumerate() {
            if index > 0 {
                say(",\n".into()).await?;
            }
            pieces.send(Ok(joined(piece, b",\n", false))).await?;
        }
        let pending = end - at;
        return say(format!(
            "\n],\n\"last_seq\":\"{}\",\"pending\":{pending}}}\n",
            seq(at as u64)
        ))
        .await;
    }
}

/// So many whole changes, half of the next, and the end of the connection.
async fn torn(shared: &Shared, asked: &Asked, whole: usize, pieces: &mpsc::Sender<Piece>) -> Told {
    let (lines, _) = lines(shared, asked.from, whole + 1);
    let mut text = match asked.continuous {
        true => Vec::new(),
        false => b"{\"results\":[\n".to_vec(),
    };
    let between: &[u8] = if asked.continuous { b"\n" } else { b",\n" };
    for (index, line) in lines.iter().enumerate() {
        let part = if index < whole {
            line.text.len()
        } else {
            line.text.len() / 2
        };
        text.extend_from_slice(&line.text[..part]);
        if index < whole {
            text.extend_from_slice(between);
        }
    }
    pieces.send(Ok(text.into())).await?;
    pieces.send(Err(io::Error::other("the connection breaks"))).await
}

/// Changes from a position on, and how many there are in all.
fn lines(shared: &Shared, from: usize, max: usize) -> (Vec<Line>, usize) {
    let script = shared.script();
    let lines = script.changes.iter().skip(from).take(max).cloned().collect();
    (lines, script.changes.len())
}

fn joined(lines: &[Line], between: &[u8], last: bool) -> Bytes {
    let mut text = Vec::with_capacity(lines.iter().map(|line| line.text.len() + between.len()).sum());
    for (index, line) in lines.iter().enumerate() {
        text.extend_from_slice(&line.text);
        if last || index + 1 < lines.len() {
            text.extend_from_slice(between);
        }
    }
    text.into()
}
