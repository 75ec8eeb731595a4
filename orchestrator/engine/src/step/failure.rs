//! Failures: another try, a catch that takes over, or the end of the run.

use super::Walk;
use crate::mutants::{Bug, planted};
use crate::{ErrorKind, GraphRef, Millis, SkipReason, State, StepError, Token};
use flow_lang::plan::{Op, StepIx};
use std::collections::BTreeSet;

/// Tries of what the daemon does itself (snapshots, reading what is live, predictions, warming a version):
/// all of it may be repeated.
const OWN_ATTEMPTS: u32 = 3;
/// The wait after the first failure; it doubles with each further one.
const BACK_OFF_FIRST_MS: u64 = 1_000;
/// The longest wait.
const BACK_OFF_MAX_MS: u64 = 5 * 60_000;
/// The wait is this many per mille shorter or longer, so that what failed together is not tried together.
const JITTER_PER_MILLE: u64 = 100;
/// The most bytes of `err.step`, as the language declares it.
const STEP_NAME_MAX: usize = 128;

impl Walk<'_> {
    pub(super) fn failed(&mut self, token: Token, error: StepError) {
        if !self.awaits(token) {
            return;
        }
        if self.leaves_open(token.step, error.kind) {
            let kind = error.kind.word();
            let why = StepError::new(error.kind, format!("{kind}: {}", error.message)).message;
            return self.lose(token.step, token.attempt, why);
        }
        let error = StepError {
            attempts: token.attempt,
            ..StepError::new(error.kind, error.message)
        };
        let tries = self.attempts(token.step) + u32::from(planted(Bug::TriesBeyondPolicy));
        if is_worth_another_try(error.kind) && token.attempt < tries {
            let retry_at = Some(self.now.saturating_add(back_off(token, self.now)));
            let error = self.named(token.step, error);
            self.run.steps[token.step] = State::Failed { error, retry_at };
        } else {
            self.give_up(token.step, error);
        }
    }

    /// A step has failed for good: its catch takes over, or the run ends.
    pub(super) fn give_up(&mut self, ix: StepIx, error: StepError) {
        let error = self.named(ix, error);
        self.run.steps[ix] = State::Failed {
            error: error.clone(),
            retry_at: None,
        };
        self.take_over(ix, error);
    }

    /// What follows from the failure at `ix`. In a round that nothing catches, the whole `each` has failed.
    fn take_over(&mut self, ix: StepIx, error: StepError) {
        if self.is_set_aside(ix) {
            return;
        }
        let round = self.run.round(self.graph, ix);
        let catch = self.step(ix).caught_by;
        let catch = catch.and_then(|catch| self.run.at_hand(self.graph, round, catch));
        let catch = catch.filter(|catch| self.run.steps.get(*catch) == Some(&State::Waiting));
        match (catch, round) {
            (Some(catch), _) => self.set_aside_body(catch),
            (None, Some(round)) => {
                let each = self.run.rounds[round].each;
                self.close_rounds(each);
                self.run.steps[each] = State::Failed {
                    error: error.clone(),
                    retry_at: None,
                };
                self.take_over(each, error);
            }
            (None, None) => self.fail(error),
        }
    }

    /// Whether what is around a step went on without it: another failure was caught, ended its `each`, or the run. Only
    /// what nobody knows of is open then, and how it comes out changes nothing any more.
    fn is_set_aside(&self, ix: StepIx) -> bool {
        let failing = self.on_failure().filter(|at| self.run.output(*at).is_some());
        if failing.is_some_and(|at| self.root(ix) < at) {
            return true;
        }
        let round = self.run.round(self.graph, ix);
        let catch = self.step(ix).caught_by;
        let catch = catch.and_then(|catch| self.run.at_hand(self.graph, round, catch));
        let each = round.map(|round| self.run.rounds[round].each);
        catch.is_some_and(|catch| self.run.steps[catch] != State::Waiting)
            || each.is_some_and(|each| self.run.steps[each].has_ended())
    }

    /// Ends what is still open in the body of a catch, with the bodies of catches inside it.
    fn set_aside_body(&mut self, catch: StepIx) {
        let mut body = BTreeSet::new();
        let round = self.run.round(self.graph, catch);
        let mut outer = vec![catch];
        while let Some(catch) = outer.pop() {
            let Op::Catch { body: members } = &self.step(catch).op else {
                continue;
            };
            let members = members
                .iter()
                .filter_map(|ix| self.run.at_hand(self.graph, round, *ix));
            // A body stands before its catch: that each step is taken at most once bounds this loop.
            outer.extend(members.filter(|&ix| ix < catch && body.insert(ix)));
        }
        for ix in body {
            self.close(
                ix,
                State::Skipped {
                    why: SkipReason::Caught,
                },
            );
        }
    }

    pub(super) fn named(&self, ix: StepIx, error: StepError) -> StepError {
        let name = self.run.step_name(self.graph, ix);
        StepError {
            step: name[..name.floor_char_boundary(STEP_NAME_MAX)].to_owned(),
            ..error
        }
    }

    /// Tries in all. A route answers at once or not at all, so it has no second one.
    fn attempts(&self, ix: StepIx) -> u32 {
        match (&self.run.graph, &self.step(ix).op) {
            (GraphRef::Infer(_), _) => 1,
            (_, Op::Invoke { action, .. }) => {
                self.plan.actions.get(action).map_or(1, |action| action.attempts)
            }
            (_, Op::Act { package, action, .. }) => {
                let package = self.plan.packages.get(package);
                let action = package.and_then(|package| package.actions.get(action));
                action.map_or(1, |action| action.attempts)
            }
            (_, Op::Launch { job, .. }) => self.plan.jobs.get(job).map_or(1, |job| job.attempts),
            (
                _,
                Op::Predict { .. }
                | Op::Snapshot { .. }
                | Op::Split { .. }
                | Op::Live { .. }
                | Op::Register { .. }
                | Op::Deploy { .. },
            ) => OWN_ATTEMPTS,
            (
                _,
                // The steps of each row are tried again by themselves.
                Op::Prepare { .. }
                | Op::Append { .. }
                | Op::Emit { .. }
                | Op::Sleep { .. }
                | Op::Approval { .. }
                | Op::Callback
                | Op::Await { .. }
                | Op::Failure
                | Op::When { .. }
                | Op::Catch { .. }
                | Op::Each { .. },
            ) => 1,
        }
    }
}

/// A value that does not fit or is too large will be so again; a refusal says itself that trying is no use; and
/// what was taken back was taken back on purpose.
fn is_worth_another_try(kind: ErrorKind) -> bool {
    match kind {
        ErrorKind::Timeout | ErrorKind::Crash => true,
        ErrorKind::Limit | ErrorKind::Type | ErrorKind::Refused | ErrorKind::RolledBack => false,
    }
}

/// 1 s after the first failure, twice as long after each, at most 5 min; up to a tenth more or less.
fn back_off(token: Token, now: Millis) -> u64 {
    if planted(Bug::BackOffIgnored) {
        return 0;
    }
    let doublings = token.attempt.saturating_sub(1).min(63);
    let wait = BACK_OFF_FIRST_MS
        .saturating_mul(1 << doublings)
        .min(BACK_OFF_MAX_MS);
    let spread =
        mix(now ^ (token.step as u64) << 48 ^ u64::from(token.attempt) << 40) % (2 * JITTER_PER_MILLE + 1);
    wait * (1_000 - JITTER_PER_MILLE + spread) / 1_000
}

/// The finaliser of SplitMix64: spreads neighbouring numbers evenly, the same on every machine.
fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
