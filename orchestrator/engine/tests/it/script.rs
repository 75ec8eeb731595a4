//! A run told line by line: an event, and what it asks for.

use crate::draft::Draft;
use flow_engine::{
    Effect, ErrorKind, Event, GraphRef, Millis, Run, SkipReason, State, Status, StepError, Token, Verdict,
    step,
};
use flow_lang::plan::{Graph, ModelRef, Plan, StepIx};
use serde_json::{Value, json};

/// Plays `lines` and compares the effects of each, then the states at the end with `states`.
///
/// Events: `start`, `tick`, `restart`, `cancel`, `a -> 3` (step `a` answers `{ "v": 3 }`), `a -> {…}`,
/// `a ! crash`, `ok by ana`, `ok by ana no: …`, `answer < {…}`; `a@2.1 -> …` names another sending than the one that is awaited. `900: tick` moves the clock.
#[track_caller]
pub(crate) fn check(draft: &Draft, lines: &[(&str, &str)], states: &str) {
    let mut play = Play::new(&draft.plan, GraphRef::Rule("r".into()));
    for (line, effects) in lines {
        assert_eq!(play.tell(line), *effects, "after `{line}`; {}", play.states());
    }
    assert_eq!(play.states(), states);
}

pub(crate) struct Play<'p> {
    plan: &'p Plan,
    pub(crate) run: Run,
    now: Millis,
}

impl<'p> Play<'p> {
    pub(crate) fn new(plan: &'p Plan, graph: GraphRef) -> Play<'p> {
        let run = Run::new(plan, graph, json!({ "x": 1 }));
        Play { plan, run, now: 0 }
    }

    /// Plays one event and renders its effects.
    pub(crate) fn tell(&mut self, line: &str) -> String {
        let mut event = line;
        if let Some((now, rest)) = line.split_once(": ")
            && let Ok(now) = now.parse()
        {
            (self.now, event) = (now, rest);
        }
        let event = self.event(event);
        let (run, effects) = step(self.plan, self.run.clone(), event, self.now);
        self.run = run;
        let shown: Vec<_> = effects.iter().map(|effect| self.show(effect)).collect();
        shown.join(", ")
    }

    /// The states of all steps and of the run.
    pub(crate) fn states(&self) -> String {
        let graph = self.graph();
        let walked = self.run.walked(graph);
        let mut shown: Vec<_> = walked
            .map(|(at, _, state)| format!("{} {}", self.run.step_name(graph, at), show_state(state)))
            .collect();
        shown.push(match &self.run.status {
            Status::Pending => "pending".into(),
            Status::Running { .. } => "running".into(),
            Status::Succeeded { output } => format!("succeeded {output}"),
            Status::Failed { error } => format!("failed {}", show_error(error)),
            Status::Cancelled { why } => format!("cancelled {why}"),
        });
        shown.join(", ")
    }

    /// The name of the step that waits for a callback.
    pub(crate) fn waiting_for(&self, callback: &str) -> String {
        let graph = self.graph();
        let waits = self.run.waiting_for(graph, self.place(callback)).unwrap();
        self.run.step_name(graph, waits)
    }

    fn graph(&self) -> &'p Graph {
        self.run.graph.find(self.plan).unwrap()
    }

    fn event(&self, text: &str) -> Event {
        match text {
            "start" => return Event::Start,
            "tick" => return Event::Tick,
            "restart" => return Event::Restarted,
            "cancel" => return Event::Cancel { why: "me".into() },
            _ => {}
        }
        if let Some((who, output)) = text.split_once(" -> ") {
            let output: Value = serde_json::from_str(output).unwrap();
            let output = if output.is_number() {
                json!({ "v": output })
            } else {
                output
            };
            return Event::Succeeded {
                token: self.token(who),
                output,
            };
        }
        if let Some((who, word)) = text.split_once(" by ana") {
            let (step, by) = (self.place(who), "ana".into());
            return match word.strip_prefix(" no: ") {
                None => Event::Approved { step, by },
                Some(why) => {
                    let message = why.into();
                    Event::Denied { step, by, message }
                }
            };
        }
        if let Some((who, output)) = text.split_once(" < ") {
            let output = serde_json::from_str(output).unwrap();
            let step = self.place(who);
            return Event::Posted { step, output };
        }
        if let Some((who, verdict)) = text.split_once(" ? ") {
            let step = self.place(who);
            let verdict = match verdict.split_once(' ') {
                Some(("succeeded", output)) => Verdict::Succeeded {
                    output: serde_json::from_str(output).unwrap(),
                },
                Some((_, message)) => Verdict::Failed {
                    message: message.into(),
                },
                None => Verdict::Again,
            };
            return Event::Resolved { step, verdict };
        }
        let (who, kind) = text.split_once(" ! ").unwrap();
        let kind: ErrorKind = serde_json::from_value(json!(kind)).unwrap();
        Event::Failed {
            token: self.token(who),
            error: StepError::new(kind, "oh"),
        }
    }

    fn place(&self, name: &str) -> StepIx {
        self.run.named(self.graph(), name).unwrap()
    }

    fn token(&self, who: &str) -> Token {
        let (name, sending) = who
            .split_once('@')
            .map_or((who, None), |(name, sending)| (name, Some(sending)));
        let ix = self.place(name);
        let (attempt, resend) = match (sending, &self.run.steps[ix]) {
            (Some(sending), _) => {
                let (attempt, resend) = sending.split_once('.').unwrap();
                (attempt.parse().unwrap(), resend.parse().unwrap())
            }
            (None, State::Running { attempt, resend, .. }) => (*attempt, *resend),
            (None, State::Parked { generation, .. }) => (*generation, 0),
            (None, other) => panic!("`{name}` is {}", show_state(other)),
        };
        Token {
            step: ix,
            attempt,
            resend,
        }
    }
}

/// Version `n` of a model, as JSON.
pub(crate) fn version(n: u64) -> Value {
    let train = "fit".into();
    json!(ModelRef {
        digest: "d".repeat(64),
        train,
        version: n,
        size: 1,
        reports: json!({})
    })
}

impl Play<'_> {
    fn show(&self, effect: &Effect) -> String {
        let name = |ix: &StepIx| self.run.step_name(self.graph(), *ix);
        let at = |token: &Token| format!("{}@{}.{}", name(&token.step), token.attempt, token.resend);
        match effect {
            Effect::Invoke { token, args, .. } => format!("invoke {} {args}", at(token)),
            Effect::Launch { token, args, .. } => format!("launch {} {args}", at(token)),
            Effect::Act { token, args, .. } => format!("act {} {args}", at(token)),
            Effect::Predict { token, input, .. } => format!("predict {} {input}", at(token)),
            Effect::Snapshot { token, .. } => format!("snapshot {}", at(token)),
            Effect::Split { token, test, .. } => format!("split {} {test}", at(token)),
            Effect::Register { token, .. } => format!("register {}", at(token)),
            Effect::Prepare { token, .. } => format!("prepare {}", at(token)),
            Effect::Live { token, .. } => format!("live {}", at(token)),
            Effect::Warm { token, candidate, .. } => format!("warm {} v{}", at(token), candidate.version),
            Effect::Emit { token, payload, .. } => format!("emit {} {payload}", at(token)),
            Effect::Callback { token } => format!("callback {}", at(token)),
            Effect::Stop { token } => format!("stop {}", at(token)),
            Effect::Append { step, row, .. } => format!("append {} {row}", name(step)),
            Effect::Publish { step, model, .. } => format!("publish {} v{}", name(step), model.version),
            Effect::GoLive { step, candidate, .. } => {
                format!("go live {} v{}", name(step), candidate.version)
            }
            Effect::Ended => "ended".into(),
            Effect::Wake { at } => format!("wake {at}"),
        }
    }
}

fn show_state(state: &State) -> String {
    match state {
        State::Waiting => "waiting".into(),
        State::Running { attempt, resend, .. } => format!("running {attempt}.{resend}"),
        State::Parked { generation, .. } => format!("parked {generation}"),
        State::Sleeping { until } => format!("sleeping {until}"),
        State::Held { until } => format!("held {until}"),
        State::Each { items, .. } => format!("{items} rounds"),
        State::Done { .. } => "done".into(),
        State::Failed {
            retry_at: Some(_), ..
        } => "retrying".into(),
        State::Failed { error, .. } => format!("failed {}", show_error(error)),
        State::Skipped {
            why: SkipReason::Guard,
        } => "skipped".into(),
        State::Skipped {
            why: SkipReason::Absent,
        } => "absent".into(),
        State::Skipped {
            why: SkipReason::Caught,
        } => "caught".into(),
        State::Cancelled => "cancelled".into(),
        State::Unknown { attempt, .. } => format!("unknown {attempt}"),
    }
}

fn show_error(error: &StepError) -> String {
    let kind = json!(error.kind);
    format!(
        "{} {}x{} ({})",
        kind.as_str().unwrap(),
        error.step,
        error.attempts,
        error.message
    )
}
