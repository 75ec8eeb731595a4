//! Feedback: what was true about an earlier request.

use super::graph::{Body, Scale};
use super::value::Value;
use crate::unit::Unit;
use flow_lang::ast::{self, DeclKind, Ident};
use flow_lang::plan::{Expr, Feedback, Field, Type};
use flow_lang::report::{Code, Finding};

/// The name of the input of the joined request.
const ASKED: &str = "asked";

pub(super) fn lower(unit: &mut Unit<'_>, name: &Ident, feedback: &ast::Feedback) {
    let key = format!("feedback/{}", name.name);
    unit.marks.set(format!("{key}/input"), feedback.input.span);
    let input = unit.resolve_record(&feedback.input, "the input of a feedback");
    let infer = unit.scope.expect(&feedback.of, "infer", infer, &mut unit.report);
    let (Some(input), Some(infer)) = (input, infer) else {
        return;
    };
    // Its own mistakes are told where the route is declared.
    let before = unit.report.findings.len();
    let asked = unit.resolve_record(&infer.input, "the input of an infer");
    unit.report.findings.truncate(before);
    let (Some(asked), Some(mut fields)) = (asked, input.fields().cloned()) else {
        return;
    };
    if fields.contains_key(ASKED) {
        unit.report.add(
            Finding::new(
                Code::NamesDuplicate,
                feedback.input.span,
                format!("`{ASKED}` is the input of the joined request"),
            )
            .help("give this field another name"),
        );
    }
    let of_request = Field {
        ty: asked,
        default: None,
    };
    fields.insert(ASKED.to_owned(), of_request);
    let joined = Type::Record(fields);
    let mut body = Body::new(unit, Some(key), Scale::Short);
    body.bind_fields(&Value {
        expr: Expr::Input,
        ty: joined.clone(),
    });
    body.body(&feedback.body, None);
    let graph = body.finish(joined, None);
    let lowered = Feedback {
        of: feedback.of.name.clone(),
        input,
        graph,
    };
    unit.plan.feedbacks.insert(name.name.clone(), lowered);
}

fn infer(kind: &DeclKind) -> Option<&ast::Infer> {
    if let DeclKind::Infer(infer) = kind {
        Some(infer)
    } else {
        None
    }
}
