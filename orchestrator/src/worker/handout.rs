//! Handing out what a commit asked for. An order is part of its run's state, so it is durable while it waits here; it
//! goes to [`crate::perform`] when there is room for it, and the room is free again when its answer comes in.

mod schedule;

use super::batch::Order;
use super::depths::{Depth, Handed};
use flow_engine::{Effect, Token};
use schedule::{CALLS_MAX, Group, JOBS_MAX, Schedule, WAITING_MAX_OF_FLOW};
use std::collections::HashMap;
use tokio::sync::{mpsc, oneshot};

/// Orders on their way. Each is taken at once, so the owner of the runs hardly ever waits for room.
const ORDERS_MAX: usize = 256;

/// The way of orders to who carries them out.
pub fn orders() -> (mpsc::Sender<Order>, mpsc::Receiver<Order>) {
    mpsc::channel(ORDERS_MAX)
}

/// What waits to be carried out, and what is.
#[derive(Debug)]
pub(super) struct Handout {
    to: mpsc::Sender<Order>,
    schedule: Schedule<Order>,
    /// Where each order is, by run and sending.
    places: HashMap<(String, Token), Place>,
    /// Nothing more is handed out, and these are told when no call is under way.
    resting: Vec<oneshot::Sender<()>>,
    rests: bool,
}

#[derive(Debug)]
struct Place {
    flow: String,
    group: Group,
    under_way: bool,
}

impl Handout {
    pub(super) fn new(to: mpsc::Sender<Order>) -> Handout {
        Handout {
            to,
            schedule: Schedule::default(),
            places: HashMap::new(),
            resting: Vec::new(),
            rests: false,
        }
    }

    /// Takes the orders of a group that is durable, and hands out what there is room for.
    pub(super) async fn take(&mut self, orders: Vec<Order>) {
        for order in orders {
            match group(&order.effect) {
                Some(group) => self.wait(group, order),
                None => self.stop(order).await,
            }
        }
        if self.rests {
            self.tell_those_who_wait_for_rest();
            return;
        }
        while let Some(order) = self.schedule.next() {
            if let Some(place) = self.places.get_mut(&key(&order)) {
                place.under_way = true;
            }
            self.send(order).await;
        }
    }

    /// Hands nothing more out. Told when no call is under way; jobs go on without a daemon.
    pub(super) fn rest(&mut self, reply: oneshot::Sender<()>) {
        self.rests = true;
        self.resting.push(reply);
    }

    /// What was handed out has come back: there is room for another.
    pub(super) fn over(&mut self, run: &str, token: Token) {
        if let Some(place) = self.places.remove(&(run.to_owned(), token)) {
            self.schedule.over(&place.flow, &place.group);
        }
    }

    /// Whether so much of a flow waits that nothing more of it comes in.
    pub(super) fn is_full(&self, flow: &str) -> bool {
        self.schedule.waiting(flow) >= WAITING_MAX_OF_FLOW
    }

    /// Whether so much of a flow waits that its feeds should wait, too.
    pub(super) fn is_half_full(&self, flow: &str) -> bool {
        self.schedule.waiting(flow) >= WAITING_MAX_OF_FLOW / 2
    }

    /// How much waits and is under way.
    pub(super) fn depths(&self) -> Handed {
        let (of, now) = self.schedule.fullest();
        let (calls, jobs) = self.schedule.under_way();
        let of_all = |now, max| Depth { now, max, of: None };
        Handed {
            orders: Depth {
                now,
                max: WAITING_MAX_OF_FLOW,
                of,
            },
            calls: of_all(calls, CALLS_MAX),
            jobs: of_all(jobs, JOBS_MAX),
        }
    }

    fn tell_those_who_wait_for_rest(&mut self) {
        let is_call = |place: &Place| place.under_way && !matches!(place.group, Group::Job(_));
        if !self.places.values().any(is_call) {
            for reply in self.resting.drain(..) {
                // Whoever has stopped waiting is told nothing.
                _ = reply.send(());
            }
        }
    }

    fn wait(&mut self, group: Group, order: Order) {
        let flow = order.plan.flow.clone();
        let place = Place {
            flow: flow.clone(),
            group: group.clone(),
            under_way: false,
        };
        self.places.insert(key(&order), place);
        self.schedule.push(&flow, group, order);
    }

    /// What waits is taken back; what is under way is told. A job may go on from a daemon before this one.
    async fn stop(&mut self, order: Order) {
        let key = key(&order);
        if self.places.get(&key).is_some_and(|place| !place.under_way)
            && let Some(place) = self.places.remove(&key)
        {
            let is = |other: &Order| other.run == key.0 && other.token == key.1;
            self.schedule.remove(&place.flow, &place.group, is);
            if !order.is_job {
                return;
            }
        }
        self.send(order).await;
    }

    async fn send(&self, order: Order) {
        // A closed channel means that the daemon is stopping; the next one carries the order out.
        drop(self.to.send(order).await);
    }
}

fn key(order: &Order) -> (String, Token) {
    (order.run.clone(), order.token)
}

/// What an order takes room of. A stop takes none.
fn group(effect: &Effect) -> Option<Group> {
    match effect {
        Effect::Invoke { action, .. } => Some(Group::Action(action.clone())),
        Effect::Act { package, .. } => Some(Group::Package(package.clone())),
        Effect::Predict { model, .. } => Some(Group::Model(model.clone())),
        Effect::Launch { job, .. } => Some(Group::Job(job.clone())),
        Effect::Snapshot { .. }
        | Effect::Split { .. }
        | Effect::Register { .. }
        | Effect::Prepare { .. }
        | Effect::Callback { .. }
        | Effect::Warm { .. } => Some(Group::Own),
        Effect::Stop { .. } => None,
        Effect::Live { .. }
        | Effect::Emit { .. }
        | Effect::Append { .. }
        | Effect::Publish { .. }
        | Effect::GoLive { .. }
        | Effect::Ended
        | Effect::Wake { .. } => unreachable!("these are part of a commit, and never an order"),
    }
}
