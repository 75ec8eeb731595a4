//! Who sends events: each sends its own until it hears that it was taken in, and some send it once more.

use super::TWICE;
use super::agenda::Happening;
use super::world::{FLOW, World};
use flow_engine::Millis;
use flowd::worker::{Accepted, IntakeError, Message};
use serde_json::{Value, json};
use tokio::sync::oneshot;

/// Events are sent until then.
const SENT_MS: Millis = 9 * 60_000;
/// How long one waits before it sends again.
const AGAIN_MS: Millis = 5_000;
/// What is private in an event: nobody may find it.
pub(super) const CANARY: &str = "a canary that sings";

#[derive(Debug)]
pub(super) struct Client {
    pub(super) trigger: &'static str,
    pub(super) key: String,
    pub(super) payload: Value,
    pub(super) accepted: Option<Accepted>,
    /// It has heard and sends once more.
    repeats: bool,
    waits: Option<oneshot::Receiver<Result<Accepted, IntakeError>>>,
}

impl World {
    pub(super) fn make_clients(&mut self) {
        let dice = &mut self.dice.clients;
        // In some worlds all of them come at once.
        let flood = dice.chance(15).then(|| dice.below(SENT_MS));
        for number in 0..dice.within(2, 6) {
            let mut payload = json!({ "k": dice.pick(&["a", "b", "c"]), "n": dice.below(10) });
            // What is sealed is other bytes each time, and a life that is lived twice is to be the same log.
            if !self.seed.is_multiple_of(TWICE) {
                payload["who"] = json!(CANARY);
            }
            let client = Client {
                trigger: dice.pick(&["t0", "t0", "t0", "t1", "t2"]),
                key: format!("client-{number}"),
                payload,
                accepted: None,
                repeats: dice.chance(25),
                waits: None,
            };
            let at = flood.unwrap_or_else(|| 1_000 + dice.below(SENT_MS));
            self.agenda.enter(at, Happening::Send(self.clients.len()));
            self.clients.push(client);
        }
    }

    pub(super) async fn send(&mut self, number: usize) {
        let deployed = self
            .life
            .as_ref()
            .is_some_and(|life| !life.served.borrow().plans.is_empty());
        if !deployed {
            self.agenda.enter(self.now() + AGAIN_MS, Happening::Send(number));
            return;
        }
        let (reply, answer) = oneshot::channel();
        let client = &mut self.clients[number];
        client.waits = Some(answer);
        let message = Message::Intake {
            flow: FLOW.into(),
            source: format!("trigger/{}", client.trigger),
            key: Some(client.key.clone()),
            payload: client.payload.clone(),
            reply,
        };
        self.tell("event", message).await;
    }

    pub(super) fn hear_clients(&mut self) {
        for number in 0..self.clients.len() {
            let Some(mut waits) = self.clients[number].waits.take() else {
                continue;
            };
            match waits.try_recv() {
                Ok(Ok(accepted)) => self.heard(number, accepted),
                Ok(Err(error)) => self.fail("P1", &format!("an event was refused: {error}")),
                Err(oneshot::error::TryRecvError::Empty) => self.clients[number].waits = Some(waits),
                // The daemon died, and nobody knows how far it came.
                Err(oneshot::error::TryRecvError::Closed) => {
                    self.seen.note("an event sent again");
                    self.agenda.enter(self.now() + AGAIN_MS, Happening::Send(number));
                }
            }
        }
    }

    fn heard(&mut self, number: usize, accepted: Accepted) {
        self.runs.extend(accepted.runs.iter().cloned());
        let before = self.clients[number].accepted.replace(accepted.clone());
        if let Some(before) = before {
            self.hold(before.event == accepted.event && accepted.repeated, "P2", || {
                format!("one event is two: {before:?}, {accepted:?}")
            });
        }
        if accepted.repeated {
            self.seen.note("an event known already");
        }
        if std::mem::take(&mut self.clients[number].repeats) {
            let at = self.now() + 1 + self.dice.clients.below(AGAIN_MS * 10);
            self.agenda.enter(at, Happening::Send(number));
        }
    }

    /// Whether all have heard.
    pub(super) fn clients_are_done(&self) -> bool {
        self.clients
            .iter()
            .all(|client| client.accepted.is_some() && client.waits.is_none())
    }
}
