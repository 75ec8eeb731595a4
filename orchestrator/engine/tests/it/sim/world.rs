//! What is outside the engine: it answers, or not, and holds the engine to its promises meanwhile.

use super::Dice;
use super::seen::Seen;
use crate::script::version;
use flow_engine::{
    Effect, ErrorKind, Event, GraphRef, Millis, Round, Run, SkipReason, State, StepError, Token, Verdict,
    step,
};
use flow_lang::plan::private::SEALED;
use flow_lang::plan::{Effects, Graph, Op, Plan, Step, StepIx};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A run that needs more has lost its way.
const EVENTS_MAX: usize = 2_000;
/// One of the engine's promises.
const RESENDS_MAX: u32 = 10;

pub(super) struct World<'p> {
    plan: &'p Plan,
    graph: &'p Graph,
    seed: u64,
    dice: Dice,
    now: Millis,
    pub(super) run: Run,
    pub(super) log: Vec<(Millis, Event)>,
    /// Handed over and not answered.
    out: Vec<Token>,
    /// Answered or stopped; some are answered once more.
    old: Vec<Token>,
    timer: Option<Millis>,
    /// In-commit effects by kind and step.
    entries: BTreeSet<(&'static str, StepIx)>,
    launched: BTreeMap<StepIx, u32>,
    /// Tries of `once` actions that were handed over.
    once: BTreeSet<(StepIx, u32)>,
    ended: bool,
}

impl<'p> World<'p> {
    pub(super) fn new(plan: &'p Plan, seed: u64) -> World<'p> {
        World {
            plan,
            graph: &plan.rules["r"].graph,
            seed,
            dice: Dice(!seed),
            now: 1_000,
            run: Run::new(plan, GraphRef::Rule("r".into()), json!({})),
            log: vec![],
            out: vec![],
            old: vec![],
            timer: None,
            entries: BTreeSet::new(),
            launched: BTreeMap::new(),
            once: BTreeSet::new(),
            ended: false,
        }
    }

    pub(super) fn live(&mut self, seen: &mut Seen) {
        // In some worlds the daemon hardly ever stays up, so that answers get lost again and again.
        let crashes = if self.seed.is_multiple_of(7) { 70 } else { 5 };
        self.happen(Event::Start, seen);
        while !self.run.status.is_terminal() {
            assert!(
                self.log.len() < EVENTS_MAX,
                "seed {}: no end in sight: {:?}",
                self.seed,
                self.run
            );
            self.now += self.dice.below(400);
            if self.dice.chance(crashes) {
                self.crash(seen);
            } else if self.dice.below(1_000) < 5 {
                self.happen(Event::Cancel { why: "dice".into() }, seen);
            } else if self.dice.chance(15) {
                self.speak(seen);
            } else if !self.old.is_empty() && self.dice.chance(10) {
                let token = self.dice.pick(&self.old);
                let event = self.answer(token);
                let before = self.run.clone();
                self.happen(event, seen);
                let on_time = before.deadline.is_none_or(|at| self.now < at);
                if on_time && !self.out.contains(&token) {
                    assert_eq!(self.run, before, "seed {}: a stale answer counted", self.seed);
                    seen.stale += 1;
                }
            } else if !self.out.is_empty() && self.dice.chance(80) {
                let at = self.dice.below(self.out.len() as u64) as usize;
                let token = self.out.swap_remove(at);
                self.old.push(token);
                let event = self.answer(token);
                self.happen(event, seen);
            } else if let Some(at) = self.timer {
                self.now = self.now.max(at);
                self.timer = None;
                self.happen(Event::Tick, seen);
            } else if self.run.waits_for_a_person() {
                let event = self.verdict();
                self.happen(event, seen);
            } else {
                assert!(!self.out.is_empty(), "seed {}: stuck: {:?}", self.seed, self.run);
            }
        }
        assert!(self.ended, "seed {}: no end was told", self.seed);
        seen.status(&self.run.status);
    }

    /// The daemon stops: calls and timers are lost, jobs and the committed run are not.
    fn crash(&mut self, seen: &mut Seen) {
        let (jobs, calls) = std::mem::take(&mut self.out)
            .into_iter()
            .partition(|token: &Token| matches!(self.step(token.step).op, Op::Launch { .. }));
        self.out = jobs;
        self.old.extend::<Vec<Token>>(calls);
        self.timer = None;
        let stored = serde_json::to_string(&self.run).unwrap();
        let read: Run = serde_json::from_str(&stored).unwrap();
        assert_eq!(read, self.run);
        self.run = read;
        self.happen(Event::Restarted, seen);
    }

    fn happen(&mut self, event: Event, seen: &mut Seen) {
        self.log.push((self.now, event.clone()));
        let before = self.run.clone();
        let (run, effects) = step(self.plan, before.clone(), event, self.now);
        self.run = run;
        for effect in effects {
            self.perform(effect, &before);
        }
        if let Some(due) = self.run.due() {
            assert_eq!(
                self.timer,
                Some(due),
                "seed {}: the last wake is not the next",
                self.seed
            );
        }
        for ix in 0..self.run.steps.len() {
            let before = before.steps.get(ix).unwrap_or(&State::Waiting);
            if *before != self.run.steps[ix] {
                self.moved(ix, before, seen);
            }
        }
        self.rounds(seen);
    }

    /// No more rounds of an `each` are under way than it allows, and none is begun out of turn.
    fn rounds(&self, seen: &mut Seen) {
        for (each, state) in self.run.steps.iter().enumerate() {
            let State::Each { items, .. } = state else {
                continue;
            };
            let Op::Each { parallel, .. } = &self.step(each).op else {
                panic!("seed {}: rounds of `{}`", self.seed, self.step(each).name);
            };
            let rounds: Vec<_> = self
                .run
                .rounds
                .iter()
                .filter(|round| round.each == each)
                .collect();
            let open = rounds.iter().filter(|round| {
                let states = &self.run.steps[round.first..][..self.body(round).len()];
                states.iter().any(|state| !state.has_ended())
            });
            let open = open.count() as u32;
            assert!(
                open <= *parallel && rounds.len() as u64 <= *items,
                "seed {}",
                self.seed
            );
            let in_turn = rounds.iter().enumerate().all(|(at, round)| round.at == at as u64);
            assert!(in_turn, "seed {}: {rounds:?}", self.seed);
            seen.side_by_side += u64::from(open > 1);
        }
    }

    fn body(&self, round: &Round) -> &'p [StepIx] {
        match &self.step(round.each).op {
            Op::Each { body, .. } => body,
            other => panic!("seed {}: a round of {other:?}", self.seed),
        }
    }

    fn round(&self, at: StepIx) -> Option<&Round> {
        let holds = |round: &&Round| (round.first..round.first + self.body(round).len()).contains(&at);
        self.run.rounds.iter().find(holds)
    }

    /// The step at a place of the run.
    fn step(&self, at: StepIx) -> &'p Step {
        match self.graph.steps.get(at) {
            Some(step) => step,
            None => {
                let mut before = self.run.rounds.iter().filter(|round| round.first <= at);
                let round = before.next_back().unwrap();
                &self.graph.steps[self.body(round)[at - round.first]]
            }
        }
    }

    /// Where a step of the graph is, seen from `at`.
    fn place(&self, at: StepIx, step: StepIx) -> StepIx {
        let Some(round) = self.round(at) else { return step };
        match self.body(round).iter().position(|member| *member == step) {
            Some(offset) => round.first + offset,
            None => self.place(round.each, step),
        }
    }

    fn perform(&mut self, effect: Effect, before: &Run) {
        assert!(!self.ended, "seed {}: {effect:?} after the end", self.seed);
        let mut enter = |kind, step| {
            assert!(
                self.entries.insert((kind, step)),
                "seed {}: a second {kind} by {step}",
                self.seed
            );
        };
        match effect {
            Effect::Append { step, .. } => {
                enter("row", step);
                self.in_turn(step);
            }
            Effect::Publish { step, .. } => enter("version", step),
            Effect::GoLive { step, .. } => enter("deploy", step),
            Effect::Launch { token, .. } => {
                let last = self.launched.insert(token.step, token.attempt).unwrap_or(0);
                let under_way = matches!(before.steps.get(token.step), Some(State::Parked { .. }));
                let expected = if under_way { last } else { last + 1 };
                assert_eq!(
                    token.attempt, expected,
                    "seed {}: generations skip or repeat",
                    self.seed
                );
                if !self.out.contains(&token) {
                    self.out.push(token);
                }
            }
            Effect::Invoke { token, action, .. } => {
                assert!(token.resend <= RESENDS_MAX);
                if self.plan.actions[&action].effects == Effects::Once {
                    let new = self.once.insert((token.step, token.attempt));
                    assert!(new, "seed {}: `{action}` was sent again by itself", self.seed);
                }
                self.out.push(token);
            }
            Effect::Act { token, .. }
            | Effect::Predict { token, .. }
            | Effect::Snapshot { token, .. }
            | Effect::Split { token, .. }
            | Effect::Register { token, .. }
            | Effect::Prepare { token, .. }
            | Effect::Live { token, .. }
            | Effect::Emit { token, .. }
            | Effect::Callback { token }
            | Effect::Warm { token, .. } => {
                assert!(token.resend <= RESENDS_MAX);
                self.out.push(token);
            }
            Effect::Stop { token } => {
                self.out.retain(|out| *out != token);
                self.old.push(token);
            }
            Effect::Ended => self.ended = true,
            Effect::Wake { at } => self.timer = Some(at),
        }
    }

    /// Rows of the items before have been added, as far as they will be.
    fn in_turn(&self, at: StepIx) {
        let Some(own) = self.round(at) else { return };
        let before = |round: &&Round| round.each == own.each && round.at < own.at;
        for round in self.run.rounds.iter().filter(before) {
            for (offset, ix) in self.body(round).iter().enumerate() {
                let state = &self.run.steps[round.first + offset];
                let adds = matches!(self.graph.steps[*ix].op, Op::Append { .. });
                assert!(
                    !adds || state.has_ended(),
                    "seed {}: a row out of turn",
                    self.seed
                );
            }
        }
    }

    /// Holds one change of one step against the plan, by its own reading of it.
    fn moved(&self, ix: StepIx, before: &State, seen: &mut Seen) {
        let (step, after) = (self.step(ix), &self.run.steps[ix]);
        let context = || format!("seed {}, `{}`: {before:?} to {after:?}", self.seed, step.name);
        assert!(!before.has_ended(), "{}", context());
        let handed_over = matches!(after, State::Running { .. } | State::Parked { .. });
        let begun = handed_over
            || matches!(
                after,
                State::Done { .. } | State::Sleeping { .. } | State::Held { .. }
            );
        if *before == State::Waiting && begun {
            let needs = if step.op == Op::Failure {
                &[][..]
            } else {
                &step.needs
            };
            for &need in needs {
                let need = self.place(ix, need);
                assert!(
                    self.run.steps[need].has_ended(),
                    "{}: before {need} had ended",
                    context()
                );
            }
            for guard in &step.guards {
                let State::Done { output } = &self.run.steps[self.place(ix, guard.step)] else {
                    panic!("{}: guard {} has no value", context(), guard.step);
                };
                let holds = output.as_bool().unwrap_or(!output.is_null());
                assert_eq!(
                    holds,
                    guard.is,
                    "{}: guard {} does not hold",
                    context(),
                    guard.step
                );
            }
        }
        let attempts = match &step.op {
            Op::Invoke { action, .. } => self.plan.actions[action].attempts,
            Op::Launch { job, .. } => self.plan.jobs[job].attempts,
            Op::Act { package, action, .. } => self.plan.packages[package].actions[action].attempts,
            _ => 3,
        };
        match after {
            State::Running { attempt, resend, .. } => {
                let by_hand = match before {
                    State::Unknown { .. } => true,
                    State::Running { attempt: last, .. } => last == attempt,
                    _ => false,
                };
                assert!(by_hand || (1..=attempts).contains(attempt), "{}", context());
                seen.retried += u64::from(*attempt > 1);
                seen.resent += u64::from(*resend > 0);
            }
            State::Parked { generation, .. } => {
                assert!((1..=attempts).contains(generation), "{}", context());
                seen.relaunched += u64::from(*generation > 1);
            }
            State::Done { .. } if step.op == Op::Failure => seen.handled += 1,
            State::Sleeping { until } => {
                assert!(*until >= self.now, "{}", context());
                seen.slept += 1;
            }
            State::Held { until } => assert!(*until >= self.now, "{}", context()),
            State::Failed { error, .. } if error.message.starts_with("nobody") => {
                let in_time = matches!(before, State::Held { until } if self.now < *until);
                assert!(!in_time, "{}", context());
                match &step.op {
                    Op::Approval { .. } => seen.expired += 1,
                    _ => seen.unanswered += 1,
                }
            }
            State::Done { output } if matches!(step.op, Op::Catch { .. }) && !output.is_null() => {
                let message = output["message"].as_str().unwrap();
                assert!(
                    message.contains("dice") || message.starts_with("nobody"),
                    "{message}"
                );
                seen.caught += 1;
            }
            State::Skipped { why } => match why {
                SkipReason::Guard => seen.unguarded += 1,
                SkipReason::Absent => seen.absent += 1,
                SkipReason::Caught => seen.set_aside += 1,
            },
            State::Each { .. } => seen.walked += 1,
            State::Unknown { .. } => seen.unknown += 1,
            State::Waiting => panic!("{}", context()),
            State::Done { .. } | State::Failed { .. } | State::Cancelled => {}
        }
    }

    /// Somebody says yes or no to some step, or posts to it, whether it waits for that or not.
    fn speak(&mut self, seen: &mut Seen) {
        let step = self.dice.below(self.run.steps.len() as u64) as StepIx;
        let (by, word) = ("ana".to_owned(), self.dice.below(6));
        let event = match word {
            0 | 1 => Event::Denied {
                step,
                by,
                message: "dice".into(),
            },
            2 | 3 => Event::Approved { step, by },
            _ => Event::Posted {
                step,
                output: json!({ "v": word }),
            },
        };
        let (no, posts) = (word < 2, word > 3);
        let before = self.run.clone();
        self.happen(event, seen);
        let asked = match &self.step(step).op {
            Op::Approval { .. } => !posts,
            Op::Await { .. } => posts,
            _ => false,
        };
        let held = asked && matches!(before.steps[step], State::Held { .. });
        let on_time = before.deadline.is_none_or(|at| self.now < at);
        if on_time {
            assert_eq!(
                self.run != before,
                held,
                "seed {}: a word out of place",
                self.seed
            );
            seen.posted += u64::from(held && posts);
            seen.approved += u64::from(held && !no && !posts);
            seen.denied += u64::from(held && no);
        }
    }

    /// A person says what became of a step that nobody knows of.
    fn verdict(&mut self) -> Event {
        let unknown = |ix: &StepIx| matches!(self.run.steps[*ix], State::Unknown { .. });
        let unknown: Vec<StepIx> = (0..self.run.steps.len()).filter(unknown).collect();
        let step = self.dice.pick(&unknown);
        let token = Token {
            step,
            attempt: 1,
            resend: 0,
        };
        let verdict = match self.dice.below(3) {
            0 => Verdict::Again,
            1 => Verdict::Failed {
                message: "dice".into(),
            },
            _ => Verdict::Succeeded {
                output: self.output(token),
            },
        };
        Event::Resolved { step, verdict }
    }

    fn answer(&mut self, token: Token) -> Event {
        if self.dice.chance(25) {
            let kind = self.dice.pick(&[
                ErrorKind::Crash,
                ErrorKind::Timeout,
                ErrorKind::Timeout,
                ErrorKind::Refused,
            ]);
            let error = StepError::new(kind, "dice");
            return Event::Failed { token, error };
        }
        let output = self.output(token);
        Event::Succeeded { token, output }
    }

    fn output(&mut self, token: Token) -> Value {
        let number = self.dice.below(10);
        match &self.step(token.step).op {
            Op::Launch { .. } => version(number),
            Op::Deploy { .. } => json!({ "version": version(number), "previous": null }),
            Op::Live { .. } => match number {
                0..5 => Value::Null,
                _ => version(number),
            },
            Op::Callback => json!({ "url": { SEALED: "dice" } }),
            _ => json!({ "v": number, "undeclared": true }),
        }
    }
}
