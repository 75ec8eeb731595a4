//! From declarations to the plan. A construct has the same file name here as in the tree of the text.
//!
//! Checking types and lowering is one walk: an expression comes to a [`value::Value`], which is what the plan
//! will compute and its type, or to nothing if it has an error that is already reported. So one mistake gives
//! one finding.

mod act;
mod action;
mod args;
mod asked;
mod bindings;
mod block;
mod call;
mod callback;
mod catch;
mod composition;
mod dataset;
mod each;
mod effect;
mod event;
mod failure;
mod feedback;
mod function;
mod give;
mod graph;
mod import;
mod infer;
mod job;
mod model;
mod name;
mod operator;
mod order;
mod package;
mod prepare;
mod prepared;
mod register;
mod rule;
mod signature;
mod sleep;
mod test;
mod trigger;
mod value;
mod wait;
mod weight;
mod when;

pub(crate) use composition::Progress as Composed;
pub(crate) use each::BEST;
pub(crate) use weight::type_weight;

use crate::unit::Unit;
use flow_lang::ast::DeclKind;

/// Lowers all declarations: first what has a signature, then the graphs that use it.
pub(crate) fn lower(unit: &mut Unit<'_>) {
    for decl in unit.scope.decls() {
        let name = &decl.name;
        let keyword = match &decl.kind {
            DeclKind::Job(_) => "job",
            kind => kind.keyword(),
        };
        unit.mark(format!("{keyword}/{}", name.name), name.name.clone(), name.span);
        match &decl.kind {
            DeclKind::Type(ty) => unit.declare_type(&name.name, ty),
            DeclKind::Secret => secret(unit, &name.name),
            DeclKind::Package(package) => package::lower(unit, name, package),
            DeclKind::Action(action) => action::lower(unit, name, action),
            DeclKind::Job(job) => job::lower(unit, name, job),
            DeclKind::Dataset(dataset) => dataset::lower(unit, name, dataset),
            DeclKind::Model(model) => model::lower(unit, name, model),
            DeclKind::Import(path) => import::lower(unit, name, path),
            DeclKind::Trigger(_)
            | DeclKind::Composition(_)
            | DeclKind::Prepare(_)
            | DeclKind::Infer(_)
            | DeclKind::Feedback(_)
            | DeclKind::Rule(_) => {}
        }
    }
    job::check_writes(unit);
    function::params::unread(unit);
    // A trigger has the type of its package's items, a composition those of its parts.
    for decl in unit.scope.decls() {
        if let DeclKind::Trigger(trigger) = &decl.kind {
            trigger::lower(unit, &decl.name, trigger);
        }
        if let DeclKind::Composition(parts) = &decl.kind {
            composition::lower(unit, &decl.name, parts);
        }
    }
    for decl in unit.scope.decls() {
        match &decl.kind {
            DeclKind::Prepare(prepare) => prepare::check(unit, &decl.name, prepare),
            DeclKind::Infer(infer) => infer::lower(unit, &decl.name, infer),
            DeclKind::Feedback(feedback) => feedback::lower(unit, &decl.name, feedback),
            DeclKind::Rule(rule) => rule::lower(unit, &decl.name, rule),
            DeclKind::Type(_)
            | DeclKind::Secret
            | DeclKind::Package(_)
            | DeclKind::Trigger(_)
            | DeclKind::Action(_)
            | DeclKind::Composition(_)
            | DeclKind::Job(_)
            | DeclKind::Dataset(_)
            | DeclKind::Model(_)
            | DeclKind::Import(_) => {}
        }
    }
    let project = unit.project;
    test::check(unit, project.files.iter().flat_map(|file| &file.tests));
}

fn secret(unit: &mut Unit<'_>, name: &str) {
    let from = unit.secret_place(name);
    unit.plan.secrets.insert(name.to_owned(), from);
}
