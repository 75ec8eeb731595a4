//! Imports: models of other flows on the same daemon.

use super::function::transfer;
use crate::link::link;
use crate::project::Project;
use crate::resolve::{Scope, flow_name};
use crate::unit::Unit;
use flow_lang::ast::{DeclKind, Ident};
use flow_lang::plan::Import;
use flow_lang::report::{Code, Finding, Report};
use flow_lang::suggest::nearest;

/// The environment of a project that does not have the one that is asked for.
const DEV: &str = "dev";

pub(super) fn lower(unit: &mut Unit<'_>, name: &Ident, path: &Ident) {
    let project = match unit.project.imports.get(&path.name) {
        Some(Ok(project)) => project,
        Some(Err(why)) => return missing(unit, path, why),
        None => return missing(unit, path, "it was not looked for"),
    };
    match of(project, &unit.plan.env, name, path) {
        Ok(import) if import.flow == unit.plan.flow => {
            let message = format!("`{}` is this very flow", path.name);
            let finding = Finding::new(Code::NamesImportMissing, path.span, message);
            unit.report
                .add(finding.help("a model of this flow needs no import"));
        }
        Ok(import) => drop(unit.plan.imports.insert(name.name.clone(), import)),
        Err(finding) => unit.report.add(*finding),
    }
}

fn missing(unit: &mut Unit<'_>, path: &Ident, why: &str) {
    let message = format!("`{}` cannot be imported from: {why}", path.name);
    let finding = Finding::new(Code::NamesImportMissing, path.span, message);
    unit.report
        .add(finding.help("write the path of a folder with a flow in it, seen from this project's folder"));
}

/// The model as its own flow declares it, in the environment of the same name.
fn of(project: &Project, env: &str, name: &Ident, path: &Ident) -> Result<Import, Box<Finding>> {
    let mut report = project.syntax.clone();
    let flow = flow_name(project, &mut report).unwrap_or_default();
    let env = if project.envs.contains_key(env) { env } else { DEV };
    let linked = link(project);
    report.findings.extend(linked.findings.iter().cloned());
    let scope = Scope::collect(&project.files, &linked, &mut report);
    let mut other = Unit::new(project, env, scope, flow, report);
    let decl = other.scope.get(&name.name);
    let Some(DeclKind::Model(model)) = decl.map(|decl| &decl.kind) else {
        // A declaration that cannot be read is not missing.
        return Err(match other.report.has_errors() {
            true => broken(path, &other.report),
            false => Box::new(no_model(&other, name, path)),
        });
    };
    let input = other.resolve_clear_record(&model.input, "the input of a model");
    let output = other.resolve_clear_record(&model.output, "the output of a model");
    let (payload, result) = transfer(&other);
    match (input, output) {
        (Some(input), Some(output)) if !other.report.has_errors() => Ok(Import {
            flow: other.plan.flow,
            input,
            output,
            payload,
            result,
        }),
        _ => Err(broken(path, &other.report)),
    }
}

fn no_model(other: &Unit<'_>, name: &Ident, path: &Ident) -> Finding {
    let decls = other.scope.decls();
    let models = decls
        .iter()
        .filter(|decl| matches!(decl.kind, DeclKind::Model(_)));
    let near = nearest(&name.name, models.map(|decl| decl.name.name.as_str()));
    let message = format!("`{}` declares no model `{}`", path.name, name.name);
    let finding = Finding::new(Code::NamesUnknown, name.span, message);
    match near {
        // What uses the model says its name as well, so one change here is no repair.
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding,
    }
}

/// The mistakes of another project are told there, and not here.
fn broken(path: &Ident, report: &Report) -> Box<Finding> {
    let first = report.findings.first().map(|finding| finding.message.as_str());
    let message = format!("`{}` has errors: {}", path.name, first.unwrap_or_default());
    let finding = Finding::new(Code::NamesImportMissing, path.span, message);
    Box::new(finding.help(format!("see `flowc check {}` first", path.name)))
}
