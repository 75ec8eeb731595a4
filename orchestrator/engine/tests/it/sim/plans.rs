//! Random plans with the shapes that the compiler makes: blocks, arms, chains under a catch.

use super::Dice;
use crate::draft::{Draft, lit, v};
use flow_lang::ast::BinaryOp;
use flow_lang::plan::{Effects, Expr, Guard, Op, Plan, StepIx, Type};

const DEPTH_MAX: u32 = 3;

pub(super) fn random(dice: &mut Dice) -> Plan {
    let mut maker = Maker {
        dice,
        draft: Draft::new(),
        values: vec![],
        versions: vec![],
    };
    maker.block(0);
    if maker.dice.chance(30) {
        maker.on_failure();
    }
    let mut draft = maker.draft;
    if dice.chance(50) {
        draft.rule().deadline_ms = Some(1_000 + dice.below(600_000));
    }
    for action in draft.plan.actions.values_mut() {
        action.attempts = 1 + dice.below(3) as u32;
        if dice.chance(20) {
            action.attempts = 1;
            action.effects = Effects::Once;
        }
    }
    draft.plan
}

struct Maker<'d> {
    dice: &'d mut Dice,
    draft: Draft,
    /// Steps with a field `v`, in sight or not: a value from the other arm is absent.
    values: Vec<StepIx>,
    versions: Vec<StepIx>,
}

impl Maker<'_> {
    fn block(&mut self, depth: u32) {
        for _ in 0..1 + self.dice.below(4) {
            match self.dice.below(if depth < DEPTH_MAX { 13 } else { 8 }) {
                0..=3 => self.invoke(),
                4 => self.train(),
                5 => match self.dice.chance(50) {
                    true => self.append(),
                    false => self.emit(),
                },
                6 => self.deploy(),
                7 => match self.dice.chance(50) {
                    true => self.own(),
                    false => self.pause(),
                },
                8 | 9 => self.when(depth),
                10 => self.each(depth),
                _ => self.catch(depth),
            }
        }
    }

    fn name(&mut self) -> String {
        format!("s{}", self.draft.graph().steps.len())
    }

    fn invoke(&mut self) {
        let (name, x) = (self.name(), self.value());
        let ix = self.draft.invoke(&name, x);
        self.values.push(ix);
    }

    fn train(&mut self) {
        let (name, x) = (self.name(), self.value());
        let ix = self.draft.train(&name, x);
        self.versions.push(ix);
    }

    fn append(&mut self) {
        let (name, x) = (self.name(), self.value());
        self.draft.append(&name, x);
    }

    fn emit(&mut self) {
        let (name, x) = (self.name(), self.value());
        let ix = self.draft.emit(&name, x);
        if ix > 0 && self.dice.chance(50) {
            let other = self.dice.below(ix as u64) as StepIx;
            if self.sees(other) {
                self.draft.after(&[other]);
            }
        }
    }

    /// Whether a step is neither inside an `each` that we are not in, nor an `each` that we are in.
    fn sees(&mut self, other: StepIx) -> bool {
        let mut around = vec![self.draft.within];
        while let Some(&Some(each)) = around.last() {
            around.push(self.draft.graph().steps[each].within);
        }
        around.contains(&self.draft.graph().steps[other].within) && !around.contains(&Some(other))
    }

    fn deploy(&mut self) {
        let name = self.name();
        match self.versions.last() {
            Some(&version) => self.draft.deploy(&name, version),
            None => self.draft.live(&name),
        };
    }

    fn pause(&mut self) {
        let (name, ms) = (self.name(), self.dice.below(5_000));
        match self.dice.below(3) {
            0 => {
                self.draft.approval(&name, ms);
                return;
            }
            1 => {
                let callback = self.draft.callback(&name);
                let name = self.name();
                let answer = self.draft.awaits(&name, callback, ms);
                self.values.push(answer);
                return;
            }
            _ => {}
        }
        self.draft.step(&name, Op::Sleep { ms }, Type::nothing());
    }

    fn on_failure(&mut self) {
        let name = self.name();
        let before: Vec<StepIx> = (0..self.draft.graph().steps.len()).collect();
        let failure = self.draft.step(&name, Op::Failure, Type::Json { max: None });
        self.draft.after(&before);
        self.guarded(failure, true, 1);
    }

    fn own(&mut self) {
        let name = self.name();
        if self.dice.chance(50) {
            self.draft.step(
                &name,
                Op::Snapshot {
                    dataset: "rows".into(),
                },
                Type::Json { max: None },
            );
        } else {
            let input = Expr::Record([("x".into(), self.value())].into());
            let ix = self.draft.step(
                &name,
                Op::Predict {
                    model: "m".into(),
                    input,
                },
                Type::nothing(),
            );
            self.values.push(ix);
        }
    }

    fn when(&mut self, depth: u32) {
        let (name, x) = (self.name(), self.value());
        let cond = Expr::Binary(BinaryOp::Greater, Box::new(x), Box::new(lit(5)));
        let when = self.draft.when(&name, cond);
        self.guarded(when, true, depth);
        if self.dice.chance(60) {
            self.guarded(when, false, depth);
        }
    }

    fn catch(&mut self, depth: u32) {
        let first = self.draft.graph().steps.len();
        self.block(depth + 1);
        let within = self.draft.within;
        let steps = self.draft.graph().steps.iter().enumerate().skip(first);
        let here = steps.filter(|(_, step)| step.within == within);
        let body: Vec<StepIx> = here.map(|(ix, _)| ix).collect();
        let name = self.name();
        let catch = self.draft.catch(&name, &body);
        if self.dice.chance(70) {
            self.guarded(catch, true, depth);
        }
    }

    /// What is inside is out of sight behind it.
    fn each(&mut self, depth: u32) {
        let name = self.name();
        let items = (0..self.dice.below(4)).map(|_| self.value()).collect();
        let parallel = 1 + self.dice.below(3) as u32;
        let each = self.draft.begin_each(&name, Expr::List(items), parallel);
        let before = (self.values.len(), self.versions.len());
        let (name, x) = (self.name(), Expr::Item(each));
        let first = self.draft.invoke(&name, x);
        self.values.push(first);
        self.block(depth + 1);
        let came_to = self.value();
        self.draft.end_each(each, came_to);
        self.values.truncate(before.0);
        self.versions.truncate(before.1);
    }

    fn guarded(&mut self, step: StepIx, is: bool, depth: u32) {
        self.draft.guards.push(Guard { step, is });
        self.block(depth + 1);
        self.draft.guards.pop();
    }

    /// A constant, a value of an earlier step, or that with a default.
    fn value(&mut self) -> Expr {
        let constant = lit(self.dice.below(10));
        if self.values.is_empty() || self.dice.chance(20) {
            return constant;
        }
        let value = v(self.dice.pick(&self.values));
        match self.dice.chance(50) {
            true => Expr::Binary(BinaryOp::Default, Box::new(value), Box::new(constant)),
            false => value,
        }
    }
}
