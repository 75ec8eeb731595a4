//! What feeds read: each source has a journal of its own, and a daemon that knows how far it has read.

use super::agenda::Happening;
use super::world::{FLOW, World};
use flow_engine::Millis;
use flowd::store::Standing;
use flowd::worker::{FeedBatch, IntakeError, Item, Message, Refused, Turn};
use serde_json::{Value, json};
use tokio::sync::oneshot;

/// A feed looks this often.
const LOOK_MS: Millis = 15_000;
/// Sources grow until then.
const GROWN_MS: Millis = 8 * 60_000;
/// Items that one reading brings.
const READ_MAX: usize = 3;

#[derive(Debug)]
pub(super) struct Source {
    pub(super) trigger: &'static str,
    /// All that it ever had, in its order: whether it fits.
    pub(super) items: Vec<Entry>,
    /// What it does not know any more.
    pub(super) forgotten: usize,
    /// How far this daemon has read; nothing when its feed is not open.
    position: Option<usize>,
    waits: Option<(usize, oneshot::Receiver<Result<(), IntakeError>>)>,
    reading: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) fits: bool,
    pub(super) payload: Value,
    /// It was gone before anybody could read it.
    pub(super) lost: bool,
}

impl Source {
    pub(super) fn all() -> Vec<Source> {
        let source = |trigger| Source {
            trigger,
            items: vec![],
            forgotten: 0,
            position: None,
            waits: None,
            reading: false,
        };
        ["noted", "boxed"].map(source).into()
    }
}

impl World {
    pub(super) fn make_sources(&mut self) {
        let dice = &mut self.dice.sources;
        for source in 0..self.sources.len() {
            for _ in 0..dice.below(4) {
                self.agenda.enter(dice.below(GROWN_MS), Happening::Grow(source));
            }
        }
    }

    /// Something new, or what was there before once more.
    pub(super) fn grow(&mut self, number: usize) {
        let dice = &mut self.dice.sources;
        let source = &mut self.sources[number];
        for _ in 0..dice.within(1, 4) {
            if !source.items.is_empty() && dice.chance(20) {
                let mut again = dice.pick(&source.items);
                again.lost = false;
                source.items.push(again);
                self.seen.note("an item comes twice");
                continue;
            }
            let key = format!("{}-{}", source.trigger, source.items.len());
            let payload = match source.trigger {
                "noted" => json!({ "id": key, "k": dice.pick(&["a", "b", "c"]) }),
                _ => json!({ "image": { "$blob": "0".repeat(64), "mime": "image/png", "size": 1 } }),
            };
            source.items.push(Entry {
                key,
                fits: dice.chance(85),
                payload,
                lost: false,
            });
        }
    }

    /// Its first items are gone, whether they were read or not.
    pub(super) fn compact(&mut self, number: usize) {
        let source = &mut self.sources[number];
        source.forgotten = source.items.len() / 2;
        self.seen.note("fault: a source forgot");
    }

    /// A new daemon opens its feeds.
    pub(super) fn begin_reading(&mut self) {
        for number in 0..self.sources.len() {
            self.agenda.enter(self.now() + 1, Happening::Read(number));
        }
    }

    pub(super) fn stop_reading(&mut self) {
        for source in &mut self.sources {
            (source.position, source.waits, source.reading) = (None, None, false);
        }
    }

    /// A feed looks: what it finds and how far it has read go to the daemon together.
    pub(super) async fn read(&mut self, number: usize) {
        self.agenda.enter(self.now() + LOOK_MS, Happening::Read(number));
        let trigger = self.sources[number].trigger;
        let Some(life) = &self.life else { return };
        let served = life.served.borrow().clone();
        let stands = served.standings.get(&(FLOW.to_owned(), trigger.to_owned()));
        if stands.is_some() || served.plans.is_empty() || self.sources[number].waits.is_some() {
            self.sources[number].position = None;
            return;
        }
        let position = match self.sources[number].position {
            Some(position) => position,
            None => self.cursor_of(number).await,
        };
        let source = &mut self.sources[number];
        source.position = Some(position);
        if position < source.forgotten {
            let from = cursor(position);
            let (reply, _) = oneshot::channel();
            source.items[position..source.forgotten]
                .iter_mut()
                .for_each(|entry| entry.lost = true);
            let turn = Turn::Halt {
                from,
                why: "compacted".to_owned(),
            };
            let message = Message::Turn {
                flow: FLOW.into(),
                trigger: trigger.into(),
                turn,
                reply,
            };
            source.position = None;
            self.seen.note("a feed gap");
            self.tell("gap", message).await;
            return;
        }
        let to = source.items.len().min(position + READ_MAX);
        if to == position {
            return;
        }
        let (fit, unfit): (Vec<_>, Vec<_>) = source.items[position..to]
            .iter()
            .cloned()
            .partition(|entry| entry.fits);
        let batch = FeedBatch {
            flow: FLOW.into(),
            trigger: trigger.into(),
            from: cursor(position),
            to: cursor(to),
            items: fit
                .into_iter()
                .map(|entry| Item {
                    key: entry.key,
                    payload: entry.payload,
                })
                .collect(),
            refused: unfit
                .into_iter()
                .map(|entry| Refused {
                    key: entry.key,
                    why: "dice".into(),
                })
                .collect(),
        };
        let (reply, answer) = oneshot::channel();
        source.waits = Some((to, answer));
        self.tell("feed", Message::Feed(batch, reply)).await;
    }

    /// How far a feed has durably read.
    pub(super) async fn cursor_of(&self, number: usize) -> usize {
        let Some(life) = &self.life else { return 0 };
        let durable = life.store.cursor(FLOW, self.sources[number].trigger).await;
        place(&durable.expect("the database can be read"))
    }

    pub(super) fn hear_sources(&mut self) {
        for number in 0..self.sources.len() {
            let Some((to, mut waits)) = self.sources[number].waits.take() else {
                continue;
            };
            match waits.try_recv() {
                Ok(Ok(())) => {
                    self.sources[number].position = Some(to);
                    self.seen.note("items came in");
                }
                Ok(Err(IntakeError::Busy(_))) => self.seen.note("a feed has to wait"),
                // It is opened again where it durably stands.
                Ok(Err(_)) | Err(oneshot::error::TryRecvError::Closed) => {
                    self.sources[number].position = None
                }
                Err(oneshot::error::TryRecvError::Empty) => self.sources[number].waits = Some((to, waits)),
            }
        }
    }

    /// Somebody pauses it; who looks lets it read on.
    pub(super) async fn turn(&mut self, number: usize) {
        self.say_to_feed(number, Turn::Pause).await;
        self.seen.note("a feed paused");
    }

    async fn say_to_feed(&mut self, number: usize, turn: Turn) {
        let (reply, _) = oneshot::channel();
        let trigger = self.sources[number].trigger.into();
        self.sources[number].position = None;
        self.tell(
            "turn",
            Message::Turn {
                flow: FLOW.into(),
                trigger,
                turn,
                reply,
            },
        )
        .await;
    }

    /// Lets feeds read on that stand still. What was gone before it was read stays unread.
    pub(super) async fn look_at_feeds(&mut self) {
        let Some(life) = &self.life else { return };
        let standings = life.served.borrow().standings.clone();
        for number in 0..self.sources.len() {
            let place_of = (FLOW.to_owned(), self.sources[number].trigger.to_owned());
            match standings.get(&place_of) {
                None | Some(Standing::Active) => {}
                Some(Standing::Paused) => self.say_to_feed(number, Turn::Resume(None)).await,
                Some(Standing::Gap { .. }) => {
                    let to = self.sources[number].forgotten;
                    let durable = self.cursor_of(number).await;
                    let gone = durable.min(to)..to;
                    self.sources[number].items[gone]
                        .iter_mut()
                        .for_each(|entry| entry.lost = true);
                    self.say_to_feed(number, Turn::Resume(Some(cursor(to)))).await;
                }
            }
        }
    }
}

fn place(cursor: &Value) -> usize {
    cursor.as_u64().map_or(0, |place| {
        usize::try_from(place).expect("it is a place in a list")
    })
}

/// Positions are numbers, and null before the first.
fn cursor(place: usize) -> Value {
    match place {
        0 => Value::Null,
        place => json!(place),
    }
}
