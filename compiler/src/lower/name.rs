//! Names in expressions: a `let`, the event, a field of the input; and what a declaration offers after its dot.

use super::graph::Body;
use super::value::{Value, optional};
use crate::resolve::with_article;
use flow_lang::ast::{Decl, DeclKind, Ident};
use flow_lang::plan::{Op, Type};
use flow_lang::report::{Code, Finding};
use flow_lang::span::Span;

impl<'a> Body<'_, 'a> {
    /// The value that a name stands for.
    pub(super) fn named(&mut self, name: &str, span: Span) -> Option<Value> {
        if let Some(bound) = self.use_binding(name) {
            self.check_growth(span)?;
            return bound;
        }
        if let Some(decl) = self.unit.scope.find(name) {
            return self.refuse(not_a_value(decl, span));
        }
        let ident = Ident {
            name: name.to_owned(),
            span,
        };
        let finding = self.unit.scope.unknown(&ident, "value", self.bound_names())?;
        let finding = self.outside(name, span).unwrap_or(finding);
        self.refuse(finding)
    }

    /// The declaration that a name stands for, unless something nearer has the name.
    pub(super) fn declaration(&mut self, name: &str) -> Option<&'a Decl> {
        match self.is_bound(name) {
            true => None,
            false => self.unit.scope.find(name),
        }
    }

    /// `digits.live`: what a declaration offers without a call.
    pub(super) fn member(
        &mut self,
        decl: &Decl,
        member: &Ident,
        span: Span,
        called: Option<&str>,
    ) -> Option<Value> {
        let name = &decl.name.name;
        match (&decl.kind, member.name.as_str()) {
            (DeclKind::Model(_), "live") => {
                let model = self.unit.plan.models.get(name)?;
                let ty = optional(Type::Model {
                    input: Box::new(model.input.clone()),
                    output: Box::new(model.output.clone()),
                });
                let op = Op::Live { model: name.clone() };
                Some(self.step(called, "live", op, ty, span))
            }
            (DeclKind::Dataset(_), "split") => self.refuse(
                Finding::new(
                    Code::TypesMismatch,
                    span,
                    format!("`{name}.split` is a call without its share"),
                )
                .help(format!("write `{name}.split(test: 20%)`")),
            ),
            (DeclKind::Dataset(_), "snapshot") => self.refuse(
                Finding::new(
                    Code::TypesMismatch,
                    span,
                    format!("`{name}.snapshot` is a call without its brackets"),
                )
                .write(format!("{name}.snapshot()")),
            ),
            _ => {
                let finding = no_member(decl, member);
                self.refuse(finding)
            }
        }
    }
}

/// The finding about something after a declaration's dot that is not there.
pub(super) fn no_member(decl: &Decl, member: &Ident) -> Finding {
    let name = &decl.name.name;
    let finding = Finding::new(
        Code::NamesUnknown,
        member.span,
        format!("{} `{name}` has no `{}`", decl.kind.keyword(), member.name),
    );
    match &decl.kind {
        DeclKind::Model(_) => finding.help(format!("its live version is `{name}.live`")),
        DeclKind::Dataset(_) => finding.help(format!(
            "its rows are `{name}.snapshot()`, in two parts `{name}.split(test: 20%)`"
        )),
        DeclKind::Action(_) | DeclKind::Composition(_) | DeclKind::Prepare(_) | DeclKind::Job(_) => {
            finding.help(format!("call it first: `{name}({{ … }}).{}`", member.name))
        }
        DeclKind::Type(_)
        | DeclKind::Secret
        | DeclKind::Package(_)
        | DeclKind::Trigger(_)
        | DeclKind::Infer(_)
        | DeclKind::Feedback(_)
        | DeclKind::Rule(_)
        | DeclKind::Import(_) => finding,
    }
}

fn not_a_value(decl: &Decl, span: Span) -> Finding {
    let name = &decl.name.name;
    let finding = Finding::new(
        Code::TypesMismatch,
        span,
        format!("`{name}` is {}, not a value", with_article(decl.kind.keyword())),
    )
    .also(decl.name.span, "declared here");
    match &decl.kind {
        DeclKind::Dataset(_) => finding.write(format!("{name}.snapshot()")),
        DeclKind::Model(_) => finding.write(format!("{name}.live")),
        DeclKind::Action(_) | DeclKind::Composition(_) | DeclKind::Prepare(_) | DeclKind::Job(_) => {
            finding.help(format!("call it: `{name}({{ … }})`"))
        }
        DeclKind::Import(_) => finding.help(format!("ask it: `{name}({{ … }})`")),
        DeclKind::Secret => finding.help("a secret reaches an action through `secrets` only"),
        DeclKind::Trigger(_) => finding.help(format!("its event has a name in a rule: `on {name}(event)`")),
        DeclKind::Type(_)
        | DeclKind::Package(_)
        | DeclKind::Infer(_)
        | DeclKind::Feedback(_)
        | DeclKind::Rule(_) => finding,
    }
}
