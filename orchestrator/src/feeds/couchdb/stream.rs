//! One answer of `_changes`, read as it comes.

use super::rows::{End, Row, Rows};
use crate::packages::couchdb::{Database, Failure, FailureKind};
use bytes::Bytes;
use futures::FutureExt;
use reqwest::Response;
use std::collections::VecDeque;

/// An answer that is being read.
pub(super) struct Stream {
    response: Response,
    rows: Rows,
    /// How it ended, once it has.
    pub(super) end: Option<End>,
}

/// What has come of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Came {
    /// A piece: changes, or a sign of life.
    Something,
    /// Its end.
    End,
}

impl Stream {
    pub(super) async fn open(
        database: &Database,
        query: &[(&str, String)],
        continuous: bool,
    ) -> Result<Stream, Failure> {
        Ok(Stream {
            response: database.changes(query).await?,
            rows: Rows::new(continuous),
            end: None,
        })
    }

    /// Waits for the next piece.
    pub(super) async fn next(
        &mut self,
        database: &Database,
        out: &mut VecDeque<Row>,
    ) -> Result<Came, Failure> {
        let piece = self.response.chunk().await;
        self.took(piece, database, out)
    }

    /// The next piece if it is there already. The connection is read by a task of its own, which gets a turn.
    pub(super) async fn ready(
        &mut self,
        database: &Database,
        out: &mut VecDeque<Row>,
    ) -> Option<Result<Came, Failure>> {
        if let Some(piece) = self.response.chunk().now_or_never() {
            return Some(self.took(piece, database, out));
        }
        tokio::task::yield_now().await;
        let piece = self.response.chunk().now_or_never()?;
        Some(self.took(piece, database, out))
    }

    fn took(
        &mut self,
        piece: reqwest::Result<Option<Bytes>>,
        database: &Database,
        out: &mut VecDeque<Row>,
    ) -> Result<Came, Failure> {
        let Some(piece) = piece.map_err(|error| database.unreachable(error.into()))? else {
            return Err(database.failed(FailureKind::Network, "it ended its answer half-way"));
        };
        let pushed = self.rows.push(&piece, out);
        pushed.map_err(|why| database.failed(FailureKind::Server, &why))?;
        self.end = self.rows.end();
        Ok(match self.end {
            Some(_) => Came::End,
            None => Came::Something,
        })
    }
}
