//! Whether a module trains a model: it imports a library that can, and calls what trains.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, Stmt};

/// Libraries that train models.
const LIBRARIES: [&str; 7] = [
    "catboost",
    "keras",
    "lightgbm",
    "sklearn",
    "tensorflow",
    "torch",
    "xgboost",
];

/// Methods that train: evaluation and prediction need none of them.
const METHODS: [&str; 3] = ["backward", "fit", "partial_fit"];

/// The library and the method with which a module trains; none in what is no Python.
pub(in crate::rules) fn trains(text: &str) -> Option<(&'static str, &'static str)> {
    // Few modules name a library that trains, and only those need to be read.
    if !LIBRARIES.iter().any(|library| text.contains(library)) {
        return None;
    }
    let module = super::read(text).ok()?;
    let mut seen = Seen::default();
    seen.visit_body(&module.body);
    seen.library.zip(seen.method)
}

#[derive(Default)]
struct Seen {
    library: Option<&'static str>,
    method: Option<&'static str>,
}

impl Seen {
    fn import(&mut self, module: &str) {
        let top = module.split('.').next();
        let library = LIBRARIES.into_iter().find(|library| Some(*library) == top);
        self.library = self.library.or(library);
    }
}

impl<'a> Visitor<'a> for Seen {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Import(import) => import.names.iter().for_each(|alias| self.import(&alias.name)),
            Stmt::ImportFrom(import) if import.level == 0 => {
                self.import(import.module.as_deref().unwrap_or_default());
            }
            _ => {}
        }
        walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr
            && let Expr::Attribute(callee) = &*call.func
        {
            let method = METHODS.into_iter().find(|method| *method == callee.attr.as_str());
            self.method = self.method.or(method);
        }
        walk_expr(self, expr);
    }
}
