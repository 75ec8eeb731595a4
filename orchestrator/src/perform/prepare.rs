//! A prepare over a dataset: its new rows, batch by batch. What a batch comes to and the position after it are durable
//! together, so a row is prepared into the other dataset once, whoever dies in between.

mod row;

use super::{Parts, crashed, refused};
use crate::store::{Change, StoreError};
use crate::worker::{Answer, IntakeError, Order, Prepared};
use flow_engine::StepError;
use flow_lang::plan::batch::rows_at_once;
use futures::future::join_all;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

impl Parts {
    /// Prepares the rows that are there now and were not when this rule did it last.
    pub(super) async fn prepare(
        &self,
        order: &Order,
        rule: &str,
        name: &str,
        stop: CancellationToken,
    ) -> Result<Answer, StepError> {
        let plan = &order.plan;
        let declared = plan.prepares.get(name);
        let declared = declared.ok_or_else(|| refused(format!("the plan has no `{name}`")))?;
        let (flow, from) = (&plan.flow, &declared.from);
        let unread = |error: StoreError| crashed(format!("rows of `{from}`: {error}"));
        let most = rows_at_once(plan, &declared.graph);
        let place = format!("prepare/{rule}/{name}");
        // What comes in meanwhile waits for the next time, so that this ends.
        let Some(last) = self.store.last_row(flow, from).await.map_err(unread)? else {
            return Ok(Answer::Value(json!({})));
        };
        loop {
            let stands = self.store.cursor(flow, &place).await.map_err(unread)?;
            let next = stands.as_u64().map_or(0, |seq| seq + 1);
            let mut rows = self.store.rows(flow, from, next, most).await.map_err(unread)?;
            rows.retain(|row| row.seq <= last);
            if rows.is_empty() {
                return Ok(Answer::Value(json!({})));
            }
            let walks = rows.iter().map(|row| self.walk(order, name, &place, row, &stop));
            let mut changes = Vec::new();
            let mut end = Value::Null;
            let mut failed = None;
            for (row, walked) in rows.iter().zip(join_all(walks).await) {
                match walked {
                    Ok(mut walked) => {
                        changes.append(&mut walked.appended);
                        changes.push(Change::Row {
                            flow: flow.clone(),
                            dataset: declared.to.clone(),
                            key: format!("{place}/{}", row.seq),
                            row: walked.output,
                            at: self.clock.now(),
                        });
                        end = json!(row.seq);
                    }
                    // Those behind it wait: rows keep their order.
                    Err(error) => {
                        let message = format!("row {} of `{from}`: {}", row.seq, error.message);
                        failed = Some(StepError::new(error.kind, message));
                        break;
                    }
                }
            }
            if !end.is_null() {
                let done = Prepared {
                    run: order.run.clone(),
                    flow: flow.clone(),
                    place: place.clone(),
                    from: stands,
                    to: end,
                    rows: changes,
                };
                match self.handle.prepared(done).await {
                    Ok(()) => {}
                    // Another run of the rule was faster: it goes on behind that.
                    Err(IntakeError::Moved(_)) => continue,
                    Err(error) => return Err(refused(error.to_string())),
                }
            }
            if let Some(error) = failed {
                return Err(error);
            }
        }
    }
}
