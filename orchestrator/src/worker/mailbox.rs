//! What waits to be taken in: a queue for each flow, which take turns, so that a flood on one flow starves no other.
//!
//! Within a flow the order is kept. A queue that is full lets its senders wait, and only its own.

use super::depths::{Depth, Depths, Handed};
use super::fair::Fair;
use super::message::Message;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot};

/// Messages of one flow that may wait; its senders wait when there are so many. What operators say has as much room.
pub(super) const MAILBOX_MAX: usize = 256;

/// Nobody takes anything in any more.
#[derive(Debug)]
pub(super) struct Closed;

/// The end that messages go in at.
#[derive(Clone, Debug)]
pub(super) struct Entrance(Arc<Sender>);

/// The end that the owner of the runs takes them from.
#[derive(Debug)]
pub struct Mailbox(Arc<Shared>);

#[derive(Debug)]
struct Sender(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    inside: Mutex<Inside>,
    come: Notify,
}

#[derive(Debug, Default)]
struct Inside {
    queue: Fair<Lane, (Message, OwnedSemaphorePermit)>,
    /// What has room in each lane; who waits for room holds it, too.
    room: BTreeMap<Lane, Arc<Semaphore>>,
    /// Owed to whoever has closed it, once it is empty.
    closing: Option<oneshot::Sender<()>>,
    /// Nothing comes in any more.
    closed: bool,
    handed: Handed,
}

/// A flow, or nothing for what operators say.
type Lane = Option<String>;

/// A mailbox and its entrance.
pub(super) fn mailbox() -> (Entrance, Mailbox) {
    let shared = Arc::new(Shared::default());
    (Entrance(Arc::new(Sender(Arc::clone(&shared)))), Mailbox(shared))
}

impl Entrance {
    /// Puts a message in; waits while its flow has as many as there may be.
    pub(super) async fn send(&self, message: Message) -> Result<(), Closed> {
        let shared = &self.0.0;
        let (lane, cost) = (message.flow().map(str::to_owned), message.cost());
        let room = {
            let mut inside = shared.lock();
            if inside.closed {
                return Err(Closed);
            }
            if let Message::Close(reply) = message {
                inside.close(Some(reply));
                shared.come.notify_one();
                return Ok(());
            }
            let room = inside.room.entry(lane.clone());
            Arc::clone(room.or_insert_with(|| Arc::new(Semaphore::new(MAILBOX_MAX))))
        };
        let place = room.acquire_owned().await.map_err(|_| Closed)?;
        let mut inside = shared.lock();
        if inside.closed {
            return Err(Closed);
        }
        inside.queue.push(lane, cost, (message, place));
        shared.come.notify_one();
        Ok(())
    }

    /// How much waits.
    pub(super) fn depths(&self) -> Depths {
        let inside = self.0.0.lock();
        let waiting = inside.room.iter().map(|(lane, room)| {
            let free = room.available_permits();
            (MAILBOX_MAX.saturating_sub(free), lane)
        });
        let (now, of) = waiting.max().map_or((0, None), |(now, lane)| (now, lane.clone()));
        let mailbox = Depth {
            now,
            max: MAILBOX_MAX,
            of: of.filter(|_| now > 0),
        };
        inside.handed.clone().beside(mailbox)
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.come.notify_one();
    }
}

impl Mailbox {
    /// The next message; nothing when no more can come. Dropping the future loses none.
    pub async fn recv(&mut self) -> Option<Message> {
        loop {
            {
                let mut inside = self.0.lock();
                if let Some(message) = inside.take() {
                    return Some(message);
                }
                if inside.closed {
                    return None;
                }
            }
            self.0.come.notified().await;
        }
    }

    /// The next message, if one waits.
    pub fn try_recv(&mut self) -> Option<Message> {
        self.0.lock().take()
    }

    /// Tells how much is handed out and waits to be.
    pub(super) fn tell(&self, handed: Handed) {
        self.0.lock().handed = handed;
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        let mut inside = self.0.lock();
        inside.close(None);
        // Whoever waits for an answer is told that there is none.
        while inside.take().is_some() {}
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inside> {
        // Nothing in here panics half-way.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    fn take(&mut self) -> Option<Message> {
        let Some((lane, (message, place))) = self.queue.pop(|_| true) else {
            return self.closing.take().map(Message::Close);
        };
        drop(place);
        if self
            .room
            .get(&lane)
            .is_some_and(|room| Arc::strong_count(room) == 1)
        {
            self.room.remove(&lane);
        }
        Some(message)
    }

    /// Who waits for room gets none any more; what is in is still taken.
    fn close(&mut self, reply: Option<oneshot::Sender<()>>) {
        self.closed = true;
        self.closing = reply;
        self.room.values().for_each(|room| room.close());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flow_engine::Token;
    use futures::poll;
    use serde_json::json;
    use std::pin::pin;

    fn fired(flow: &str, at: usize) -> Message {
        Message::Intake {
            flow: flow.into(),
            source: "trigger/t".into(),
            key: Some(at.to_string()),
            payload: json!({}),
            reply: oneshot::channel().0,
        }
    }

    fn answered(flow: &str) -> Message {
        let token = Token {
            step: 0,
            attempt: 1,
            resend: 0,
        };
        Message::Answer {
            flow: flow.into(),
            run: String::new(),
            token,
            answer: super::super::Answer::Value(json!({})),
        }
    }

    #[tokio::test]
    async fn a_flood_on_one_flow_makes_only_its_own_senders_wait() {
        let (entrance, mut mailbox) = mailbox();
        for at in 0..MAILBOX_MAX {
            entrance.send(fired("flood", at)).await.unwrap();
        }
        let mut further = pin!(entrance.send(fired("flood", MAILBOX_MAX)));
        assert!(poll!(&mut further).is_pending());
        assert_eq!(entrance.depths().mailbox.now, MAILBOX_MAX);
        assert_eq!(entrance.depths().mailbox.of.as_deref(), Some("flood"));
        // Another flow has room, and its turn comes soon.
        entrance.send(answered("other")).await.unwrap();
        let mut ahead = 0;
        while mailbox.try_recv().unwrap().flow() != Some("other") {
            ahead += 1;
        }
        assert!(ahead < 64, "{ahead} were ahead of it");
        assert!(poll!(&mut further).is_ready());
        let mut last = None;
        while let Some(Message::Intake { key, .. }) = mailbox.try_recv() {
            let at: usize = key.unwrap().parse().unwrap();
            assert!(last < Some(at), "a flow keeps its order");
            last = Some(at);
        }
        assert_eq!(last, Some(MAILBOX_MAX));
        assert_eq!(
            entrance.depths().mailbox,
            Depth {
                now: 0,
                max: MAILBOX_MAX,
                of: None
            }
        );
    }

    #[tokio::test]
    async fn closed_it_gives_what_came_before_and_then_nothing() {
        let (entrance, mut mailbox) = mailbox();
        for at in 0..MAILBOX_MAX {
            entrance.send(fired("a", at)).await.unwrap();
        }
        let mut waits = pin!(entrance.send(fired("a", MAILBOX_MAX)));
        assert!(poll!(&mut waits).is_pending());
        entrance.send(Message::Close(oneshot::channel().0)).await.unwrap();
        assert!(waits.await.is_err());
        assert!(entrance.send(fired("b", 0)).await.is_err());
        for _ in 0..MAILBOX_MAX {
            assert!(matches!(mailbox.recv().await, Some(Message::Intake { .. })));
        }
        assert!(matches!(mailbox.recv().await, Some(Message::Close(_))));
        assert!(mailbox.recv().await.is_none());
    }
}
