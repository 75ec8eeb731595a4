//! Prepares: row in, row out. A prepare has no steps of its own: it is laid into the graph that calls it.

use super::args::{Base, Named};
use super::graph::{Body, Scale};
use super::value::Value;
use crate::unit::Unit;
use flow_lang::ast::{Ident, Prepare};
use flow_lang::plan::{Expr, Type};
use flow_lang::report::{Code, Finding, Severity};
use flow_lang::span::Span;
use std::collections::BTreeMap;

/// The most prepares that are laid into each other.
const DEPTH_MAX: usize = 64;

/// Looks at a prepare on its own, so that its mistakes are told once, called or not.
pub(super) fn check(unit: &mut Unit<'_>, name: &Ident, prepare: &Prepare) {
    let key = format!("prepare/{}", name.name);
    unit.marks.set(format!("{key}/input"), prepare.input.span);
    unit.marks.set(format!("{key}/output"), prepare.output.span);
    let Some((input, output)) = signature(unit, prepare) else {
        return;
    };
    let mut body = Body::new(unit, None, Scale::Call);
    body.open.push(name.name.clone());
    body.bind_fields(&Value {
        expr: Expr::Input,
        ty: input,
    });
    body.body(&prepare.body, Some((&output, name)));
}

fn signature(unit: &mut Unit<'_>, prepare: &Prepare) -> Option<(Type, Type)> {
    let input = unit.resolve_record(&prepare.input, "the input of a prepare");
    let output = unit.resolve_record(&prepare.output, "the output of a prepare");
    Some((input?, output?))
}

impl Body<'_, '_> {
    /// Lays the body of a prepare in, its input bound to what it is given.
    pub(super) fn call_prepare(
        &mut self,
        name: &Ident,
        prepare: &Prepare,
        base: Base<'_>,
        named: Vec<Named<'_>>,
        span: Span,
        called: Option<&str>,
    ) -> Option<Value> {
        if let Some((_, Some(value))) = &base
            && let Type::Dataset(_) = value.ty.present()
        {
            return self.refuse(
                Finding::new(
                    Code::TypesMismatch,
                    span,
                    format!(
                        "`{}` is given a dataset here, and only what it gives for all rows can be appended",
                        name.name
                    ),
                )
                .help(format!(
                    "write `append {}(NAME.snapshot()) to DATASET`",
                    name.name
                )),
            );
        }
        if self.open.contains(&name.name) {
            return self.ring(name, span);
        }
        let before = self.unit.report.findings.len();
        let signature = signature(self.unit, prepare);
        self.unit.report.findings.truncate(before);
        let (input, output) = signature?;
        let given = self.given(&name.name, &input, &BTreeMap::new(), base, named, span)?;
        if given.may_be_absent {
            return self.refuse(
                Finding::new(
                    Code::TypesMismatch,
                    span,
                    format!("what `{}` is given may be absent", name.name),
                )
                .help("say what holds then with `??`"),
            );
        }
        self.make_room(1, span)?;
        if self.open.len() > DEPTH_MAX {
            let message = format!("more than {DEPTH_MAX} prepares stand inside each other here");
            return self.refuse(
                Finding::new(Code::SyntaxNesting, span, message).help("call fewer prepares inside prepares"),
            );
        }
        let at = self.free_name(called.unwrap_or(&name.name));
        let input = Value {
            expr: given.expr,
            ty: input,
        };
        self.open.push(name.name.clone());
        let before = self.unit.report.findings.len();
        let value = self.inside(&at, &input, |body| {
            body.body(&prepare.body, Some((&output, name)))
        });
        // Its own mistakes were told where it is declared; a ring is told where it closes.
        let told = self.unit.report.findings.split_off(before);
        let broken = told.iter().any(|finding| finding.severity == Severity::Error);
        let ours = told
            .into_iter()
            .filter(|finding| matches!(finding.code, Code::GraphCycle | Code::SyntaxNesting));
        self.unit.report.findings.extend(ours);
        self.open.pop();
        value.filter(|_| !broken)
    }

    /// A prepare that calls itself, told once: while its first by name is looked at.
    fn ring(&mut self, name: &Ident, span: Span) -> Option<Value> {
        let is_first = self.open.iter().min() == Some(&name.name) && self.open.first() == Some(&name.name);
        if is_first {
            let way = format!("{} → {}", self.open.join(" → "), name.name);
            let finding = Finding::new(
                Code::GraphCycle,
                span,
                format!("`{}` calls itself: {way}", name.name),
            );
            self.unit
                .report
                .add(finding.help("a graph is finite: take one of these calls out"));
        }
        None
    }
}
