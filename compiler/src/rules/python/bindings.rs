//! The names that a module has once it is imported.

use ruff_python_ast::{ExceptHandler, Expr, ModModule, Parameters, Stmt, StmtFunctionDef};
use std::collections::BTreeMap;

/// What a name is bound to.
pub(in crate::rules) enum Binding<'a> {
    /// A function whose parameters are known.
    Function(&'a Parameters),
    /// A class.
    Class,
    /// Something that only running the module would tell: an import, an assignment, a decorated function.
    Unknown,
}

/// The names at the top of a module; under `*` one that a star import may bind.
pub(in crate::rules) fn bindings(module: &ModModule) -> BTreeMap<&str, Binding<'_>> {
    let mut names = BTreeMap::new();
    gather(&module.body, &mut names);
    names
}

/// A later statement binds anew. Both arms of an `if` count, since only running the module would tell.
fn gather<'a>(body: &'a [Stmt], names: &mut BTreeMap<&'a str, Binding<'a>>) {
    for stmt in body {
        match stmt {
            Stmt::FunctionDef(def) => {
                names.insert(&def.name, function(def));
            }
            Stmt::ClassDef(def) => {
                names.insert(&def.name, Binding::Class);
            }
            Stmt::Import(import) => names.extend(import.names.iter().map(|alias| {
                let whole = alias.name.split('.').next().unwrap_or(&alias.name);
                (alias.asname.as_deref().unwrap_or(whole), Binding::Unknown)
            })),
            Stmt::ImportFrom(import) => names.extend(
                import
                    .names
                    .iter()
                    .map(|alias| (alias.asname.as_deref().unwrap_or(&alias.name), Binding::Unknown)),
            ),
            Stmt::Assign(assign) => assign.targets.iter().for_each(|target| bind(target, names)),
            Stmt::AnnAssign(assign) if assign.value.is_some() => bind(&assign.target, names),
            Stmt::If(branch) => {
                gather(&branch.body, names);
                branch
                    .elif_else_clauses
                    .iter()
                    .for_each(|arm| gather(&arm.body, names));
            }
            Stmt::Try(attempt) => {
                gather(&attempt.body, names);
                for ExceptHandler::ExceptHandler(handler) in &attempt.handlers {
                    gather(&handler.body, names);
                }
                gather(&attempt.orelse, names);
                gather(&attempt.finalbody, names);
            }
            Stmt::With(with) => gather(&with.body, names),
            // Python's statements are another language's enum; the others bind no function worth naming.
            _ => {}
        }
    }
}

fn function(def: &StmtFunctionDef) -> Binding<'_> {
    // A decorator may return a function with other parameters.
    match def.decorator_list.is_empty() {
        true => Binding::Function(&def.parameters),
        false => Binding::Unknown,
    }
}

fn bind<'a>(target: &'a Expr, names: &mut BTreeMap<&'a str, Binding<'a>>) {
    match target {
        Expr::Name(name) => {
            names.insert(name.id.as_str(), Binding::Unknown);
        }
        Expr::Tuple(tuple) => tuple.elts.iter().for_each(|each| bind(each, names)),
        _ => {}
    }
}
