//! Dead letters, what became of them, and the feeds that do not read on.

use super::{put, text, whole};
use crate::store::dialect::rows;
use crate::store::{Change, Matter, Outcome, Standing, StoreError};
use flow_engine::Millis;
use sqlx::SqliteConnection;
use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct Letters<'b> {
    letters: Vec<Letter<'b>>,
    settled: Vec<(&'b str, &'b Outcome, Millis)>,
    standings: BTreeMap<(&'b str, &'b str), (&'b Standing, Millis)>,
}

/// Id, flow, kind, place, key, run, matter, state, time and time again.
type Letter<'b> = (
    &'b str,
    &'b str,
    &'static str,
    &'b str,
    Option<&'b str>,
    Option<&'b str>,
    String,
    &'static str,
    Millis,
    Millis,
);

impl<'b> Letters<'b> {
    pub(super) fn add(&mut self, change: &'b Change) {
        if let Change::Letter { id, flow, matter, at } = change {
            let (key, run) = match matter {
                Matter::Unprocessable { key, .. } => (Some(key.as_str()), None),
                Matter::Failed { run, .. } => (None, Some(run.as_str())),
            };
            let (kind, place) = (matter.kind(), matter.place());
            self.letters
                .push((id, flow, kind, place, key, run, text(matter), "open", *at, *at));
        }
        if let Change::Settled { letter, outcome, at } = change {
            self.settled.push((letter, outcome, *at));
        }
        if let Change::Standing {
            flow,
            trigger,
            standing,
            at,
        } = change
        {
            self.standings.insert((flow, trigger), (standing, *at));
        }
    }

    pub(super) async fn write(self, tx: &mut SqliteConnection) -> Result<(), StoreError> {
        put(tx, LETTERS, &self.letters).await?;
        for (letter, outcome, at) in self.settled {
            settle(tx, letter, outcome, at).await?;
        }
        let row = |((flow, trigger), (standing, at)): (&(&'b str, &'b str), &(&'b Standing, Millis))| {
            (*flow, *trigger, text(standing), *at)
        };
        let standings: Vec<_> = self.standings.iter().map(row).collect();
        put(tx, STANDINGS, &standings).await
    }
}

const LETTERS: &str = concat!(
    "insert into dead_letters (id, flow, kind, place, key, run, matter, state, at, updated) ",
    rows!(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
);

// INVARIANT: a letter that is closed is never written again. A person settles letters one by one, and a letter
// may be settled twice in a batch, so each is a statement.
const SETTLE: &str = "update dead_letters set state = $2, outcome = $3, updated = $4 \
     where id = $1 and state = 'open'";

async fn settle(
    tx: &mut SqliteConnection,
    letter: &str,
    outcome: &Outcome,
    at: Millis,
) -> Result<(), StoreError> {
    let update = sqlx::query(SETTLE)
        .bind(letter)
        .bind(outcome.state().word())
        .bind(text(outcome))
        .bind(whole(at));
    if update.execute(tx).await?.rows_affected() == 1 {
        return Ok(());
    }
    Err(StoreError::LetterClosed {
        letter: letter.to_owned(),
    })
}

const STANDINGS: &str = concat!(
    "insert into standings (flow, \"trigger\", standing, at) ",
    rows!(0, 1, 2, 3),
    "on conflict (flow, \"trigger\") do update set standing = excluded.standing, at = excluded.at"
);

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[LETTERS, SETTLE, STANDINGS];
