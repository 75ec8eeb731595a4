//! The rounds of an `each`: its body is walked once for each item, in states of their own behind those of the graph.
//!
//! A place in `Run::steps` up to the number of the graph's steps is the step of that number. Behind them come the
//! rounds, each as many states as the body of its `each` has steps, in the order in which they were opened. What is
//! inside an `each` is so a pattern for its rounds, and is itself never walked.

use super::{Run, State};
use flow_lang::plan::{Graph, Op, Step, StepIx};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One walk through the body of an `each`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// The place of the `each` in the run.
    pub each: StepIx,
    /// Which item it is, from 0.
    pub at: u64,
    /// The item.
    pub item: Value,
    /// The place of its first state in the run.
    pub first: StepIx,
}

impl Run {
    /// Whether it has the states that a walk through `graph` has.
    pub(crate) fn fits(&self, graph: &Graph) -> bool {
        let mut end = graph.steps.len();
        let sound = self.rounds.iter().all(|round| {
            let starts = round.first == end && round.each < end;
            end += self.body(graph, round).len();
            starts
        });
        sound && end == self.steps.len()
    }

    /// The step of the graph that stands at a place of the run.
    pub fn step<'g>(&self, graph: &'g Graph, at: StepIx) -> Option<&'g Step> {
        self.pattern(graph, at).and_then(|ix| graph.steps.get(ix))
    }

    /// The name of the step at a place of the run: that of the graph's step, with the number of each round that it is
    /// in behind it, outermost first: `fit`, `fit.0`, `fit.2.5`.
    pub fn step_name(&self, graph: &Graph, at: StepIx) -> String {
        let mut name = self.step(graph, at).map_or("", |step| &step.name).to_owned();
        let mut numbers = Vec::new();
        let mut round = self.round(graph, at);
        while let Some(inner) = round {
            numbers.push(self.rounds[inner].at);
            round = self.round(graph, self.rounds[inner].each);
        }
        for number in numbers.iter().rev() {
            name.push_str(&format!(".{number}"));
        }
        name
    }

    /// What is walked, with its place: the steps outside of any `each`, and those of the rounds.
    pub fn walked<'r>(&'r self, graph: &'r Graph) -> impl Iterator<Item = (StepIx, &'r Step, &'r State)> {
        let states = self.steps.iter().enumerate();
        states.filter_map(|(at, state)| Some((at, self.walked_step(graph, at)?, state)))
    }

    /// The place of the step that people call so.
    pub fn named(&self, graph: &Graph, name: &str) -> Option<StepIx> {
        let mut walked = self.walked(graph);
        let named = walked.find(|(at, ..)| self.step_name(graph, *at) == name);
        named.map(|(at, ..)| at)
    }

    /// The places of the steps that one needs.
    pub fn needs(&self, graph: &Graph, at: StepIx) -> Vec<StepIx> {
        let round = self.round(graph, at);
        let needs = self.step(graph, at).map_or(&[][..], |step| &step.needs);
        needs
            .iter()
            .filter_map(|need| self.at_hand(graph, round, *need))
            .collect()
    }

    /// The place of the step that waits for the callback at a place.
    pub fn waiting_for(&self, graph: &Graph, callback: StepIx) -> Option<StepIx> {
        let made_here = |at: StepIx, made: StepIx| self.at_hand(graph, self.round(graph, at), made);
        let mut walked = self.walked(graph);
        let waits = walked.find(|(at, step, _)| match step.op {
            Op::Await { callback: made, .. } => made_here(*at, made) == Some(callback),
            _ => false,
        });
        waits.map(|(at, ..)| at)
    }

    /// The step at a place, if it is walked and no mere pattern.
    pub(crate) fn walked_step<'g>(&self, graph: &'g Graph, at: StepIx) -> Option<&'g Step> {
        let step = self.step(graph, at)?;
        (at >= graph.steps.len() || step.within.is_none()).then_some(step)
    }

    /// The round that a place belongs to, by its number; nothing for the graph's own.
    pub(crate) fn round(&self, graph: &Graph, at: StepIx) -> Option<usize> {
        if at < graph.steps.len() {
            return None;
        }
        self.rounds
            .partition_point(|round| round.first <= at)
            .checked_sub(1)
    }

    /// The place of a step of the graph as it is seen from a round: the one of the same round, or of one around it.
    pub(crate) fn at_hand(&self, graph: &Graph, round: Option<usize>, step: StepIx) -> Option<StepIx> {
        let within = graph.steps.get(step)?.within;
        let Some(each) = within else {
            return Some(step);
        };
        let round = self.round_of(graph, round, each)?;
        let offset = self.body(graph, round).binary_search(&step).ok()?;
        Some(round.first + offset)
    }

    /// The round of this `each` that is walked here, or around here.
    pub(crate) fn round_of(&self, graph: &Graph, from: Option<usize>, each: StepIx) -> Option<&Round> {
        let mut at = from;
        loop {
            let round = self.rounds.get(at?)?;
            if self.pattern(graph, round.each) == Some(each) {
                return Some(round);
            }
            at = self.round(graph, round.each);
        }
    }

    /// The steps of the graph that a round walks through.
    pub(crate) fn body<'g>(&self, graph: &'g Graph, round: &Round) -> &'g [StepIx] {
        match self.step(graph, round.each).map(|step| &step.op) {
            Some(Op::Each { body, .. }) => body,
            _ => &[],
        }
    }

    fn pattern(&self, graph: &Graph, at: StepIx) -> Option<StepIx> {
        match self.round(graph, at) {
            None => Some(at),
            Some(number) => {
                let round = &self.rounds[number];
                self.body(graph, round).get(at - round.first).copied()
            }
        }
    }
}
