//! What is known of an expression.

use super::{Known, There, Truth};
use flow_lang::ast::{BinaryOp, UnaryOp};
use flow_lang::plan::{Expr, Op, Step};

/// What is known where an expression stands: of the input of the graph, and of its steps.
pub(in crate::rules) struct Scope<'a> {
    input: Known,
    steps: &'a [Step],
    /// What the `when`s come to, in the order of the steps; the others are open.
    decided: Vec<Truth>,
}

impl<'a> Scope<'a> {
    /// Looks through the steps of a graph whose input is like this.
    pub(in crate::rules) fn new(input: Known, steps: &'a [Step]) -> Scope<'a> {
        let mut scope = Scope {
            input,
            steps,
            decided: Vec::with_capacity(steps.len()),
        };
        for step in steps {
            let truth = match &step.op {
                Op::When { cond } => scope.truth(cond),
                Op::Invoke { .. }
                | Op::Launch { .. }
                | Op::Predict { .. }
                | Op::Act { .. }
                | Op::Snapshot { .. }
                | Op::Split { .. }
                | Op::Live { .. }
                | Op::Append { .. }
                | Op::Deploy { .. }
                | Op::Prepare { .. }
                | Op::Register { .. }
                | Op::Catch { .. }
                | Op::Each { .. }
                | Op::Emit { .. }
                | Op::Sleep { .. }
                | Op::Approval { .. }
                | Op::Callback
                | Op::Await { .. }
                | Op::Failure => Truth::OPEN,
            };
            scope.decided.push(truth);
        }
        scope
    }

    /// Whether a step may run at all: all conditions that it stands under may hold.
    pub(in crate::rules) fn may_run(&self, step: &Step) -> bool {
        step.guards
            .iter()
            .all(|guard| self.decided[guard.step].may(guard.is))
    }

    /// Looks at another input from now on, and gives back the one before.
    pub(in crate::rules) fn replace_input(&mut self, input: Known) -> Known {
        std::mem::replace(&mut self.input, input)
    }

    /// The name of a step.
    pub(super) fn step_name(&self, ix: usize) -> &str {
        &self.steps[ix].name
    }

    /// What a condition comes to.
    pub(in crate::rules) fn truth(&self, cond: &Expr) -> Truth {
        self.look(cond).truth()
    }

    /// What is known of a value.
    pub(in crate::rules) fn look(&self, expr: &Expr) -> Known {
        if let Some(known) = self.place(expr) {
            return known.clone();
        }
        match expr {
            Expr::Literal(value) => Known::of_value(value),
            Expr::Input => self.input.clone(),
            Expr::Step(ix) => self.step(*ix),
            Expr::Field(of, name) => self.look(of).field(name),
            Expr::Record(fields) => {
                let fields = fields
                    .iter()
                    .map(|(name, value)| (name.clone(), self.look(value)));
                Known::there(There::Record(fields.collect()))
            }
            Expr::List(_) => Known::there(There::Anything),
            Expr::Item(_) | Expr::Best { .. } => Known::ANYTHING,
            // It leaves fields out, and what is left is as it was.
            Expr::Project(of, _) => self.look(of),
            Expr::Unary(UnaryOp::Not, of) => Known::there(There::Bool(self.truth(of).not())),
            Expr::Unary(UnaryOp::Negate, of) => match self.number(of) {
                Some((min, max)) => Known::there(There::Number(-max, -min)),
                None => Known::ANYTHING,
            },
            Expr::Binary(op, left, right) => self.binary(*op, left, right),
            Expr::If(cond, then, otherwise) => match self.truth(cond) {
                Truth { yes: true, no: true } => self.look(then).or(self.look(otherwise)),
                Truth { no: true, .. } => self.look(otherwise),
                Truth { .. } => self.look(then),
            },
            Expr::Present(of) => {
                let known = self.look(of);
                Known::there(There::Bool(Truth {
                    yes: known.there != There::Never,
                    no: known.absent,
                }))
            }
        }
    }

    /// What is known of a part of the input, without copying the whole.
    fn place(&self, expr: &Expr) -> Option<&Known> {
        match expr {
            Expr::Input => Some(&self.input),
            Expr::Field(of, name) => match self.place(of)? {
                Known {
                    absent: false,
                    there: There::Record(fields),
                } => fields.get(name),
                Known { .. } => None,
            },
            Expr::Literal(_)
            | Expr::Step(_)
            | Expr::Record(_)
            | Expr::List(_)
            | Expr::Project(..)
            | Expr::Unary(..)
            | Expr::Binary(..)
            | Expr::If(..)
            | Expr::Item(_)
            | Expr::Best { .. }
            | Expr::Present(_) => None,
        }
    }

    fn step(&self, ix: usize) -> Known {
        let step = &self.steps[ix];
        let mut known = match (&step.op, self.decided.get(ix)) {
            (Op::When { .. }, Some(truth)) => Known::there(There::Bool(*truth)),
            _ => Known::of_type(&step.output),
        };
        // A step that is skipped, or whose failure is caught, has no value.
        known.absent |= !step.guards.is_empty() || step.caught_by.is_some();
        known
    }

    fn number(&self, expr: &Expr) -> Option<(f64, f64)> {
        match self.look(expr) {
            Known {
                absent: false,
                there: There::Number(min, max),
            } => Some((min, max)),
            Known { .. } => None,
        }
    }

    fn binary(&self, op: BinaryOp, left: &Expr, right: &Expr) -> Known {
        let compute = |with: fn(f64, f64) -> f64| match (self.number(left), self.number(right)) {
            (Some((a, b)), Some((c, d))) => {
                let ends = [with(a, c), with(a, d), with(b, c), with(b, d)];
                match ends.iter().any(|end| end.is_nan()) {
                    true => Known::ANYTHING,
                    false => Known::there(There::Number(
                        ends.iter().copied().fold(f64::INFINITY, f64::min),
                        ends.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                    )),
                }
            }
            _ => Known::ANYTHING,
        };
        let truth = match op {
            BinaryOp::Add => return compute(|a, b| a + b),
            BinaryOp::Subtract => return compute(|a, b| a - b),
            BinaryOp::Multiply => return compute(|a, b| a * b),
            BinaryOp::Default => {
                let left = self.look(left);
                return match left.absent {
                    true => Known {
                        absent: false,
                        ..left
                    }
                    .or(self.look(right)),
                    false => left,
                };
            }
            BinaryOp::And => self.truth(left).and(self.truth(right)),
            BinaryOp::Or => self.truth(left).or(self.truth(right)),
            BinaryOp::Equal => equal(&self.look(left), &self.look(right)),
            BinaryOp::NotEqual => equal(&self.look(left), &self.look(right)).not(),
            BinaryOp::Less => self.less(left, right),
            BinaryOp::Greater => self.less(right, left),
            BinaryOp::LessEqual => self.less(right, left).not(),
            BinaryOp::GreaterEqual => self.less(left, right).not(),
        };
        Known::there(There::Bool(truth))
    }

    fn less(&self, left: &Expr, right: &Expr) -> Truth {
        match (self.number(left), self.number(right)) {
            (Some((a, b)), Some((c, d))) => Truth {
                yes: a < d,
                no: b >= c,
            },
            _ => Truth::OPEN,
        }
    }
}

fn equal(left: &Known, right: &Known) -> Truth {
    if left.absent || right.absent {
        return Truth::OPEN;
    }
    match (&left.there, &right.there) {
        (There::Number(a, b), There::Number(c, d)) => Truth {
            yes: a <= d && c <= b,
            no: !(a == b && c == d && a == c),
        },
        (There::Texts(one), There::Texts(two)) => Truth {
            yes: !one.is_disjoint(two),
            no: !(one.len() == 1 && one == two),
        },
        (There::Bool(one), There::Bool(two)) => Truth {
            yes: (one.yes && two.yes) || (one.no && two.no),
            no: (one.yes && two.no) || (one.no && two.yes),
        },
        _ => Truth::OPEN,
    }
}
