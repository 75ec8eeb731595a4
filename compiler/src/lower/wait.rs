//! `wait approval("leads", 24h)`, and which of its two the `wait` is.

use super::graph::Body;
use super::value::Value;
use flow_lang::ast::{Arg, Expr as Written, ExprKind, Literal};
use flow_lang::plan::{Field, Op, Type};
use flow_lang::report::{Code, Finding};
use flow_lang::span::Span;
use flow_lang::suggest::nearest;
use std::collections::BTreeMap;

/// The most bytes of a user's name.
const USER_MAX: u64 = 256;

impl Body<'_, '_> {
    pub(super) fn wait(&mut self, awaited: &Written, span: Span, called: Option<&str>) -> Option<Value> {
        if let ExprKind::Name(_) = &awaited.kind {
            return self.await_callback(awaited, span, called);
        }
        let (group, ms) = self.approval(awaited)?;
        self.check_lasts("wait", span)?;
        let op = Op::Approval { group, ms };
        let value = self.step(called, "approval", op, approved(), span);
        if called.is_none() {
            self.loose.push(self.steps.len() - 1);
        }
        Some(value)
    }

    /// The group, and how many milliseconds it has.
    fn approval(&mut self, awaited: &Written) -> Option<(String, u64)> {
        let args = match &awaited.kind {
            ExprKind::Call(callee, args) if is_approval(callee) => args.as_slice(),
            _ => {
                return self.refuse(
                    Finding::new(Code::TypesMismatch, awaited.span, "this cannot be waited for").help(
                        "write `wait approval(\"leads\", 24h)`, or `wait cb` after `let cb = callback(1h)`; that a step has ended, `f(x) after NAME` waits for",
                    ),
                );
            }
        };
        let [
            Arg {
                name: None,
                value: group,
            },
            Arg {
                name: None,
                value: time,
            },
        ] = args
        else {
            return self.refuse(
                Finding::new(
                    Code::TypesArity,
                    awaited.span,
                    "an `approval` is given a group and a duration, in this order and without names",
                )
                .help("write `approval(\"leads\", 24h)`"),
            );
        };
        let ms = self.within(time);
        let ExprKind::Literal(Literal::Text(name)) = &group.kind else {
            return self.refuse(
                Finding::new(
                    Code::TypesMismatch,
                    group.span,
                    "a group is named as a text that is written out",
                )
                .help("write the name of a group of `flow.toml`: `approval(\"leads\", 24h)`"),
            );
        };
        if !self.unit.env.groups.contains_key(name) {
            return self.refuse(self.no_group(name, group.span));
        }
        Some((name.clone(), ms?))
    }

    fn within(&mut self, time: &Written) -> Option<u64> {
        match time.kind {
            ExprKind::Literal(Literal::Duration(ms)) => Some(ms),
            _ => self.refuse(
                Finding::new(
                    Code::TypesUnit,
                    time.span,
                    "an `approval` has as much time as is written",
                )
                .help("write a duration, such as `24h`"),
            ),
        }
    }

    fn no_group(&self, name: &str, span: Span) -> Finding {
        let finding = Finding::new(Code::NamesUnknown, span, format!("there is no group `{name}`"));
        let known = self.unit.env.groups.keys().map(String::as_str);
        match nearest(name, known) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help(format!(
                "say in `flow.toml` who is in it: `[groups]` and `{} = [\"ana\", \"bo\"]`",
                key(name)
            )),
        }
    }
}

fn is_approval(callee: &Written) -> bool {
    matches!(&callee.kind, ExprKind::Name(name) if name == "approval")
}

/// The name as a key of `flow.toml`.
fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    match !name.is_empty() && name.chars().all(bare) {
        true => name.to_owned(),
        false => format!("{name:?}"),
    }
}

/// `{ by }`.
fn approved() -> Type {
    let ty = Type::Text { max: Some(USER_MAX) };
    Type::Record(BTreeMap::from([("by".to_owned(), Field { ty, default: None })]))
}
