//! Compositions: chains of actions and models with a name. A composition has no step of its own: each of its parts
//! becomes a step of the graph that calls it.

use super::args::{Base, Given, Named};
use super::call::result_type;
use super::graph::{Body, Scale};
use super::signature::Signature;
use super::value::Value;
use crate::resolve::with_article;
use crate::unit::Unit;
use flow_lang::ast::{self, Decl, DeclKind, ExprKind, Ident};
use flow_lang::plan::{Expr, Type};
use flow_lang::report::{Code, Finding};
use flow_lang::span::Span;

/// The most compositions inside each other.
const DEPTH_MAX: usize = 64;

/// How far a composition has come.
#[derive(Clone, Debug)]
pub(crate) enum Progress {
    /// It is being looked at: meeting it again is a ring.
    Open,
    /// What it takes and gives; nothing if it has an error, which is already reported.
    Done(Option<Signature>),
}

/// Looks at a composition on its own, so that its mistakes are told once, called or not.
pub(super) fn lower<'a>(unit: &mut Unit<'a>, name: &'a Ident, parts: &'a [Ident]) {
    if signature(unit, name, parts).is_some() {
        let parts = parts.iter().map(|part| part.name.clone()).collect();
        unit.plan.compositions.insert(name.name.clone(), parts);
    }
}

/// What a composition takes and gives: the input of its first part, the output of its last.
pub(super) fn signature<'a>(unit: &mut Unit<'a>, name: &'a Ident, parts: &'a [Ident]) -> Option<Signature> {
    match unit.composed.get(&name.name) {
        Some(Progress::Done(signature)) => return signature.clone(),
        Some(Progress::Open) => return None,
        None => {}
    }
    unit.composed.insert(name.name.clone(), Progress::Open);
    unit.open_compositions.push(name.name.clone());
    let done = chain(unit, parts);
    unit.open_compositions.pop();
    let done = Progress::Done(done);
    unit.composed.insert(name.name.clone(), done.clone());
    match done {
        Progress::Done(signature) => signature,
        Progress::Open => None,
    }
}

fn chain<'a>(unit: &mut Unit<'a>, parts: &'a [Ident]) -> Option<Signature> {
    let links: Vec<_> = parts.iter().map(|part| link(unit, part)).collect();
    let links: Option<Vec<Signature>> = links.into_iter().collect();
    let mut links = links?.into_iter().zip(parts);
    let (first, mut before) = links.next()?;
    let mut whole = first;
    for (next, part) in links {
        whole.depth = whole.depth.max(next.depth);
        whole.output = fitted(unit, before, whole.output, part, next)?;
        before = part;
    }
    whole.depth += 1;
    if whole.depth > DEPTH_MAX {
        return unit.refuse(too_deep(before.span));
    }
    Some(whole)
}

/// What a part takes and gives.
fn link<'a>(unit: &mut Unit<'a>, part: &'a Ident) -> Option<Signature> {
    let Some(decl) = unit.scope.find(&part.name) else {
        let finding = unit.scope.unknown(part, "action or model", std::iter::empty())?;
        return unit.refuse(finding);
    };
    if let DeclKind::Composition(_) = decl.kind {
        if let Some(at) = unit.open_compositions.iter().position(|open| *open == part.name) {
            let way = unit.open_compositions[at..].join(" → ");
            let message = format!("`{0}` calls itself: {way} → {0}", part.name);
            let finding = Finding::new(Code::GraphCycle, part.span, message);
            return unit.refuse(finding.help("a chain is finite: take one of these parts out"));
        }
        if unit.open_compositions.len() > DEPTH_MAX {
            return unit.refuse(too_deep(part.span));
        }
    }
    match &decl.kind {
        DeclKind::Action(_) | DeclKind::Composition(_) | DeclKind::Model(_) | DeclKind::Import(_) => {
            Signature::of(unit, decl)
        }
        DeclKind::Prepare(_)
        | DeclKind::Job(_)
        | DeclKind::Type(_)
        | DeclKind::Secret
        | DeclKind::Package(_)
        | DeclKind::Trigger(_)
        | DeclKind::Dataset(_)
        | DeclKind::Infer(_)
        | DeclKind::Feedback(_)
        | DeclKind::Rule(_) => {
            let keyword = with_article(decl.kind.keyword());
            let message = format!("`{}` is {keyword} and cannot be a part of an action", part.name);
            let finding = Finding::new(Code::TypesNotCallable, part.span, message);
            unit.refuse(
                finding
                    .also(decl.name.span, "declared here")
                    .help("a chain with a name is made of actions and models; a rule can do more"),
            )
        }
    }
}

/// What a part gives that is called with what stands before it; a misfit is told once.
fn fitted(unit: &mut Unit<'_>, before: &Ident, given: Type, part: &Ident, next: Signature) -> Option<Type> {
    let told = unit.report.findings.len();
    let handed = Value {
        expr: Expr::Input,
        ty: given,
    };
    let span = before.span.to(part.span);
    let mut body = Body::new(unit, None, Scale::Call);
    let given = body.handed_on(span, handed, &part.name, &next);
    unit.report.findings.truncate(told + 1);
    given.map(|given| result_type(&given, next.output))
}

fn too_deep(span: Span) -> Finding {
    let message = format!("more than {DEPTH_MAX} compositions stand inside each other here");
    Finding::new(Code::SyntaxNesting, span, message).help("write their parts out")
}

impl<'a> Body<'_, 'a> {
    /// Lays the parts of a composition in, one step each.
    pub(super) fn call_composition(
        &mut self,
        decl: &'a Decl,
        parts: &'a [Ident],
        given: Given,
        span: Span,
        called: Option<&str>,
    ) -> Option<Value> {
        self.make_room(parts.len(), span)?;
        let at = self.free_name(called.unwrap_or(&decl.name.name));
        self.under(&at, |body| {
            let mut given = Some(given);
            let mut last: Option<(Span, Value)> = None;
            for part in parts {
                let decl = body.unit.scope.find(&part.name)?;
                let signature = Signature::of(body.unit, decl)?;
                let given = match given.take() {
                    Some(given) => given,
                    None => {
                        let (span, value) = last?;
                        body.handed_on(span, value, &part.name, &signature)?
                    }
                };
                let value = body.hand_over(decl, signature.output, given, part.span, None)?;
                last = Some((part.span, value));
            }
            last.map(|(_, value)| value)
        })
    }

    /// The arguments of a part: the whole value of the part before it.
    fn handed_on(&mut self, span: Span, value: Value, part: &str, signature: &Signature) -> Option<Given> {
        let written = ast::Expr {
            span,
            kind: ExprKind::Name(part.to_owned()),
        };
        let base: Base<'_> = Some((&written, Some(value)));
        let named: Vec<Named<'_>> = Vec::new();
        self.given(part, &signature.input, &signature.params, base, named, span)
    }
}
