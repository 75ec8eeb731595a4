//! `let cb = callback(1h)`, and `let answer: T = wait cb`.

use super::args::Base;
use super::graph::Body;
use super::value::Value;
use crate::types::show::show;
use flow_lang::ast::{Arg, Expr as Written, ExprKind, Literal};
use flow_lang::plan::{Expr, Op, StepIx, Type};
use flow_lang::report::{Code, Finding};
use flow_lang::span::Span;

/// The name that is called; a declaration of that name hides it.
pub(super) const CALLBACK: &str = "callback";

/// How it is made.
const MADE: &str = "write `let cb = callback(1h)`, with how long it is waited for";

/// How it is waited for.
const WAITED: &str = "write `let answer: { ok: bool } = wait cb`, with the type of what is posted";

impl Body<'_, '_> {
    /// Makes an address. How long it is waited for is counted from the `wait`, which is where it ends up.
    pub(super) fn callback(
        &mut self,
        args: &[Arg],
        piped: Base<'_>,
        span: Span,
        called: Option<&str>,
    ) -> Option<Value> {
        let ([Arg { name: None, value }], None) = (args, piped) else {
            let finding = Finding::new(
                Code::TypesArity,
                span,
                "a `callback` is given a duration and nothing else",
            );
            return self.refuse(finding.help(MADE));
        };
        let ExprKind::Literal(Literal::Duration(ms)) = value.kind else {
            let message = "a `callback` has as much time as is written";
            return self.refuse(Finding::new(Code::TypesUnit, value.span, message).help(MADE));
        };
        self.check_lasts(CALLBACK, span)?;
        self.callbacks.insert(self.steps.len(), ms);
        Some(self.step(called, CALLBACK, Op::Callback, Type::callback(), span))
    }

    /// Waits for what is posted there. Nothing in a file says what that is, so the `let` has to.
    pub(super) fn await_callback(
        &mut self,
        written: &Written,
        span: Span,
        called: Option<&str>,
    ) -> Option<Value> {
        let declared = self.declared.take();
        let value = self.value(written, None)?;
        let made = match value.expr {
            Expr::Step(step) => self.callbacks.get(&step).map(|ms| (step, *ms)),
            _ => None,
        };
        let Some((callback, ms)) = made else {
            let message = format!("this is `{}` and cannot be waited for", show(&value.ty));
            let finding = Finding::new(Code::TypesMismatch, written.span, message);
            return self.refuse(finding.help(format!(
                "{MADE}; that a step has ended, `f(x) after NAME` waits for"
            )));
        };
        if let Some(first) = self.awaited.insert(callback, span) {
            let message = "this callback is waited for twice, and it is answered once";
            let finding = Finding::new(Code::GraphAmbiguousOrder, span, message);
            let finding = finding.also(first, "it is waited for here, too");
            return self.refuse(finding.help("wait for it once, and use the value in both places"));
        }
        if self.steps[callback].within != self.within {
            let message =
                "one answer cannot be that of each round: the callback is made outside of this `each`";
            let finding = Finding::new(Code::GraphAmbiguousOrder, span, message);
            return self.refuse(finding.help("make it inside: each round then has an address of its own"));
        }
        let Some(declared) = declared else {
            let message = "nothing says what is posted to this callback";
            return self.refuse(Finding::new(Code::TypesMismatch, span, message).help(WAITED));
        };
        let ty = declared?;
        if let Some(part) = ty.reference() {
            let message = format!(
                "a callback is answered with JSON, which cannot carry `{}`",
                show(part)
            );
            let finding = Finding::new(Code::TypesMismatch, span, message);
            return self.refuse(finding.help("let it carry text or numbers that say where the rest is"));
        }
        self.check_lasts("wait", span)?;
        let value = self.step(called, "answer", Op::Await { callback, ms }, ty, span);
        if called.is_none() {
            self.loose.push(self.steps.len() - 1);
        }
        Some(value)
    }

    /// What is posted to a callback that nobody waits for is lost.
    pub(super) fn check_callbacks(&mut self, spans: &[Span]) {
        let idle = |ix: &StepIx| !self.awaited.contains_key(ix);
        let idle: Vec<StepIx> = self.callbacks.keys().copied().filter(idle).collect();
        for ix in idle {
            let finding = Finding::new(
                Code::GraphAmbiguousOrder,
                spans[ix],
                "nothing waits for this callback",
            );
            self.unit.report.add(finding.help(WAITED));
        }
    }
}
