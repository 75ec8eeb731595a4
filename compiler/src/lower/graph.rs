//! A graph under construction: its steps, the names that hold where we are, and the conditions we stand under.

use super::value::{Value, part_of};
use super::weight::weight;
use crate::types::show::show;
use crate::unit::Unit;
use flow_lang::ast::{Block, Expr as Written, ExprKind, Ident, Stmt};
use flow_lang::plan::{Expr, Graph, Guard, Op, Step, StepIx, Type};
use flow_lang::report::{Code, Finding};
use flow_lang::span::Span;
use std::collections::{BTreeMap, BTreeSet};

/// A name in a block.
struct Binding {
    /// Nothing if its value has an error.
    value: Option<Value>,
    /// Where a `let` stands whose use is counted.
    counted: Option<Span>,
    used: bool,
}

/// What a body may do besides calling functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    /// Jobs and deploys too: a rule, a feedback.
    Run,
    /// Functions, models and appends only: what answers from memory, and what is laid into other graphs.
    Call,
}

/// The most parts of values that a graph may copy. Without a bound twenty lines could fill any memory.
const COPIED_MAX: usize = 200_000;

/// A graph under construction.
pub(super) struct Body<'u, 'a> {
    pub(super) unit: &'u mut Unit<'a>,
    /// `rule/retrain`; nothing while a `prepare` is looked at on its own.
    key: Option<String>,
    pub(super) scale: Scale,
    pub(super) steps: Vec<Step>,
    spans: Vec<Span>,
    names: BTreeSet<String>,
    pub(super) guards: Vec<Guard>,
    frames: Vec<BTreeMap<String, Binding>>,
    /// The step that a `prepare` is laid in at, with a dot.
    prefix: String,
    /// The prepares that are being laid in, outermost first.
    pub(super) open: Vec<String>,
    /// How many prepares have been laid in.
    pub(super) laid: usize,
    /// The parts of values that were copied to where they are used.
    copied: usize,
}

impl<'u, 'a> Body<'u, 'a> {
    pub(super) fn new(unit: &'u mut Unit<'a>, key: Option<String>, scale: Scale) -> Body<'u, 'a> {
        Body {
            unit,
            key,
            scale,
            steps: Vec::new(),
            spans: Vec::new(),
            names: BTreeSet::new(),
            guards: Vec::new(),
            frames: vec![BTreeMap::new()],
            prefix: String::new(),
            open: Vec::new(),
            laid: 0,
            copied: 0,
        }
    }

    /// Binds the fields of a record by their names: the input of a `prepare`, `infer` or `feedback`.
    pub(super) fn bind_fields(&mut self, of: &Value) {
        for (name, field) in of.ty.fields().into_iter().flatten() {
            let expr = part_of(&of.expr, name, &field.ty);
            let ty = field.ty.clone();
            self.bind(name, Some(Value { expr, ty }), None);
        }
    }

    /// Binds a name in the innermost block; `counted` is where it stands if an unused one is worth a warning.
    pub(super) fn bind(&mut self, name: &str, value: Option<Value>, counted: Option<Span>) {
        let binding = Binding {
            value,
            counted,
            used: false,
        };
        if let Some(frame) = self.frames.last_mut() {
            frame.insert(name.to_owned(), binding);
        }
    }

    /// The value of a bound name, which counts as a use; the inner is nothing if that has an error.
    pub(super) fn use_binding(&mut self, name: &str) -> Option<Option<Value>> {
        let binding = self
            .frames
            .iter_mut()
            .rev()
            .find_map(|frame| frame.get_mut(name))?;
        binding.used = true;
        let value = binding.value.clone();
        self.copied += value.as_ref().map_or(0, weight);
        Some(value)
    }

    /// Refuses a graph that has grown out of hand: what has no step of its own is copied to where it is used.
    pub(super) fn check_growth(&mut self, span: Span) -> Option<()> {
        if self.copied <= COPIED_MAX {
            return Some(());
        }
        self.refuse(
            Finding::new(
                Code::SyntaxNesting,
                span,
                "the values of this graph are built from each other too often",
            )
            .help("let an action compute them"),
        )
    }

    pub(super) fn is_bound(&self, name: &str) -> bool {
        self.frames.iter().any(|frame| frame.contains_key(name))
    }

    pub(super) fn bound_names(&self) -> impl Iterator<Item = &str> {
        self.frames.iter().flat_map(BTreeMap::keys).map(String::as_str)
    }

    pub(super) fn refuse<T>(&mut self, finding: Finding) -> Option<T> {
        self.unit.refuse(finding)
    }

    /// Adds a step. It is named after its `let`, else after its verb.
    pub(super) fn step(
        &mut self,
        called: Option<&str>,
        verb: &str,
        op: Op,
        output: Type,
        span: Span,
    ) -> Value {
        let name = self.free_name(called.unwrap_or(verb));
        if let Some(key) = &self.key {
            let step_key = format!("{key}/steps/{name}");
            let owner = key.rsplit('/').next().unwrap_or(key);
            let position = format!("{owner}/{name}");
            self.unit.mark(step_key, position, span);
        }
        let ix = self.steps.len();
        let mut needs: BTreeSet<StepIx> = self.guards.iter().map(|guard| guard.step).collect();
        each_need(&op, &mut |need| {
            needs.insert(need);
        });
        self.steps.push(Step {
            name,
            op,
            needs: needs.into_iter().collect(),
            guards: self.guards.clone(),
            caught_by: None,
            output: output.clone(),
        });
        self.spans.push(span);
        Value {
            expr: Expr::Step(ix),
            ty: output,
        }
    }

    /// A name that no step has yet: `notify`, `notify_2`, …
    pub(super) fn free_name(&mut self, wanted: &str) -> String {
        let wanted = format!("{}{wanted}", self.prefix);
        let mut name = wanted.clone();
        let mut count = 1;
        while !self.names.insert(name.clone()) {
            count += 1;
            name = format!("{wanted}_{count}");
        }
        name
    }

    /// Lays another body in: names of here do not hold there, and its steps are named after `at`.
    pub(super) fn inside<T>(&mut self, at: &str, input: &Value, lay: impl FnOnce(&mut Self) -> T) -> T {
        let frames = std::mem::replace(&mut self.frames, vec![BTreeMap::new()]);
        let prefix = std::mem::replace(&mut self.prefix, format!("{at}."));
        self.bind_fields(input);
        let laid = lay(self);
        self.frames = frames;
        self.prefix = prefix;
        laid
    }

    /// The statements of a whole body; its value if it must return one.
    pub(super) fn body(&mut self, block: &Block, returns: Option<(&Type, &Ident)>) -> Option<Value> {
        let (last, before) = match block.stmts.split_last() {
            Some((Stmt::Return(value), before)) if returns.is_some() => (Some(value), before),
            _ => (None, block.stmts.as_slice()),
        };
        self.frames.push(BTreeMap::new());
        for stmt in before {
            self.stmt(stmt);
        }
        let returned = match (last, returns) {
            (Some(written), Some((want, _))) => {
                let value = self.value(written, None);
                value.and_then(|value| self.give(written, value, want, "the returned value"))
            }
            (None, Some((want, name))) => {
                let again = before.iter().any(|stmt| matches!(stmt, Stmt::Return(_)));
                match again {
                    true => None,
                    false => self.refuse(
                        Finding::new(
                            Code::TypesMismatch,
                            name.span,
                            format!("`{}` returns nothing, expected `{}`", name.name, show(want)),
                        )
                        .help("end its body with `return …`"),
                    ),
                }
            }
            (_, None) => None,
        };
        self.close_block();
        let ty = returns.map_or_else(Type::nothing, |(want, _)| want.clone());
        returned.map(|expr| Value { expr, ty })
    }

    /// A block inside a body. Its value is that of its last line, if that is `used`; the outer is nothing if the
    /// block has no value.
    pub(super) fn block(&mut self, block: &Block, used: bool) -> Option<Option<Value>> {
        self.frames.push(BTreeMap::new());
        let end = match block.stmts.split_last() {
            Some((Stmt::Expr(last), before)) if used => {
                before.iter().for_each(|stmt| self.stmt(stmt));
                Some(self.value(last, None))
            }
            _ => {
                block.stmts.iter().for_each(|stmt| self.stmt(stmt));
                None
            }
        };
        self.close_block();
        end
    }

    /// A block in which one more name holds.
    pub(super) fn block_with(
        &mut self,
        name: &str,
        value: Value,
        block: &Block,
        used: bool,
    ) -> Option<Option<Value>> {
        self.frames.push(BTreeMap::new());
        self.bind(name, Some(value), None);
        let end = self.block(block, used);
        self.frames.pop();
        end
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Let { name, ty, value } => {
                let free = self.check_free(name);
                let called = (name.name != "_").then_some(name.name.as_str());
                let mut lowered = self.value(value, called);
                if let Some(written) = ty {
                    let want = self.unit.resolve_type(written);
                    lowered = lowered.zip(want).and_then(|(given, ty)| {
                        let expr = self.give(value, given, &ty, &format!("`{}`", name.name))?;
                        Some(Value { expr, ty })
                    });
                }
                let counted = (free && name.name != "_").then_some(name.span);
                self.bind(&name.name, lowered, counted);
            }
            Stmt::Return(value) => {
                self.value(value, None);
                self.unit.report.add(
                    Finding::new(Code::SyntaxUnexpected, value.span, "`return` cannot stand here")
                        .help("it stands once, as the last line of a `prepare` or an `infer`"),
                );
            }
            Stmt::Expr(expr) => self.statement(expr),
        }
    }

    /// An expression whose value nobody uses; it must at least do something.
    fn statement(&mut self, expr: &Written) {
        match &expr.kind {
            ExprKind::When {
                cond,
                then,
                otherwise,
            } => {
                self.when(cond, then, otherwise.as_ref(), expr.span, None, false);
            }
            ExprKind::Catch { body, error, arm } => {
                self.catch(body, error, arm, expr.span, None, false);
            }
            ExprKind::Call(..) | ExprKind::Pipe(..) | ExprKind::Append { .. } | ExprKind::Deploy { .. } => {
                self.value(expr, None);
            }
            ExprKind::Literal(_)
            | ExprKind::Name(_)
            | ExprKind::Field(..)
            | ExprKind::Record(_)
            | ExprKind::List(_)
            | ExprKind::Unary(..)
            | ExprKind::Binary(..) => {
                let steps = self.steps.len();
                let sound = self.value(expr, None).is_some();
                if sound && self.steps.len() == steps {
                    self.unit.report.add(
                        Finding::new(Code::SyntaxUnexpected, expr.span, "this does nothing")
                            .help("give it a name with `let`, or remove it"),
                    );
                }
            }
        }
    }

    /// Refuses a name that hides another; whether it hides none.
    pub(super) fn check_free(&mut self, name: &Ident) -> bool {
        let refuse = |message, first, there| {
            Finding::new(Code::NamesDuplicate, name.span, message)
                .also(first, there)
                .help("give it another name")
        };
        let finding = match (self.unit.scope.get(&name.name), self.frames.last()) {
            (Some(decl), _) => {
                let message = format!("`{}` hides the {} of this name", name.name, decl.kind.keyword());
                refuse(message, decl.name.span, "declared here")
            }
            (None, Some(frame)) => match frame.get(&name.name).and_then(|binding| binding.counted) {
                Some(first) => {
                    let message = format!("`{}` is named twice in this block", name.name);
                    refuse(message, first, "named first here")
                }
                None => return true,
            },
            (None, None) => return true,
        };
        self.unit.report.add(finding);
        false
    }

    fn close_block(&mut self) {
        for (name, binding) in self.frames.pop().into_iter().flatten() {
            if let (Some(span), false, Some(_)) = (binding.counted, binding.used, &binding.value) {
                self.unit.report.add(
                    Finding::new(Code::NamesUnused, span, format!("`{name}` is never used"))
                        .help("use it, or name it `_` and keep what it does"),
                );
            }
        }
    }

    /// The finished graph.
    pub(super) fn finish(mut self, input: Type, result: Option<Value>) -> Graph {
        self.check_order(&self.spans.clone());
        let (result, output) = match result {
            Some(Value { expr, ty }) => (Some(expr), ty),
            None => (None, Type::nothing()),
        };
        Graph {
            input,
            steps: self.steps,
            result,
            output,
        }
    }
}

fn each_need(op: &Op, see: &mut impl FnMut(StepIx)) {
    match op {
        Op::Invoke { args, .. } | Op::Launch { args, .. } => args.each_step(see),
        Op::Predict { input, .. } => input.each_step(see),
        Op::Snapshot { .. } | Op::Live { .. } => {}
        Op::Append { row, .. } => row.each_step(see),
        Op::Deploy { candidate, .. } => candidate.each_step(see),
        Op::When { cond } => cond.each_step(see),
        Op::Catch { body } => body.iter().for_each(|step| see(*step)),
    }
}
