//! `append … to` and `deploy … to`.

use super::graph::Body;
use super::value::Value;
use flow_lang::ast::{self, DeclKind, Ident};
use flow_lang::plan::{Field, INT_MAX, Op, Type};
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
        let candidate = self.give(candidate, value?, &want, "the candidate")?;
        let model = model.name.clone();
        let op = Op::Deploy { model, candidate };
        Some(self.step(called, "deploy", op, deployed(), span))
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
