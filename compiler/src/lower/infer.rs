//! Infer: an HTTP route that answers from memory.

use super::graph::{Body, Scale};
use super::value::Value;
use crate::types::properties::INFER;
use crate::unit::Unit;
use flow_lang::ast::{self, Ident};
use flow_lang::plan::{Expr, Infer};
use flow_lang::report::{Code, Finding};

/// The paths that belong to the daemon.
const RESERVED: &[&str] = &["/v1", "/v2", "/api", "/console", "/healthz", "/metrics"];

pub(super) fn lower<'a>(unit: &mut Unit<'a>, name: &'a Ident, infer: &'a ast::Infer) {
    let key = format!("infer/{}", name.name);
    unit.marks.set(format!("{key}/input"), infer.input.span);
    unit.marks.set(format!("{key}/output"), infer.output.span);
    let input = unit.resolve_record(&infer.input, "the input of an infer");
    let output = unit.resolve_clear_record(&infer.output, "the output of an infer");
    let settings = unit.settings(&INFER, &key, name, &infer.properties);
    check_route(unit, infer);
    let (Some(input), Some(output)) = (input, output) else {
        return;
    };
    let mut body = Body::new(unit, Some(key), Scale::Call);
    body.bind_fields(&Value {
        expr: Expr::Input,
        ty: input.clone(),
    });
    let result = body.body(&infer.body, Some((&output, name)));
    let graph = body.finish(input, result);
    let lowered = Infer {
        method: infer.method.name.clone(),
        path: infer.path.name.clone(),
        deadline_ms: settings.number("deadline").unwrap_or_default(),
        keep_ms: settings.number("keep").unwrap_or_default(),
        durable: settings.is_true("durable"),
        graph,
    };
    unit.plan.infers.insert(name.name.clone(), lowered);
}

fn check_route(unit: &mut Unit<'_>, infer: &ast::Infer) {
    let (method, path) = (&infer.method, &infer.path);
    if method.name != "POST" {
        unit.report.add(
            Finding::new(
                Code::TypesProperty,
                method.span,
                format!("`{}` is not served", method.name),
            )
            .write("POST"),
        );
    }
    if !path.name.starts_with('/') || path.name.contains(char::is_whitespace) {
        unit.report.add(
            Finding::new(
                Code::TypesProperty,
                path.span,
                format!("`{}` is not a path", path.name),
            )
            .help("write for example `\"/digits\"`"),
        );
    }
    let first = path.name.split('/').nth(1).unwrap_or_default();
    if RESERVED.iter().any(|reserved| reserved[1..] == *first) {
        unit.report.add(
            Finding::new(
                Code::TypesProperty,
                path.span,
                format!("the path `/{first}` belongs to the daemon"),
            )
            .help("choose another path"),
        );
    }
    let taken = unit.plan.infers.iter().find(|(_, other)| other.path == path.name);
    if let Some((other, _)) = taken {
        let finding = Finding::new(
            Code::NamesDuplicate,
            path.span,
            format!("`{other}` answers on `{}` already", path.name),
        );
        unit.report.add(finding.help("choose another path"));
    }
}
