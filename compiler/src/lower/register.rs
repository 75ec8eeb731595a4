//! `let m: model<In, Out> = register(blob)`.

use super::args::Base;
use super::graph::{Body, Scale};
use super::value::{Value, optional};
use crate::types::show::show;
use flow_lang::ast::{Arg, Expr as Written, ExprKind};
use flow_lang::plan::{Op, Type};
use flow_lang::report::{Code, Finding};
use flow_lang::span::Span;

/// The name that is called; a declaration of that name hides it.
pub(super) const REGISTER: &str = "register";

/// How it is written.
const HOW: &str =
    "write `let m: model<In, Out> = register(file)`, with what the model is asked with and what it answers";

/// Whether the value of a `let` has the type that the `let` declares: it is what `register` gives or what is waited for,
/// caught or not.
pub(super) fn is_as_declared(written: &Written) -> bool {
    let is_register = |callee: &Written| matches!(&callee.kind, ExprKind::Name(name) if name == REGISTER);
    match &written.kind {
        ExprKind::Call(callee, _) => is_register(callee),
        ExprKind::Pipe(_, right) => match &right.kind {
            ExprKind::Call(callee, _) => is_register(callee),
            _ => is_register(right),
        },
        ExprKind::Catch { body, .. } | ExprKind::After { body, .. } => is_as_declared(body),
        ExprKind::Wait(awaited) => !matches!(awaited.kind, ExprKind::Call(..)),
        ExprKind::Literal(_)
        | ExprKind::Name(_)
        | ExprKind::Field(..)
        | ExprKind::Record(_)
        | ExprKind::List(_)
        | ExprKind::Unary(..)
        | ExprKind::Binary(..)
        | ExprKind::When { .. }
        | ExprKind::Each { .. }
        | ExprKind::Append { .. }
        | ExprKind::Deploy { .. }
        | ExprKind::Emit { .. }
        | ExprKind::Sleep(_) => false,
    }
}

impl Body<'_, '_> {
    /// Nothing in a file says what its model takes and gives, so the `let` has to.
    pub(super) fn register(
        &mut self,
        args: &[Arg],
        piped: Base<'_>,
        span: Span,
        called: Option<&str>,
    ) -> Option<Value> {
        // What stands in the arguments is not what the `let` declares.
        let declared = self.declared.take();
        let lowered = args.iter().map(|arg| (arg, self.value(&arg.value, None)));
        let lowered: Vec<_> = lowered.collect();
        if self.scale == Scale::Call {
            return self.refuse(
                Finding::new(
                    Code::TypesNotCallable,
                    span,
                    "`register` cannot stand here: a `prepare` or an `infer` answers at once",
                )
                .help("put it into a rule"),
            );
        }
        let given: Vec<_> = piped
            .into_iter()
            .chain(lowered.into_iter().map(|(arg, value)| (&arg.value, value)))
            .collect();
        let unnamed = args.iter().all(|arg| arg.name.is_none());
        let [(written, value)] = given.as_slice() else {
            let message = format!("`register` takes one file, here are {}", given.len());
            return self.refuse(Finding::new(Code::TypesArity, span, message).help(HOW));
        };
        if !unnamed {
            let finding = Finding::new(Code::TypesArity, span, "`register` has no named arguments");
            return self.refuse(finding.help(HOW));
        }
        let blob = value.clone()?;
        let Type::Blob { .. } = blob.ty.present() else {
            let message = format!("`register` takes a file, and this is `{}`", show(&blob.ty));
            return self.refuse(
                Finding::new(Code::TypesMismatch, written.span, message)
                    .help("hand it a `blob`: an archive of the model's folder, or its only file"),
            );
        };
        let Some(declared) = declared else {
            let message = "nothing says what this model is asked with and what it answers";
            return self.refuse(Finding::new(Code::TypesMismatch, span, message).help(HOW));
        };
        let declared = declared?;
        let model = declared.present().clone();
        let Type::Model { .. } = model else {
            let message = format!(
                "`register` gives a model, and `{}` is declared here",
                show(&declared)
            );
            return self.refuse(Finding::new(Code::TypesMismatch, span, message).help(HOW));
        };
        // As with a call: what is absent is not registered.
        let ty = match &blob.ty {
            Type::Optional(_) => optional(model),
            _ => model,
        };
        Some(self.step(called, REGISTER, Op::Register { blob: blob.expr }, ty, span))
    }
}
