//! Dead letters: what came in and could not be carried out, until a person decides.

use crate::store::dialect::rows;
use crate::store::record::Record;
use crate::store::tables::whole;
use crate::store::{Store, StoreError};
use flow_engine::{GraphRef, Millis, StepError};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use std::collections::HashSet;

/// The most letters that one answer lists.
pub const LETTERS_MAX: u64 = 1_000;

/// What could not be carried out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Matter {
    /// An item of a feed that does not fit its trigger's type. Unique by (flow, trigger, key).
    Unprocessable {
        /// The trigger.
        trigger: String,
        /// The item.
        key: String,
        /// What does not fit, at most 1 KiB.
        why: String,
    },
    /// A run that failed. Unique by its run.
    Failed {
        /// The rule or feedback.
        graph: GraphRef,
        /// The run.
        run: String,
        /// What failed.
        error: StepError,
    },
}

impl Matter {
    /// An item that does not fit. What a source says is cut like the message of a step, and holds nothing that a
    /// terminal obeys.
    pub fn unprocessable(trigger: &str, key: String, why: &str) -> Matter {
        Matter::Unprocessable {
            trigger: trigger.to_owned(),
            key,
            why: bounded(why),
        }
    }

    /// The trigger, rule or feedback.
    pub fn place(&self) -> &str {
        match self {
            Matter::Unprocessable { trigger, .. } => trigger,
            Matter::Failed { graph, .. } => graph.name(),
        }
    }

    /// The word for its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Matter::Unprocessable { .. } => "unprocessable",
            Matter::Failed { .. } => "failed",
        }
    }
}

/// A reason in one line of at most 1 KiB.
pub fn bounded(why: &str) -> String {
    StepError::new(flow_engine::ErrorKind::Type, why).message
}

/// What became of a letter. INVARIANT: only [`Outcome::Unfit`] leaves it open, and what is closed stays so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The item was read anew and still does not fit.
    Unfit {
        /// What does not fit now.
        why: String,
    },
    /// The item was taken in.
    Event {
        /// As this event.
        event: String,
    },
    /// What the source has in its place was taken in before.
    Known,
    /// The rule runs again.
    Run {
        /// As this run.
        run: String,
    },
    /// A person let it go.
    Dropped,
}

impl Outcome {
    /// The state of a letter that this has become of.
    pub fn state(&self) -> LetterState {
        match self {
            Outcome::Unfit { .. } => LetterState::Open,
            Outcome::Event { .. } | Outcome::Known | Outcome::Run { .. } => LetterState::Retried,
            Outcome::Dropped => LetterState::Dropped,
        }
    }
}

/// Whether somebody still has to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterState {
    /// Somebody has.
    Open,
    /// It came in again.
    Retried,
    /// It was let go.
    Dropped,
}

impl LetterState {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            LetterState::Open => "open",
            LetterState::Retried => "retried",
            LetterState::Dropped => "dropped",
        }
    }

    fn of_word(word: &str) -> Option<LetterState> {
        [LetterState::Open, LetterState::Retried, LetterState::Dropped]
            .into_iter()
            .find(|state| state.word() == word)
    }
}

/// A dead letter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LetterRecord {
    /// Its id.
    pub id: String,
    /// The flow.
    pub flow: String,
    /// What could not be carried out, as it is known now.
    pub matter: Matter,
    /// The event of a run that failed.
    pub event: Option<String>,
    /// What the event is of: `trigger/labelled`.
    pub source: Option<String>,
    /// The event's key, or the item's.
    pub key: String,
    /// Whether somebody still has to decide.
    pub state: LetterState,
    /// What became of it last.
    pub outcome: Option<Outcome>,
    /// When it was written.
    pub at: Millis,
    /// When something last became of it.
    pub updated: Millis,
}

/// Which letters are asked for. Newest first.
#[derive(Clone, Debug, Default)]
pub struct LetterFilter {
    /// Letters of this flow.
    pub flow: Option<String>,
    /// Items of this trigger that do not fit, and failed runs of its events.
    pub trigger: Option<String>,
    /// Failed runs of this rule or feedback.
    pub rule: Option<String>,
    /// Those that are closed, too.
    pub all: bool,
    /// Letters that are older than the one with this id: the next page.
    pub before: Option<String>,
    /// So many, at most [`LETTERS_MAX`].
    pub limit: Option<u64>,
}

/// How many letters of one place are open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenLetters {
    /// The flow.
    pub flow: String,
    /// `unprocessable` or `failed`.
    pub kind: String,
    /// The trigger, rule or feedback.
    pub place: String,
    /// The trigger behind them, if there is one.
    pub trigger: Option<String>,
    /// How many.
    pub count: u64,
}

impl Store {
    /// Letters that fit, newest first.
    ///
    /// # Errors
    /// The database fails, or a row does not read back.
    pub async fn letters(&self, filter: &LetterFilter) -> Result<Vec<LetterRecord>, StoreError> {
        let source = filter
            .trigger
            .as_ref()
            .map(|trigger| format!("trigger/{trigger}"));
        let query = sqlx::query(LIST)
            .bind(&filter.flow)
            .bind(&filter.trigger)
            .bind(source)
            .bind(&filter.rule)
            .bind((!filter.all).then_some(LetterState::Open.word()))
            .bind(filter.before.as_deref().unwrap_or(AFTER_ALL_IDS))
            .bind(whole(filter.limit.unwrap_or(LETTERS_MAX).min(LETTERS_MAX)));
        let rows = query.fetch_all(&self.readers).await?;
        rows.iter().map(read).collect()
    }

    /// One letter, or nothing when there is none with this id.
    ///
    /// # Errors
    /// The database fails, or a row does not read back.
    pub async fn letter(&self, id: &str) -> Result<Option<LetterRecord>, StoreError> {
        let row = sqlx::query(ONE).bind(id).fetch_optional(&self.readers).await?;
        row.as_ref().map(read).transpose()
    }

    /// The letter of a run that failed; nothing for any other.
    ///
    /// # Errors
    /// The database fails, or the row does not read back.
    pub async fn letter_of_run(&self, run: &str) -> Result<Option<LetterRecord>, StoreError> {
        let row = sqlx::query(OF_RUN)
            .bind(run)
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// The ids of the open letters about these items.
    ///
    /// # Errors
    /// The database fails.
    pub async fn open_letters_of(
        &self,
        flow: &str,
        trigger: &str,
        keys: &[&str],
    ) -> Result<Vec<(String, String)>, StoreError> {
        let query = sqlx::query_as(OPEN_OF).bind(array(keys)).bind(flow).bind(trigger);
        Ok(query.fetch_all(&self.readers).await?)
    }

    /// Those of these items that have a letter already, open or not.
    ///
    /// # Errors
    /// The database fails.
    pub async fn lettered(
        &self,
        flow: &str,
        trigger: &str,
        keys: &[&str],
    ) -> Result<HashSet<String>, StoreError> {
        let query = sqlx::query_scalar(LETTERED)
            .bind(array(keys))
            .bind(flow)
            .bind(trigger);
        Ok(query.fetch_all(&self.readers).await?.into_iter().collect())
    }

    /// How many letters are open, by flow, kind, place and trigger.
    ///
    /// # Errors
    /// The database fails, or a row does not read back.
    pub async fn open_letters(&self) -> Result<Vec<OpenLetters>, StoreError> {
        let rows = sqlx::query(OPEN).fetch_all(&self.readers).await?;
        let read = |row| {
            let record = record(row);
            Ok(OpenLetters {
                flow: record.get("flow")?,
                kind: record.get("kind")?,
                place: record.get("place")?,
                trigger: record
                    .get::<Option<&str>>("source")?
                    .and_then(|source| source.strip_prefix("trigger/"))
                    .map(str::to_owned),
                count: record.number("n")?,
            })
        };
        rows.iter().map(read).collect()
    }
}

fn array(keys: &[&str]) -> String {
    let keys: Vec<[&str; 1]> = keys.iter().map(|key| [*key]).collect();
    serde_json::to_string(&keys).expect("keys are texts")
}

fn record(row: &SqliteRow) -> Record<'_> {
    Record {
        table: "dead_letters",
        named_by: &["id"],
        row,
    }
}

fn read(row: &SqliteRow) -> Result<LetterRecord, StoreError> {
    let record = record(row);
    let state = record.get("state")?;
    let state = LetterState::of_word(state).ok_or_else(|| record.unreadable("state", &state))?;
    let outcome: Option<&str> = record.get("outcome")?;
    let outcome = outcome.map(serde_json::from_str).transpose();
    let outcome: Option<Outcome> = outcome.map_err(|error| record.unreadable("outcome", &error))?;
    let mut matter: Matter = record.json("matter")?;
    if let (Matter::Unprocessable { why, .. }, Some(Outcome::Unfit { why: now })) = (&mut matter, &outcome) {
        why.clone_from(now);
    }
    Ok(LetterRecord {
        id: record.get("id")?,
        flow: record.get("flow")?,
        matter,
        event: record.get("event")?,
        source: record.get("source")?,
        key: record.get("key")?,
        state,
        outcome,
        at: record.number("at")?,
        updated: record.number("updated")?,
    })
}

/// Ids are made of letters, digits and hyphens, all of which stand before it.
const AFTER_ALL_IDS: &str = "~";

const LIST: &str = "select d.id, d.flow, d.matter, d.state, d.outcome, d.at, d.updated, r.event, \
     e.source, coalesce(d.key, e.key) as key \
     from dead_letters d left join runs r on r.id = d.run left join events e on e.id = r.event \
     where d.flow = coalesce($1, d.flow) \
     and ($2 is null or (d.kind = 'unprocessable' and d.place = $2) or e.source = $3) \
     and ($4 is null or (d.kind = 'failed' and d.place = $4)) \
     and d.state = coalesce($5, d.state) and d.id < $6 order by d.id desc limit $7";

const OF_RUN: &str = "select d.id, d.flow, d.matter, d.state, d.outcome, d.at, d.updated, r.event, \
     e.source, coalesce(d.key, e.key) as key \
     from dead_letters d left join runs r on r.id = d.run left join events e on e.id = r.event where d.run = $1";

const ONE: &str = "select d.id, d.flow, d.matter, d.state, d.outcome, d.at, d.updated, r.event, \
     e.source, coalesce(d.key, e.key) as key \
     from dead_letters d left join runs r on r.id = d.run left join events e on e.id = r.event where d.id = $1";

const OPEN: &str = "select d.flow, d.kind, d.place, \
     coalesce(e.source, case d.kind when 'unprocessable' then 'trigger/' || d.place end) as source, \
     count(*) as n from dead_letters d left join runs r on r.id = d.run left join events e on e.id = r.event \
     where d.state = 'open' group by d.flow, d.kind, d.place, source order by d.flow, d.kind, d.place, source";

const LETTERED: &str = concat!(
    "select key from dead_letters where flow = $2 and place = $3 and kind = 'unprocessable' and key in (",
    rows!(0),
    ")"
);

const OPEN_OF: &str = concat!(
    "select key, id from dead_letters where flow = $2 and place = $3 and kind = 'unprocessable' \
     and state = 'open' and key in (",
    rows!(0),
    ")"
);

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[LIST, ONE, OPEN, LETTERED, OPEN_OF];
