//! Where people ask about feeds: how they stand, that they stop or go on, and that an item is read anew.

use super::board::{Board, Seen};
use super::{Again, Feed, FeedError, GapPolicy, Parts, Start};
use crate::store::{LetterRecord, LetterState, Matter, OpenLetters, Standing, StoreError};
use crate::worker::{Handle, IntakeError, LetterError, Remedy, Served, Settled, Turn};
use flow_lang::plan::{Plan, Source};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::watch;

/// Where people ask about feeds.
pub struct Desk {
    /// What feeds are opened with.
    pub parts: Arc<Parts>,
    /// What feeds know of themselves.
    pub board: Arc<Board>,
    /// The owner of the positions.
    pub handle: Handle,
    /// The active plans.
    pub served: watch::Receiver<Arc<Served>>,
}

/// Why nothing came of a letter or of a trigger.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The owner of the runs refused.
    #[error(transparent)]
    Letter(#[from] LetterError),
    /// The database cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The active plan has no feed for the item any more.
    #[error("{0}")]
    NoFeed(String),
    /// The item was read anew and still does not fit.
    #[error("it still does not fit: {0}")]
    Unfit(String),
    /// The source does not have the item any more.
    #[error("the source does not have `{0}` any more; drop the letter if nothing is to come of it")]
    Gone(String),
    /// The source could not be read.
    #[error("the source could not be read: {0}")]
    Feed(String),
}

impl From<IntakeError> for DeskError {
    fn from(error: IntakeError) -> DeskError {
        DeskError::Letter(error.into())
    }
}

impl From<FeedError> for DeskError {
    fn from(error: FeedError) -> DeskError {
        DeskError::Feed(error.to_string())
    }
}

impl Desk {
    /// A letter that is not closed comes in again: a failed run as a new run of its rule, an item as it is at the
    /// source now.
    ///
    /// # Errors
    /// See [`DeskError`]; the letter stays open then.
    pub async fn retry(&self, id: &str) -> Result<Settled, DeskError> {
        let letter = self.parts.store.letter(id).await?;
        let letter = letter.ok_or_else(|| LetterError::Unknown(id.to_owned()))?;
        let remedy = match (&letter.matter, letter.state) {
            (Matter::Failed { .. }, _)
            | (Matter::Unprocessable { .. }, LetterState::Retried | LetterState::Dropped) => Remedy::Run,
            (Matter::Unprocessable { trigger, key, .. }, LetterState::Open) => {
                self.read_anew(&letter, trigger, key).await?
            }
        };
        let unfit = match &remedy {
            Remedy::Unfit(why) => Some(why.clone()),
            Remedy::Run | Remedy::Item(_) | Remedy::Known | Remedy::Drop => None,
        };
        let settled = self.handle.remedy(id.to_owned(), remedy).await?;
        match unfit {
            Some(why) if !settled.repeated => Err(DeskError::Unfit(why)),
            Some(_) | None => Ok(settled),
        }
    }

    /// A feed of its own reads the item; the one that reads on is not disturbed.
    async fn read_anew(&self, letter: &LetterRecord, trigger: &str, key: &str) -> Result<Remedy, DeskError> {
        let mut feed = self.open(&letter.flow, trigger)?;
        Ok(match feed.again(key).await? {
            Again::Item(item) => Remedy::Item(item),
            Again::Refused(refused) => Remedy::Unfit(refused.why),
            Again::Known => Remedy::Known,
            Again::Gone => return Err(DeskError::Gone(key.to_owned())),
        })
    }

    /// The feed stops after the batch that is under way.
    ///
    /// # Errors
    /// See [`IntakeError`].
    pub async fn pause(&self, flow: &str, trigger: &str) -> Result<Standing, DeskError> {
        Ok(self.handle.turn(flow, trigger, Turn::Pause).await?)
    }

    /// The feed reads on, from another place if one is given. One that has lost its place goes where its policy
    /// says, or nowhere without a word from a person.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub async fn resume(
        &self,
        flow: &str,
        trigger: &str,
        from: Option<Start>,
    ) -> Result<Standing, DeskError> {
        let place = (flow.to_owned(), trigger.to_owned());
        let stands = self.served.borrow().standings.get(&place).cloned();
        let start = match (from, stands.unwrap_or_default()) {
            (Some(start), Standing::Paused | Standing::Gap { .. }) => Some(start),
            (None, Standing::Gap { .. }) => match self.open(flow, trigger)?.on_gap() {
                GapPolicy::Halt => None,
                GapPolicy::Rescan => Some(Start::Beginning),
                GapPolicy::ResumeFromNow => Some(Start::Now),
            },
            (None, Standing::Active | Standing::Paused) => None,
            (Some(_), Standing::Active) => return Ok(self.refuse_move(flow, trigger).await?),
        };
        let to = match start {
            Some(start) => Some(self.open(flow, trigger)?.position(start).await?),
            None => None,
        };
        Ok(self.handle.turn(flow, trigger, Turn::Resume(to)).await?)
    }

    /// The owner of the position says why it does not move while it is read from.
    async fn refuse_move(&self, flow: &str, trigger: &str) -> Result<Standing, IntakeError> {
        self.handle
            .turn(flow, trigger, Turn::Resume(Some(Value::Null)))
            .await
    }

    fn open(&self, flow: &str, trigger: &str) -> Result<Box<dyn Feed>, DeskError> {
        let plan = self.served.borrow().plans.get(flow).cloned();
        let plan = plan.ok_or_else(|| DeskError::NoFeed(format!("no flow `{flow}` is deployed here")))?;
        let source = plan
            .triggers
            .get(trigger)
            .and_then(|declared| declared.source.clone());
        let none = || DeskError::NoFeed(format!("`{flow}/{trigger}` has no source in the active plan"));
        Ok(self.parts.open(&plan, trigger, &source.ok_or_else(none)?)?)
    }

    /// How every trigger of the active plans stands, or those of one flow.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn triggers(&self, flow: Option<&str>) -> Result<Vec<Value>, StoreError> {
        let open = self.parts.store.open_letters().await?;
        let served = Arc::clone(&self.served.borrow());
        let now = self.parts.clock.now();
        let plans = served
            .plans
            .iter()
            .filter(|(name, _)| flow.is_none_or(|flow| flow == **name));
        let triggers =
            plans.flat_map(|(name, plan)| plan.triggers.keys().map(move |trigger| (name, plan, trigger)));
        let told = triggers.map(|(name, plan, trigger)| {
            let seen = self.board.seen(name, trigger);
            let place = (name.clone(), trigger.clone());
            let standing = served.standings.get(&place).cloned().unwrap_or_default();
            let letters = open.iter().filter(|of| of.flow == *name && of.trigger.as_ref() == Some(trigger));
            let source = plan.triggers[trigger].source.as_ref();
            json!({
                "flow": name,
                "name": trigger,
                "source": source.map(|source| in_words(plan, source)),
                "state": state(&standing, &seen, source.is_some()),
                "why": why(&standing, &seen),
                "behind": seen.behind,
                "lag_ms": seen.waiting_since.map(|since| now.saturating_sub(since)),
                "read": seen.read_at,
                "read_ago_ms": seen.read_at.map(|at| now.saturating_sub(at)),
                "rate": seen.rate(now),
                "last_error": seen.last_error.as_ref().map(|(error, at)| json!({ "message": error, "at": at })),
                "dead_letters": letters.map(|of| of.count).sum::<u64>(),
            })
        });
        Ok(told.collect())
    }

    /// How many dead letters are open.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn open_letters(&self) -> Result<Vec<OpenLetters>, StoreError> {
        self.parts.store.open_letters().await
    }
}

/// One word for how a trigger is.
fn state(standing: &Standing, seen: &Seen, has_source: bool) -> &'static str {
    match standing {
        Standing::Paused => "paused",
        Standing::Gap { .. } => "gap",
        Standing::Active if seen.failing_since.is_some() => "failing",
        Standing::Active if has_source => "active",
        Standing::Active => "fired",
    }
}

/// What there is to say about it.
fn why(standing: &Standing, seen: &Seen) -> Option<String> {
    match standing {
        Standing::Paused => Some("by a person".to_owned()),
        Standing::Gap { why } => Some(why.clone()),
        Standing::Active => {
            let error = seen.last_error.as_ref().filter(|_| seen.failing_since.is_some());
            error.map(|(error, _)| error.clone())
        }
    }
}

/// `couchdb images.changes`, `cron 0 * * * *`.
fn in_words(plan: &Plan, source: &Source) -> String {
    match source {
        Source::Cron { .. } => source.clock().expect("it is a clock"),
        Source::Package { package, feed, .. } => {
            let kind = plan.packages.get(package).map_or("", |package| &package.kind);
            format!("{kind} {package}.{feed}")
        }
    }
}
