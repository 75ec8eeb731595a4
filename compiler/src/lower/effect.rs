//! `append … to`, `deploy … to` and `emit`.

use super::args::Named;
use super::graph::Body;
use super::value::{Value, optional};
use crate::types::fit::misfit;
use crate::types::signature::other_model;
use flow_lang::ast::{self, Arg, DeclKind, Ident};
use flow_lang::plan::{Field, INT_MAX, Op, Type};
use flow_lang::report::{Code, Finding};
use flow_lang::span::Span;
use std::collections::BTreeMap;

impl Body<'_, '_> {
    pub(super) fn append(
        &mut self,
        row: &ast::Expr,
        dataset: &Ident,
        span: Span,
        called: Option<&str>,
    ) -> Option<Value> {
        if let Some(rows) = self.over_rows(row) {
            return self.append_rows(&rows, dataset, span, called);
        }
        let value = self.value(row, None);
        let is_dataset = |kind: &DeclKind| matches!(kind, DeclKind::Dataset(_)).then_some(());
        self.unit
            .scope
            .expect(dataset, "dataset", is_dataset, &mut self.unit.report)?;
        let want = self.unit.plan.datasets.get(&dataset.name)?.row.clone();
        let row = self.give(row, value?, &want, "the row")?;
        let dataset = dataset.name.clone();
        let op = Op::Append { dataset, row };
        Some(self.step(called, "append", op, Type::nothing(), span))
    }

    pub(super) fn deploy(
        &mut self,
        candidate: &ast::Expr,
        model: &Ident,
        span: Span,
        called: Option<&str>,
    ) -> Option<Value> {
        let value = self.value(candidate, None);
        let is_model = |kind: &DeclKind| matches!(kind, DeclKind::Model(_)).then_some(());
        self.unit
            .scope
            .expect(model, "model", is_model, &mut self.unit.report)?;
        let decl = self.unit.scope.get(&model.name)?;
        self.check_scale(decl, span)?;
        let declared = self.unit.plan.models.get(&model.name)?;
        let want = Type::Model {
            input: Box::new(declared.input.clone()),
            output: Box::new(declared.output.clone()),
        };
        if let Some(each) = self.within {
            let around = self.steps[each].name.clone();
            return self.refuse(
                Finding::new(
                    Code::GraphAmbiguousOrder,
                    span,
                    format!("each round of `{around}` deploys to `{}`, and nothing says which comes last", model.name),
                )
                .help("pick one behind it: `let chosen = each … { … } |> best(by: score)`, then `deploy chosen.model to …`"),
            );
        }
        // As with a call: what is absent is not deployed.
        let value = value?;
        let (want, ty) = match &value.ty {
            Type::Optional(_) => (optional(want), optional(deployed())),
            _ => (want, deployed()),
        };
        let place = format!("`{}`", model.name);
        if let Some(finding) = other_model(candidate.span, "the candidate", &place, &value.ty, &want)
            && misfit(&value.ty, &want).is_some()
        {
            return self.refuse(finding.also(decl.name.span, "declared here").help(format!(
                "let what trains it give the model that `{}` is: the types before and behind its `->`",
                model.name
            )));
        }
        let candidate = self.give(candidate, value, &want, "the candidate")?;
        let model = model.name.clone();
        let op = Op::Deploy { model, candidate };
        Some(self.step(called, "deploy", op, ty, span))
    }

    pub(super) fn emit(
        &mut self,
        trigger: &Ident,
        args: &[Arg],
        span: Span,
        called: Option<&str>,
    ) -> Option<Value> {
        let mut positional = Vec::new();
        let mut named: Vec<Named<'_>> = Vec::new();
        for arg in args {
            let value = self.value(&arg.value, None);
            match &arg.name {
                Some(name) => named.push((name, &arg.value, value)),
                None => positional.push((&arg.value, value)),
            }
        }
        let is_trigger = |kind: &DeclKind| matches!(kind, DeclKind::Trigger(_)).then_some(());
        self.unit
            .scope
            .expect(trigger, "trigger", is_trigger, &mut self.unit.report)?;
        let decl = self.unit.scope.get(&trigger.name)?;
        self.check_scale(decl, span)?;
        let name = trigger.name.as_str();
        let declared = self.unit.plan.triggers.get(name)?;
        if declared.source.is_some() {
            return self.refuse(
                Finding::new(
                    Code::TypesMismatch,
                    trigger.span,
                    format!("`{name}` has a source, and only that fires it"),
                )
                .also(decl.name.span, "declared here")
                .help(format!("declare another without `from`: `trigger {name}_too: …`")),
            );
        }
        let payload = declared.payload.clone();
        let base = self.one_record(name, positional)?;
        let given = self.given(name, &payload, &BTreeMap::new(), base, named, span)?;
        let op = Op::Emit {
            trigger: name.to_owned(),
            payload: given.expr,
        };
        Some(self.step(called, "emit", op, Type::nothing(), span))
    }
}

/// `{ version, previous? }`.
fn deployed() -> Type {
    let version = Type::Int { min: 1, max: INT_MAX };
    let previous = Type::Optional(Box::new(version.clone()));
    let fields = [("version", version), ("previous", previous)];
    let fields = fields.map(|(name, ty)| (name.to_owned(), Field { ty, default: None }));
    Type::Record(BTreeMap::from(fields))
}
