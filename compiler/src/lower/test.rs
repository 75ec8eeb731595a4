//! Tests: held against the flow that they are about. They add nothing to the plan, and use nothing.

use crate::resolve::with_article;
use crate::types::constant::{constant, constant_fits};
use crate::types::fit::{Misfit, misfit};
use crate::types::show::show;
use crate::unit::Unit;
use flow_lang::ast::{Arg, DeclKind, Expr, Ident, Test, TestLine, TestLineKind};
use flow_lang::plan::Type;
use flow_lang::report::{Code, Finding};
use flow_lang::span::Span;
use std::collections::BTreeMap;

/// Why something can fail, as `given … fails` says it.
const KINDS: &[&str] = super::catch::KINDS;

/// Looks at all tests of the flow.
pub(super) fn check<'a>(unit: &mut Unit<'a>, tests: impl Iterator<Item = &'a Test>) {
    let mut names: BTreeMap<&str, &Ident> = BTreeMap::new();
    for test in tests {
        if let Some(first) = names.get(test.name.name.as_str()) {
            let message = format!("there are two tests \"{}\"", test.name.name);
            let finding = Finding::new(Code::NamesDuplicate, test.name.span, message);
            let finding = finding.also(first.span, "the first is here");
            unit.report.add(finding.help("say what this one promises"));
        }
        names.entry(&test.name.name).or_insert(&test.name);
        for each in &test.lines {
            line(unit, each);
        }
        let fires = test
            .lines
            .iter()
            .any(|line| matches!(line.kind, TestLineKind::Fire { .. }));
        if !fires {
            let message = format!("\"{}\" fires nothing, so nothing happens in it", test.name.name);
            let finding = Finding::new(Code::TypesMismatch, test.name.span, message);
            unit.report
                .add(finding.help("write `fire TRIGGER` or `fire TRIGGER({ … })`"));
        }
    }
}

fn line(unit: &mut Unit<'_>, line: &TestLine) {
    match &line.kind {
        TestLineKind::GivenRows { dataset, .. } | TestLineKind::ExpectRows { dataset, .. } => {
            named(unit, dataset, "dataset", |kind| {
                matches!(kind, DeclKind::Dataset(_))
            });
        }
        TestLineKind::GivenReturns { of, value } => returns(unit, of, value),
        TestLineKind::GivenFails { of, kind } => {
            callable(unit, of);
            if !KINDS.contains(&kind.name.as_str()) {
                let message = format!("\"{}\" is no kind of failure", kind.name);
                let known: Vec<_> = KINDS.iter().map(|kind| format!("\"{kind}\"")).collect();
                let finding = Finding::new(Code::TypesMismatch, kind.span, message);
                unit.report
                    .add(finding.help(format!("write one of {}", known.join(", "))));
            }
        }
        TestLineKind::Fire { trigger, args } => fire(unit, trigger, args, line.span),
        TestLineKind::ExpectCalled { of, .. } => callable(unit, of),
        TestLineKind::ExpectDeploy { model } => {
            named(unit, model, "model", |kind| matches!(kind, DeclKind::Model(_)));
        }
        TestLineKind::ExpectNoDeploy | TestLineKind::ExpectRun { .. } => {}
    }
}

/// What `given … returns` stands for must be what the callee returns.
fn returns(unit: &mut Unit<'_>, of: &Ident, value: &Expr) {
    let is = |kind: &DeclKind| {
        matches!(
            kind,
            DeclKind::Action(_) | DeclKind::Model(_) | DeclKind::Import(_)
        )
    };
    if !named(unit, of, "action or model", is) {
        return;
    }
    let action = unit
        .plan
        .actions
        .get(&of.name)
        .map(|action| action.output.clone());
    let asked = unit.plan.asked(&of.name).map(|asked| asked.output.clone());
    if let Some(want) = action.or(asked) {
        fits(unit, value, &want, &format!("what `{}` returns", of.name));
    }
}

fn fire(unit: &mut Unit<'_>, trigger: &Ident, args: &[Arg], span: Span) {
    if !named(unit, trigger, "trigger", |kind| {
        matches!(kind, DeclKind::Trigger(_))
    }) {
        return;
    }
    let Some(payload) = unit
        .plan
        .triggers
        .get(&trigger.name)
        .map(|trigger| trigger.payload.clone())
    else {
        return;
    };
    let what = format!("the event of `{}`", trigger.name);
    match args {
        // The clock is read when a test runs.
        [] if unit.plan.triggers[&trigger.name].source.is_some() => {}
        [] => {
            let finding = misfit(&Type::nothing(), &given(&payload));
            let finding = finding.map(|why| unfit(&why, span, &what));
            unit.report.findings.extend(finding);
        }
        [Arg { name: None, value }] => fits(unit, value, &payload, &what),
        _ => unit.report.add(
            Finding::new(Code::TypesArity, span, format!("{what} is one record"))
                .help(format!("write `fire {}({{ … }})`", trigger.name)),
        ),
    }
}

/// Holds a record of literals against a type.
fn fits(unit: &mut Unit<'_>, value: &Expr, want: &Type, what: &str) {
    let want = given(want);
    let (json, ty) = match constant(value) {
        Ok(constant) => constant,
        Err(finding) => return unit.report.add(*finding),
    };
    if let (Type::Record(written), Type::Record(known)) = (&ty, &want)
        && let Some(extra) = written.keys().find(|name| !known.contains_key(*name))
    {
        let message = format!("{what} has no field `{extra}`");
        let finding = Finding::new(Code::TypesUnknownField, value.span, message);
        return unit.report.add(finding.help(format!("it is `{}`", show(&want))));
    }
    if !constant_fits(&json, &ty, &want) {
        let finding = misfit(&ty, &want).map(|why| unfit(&why, value.span, what));
        unit.report.findings.extend(finding);
    }
}

fn unfit(why: &Misfit, span: Span, what: &str) -> Finding {
    let code = match why.got {
        Some(_) => Code::TypesMismatch,
        None => Code::TypesMissingField,
    };
    Finding::new(code, span, why.message(what))
}

/// What may be written for a type: a field with a default may be left out.
fn given(ty: &Type) -> Type {
    let Type::Record(fields) = ty else {
        return ty.clone();
    };
    let mut fields = fields.clone();
    for field in fields.values_mut() {
        if field.default.take().is_some() {
            field.ty = crate::lower::value::optional(field.ty.clone());
        }
    }
    Type::Record(fields)
}

fn callable(unit: &mut Unit<'_>, of: &Ident) {
    named(unit, of, "action, job or model", |kind| {
        matches!(
            kind,
            DeclKind::Action(_) | DeclKind::Job(_) | DeclKind::Model(_) | DeclKind::Import(_)
        )
    });
}

/// Whether the name is that of such a declaration; asking is no use of it.
fn named(unit: &mut Unit<'_>, of: &Ident, what: &str, is: impl Fn(&DeclKind) -> bool) -> bool {
    let Some(decl) = unit.scope.get(&of.name) else {
        let unknown = unit.scope.unknown(of, what, std::iter::empty());
        unit.report.findings.extend(unknown);
        return false;
    };
    if is(&decl.kind) {
        return true;
    }
    let message = format!(
        "`{}` is {}, expected {}",
        of.name,
        with_article(decl.kind.keyword()),
        with_article(what)
    );
    let finding = Finding::new(Code::TypesMismatch, of.span, message);
    unit.report.add(finding.also(decl.name.span, "declared here"));
    false
}
