//! The changes of a database as a feed: a document in a new revision is an event, and its identity is its name
//! with the revision.
//!
//! The position is the server's own `seq`, whatever that is, with the instance of the database where the server
//! tells it. A server may send changes again; what was taken in before is known by its key. Nothing that was read
//! is kept over a reading that did not come to its end: the next one asks again from its position.

mod item;
mod rows;
mod stream;

use super::{Again, Feed, FeedError, GapPolicy, Parts, Reading, Start};
use crate::clock::Clock;
use crate::packages;
use crate::packages::couchdb::{Database, Failure, FailureKind};
use flow_lang::plan::Plan;
use item::{Items, Outcome};
use rows::Row;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use stream::{Came, Stream};

/// Changes of one answer that ends.
const ANSWER_ROWS_MAX: usize = 1_024;
/// Changes with attachments of one reading: the first of them is not to wait long for the last.
const FETCHED_MAX: usize = 32;
/// Reading stops when changes of so many bytes are in memory.
const IN_MEMORY_MAX: usize = 8 << 20;
/// A server that gives no sign of life for so many heartbeats is asked whether it is there.
const SILENT_HEARTBEATS: u32 = 3;
/// A server that has waited for so long before it said that there is nothing does wait.
const AT_ONCE_MS: u64 = 250;
/// How long a heartbeat is when nothing is said.
const HEARTBEAT_MS: u64 = 10_000;

/// A database, followed.
pub(super) struct Couch {
    database: Database,
    items: Items,
    clock: Arc<dyn Clock>,
    continuous: bool,
    since: Start,
    gap: GapPolicy,
    heartbeat: Duration,
    /// The position that the last reading ended with, if it came to its end. All that follows belongs to it.
    at: Option<Value>,
    instance: Option<String>,
    /// The answer that is being read.
    stream: Option<Stream>,
    /// Changes that have come and are not handed out.
    rows: VecDeque<Row>,
    /// The `seq` after the last of them.
    tail: Value,
    /// How many changes the server had after `tail`, if it said so.
    pending: Option<u64>,
    /// When the server was last heard to say something of this database.
    heard: u64,
    /// Nothing was read since the feed began here. Whoever looks at it learns from the first sign of life that it
    /// does not fail any more, and not only from the next change.
    unheard: bool,
}

impl Couch {
    pub(super) fn open(
        parts: &Parts,
        plan: &Plan,
        trigger: &str,
        name: &str,
        settings: &BTreeMap<String, Value>,
    ) -> Result<Couch, FeedError> {
        let package = plan
            .packages
            .get(name)
            .ok_or_else(|| FeedError::failed(format!("no package `{name}`")))?;
        let config = plan.feed_config(name, settings);
        let secrets = packages::secrets(package, name, &parts.secrets).map_err(FeedError::failed)?;
        let database = Database::open(name, &config, &secrets).map_err(FeedError::failed)?;
        let word = |word: &str| config.get(word).and_then(Value::as_str).unwrap_or_default();
        let heartbeat = config.get("heartbeat").and_then(Value::as_u64);
        Ok(Couch {
            items: Items::new(parts, plan, trigger, package, database.clone()),
            database,
            clock: Arc::clone(&parts.clock),
            continuous: word("mode") == "continuous",
            since: match word("since") {
                "now" => Start::Now,
                _ => Start::Beginning,
            },
            gap: match word("gap") {
                "rescan" => GapPolicy::Rescan,
                "resume_from_now" => GapPolicy::ResumeFromNow,
                _ => GapPolicy::Halt,
            },
            heartbeat: Duration::from_millis(heartbeat.unwrap_or(HEARTBEAT_MS).max(1)),
            at: None,
            instance: None,
            stream: None,
            rows: VecDeque::new(),
            tail: Value::Null,
            pending: None,
            heard: 0,
            unheard: true,
        })
    }

    /// Forgets what belongs to another position, and holds the database against this one.
    async fn begin(&mut self, from: &Value) -> Result<(), FeedError> {
        self.stream = None;
        self.rows.clear();
        self.pending = None;
        self.unheard = true;
        self.tail = from["seq"].clone();
        self.instance = from["instance"].as_str().map(str::to_owned);
        self.check(from).await
    }

    /// Asks whether this is still the database that the position is of.
    async fn check(&mut self, from: &Value) -> Result<(), FeedError> {
        let about = self
            .database
            .about()
            .await
            .map_err(|failure| lost(failure, from))?;
        self.heard = self.clock.now();
        if let (Some(before), Some(now)) = (&self.instance, &about.instance)
            && before != now
        {
            return Err(FeedError::Gap(format!(
                "the database was made anew since the feed read it (instance {before}, now {now})"
            )));
        }
        // Only numbers can be compared; where the position is another text, the server itself judges it.
        if let (Some(ours), Some(end)) = (from["seq"].as_u64(), about.update_seq.as_u64())
            && end < ours
        {
            return Err(FeedError::Gap(format!(
                "the database was made anew or put back: its changes end at {end}, and the feed has read up to {ours}"
            )));
        }
        self.instance = about.instance.or(self.instance.take());
        Ok(())
    }

    /// Waits until there is a change that was not handed out, or the position moves without one. False when there
    /// is nothing: the server has said so, or has given the first sign of life.
    async fn wait(&mut self, from: &Value) -> Result<bool, FeedError> {
        let silent = self.heartbeat * SILENT_HEARTBEATS;
        let clock = Arc::clone(&self.clock);
        while self.rows.is_empty() && !self.has_moved(from) {
            let came = tokio::select! {
                came = self.come() => came,
                () = clock.sleep(silent) => {
                    // Whatever is wrong there, an open connection does not tell of it.
                    self.stream = None;
                    self.check(from).await?;
                    return Ok(false);
                }
            };
            match came {
                Ok(Came::End) if self.has_nothing(from) => return Ok(false),
                Ok(Came::Something) if self.unheard && self.rows.is_empty() => {
                    self.unheard = false;
                    return Ok(false);
                }
                Ok(Came::Something | Came::End) => self.unheard = false,
                // What came before it broke counts; if it is for good, the next question shows it.
                Err(_) if !self.rows.is_empty() => {}
                Err(failure) => return Err(lost(failure, from)),
            }
            if !self.rows.is_empty() {
                self.heard = clock.now();
            } else if u128::from(clock.now().saturating_sub(self.heard)) >= silent.as_millis() {
                // A database that is deleted or made anew leaves an open answer as it is, signs of life and all.
                self.check(from).await?;
            }
        }
        Ok(true)
    }

    /// The server has nothing either.
    fn has_nothing(&self, from: &Value) -> bool {
        self.rows.is_empty() && !self.has_moved(from) && self.pending.unwrap_or(0) == 0
    }

    fn has_moved(&self, from: &Value) -> bool {
        self.rows.is_empty() && self.tail != from["seq"]
    }

    /// What comes next of the answer that is being read; asks for one if there is none.
    async fn come(&mut self) -> Result<Came, Failure> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            None => {
                let query = self.query();
                self.stream
                    .insert(Stream::open(&self.database, &query, self.continuous).await?)
            }
        };
        let before = self.rows.len();
        let came = stream.next(&self.database, &mut self.rows).await;
        self.came(before, came)
    }

    /// Takes what has come already, until there is enough of it.
    async fn take(&mut self, max: usize) -> Result<(), Failure> {
        while self.rows.len() < max && self.rows.iter().map(|row| row.size).sum::<usize>() < IN_MEMORY_MAX {
            let Some(stream) = &mut self.stream else {
                return Ok(());
            };
            let before = self.rows.len();
            let Some(came) = stream.ready(&self.database, &mut self.rows).await else {
                return Ok(());
            };
            self.came(before, came)?;
        }
        Ok(())
    }

    /// Notes what has come beside the `before` changes that were here.
    fn came(&mut self, before: usize, came: Result<Came, Failure>) -> Result<Came, Failure> {
        let count = (self.rows.len() - before) as u64;
        self.pending = self.pending.map(|pending| pending.saturating_sub(count));
        if let Some(last) = self.rows.back() {
            self.tail = last.seq.clone();
        }
        let Ok(Came::Something) = came else {
            if let Some(end) = self.stream.take().and_then(|stream| stream.end) {
                self.tail = end.last_seq;
                self.pending = end.pending;
            }
            return came;
        };
        came
    }

    fn query(&self) -> Vec<(&'static str, String)> {
        // A text goes as it came, anything else as JSON.
        let since = match &self.tail {
            Value::Null => "0".to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let mut query = vec![
            (
                "feed",
                if self.continuous { "continuous" } else { "longpoll" }.to_owned(),
            ),
            ("include_docs", "true".to_owned()),
            ("since", since),
            ("heartbeat", self.heartbeat.as_millis().to_string()),
        ];
        if !self.continuous {
            query.push(("limit", ANSWER_ROWS_MAX.to_string()));
        }
        query
    }

    /// What was read, once it is all there.
    async fn reading(&mut self, from: &Value, max: usize) -> Result<Reading, FeedError> {
        let count = match self.items.have_blobs() {
            true => max.min(FETCHED_MAX),
            false => max,
        };
        let taken: Vec<Row> = self.rows.drain(..self.rows.len().min(count)).collect();
        let seq = match taken.last() {
            Some(last) if !self.rows.is_empty() => last.seq.clone(),
            Some(_) | None => self.tail.clone(),
        };
        let mut reading = Reading::nothing(from);
        reading.to = self.place(seq);
        for outcome in self.items.outcomes(taken).await? {
            match outcome {
                Outcome::Event(item) => reading.items.push(item),
                Outcome::Refused(refused) => reading.refused.push(refused),
                Outcome::Nothing => {}
            }
        }
        reading.more = true;
        reading.behind = self.pending.map(|pending| pending + self.rows.len() as u64);
        Ok(reading)
    }

    fn place(&self, seq: Value) -> Value {
        json!({ "seq": seq, "instance": self.instance })
    }
}

/// A failure of the database, seen from a position: what does not know the position any more has a gap.
fn lost(failure: Failure, from: &Value) -> FeedError {
    let begun = !from["seq"].is_null() && from["seq"] != 0;
    match failure.kind {
        FailureKind::Missing if begun => {
            FeedError::Gap(format!("the database is gone, or has another name: {failure}"))
        }
        FailureKind::Malformed if begun => FeedError::Gap(format!(
            "the server does not know the position that the feed has read up to: {failure}"
        )),
        FailureKind::Busy { wait } => FeedError::Failed {
            why: failure.to_string(),
            wait,
        },
        FailureKind::Missing
        | FailureKind::Malformed
        | FailureKind::Network
        | FailureKind::Late
        | FailureKind::Server
        | FailureKind::Denied
        | FailureKind::Conflict
        | FailureKind::TooLarge
        | FailureKind::Refused => FeedError::failed(failure.to_string()),
    }
}

#[async_trait::async_trait]
impl Feed for Couch {
    async fn read(&mut self, from: &Value, max: usize) -> Result<Reading, FeedError> {
        let began = self.clock.now();
        // Taken, and put back at the end: a reading that is given up half-way is followed by one that begins anew.
        let goes_on = self.at.take().is_some_and(|at| at == *from);
        if !goes_on {
            self.begin(from).await?;
            if from.is_null() && self.since == Start::Now {
                let mut reading = Reading::nothing(from);
                reading.to = self.position(Start::Now).await?;
                reading.more = true;
                return Ok(reading);
            }
        }
        let reading = if self.wait(from).await? {
            if let Err(failure) = self.take(max).await
                && self.rows.is_empty()
            {
                return Err(lost(failure, from));
            }
            self.reading(from, max).await?
        } else {
            // A server that was silent, or has ended an answer in its own time, is asked again at once.
            let waited = self.clock.now().saturating_sub(began);
            let mut nothing = Reading::nothing(from);
            nothing.more = self.stream.is_some() || waited >= AT_ONCE_MS;
            nothing
        };
        self.at = Some(reading.to.clone());
        Ok(reading)
    }

    async fn again(&mut self, key: &str) -> Result<Again, FeedError> {
        self.items.again(key).await
    }

    async fn position(&mut self, at: Start) -> Result<Value, FeedError> {
        let about = self
            .database
            .about()
            .await
            .map_err(|failure| lost(failure, &Value::Null))?;
        self.instance = about.instance;
        let seq = match at {
            Start::Beginning => json!(0),
            Start::Now => {
                let seq = self.database.last_seq().await;
                seq.map_err(|failure| lost(failure, &Value::Null))?
            }
        };
        Ok(self.place(seq))
    }

    fn on_gap(&self) -> GapPolicy {
        self.gap
    }
}
