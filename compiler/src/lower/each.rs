//! `each`: its body is a pattern that a run walks through once for each item; and `best`, which picks from its results.

use super::graph::Body;
use super::value::{Value, optional};
use crate::types::private::is_private;
use crate::types::show::show;
use flow_lang::ast::{self, Arg, Block, ExprKind, Ident, Literal, UnaryOp};
use flow_lang::plan::{Expr, FAN_OUT_MAX, Length, Op, StepIx, Type};
use flow_lang::report::{Code, Finding};
use flow_lang::span::Span;

/// The built-in at the end of a chain.
pub(crate) const BEST: &str = "best";

/// `each ITEM in OVER parallel N { BODY }`, as written.
pub(super) struct Each<'e> {
    pub(super) item: &'e Ident,
    pub(super) over: &'e ast::Expr,
    pub(super) parallel: Option<&'e ast::Expr>,
    pub(super) body: &'e Block,
    pub(super) span: Span,
}

impl Body<'_, '_> {
    /// An `each`; its value only if that is `used`.
    pub(super) fn each(&mut self, each: &Each<'_>, called: Option<&str>, used: bool) -> Option<Value> {
        let list = self.value(each.over, None);
        let parallel = self.parallel(each.parallel);
        let bounded = list.and_then(|list| self.bounded(each.over.span, list));
        // The body is looked at even if the list has an error.
        let (over, item, length) = match &bounded {
            Some((list, item, length)) => (list.expr.clone(), Some(item.clone()), *length),
            None => (Expr::List(Vec::new()), None, Length::Exactly(0)),
        };
        let op = Op::Each {
            over,
            item: item.clone().unwrap_or_else(Type::nothing),
            most: most(length).unwrap_or(0),
            parallel: parallel.unwrap_or(1),
            body: Vec::new(),
            result: None,
        };
        self.step(called, "each", op, Type::nothing(), each.span);
        let step = self.steps.len() - 1;
        if let Some(written) = each.parallel {
            self.parallels.insert(step, written.span);
        }
        self.mark_part(step, "by", each.over.span);
        self.mark_part(step, "body", each.body.span);
        let came_to = self.rounds(step, item, length, each, used);
        self.close_each(step, came_to.as_ref());
        let (came_to, _) = (came_to?, bounded?);
        if !used {
            return Some(Value::nothing());
        }
        let ty = Type::List {
            item: Box::new(came_to.ty),
            length,
        };
        self.steps[step].output = ty.clone();
        Some(Value {
            expr: Expr::Step(step),
            ty,
        })
    }

    /// What the body comes to for one item.
    fn rounds(
        &mut self,
        step: StepIx,
        item: Option<Type>,
        length: Length,
        each: &Each<'_>,
        used: bool,
    ) -> Option<Value> {
        self.check_free(each.item);
        let outer = (self.within.replace(step), self.fan_out);
        self.fan_out = self.fan_out.saturating_mul(most(length).unwrap_or(1).max(1));
        if self.fan_out > FAN_OUT_MAX && outer.0.is_some() {
            let message = format!(
                "these come to {} rounds with those of the `each` around; one run may walk through {FAN_OUT_MAX}",
                self.fan_out
            );
            self.refuse::<()>(
                Finding::new(Code::LimitsFanOut, each.over.span, message)
                    .help("bound the lists lower, or give an action the whole inner list"),
            );
        }
        let value = item.map(|ty| Value {
            expr: Expr::Item(step),
            ty,
        });
        let end = self.block_with(&each.item.name, value, each.body, used);
        (self.within, self.fan_out) = outer;
        match used {
            true => self.arm_value(end, each.body.span),
            false => Some(Value::nothing()),
        }
    }

    fn close_each(&mut self, each: StepIx, came_to: Option<&Value>) {
        let inside = |ix: &StepIx| self.steps[*ix].within == Some(each);
        let members = (each + 1..self.steps.len()).filter(inside).collect();
        let used = came_to.filter(|value| value.ty != Type::nothing());
        if let Op::Each { body, result, .. } = &mut self.steps[each].op {
            *body = members;
            *result = used.map(|value| value.expr.clone());
        }
    }

    /// The list, the type of an item and how many there can be.
    fn bounded(&mut self, span: Span, list: Value) -> Option<(Value, Type, Length)> {
        let (item, length) = match &list.ty {
            Type::List { item, length } => ((**item).clone(), *length),
            Type::Optional(inner) if matches!(**inner, Type::List { .. }) => {
                return self.refuse(
                    Finding::new(Code::TypesMismatch, span, "this list may be absent")
                        .help("say what holds then with `??`: `each x in xs ?? [] { … }`"),
                );
            }
            other => {
                let message = format!("`each` walks through a list, and this is `{}`", show(other));
                return self.refuse(Finding::new(Code::TypesMismatch, span, message));
            }
        };
        match most(length) {
            Some(items) if items <= FAN_OUT_MAX => Some((list, item, length)),
            Some(items) => self.refuse(
                Finding::new(
                    Code::LimitsFanOut,
                    span,
                    format!("this list can have {items} items; one run may walk through {FAN_OUT_MAX}"),
                )
                .help("bound it lower, or give an action the whole list"),
            ),
            None => self.refuse(
                Finding::new(
                    Code::LimitsFanOut,
                    span,
                    "nothing says how many items this list can have, so nothing bounds what is started",
                )
                .help(format!("give its type a bound: `[{}; ..64]`", show(&item))),
            ),
        }
    }

    /// How many rounds are under way at once; one without a word about it.
    fn parallel(&mut self, written: Option<&ast::Expr>) -> Option<u32> {
        let written = written?;
        match &written.kind {
            ExprKind::Literal(Literal::Int(most)) if (1..=FAN_OUT_MAX as i64).contains(most) => {
                u32::try_from(*most).ok()
            }
            _ => self.refuse(
                Finding::new(
                    Code::TypesProperty,
                    written.span,
                    format!("`parallel` is a whole number from 1 to {FAN_OUT_MAX}"),
                )
                .help("write how many items may be under way at once: `parallel 4`"),
            ),
        }
    }

    /// `list |> best(by: field)`: the item whose number is the greatest, or with `by: -field` the least.
    pub(super) fn best(
        &mut self,
        args: &[Arg],
        piped: Option<(&ast::Expr, Option<Value>)>,
        span: Span,
    ) -> Option<Value> {
        let usage = |what: &str| {
            Finding::new(Code::TypesArity, span, what.to_owned())
                .help("write `list |> best(by: score)`, or `best(by: -loss)` for the least")
        };
        let Some((written, list)) = piped else {
            return self.refuse(usage("`best` picks from the list that is handed to it"));
        };
        let [
            Arg {
                name: Some(name),
                value,
            },
        ] = args
        else {
            return self.refuse(usage("`best` takes one thing: the field that decides"));
        };
        let (by, least) = match &value.kind {
            ExprKind::Name(by) if name.name == "by" => (by, false),
            ExprKind::Unary(UnaryOp::Negate, of) if name.name == "by" => match &of.kind {
                ExprKind::Name(by) => (by, true),
                _ => return self.refuse(usage("`by` is the name of a field")),
            },
            _ => return self.refuse(usage("`by` is the name of a field")),
        };
        let list = list?;
        let Type::List { item, length } = &list.ty else {
            let message = format!("`best` picks from a list, and this is `{}`", show(&list.ty));
            return self.refuse(Finding::new(Code::TypesMismatch, written.span, message));
        };
        let by = Ident {
            name: by.clone(),
            span: value.span,
        };
        self.check_decides(item, &by)?;
        let never_empty = matches!(length, Length::Exactly(items) if *items > 0);
        let ty = match never_empty {
            true => (**item).clone(),
            false => optional((**item).clone()),
        };
        Some(Value {
            expr: Expr::Best {
                of: Box::new(list.expr),
                by: by.name,
                least,
            },
            ty,
        })
    }

    /// Whether the items have a number of this name, every one of them.
    fn check_decides(&mut self, item: &Type, by: &Ident) -> Option<()> {
        let Some(fields) = item.fields() else {
            let message = format!("`best` picks from records, and these are `{}`", show(item));
            let finding = Finding::new(Code::TypesMismatch, by.span, message);
            return self.refuse(match item {
                Type::Optional(inner) if inner.fields().is_some() => {
                    finding.help("say what an item is that is absent, where it comes from: `… ?? { … }`")
                }
                _ => finding,
            });
        };
        let Some(field) = fields.get(&by.name) else {
            let finding =
                super::value::unknown_field(&self.unit.scope, by, fields.keys().map(String::as_str));
            return self.refuse(finding);
        };
        match &field.ty {
            Type::Int { .. } | Type::Float { .. } => Some(()),
            other => {
                let message = format!("`{}` is `{}`, and `best` compares numbers", by.name, show(other));
                let finding = Finding::new(Code::TypesMismatch, by.span, message);
                self.refuse(match other {
                    Type::Optional(_) => {
                        finding.help("give it a value for the case that it is absent, with `??`")
                    }
                    other if is_private(other) => finding.help("what is private decides nothing here"),
                    _ => finding.help("name a field that is an `int` or a `float`"),
                })
            }
        }
    }
}

fn most(length: Length) -> Option<u64> {
    match length {
        Length::Any => None,
        Length::Exactly(items) | Length::AtMost(items) => Some(items),
    }
}
