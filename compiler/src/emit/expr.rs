//! Resolved expressions as people write them.

use flow_lang::ast::{BinaryOp, UnaryOp};
use flow_lang::plan::{Expr, Graph};

/// The text of an expression, with the names of the graph's steps.
pub(super) fn text(expr: &Expr, graph: &Graph) -> String {
    let text = |expr| text(expr, graph);
    match expr {
        Expr::Literal(value) => value.to_string(),
        Expr::Input => "input".into(),
        Expr::Step(ix) => graph.steps[*ix].name.clone(),
        Expr::Field(of, name) => format!("{}.{name}", inner(of, 9, graph)),
        Expr::Record(fields) => {
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, value)| format!("{name}: {}", text(value)))
                .collect();
            format!("{{ {} }}", fields.join(", "))
        }
        Expr::List(items) => {
            let items: Vec<_> = items.iter().map(text).collect();
            format!("[{}]", items.join(", "))
        }
        Expr::Project(of, _) => text(of),
        Expr::Unary(UnaryOp::Negate, of) => format!("-{}", inner(of, 7, graph)),
        Expr::Unary(UnaryOp::Not, of) => format!("not {}", inner(of, 2, graph)),
        Expr::Binary(op, left, right) => {
            let level = tightness(*op);
            // Operators of one level group to the left; comparisons do not chain.
            format!(
                "{} {} {}",
                inner(left, level + u8::from(level == COMPARISON), graph),
                op.symbol(),
                inner(right, level + 1, graph)
            )
        }
        Expr::If(cond, then, otherwise) => {
            format!(
                "when {} {{ {} }} else {{ {} }}",
                text(cond),
                text(then),
                text(otherwise)
            )
        }
        Expr::Present(of) => format!("{} is there", inner(of, 9, graph)),
        Expr::Item(each) => format!("item of {}", graph.steps[*each].name),
        Expr::Best { of, by, least } => {
            let sign = if *least { "-" } else { "" };
            format!("best of {} by {sign}{by}", inner(of, 9, graph))
        }
    }
}

fn inner(expr: &Expr, least: u8, graph: &Graph) -> String {
    let text = text(expr, graph);
    let own = match expr {
        Expr::Binary(op, ..) => tightness(*op),
        Expr::Unary(UnaryOp::Not, _) => 2,
        Expr::Unary(UnaryOp::Negate, _) => 7,
        Expr::If(..) | Expr::Present(_) | Expr::Best { .. } => 0,
        Expr::Project(of, _) => return inner(of, least, graph),
        Expr::Literal(_)
        | Expr::Input
        | Expr::Step(_)
        | Expr::Item(_)
        | Expr::Field(..)
        | Expr::Record(_)
        | Expr::List(_) => 9,
    };
    if own < least { format!("({text})") } else { text }
}

const COMPARISON: u8 = 3;

fn tightness(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Multiply => 6,
        BinaryOp::Add | BinaryOp::Subtract => 5,
        BinaryOp::Default => 4,
        BinaryOp::Equal
        | BinaryOp::NotEqual
        | BinaryOp::Less
        | BinaryOp::LessEqual
        | BinaryOp::Greater
        | BinaryOp::GreaterEqual => COMPARISON,
        BinaryOp::And => 1,
        BinaryOp::Or => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flow_lang::plan::Type;
    use serde_json::json;

    #[test]
    fn expressions_read_back_with_the_brackets_they_need() {
        let graph = Graph {
            input: Type::nothing(),
            steps: Vec::new(),
            result: None,
            output: Type::nothing(),
        };
        let a = || Box::new(Expr::Field(Box::new(Expr::Input), "a".into()));
        let one = || Box::new(Expr::Literal(json!(1)));
        let binary = |op, left, right| Box::new(Expr::Binary(op, left, right));
        let sum = || binary(BinaryOp::Add, a(), one());
        for (expr, expected) in [
            (binary(BinaryOp::Multiply, sum(), one()), "(input.a + 1) * 1"),
            (
                binary(BinaryOp::Subtract, sum(), sum()),
                "input.a + 1 - (input.a + 1)",
            ),
            (
                binary(BinaryOp::Less, a(), binary(BinaryOp::Default, a(), one())),
                "input.a < input.a ?? 1",
            ),
            (
                Box::new(Expr::Unary(UnaryOp::Not, binary(BinaryOp::And, a(), a()))),
                "not (input.a and input.a)",
            ),
            (
                binary(BinaryOp::Or, binary(BinaryOp::And, a(), a()), a()),
                "input.a and input.a or input.a",
            ),
        ] {
            assert_eq!(text(&expr, &graph), expected);
        }
    }
}
