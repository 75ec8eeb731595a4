//! Values of expressions.

use crate::draft::{INT, lit, record};
use flow_engine::State;
use flow_engine::eval::{EvalError, Scope, eval};
use flow_lang::ast::{BinaryOp::*, UnaryOp};
use flow_lang::plan::{Expr, INT_MAX, Length, Type};
use serde_json::{Value, json};

fn value(expr: Expr) -> Result<Value, EvalError> {
    let input = json!({ "a": 1, "deep": { "b": "x" } });
    let steps = [
        State::Waiting,
        State::Done {
            output: json!({ "v": 7 }),
        },
    ];
    let scope = Scope {
        inside: None,
        input: &input,
        steps: &steps,
    };
    eval(&expr, &scope)
}

fn field(of: Expr, name: &str) -> Expr {
    Expr::Field(Box::new(of), name.into())
}

fn binary(op: flow_lang::ast::BinaryOp, left: impl Into<Value>, right: impl Into<Value>) -> Expr {
    Expr::Binary(op, Box::new(lit(left)), Box::new(lit(right)))
}

#[test]
fn what_is_absent_stays_absent() {
    let absent = || field(Expr::Step(0), "v");
    for (expr, expected) in [
        (field(Expr::Input, "a"), json!(1)),
        (field(field(Expr::Input, "deep"), "b"), json!("x")),
        (field(field(Expr::Input, "none"), "b"), json!(null)),
        (field(field(Expr::Input, "a"), "b"), json!(null)),
        (field(Expr::Step(1), "v"), json!(7)),
        (absent(), json!(null)),
        (Expr::Step(99), json!(null)),
        (Expr::Present(Box::new(absent())), json!(false)),
        (
            Expr::Record([("x".into(), absent()), ("y".into(), lit(1))].into()),
            json!({ "y": 1 }),
        ),
        (
            Expr::Binary(Default, Box::new(absent()), Box::new(lit(2))),
            json!(2),
        ),
        (
            Expr::Binary(Less, Box::new(absent()), Box::new(lit(2))),
            json!(false),
        ),
        (
            Expr::Binary(Add, Box::new(absent()), Box::new(lit(2))),
            json!(null),
        ),
        (
            Expr::Binary(Equal, Box::new(absent()), Box::new(absent())),
            json!(true),
        ),
        (
            Expr::If(Box::new(absent()), Box::new(lit(1)), Box::new(lit(2))),
            json!(2),
        ),
        (Expr::Unary(UnaryOp::Not, Box::new(absent())), json!(true)),
        (Expr::Unary(UnaryOp::Negate, Box::new(absent())), json!(null)),
    ] {
        assert_eq!(value(expr.clone()), Ok(expected), "{expr:?}");
    }
}

#[test]
fn the_right_side_is_looked_at_only_when_needed() {
    let broken = || Box::new(binary(Add, 1, "text"));
    for (op, left, expected) in [
        (Default, json!(1), json!(1)),
        (And, json!(false), json!(false)),
        (Or, json!(true), json!(true)),
    ] {
        assert_eq!(
            value(Expr::Binary(op, Box::new(lit(left)), broken())),
            Ok(expected)
        );
    }
    assert!(value(Expr::Binary(And, Box::new(lit(true)), broken())).is_err());
    assert_eq!(
        value(Expr::If(Box::new(lit(true)), Box::new(lit(1)), broken())),
        Ok(json!(1))
    );
}

#[test]
fn numbers_are_exact_or_an_error() {
    for (expr, expected) in [
        (binary(Add, 1, 2), json!(3)),
        (binary(Add, 1, 2.5), json!(3.5)),
        (binary(Subtract, 1, 2), json!(-1)),
        (binary(Multiply, 3, 4), json!(12)),
        (binary(Add, INT_MAX, -1), json!(INT_MAX - 1)),
        (binary(Equal, 1, 1.0), json!(true)),
        (
            binary(NotEqual, json!([1, { "a": 2 }]), json!([1.0, { "a": 2.0 }])),
            json!(false),
        ),
        (binary(Equal, 1, "1"), json!(false)),
        (binary(Less, 1, 1.5), json!(true)),
        (binary(LessEqual, INT_MAX - 1, INT_MAX), json!(true)),
        (binary(Less, INT_MAX - 1, INT_MAX), json!(true)),
        (binary(Greater, "b", "a"), json!(true)),
        (binary(GreaterEqual, 0.96, 0.95), json!(true)),
        (binary(Less, false, true), json!(true)),
        (Expr::Unary(UnaryOp::Negate, Box::new(lit(3))), json!(-3)),
    ] {
        assert_eq!(value(expr.clone()), Ok(expected), "{expr:?}");
    }
    for expr in [
        binary(Add, INT_MAX, 1),
        binary(Subtract, -INT_MAX, 1),
        binary(Multiply, i64::MAX, i64::MAX),
        binary(Multiply, 1e308, 10.0),
        binary(Add, 1, "1"),
        binary(Less, 1, "1"),
        binary(Less, json!([]), json!([])),
        Expr::Unary(UnaryOp::Not, Box::new(lit(1))),
    ] {
        assert!(value(expr.clone()).is_err(), "{expr:?}");
    }
}

#[test]
fn projection_leaves_what_is_declared_at_every_depth() {
    let inner = record(&[("x", INT)]);
    let blob = Type::Blob {
        mime: "image/png".into(),
        max: 1,
    };
    let list = Type::List {
        item: Box::new(inner.clone()),
        length: Length::Any,
    };
    let ty = record(&[
        ("one", inner.clone()),
        ("many", list),
        ("maybe", Type::Optional(Box::new(inner))),
        ("image", blob),
    ]);
    let whole = json!({
        "one": { "x": 1, "secret": 1 },
        "many": [{ "x": 1, "secret": 2 }, { "secret": 3 }],
        "maybe": { "x": null, "secret": 4 },
        "image": { "$blob": "d", "mime": "image/png", "size": 1 },
        "secret": 5,
    });
    let expected = json!({
        "one": { "x": 1 },
        "many": [{ "x": 1 }, {}],
        "maybe": {},
        "image": { "$blob": "d", "mime": "image/png", "size": 1 },
    });
    assert_eq!(
        value(Expr::Project(Box::new(lit(whole)), ty.clone())),
        Ok(expected)
    );
    assert_eq!(
        value(Expr::Project(Box::new(lit(json!(null))), ty)),
        Ok(json!(null))
    );
}
