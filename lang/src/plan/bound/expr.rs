//! The most bytes that an expression can come to: what a call passes, whatever its callee declares.

use super::WORD_BYTES;
use crate::ast::{BinaryOp, UnaryOp};
use crate::plan::{Expr, Graph, Op, Type, json_size, text_size};

impl Graph {
    /// The most bytes of canonical JSON that the value of `expr` has; nothing when there is no bound.
    pub fn bound(&self, expr: &Expr) -> Option<u64> {
        self.most(expr, &mut Vec::new())
    }

    /// The bound of the field at the end of `path` (the last name first) of the value of `expr`.
    fn most<'e>(&'e self, expr: &'e Expr, path: &mut Vec<&'e str>) -> Option<u64> {
        match expr {
            Expr::Literal(value) => {
                let part = path.iter().rev().try_fold(value, |value, name| value.get(*name));
                Some(part.map_or(WORD_BYTES, json_size))
            }
            Expr::Input => part(&self.input, path).bound_or_absent(),
            Expr::Step(ix) => part(&self.steps.get(*ix)?.output, path).bound_or_absent(),
            Expr::Field(of, name) => {
                path.push(name);
                let most = self.most(of, path);
                path.pop();
                most
            }
            Expr::Record(fields) => match path.pop() {
                Some(name) => {
                    let most = match fields.get(name) {
                        Some(field) => self.most(field, path),
                        None => Some(WORD_BYTES),
                    };
                    path.push(name);
                    most
                }
                None => {
                    let commas = (fields.len() as u64).saturating_sub(1);
                    fields.iter().try_fold(commas + 2, |sum, (name, field)| {
                        let field = self.most(field, path)?;
                        Some(sum.saturating_add(text_size(name) + 1).saturating_add(field))
                    })
                }
            },
            Expr::List(items) => {
                let commas = (items.len() as u64).saturating_sub(1);
                items.iter().try_fold(commas + 2, |sum, item| {
                    Some(sum.saturating_add(self.most(item, path)?))
                })
            }
            // Nothing is added by leaving fields out, so both say something.
            Expr::Project(of, ty) => match (part(ty, path).bound_or_absent(), self.most(of, path)) {
                (Some(declared), Some(given)) => Some(declared.min(given)),
                (declared, given) => declared.or(given),
            },
            Expr::Item(each) => match &self.steps.get(*each)?.op {
                Op::Each { item, .. } => part(item, path).bound_or_absent(),
                _ => None,
            },
            // One of the items, or none.
            Expr::Best { of, .. } => match &**of {
                Expr::Step(ix) => match &self.steps.get(*ix)?.output {
                    Type::List { item, .. } => part(item, path).bound_or_absent(),
                    _ => None,
                },
                of => Some(self.most(of, &mut Vec::new())?.max(WORD_BYTES)),
            },
            Expr::Unary(UnaryOp::Not, _) | Expr::Present(_) => Type::Bool.bound(),
            Expr::Unary(UnaryOp::Negate, _) => number(),
            Expr::Binary(BinaryOp::Default, left, right) => {
                Some(self.most(left, path)?.max(self.most(right, path)?))
            }
            Expr::Binary(BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply, ..) => number(),
            Expr::Binary(
                BinaryOp::Equal
                | BinaryOp::NotEqual
                | BinaryOp::Less
                | BinaryOp::LessEqual
                | BinaryOp::Greater
                | BinaryOp::GreaterEqual
                | BinaryOp::And
                | BinaryOp::Or,
                ..,
            ) => Type::Bool.bound(),
            Expr::If(_, then, otherwise) => Some(self.most(then, path)?.max(self.most(otherwise, path)?)),
        }
    }
}

/// A number without bounds, whether it is whole or not.
fn number() -> Option<u64> {
    Type::Float { min: None, max: None }.bound()
}

/// A part of a type, which may not be there.
struct Part<'t>(Option<&'t Type>);

impl Part<'_> {
    fn bound_or_absent(&self) -> Option<u64> {
        match self.0 {
            Some(ty) => ty.bound().map(|bound| bound.max(WORD_BYTES)),
            None => Some(WORD_BYTES),
        }
    }
}

fn part<'t>(ty: &'t Type, path: &[&str]) -> Part<'t> {
    let inner = path.iter().rev().try_fold(ty, |ty, name| {
        let field = ty.present().opened().fields()?.get(*name)?;
        Some(&field.ty)
    });
    Part(inner)
}

#[cfg(test)]
mod tests {
    use crate::plan::{Expr, Graph};
    use serde_json::{Value, json};

    /// Of a graph whose input is `{ id: text<4B>, note: text?, when: { big: text<100B> }? }`.
    fn check(expr: Value, bound: Option<u64>) {
        let text = |max: Option<u64>| json!({ "text": { "max": max } });
        let record = |fields: Value| json!({ "record": fields });
        let inner = record(json!({ "big": { "type": text(Some(100)) } }));
        let input = record(json!({
            "id": { "type": text(Some(4)) },
            "note": { "type": { "optional": text(None) } },
            "when": { "type": { "optional": inner } },
        }));
        let graph: Graph = serde_json::from_value(json!({
            "input": input, "steps": [], "result": null, "output": record(json!({})),
        }))
        .expect("a graph");
        let read: Expr = serde_json::from_value(expr.clone()).expect("an expression");
        assert_eq!(graph.bound(&read), bound, "{expr}");
    }

    #[test]
    fn a_value_has_at_most_what_it_is_made_of() {
        let field = |of: Value, name: &str| json!({ "field": [of, name] });
        let id = field(json!("input"), "id");
        let big = field(field(json!("input"), "when"), "big");
        check(id.clone(), Some(10));
        check(big.clone(), Some(202));
        check(json!("input"), None);
        check(field(json!("input"), "note"), None);
        check(json!({ "literal": "abc" }), Some(5));
        // `{"a":…,"b":…}`, and of it one field.
        let both = json!({ "record": { "a": id, "b": big } });
        check(both.clone(), Some(2 + 1 + 4 + 10 + 4 + 202));
        check(field(both, "a"), Some(10));
        check(json!({ "list": [id, id] }), Some(2 + 1 + 20));
        check(json!({ "if": [{ "present": id }, id, big] }), Some(202));
        check(
            json!({ "binary": ["default", big, { "literal": "x" }] }),
            Some(202),
        );
        check(
            json!({ "binary": ["less", { "literal": 1 }, { "literal": 2 }] }),
            Some(5),
        );
        check(
            json!({ "binary": ["add", { "literal": 1 }, { "literal": 2 }] }),
            Some(24),
        );
        // What is left out is not counted, whatever it is.
        let cut = json!({ "record": { "id": { "type": { "text": { "max": 4 } } } } });
        check(json!({ "project": ["input", cut] }), Some(2 + 5 + 10));
    }
}
