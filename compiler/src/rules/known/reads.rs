//! Whether an expression reads the input of its graph.

use flow_lang::plan::Expr;

pub(in crate::rules) fn reads_input(expr: &Expr) -> bool {
    match expr {
        Expr::Input => true,
        Expr::Literal(_) | Expr::Step(_) | Expr::Item(_) => false,
        Expr::Field(of, _)
        | Expr::Project(of, _)
        | Expr::Unary(_, of)
        | Expr::Present(of)
        | Expr::Best { of, .. } => reads_input(of),
        Expr::Record(fields) => fields.values().any(reads_input),
        Expr::List(items) => items.iter().any(reads_input),
        Expr::Binary(_, left, right) => reads_input(left) || reads_input(right),
        Expr::If(cond, then, otherwise) => reads_input(cond) || reads_input(then) || reads_input(otherwise),
    }
}
