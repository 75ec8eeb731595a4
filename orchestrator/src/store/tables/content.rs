//! Rows of datasets, what counts them, and the requests that feedback can join.

use super::{put, text, whole};
use crate::store::dialect::rows;
use crate::store::{Change, StoreError};
use flow_engine::Millis;
use sqlx::SqliteConnection;
use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct Content<'b> {
    rows: Vec<(&'b str, &'b str, &'b str, u64, String, usize, Millis)>,
    growth: BTreeMap<(&'b str, &'b str, &'b str), u64>,
    requests: Vec<(&'b str, &'b str, &'b str, String, String, Millis)>,
    expired: Vec<(&'b str, &'b str, Millis, u64)>,
    forgotten: Option<Millis>,
}

impl<'b> Content<'b> {
    pub(super) fn add(&mut self, change: &'b Change, seq: u64) {
        if let Change::Row {
            flow,
            dataset,
            key,
            row,
            at,
        } = change
        {
            let row = text(row);
            let bytes = row.len() + 1; // with its line feed, as a snapshot has it
            self.rows.push((flow, dataset, key, seq, row, bytes, *at));
        }
        if let Change::Growth {
            flow,
            rule,
            dataset,
            rows,
        } = change
        {
            self.growth.insert((flow, rule, dataset), *rows);
        }
        if let Change::Request {
            id,
            flow,
            infer,
            input,
            output,
            expires,
        } = change
        {
            self.requests
                .push((id, flow, infer, text(input), text(output), *expires));
        }
        if let Change::Expired {
            flow,
            dataset,
            before,
        } = change
        {
            self.expired.push((flow, dataset, *before, seq));
        }
        if let Change::Forgotten { before } = change {
            self.forgotten = self.forgotten.max(Some(*before));
        }
    }

    pub(super) async fn write(self, tx: &mut SqliteConnection) -> Result<(), StoreError> {
        put(tx, ROWS, &self.rows).await?;
        let growth: Vec<_> = self
            .growth
            .iter()
            .map(|((a, b, c), rows)| (a, b, c, rows))
            .collect();
        put(tx, GROWTH, &growth).await?;
        put(tx, REQUESTS, &self.requests).await?;
        for (flow, dataset, before, seq) in self.expired {
            let delete = sqlx::query(EXPIRED)
                .bind(flow)
                .bind(dataset)
                .bind(whole(before))
                .bind(whole(seq));
            delete.execute(&mut *tx).await?;
        }
        if let Some(before) = self.forgotten {
            sqlx::query(FORGOTTEN)
                .bind(whole(before))
                .execute(&mut *tx)
                .await?;
        }
        Ok(())
    }
}

// A step that is repeated after a crash adds its row once.
const ROWS: &str = concat!(
    "insert into rows (flow, dataset, key, seq, \"row\", bytes, at) ",
    rows!(0, 1, 2, 3, 4, 5, 6),
    "on conflict (flow, dataset, key) do nothing"
);

const GROWTH: &str = concat!(
    "insert into growth (flow, rule, dataset, \"rows\") ",
    rows!(0, 1, 2, 3),
    "on conflict (flow, rule, dataset) do update set \"rows\" = excluded.\"rows\""
);

const REQUESTS: &str = concat!(
    "insert into requests (id, flow, infer, input, output, expires) ",
    rows!(0, 1, 2, 3, 4, 5),
    "on conflict (id) do nothing"
);

const EXPIRED: &str = "delete from rows where flow = $1 and dataset = $2 and at < $3 and seq < $4";

const FORGOTTEN: &str = "delete from requests where expires < $1";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[ROWS, GROWTH, REQUESTS, EXPIRED, FORGOTTEN];
