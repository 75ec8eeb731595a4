//! The schedule with simulated workers, in virtual time.

use super::*;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// Workers of each action.
const WORKERS: usize = 2;
/// Calls of the flow that is looked at, and the microseconds between two of them.
const CALLS: u64 = 1_000;
const EVERY_US: u64 = 20_000;

#[derive(Clone, Copy, Debug)]
struct Call {
    flow: usize,
    action: usize,
    came: u64,
}

/// One action's workers, and the calls that were handed out and wait for one.
#[derive(Default)]
struct Station {
    busy: usize,
    waiting: VecDeque<Call>,
}

struct World {
    schedule: Schedule<Call>,
    /// Which lane a flow has.
    lane: fn(usize) -> String,
    stations: BTreeMap<(usize, usize), Station>,
    /// Calls that end, by time and number.
    ends: BinaryHeap<Reverse<(u64, u64)>>,
    calls: BTreeMap<u64, Call>,
    began: u64,
    most: (usize, usize),
}

fn group(call: Call) -> Group {
    Group::Action(format!("f{}", call.action))
}

impl World {
    fn new(lane: fn(usize) -> String) -> World {
        World {
            schedule: Schedule::default(),
            lane,
            stations: BTreeMap::new(),
            ends: BinaryHeap::new(),
            calls: BTreeMap::new(),
            began: 0,
            most: (0, 0),
        }
    }

    fn comes(&mut self, call: Call) {
        self.schedule.push(&(self.lane)(call.flow), group(call), call);
    }

    /// Hands out what there is room for.
    fn hand_out(&mut self, now: u64) {
        while let Some(call) = self.schedule.next() {
            self.stations
                .entry((call.flow, call.action))
                .or_default()
                .waiting
                .push_back(call);
            self.begin(now, (call.flow, call.action));
        }
        let (calls, _) = self.schedule.under_way();
        self.most = self.most.max((calls, 0));
    }

    fn begin(&mut self, now: u64, at: (usize, usize)) {
        let station = self.stations.entry(at).or_default();
        if station.busy == WORKERS {
            return;
        }
        let Some(call) = station.waiting.pop_front() else {
            return;
        };
        station.busy += 1;
        self.began += 1;
        // From 5 ms to 15 ms, the same in every world.
        let takes = 5_000 + self.began * 7_919 % 10_000;
        self.ends.push(Reverse((now + takes, self.began)));
        self.calls.insert(self.began, call);
    }

    /// The next call that ends, and when.
    fn ends(&mut self) -> (u64, Call) {
        let Reverse((now, number)) = self.ends.pop().expect("a call is under way");
        let call = self.calls.remove(&number).expect("it has begun");
        let at = (call.flow, call.action);
        self.stations.get_mut(&at).expect("it is busy").busy -= 1;
        self.schedule.over(&(self.lane)(call.flow), &group(call));
        self.begin(now, at);
        (now, call)
    }
}

/// The 99th percentile, in microseconds, of the calls of flow 0, while `floods` other flows are given `events` each
/// in one moment, for actions in turn.
fn p99(lane: fn(usize) -> String, floods: usize, events: u64) -> u64 {
    let mut world = World::new(lane);
    for at in 0..events {
        for flow in 1..=floods {
            let action = at as usize % 4;
            world.comes(Call {
                flow,
                action,
                came: 0,
            });
        }
    }
    world.hand_out(0);
    let mut took = Vec::new();
    let mut arrivals = (1..=CALLS).map(|at| at * EVERY_US).peekable();
    while took.len() < CALLS as usize {
        let ends = world.ends.peek().map(|Reverse((at, _))| *at);
        let now = match arrivals.peek() {
            Some(comes) if ends.is_none_or(|ends| *comes <= ends) => {
                let came = arrivals.next().expect("it was looked at");
                world.comes(Call {
                    flow: 0,
                    action: 0,
                    came,
                });
                came
            }
            _ => {
                let (now, call) = world.ends();
                if call.flow == 0 {
                    took.push(now - call.came);
                }
                now
            }
        };
        world.hand_out(now);
    }
    assert!(world.most.0 <= CALLS_MAX, "{} were under way", world.most.0);
    took.sort_unstable();
    took[took.len() * 99 / 100]
}

#[test]
fn a_flood_on_one_flow_leaves_the_p99_of_another_alone() {
    let own = |flow: usize| flow.to_string();
    let quiet = p99(own, 0, 0);
    // One flow with 10,000 events; then so many that all room there is is taken.
    for (floods, events) in [(1, 10_000), (8, 10_000)] {
        let flooded = p99(own, floods, events);
        assert!(
            2 * flooded < 3 * quiet,
            "{quiet} us alone, {flooded} us beside {floods}"
        );
    }
    // The measure tells: in one queue for all, the same calls wait for the flood.
    let one = |_: usize| "all".to_owned();
    assert!(p99(one, 1, 10_000) > 10 * quiet);
}

#[test]
fn no_more_is_under_way_than_there_is_room_for() {
    let mut schedule = Schedule::default();
    let action = |name: &str| Group::Action(name.to_owned());
    for at in 0..1_000 {
        schedule.push("a", action("one"), at);
        schedule.push("a", Group::Job("fit".into()), at);
        schedule.push("a", Group::Model("digits".into()), at);
    }
    let mut out = Vec::new();
    while let Some(order) = schedule.next() {
        out.push(order);
    }
    assert_eq!(out.len(), CALLS_MAX_OF_ONE + JOBS_MAX_OF_FLOW + ROWS_MAX_OF_MODEL);
    assert_eq!(schedule.under_way(), (CALLS_MAX_OF_ONE, JOBS_MAX_OF_FLOW));
    // Other actions of the same flow go on up to what the flow may have.
    for at in 0..CALLS_MAX_OF_FLOW {
        schedule.push("a", action(&format!("f{at}")), at);
    }
    while schedule.next().is_some() {}
    assert_eq!(schedule.under_way().0, CALLS_MAX_OF_FLOW);
    // Each that comes back makes room for one.
    schedule.over("a", &action("one"));
    assert!(schedule.next().is_some());
    assert!(schedule.next().is_none());
    // Beside it, others go on up to what all may have.
    for flow in 0..CALLS_MAX {
        schedule.push(&format!("b{flow}"), action("one"), flow);
    }
    while schedule.next().is_some() {}
    assert_eq!(schedule.under_way().0, CALLS_MAX);
}

#[test]
fn what_is_taken_back_is_never_handed_out() {
    let mut schedule = Schedule::default();
    for at in 0..3 {
        schedule.push("a", Group::Own, at);
    }
    assert_eq!(schedule.remove("a", &Group::Own, |at| *at == 1), Some(1));
    assert_eq!(schedule.waiting("a"), 2);
    assert_eq!(schedule.next(), Some(0));
    assert_eq!(schedule.next(), Some(2));
    assert_eq!(schedule.next(), None);
    // What nobody has is no reason to count wrongly.
    for _ in 0..3 {
        schedule.over("a", &Group::Own);
        schedule.over("b", &Group::Own);
    }
    assert_eq!(schedule.under_way(), (0, 0));
    assert_eq!(schedule.fullest(), (None, 0));
}
