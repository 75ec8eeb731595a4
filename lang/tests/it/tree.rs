//! The tree says what was written: precedence, arms, literals, documentation and places.

use flow_lang::ast::{
    Block, DeclKind, Expr, ExprKind, File, Literal, PropertyValue, Rate, Stmt, TypeKind, UnaryOp,
};
use flow_lang::parse::parse;
use flow_lang::span::SourceId;

fn file(text: &str) -> File {
    let (file, findings) = parse(SourceId(0), text);
    assert_eq!(findings, [], "{text}");
    file
}

/// With every bracket written.
fn show(expr: &Expr) -> String {
    let block = |block: &Block| -> String {
        let stmts = block.stmts.iter().map(|stmt| match stmt {
            Stmt::Let { name, value, .. } => format!("let {} = {}", name.name, show(value)),
            Stmt::Return(value) => format!("return {}", show(value)),
            Stmt::Expr(value) => show(value),
        });
        format!("<{}>", stmts.collect::<Vec<_>>().join("; "))
    };
    match &expr.kind {
        ExprKind::Literal(Literal::Int(value)) => value.to_string(),
        ExprKind::Literal(value) => format!("{value:?}"),
        ExprKind::Name(name) => name.clone(),
        ExprKind::Field(of, name) => format!("{}.{}", show(of), name.name),
        ExprKind::Record(entries) => {
            let entries = entries
                .iter()
                .map(|(name, value)| format!("{}: {}", name.name, show(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        ExprKind::List(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", ")),
        ExprKind::Call(callee, args) => {
            let args = args.iter().map(|arg| match &arg.name {
                Some(name) => format!("{}: {}", name.name, show(&arg.value)),
                None => show(&arg.value),
            });
            format!("{}({})", show(callee), args.collect::<Vec<_>>().join(", "))
        }
        ExprKind::Pipe(from, to) => format!("({} |> {})", show(from), show(to)),
        ExprKind::Unary(UnaryOp::Negate, of) => format!("(-{})", show(of)),
        ExprKind::Unary(UnaryOp::Not, of) => format!("(not {})", show(of)),
        ExprKind::Binary(op, left, right) => format!("({} {} {})", show(left), op.symbol(), show(right)),
        ExprKind::Catch { body, error, arm } => {
            format!("({} catch {} => {})", show(body), error.name, block(arm))
        }
        ExprKind::When {
            cond,
            then,
            otherwise,
        } => {
            let otherwise = otherwise.as_ref().map(|arm| format!(" else {}", block(arm)));
            format!(
                "(when {} {}{})",
                show(cond),
                block(then),
                otherwise.unwrap_or_default()
            )
        }
        ExprKind::Each {
            item,
            over,
            parallel,
            body,
        } => {
            let parallel = parallel.as_ref().map(|most| format!(" parallel {}", show(most)));
            format!(
                "(each {} in {}{} {})",
                item.name,
                show(over),
                parallel.unwrap_or_default(),
                block(body)
            )
        }
        ExprKind::Append { row, dataset } => format!("(append {} to {})", show(row), dataset.name),
        ExprKind::Deploy { candidate, model } => format!("(deploy {} to {})", show(candidate), model.name),
        ExprKind::Emit { trigger, args } => {
            let args: Vec<_> = args.iter().map(|arg| show(&arg.value)).collect();
            format!("(emit {}({}))", trigger.name, args.join(", "))
        }
        ExprKind::Sleep(time) => format!("(sleep {})", show(time)),
        ExprKind::Wait(awaited) => format!("(wait {})", show(awaited)),
        ExprKind::After { body, names } => {
            let names: Vec<_> = names.iter().map(|name| name.name.as_str()).collect();
            format!("({} after {})", show(body), names.join(", "))
        }
    }
}

/// The value of `let v = …` in a rule.
fn value(text: &str) -> Expr {
    let file = file(&format!("rule r: on t(x) {{ let v = {text} }}"));
    let DeclKind::Rule(rule) = &file.decls[0].kind else {
        panic!("a rule");
    };
    match &rule.body.stmts[..] {
        [Stmt::Let { value, .. }] => value.clone(),
        other => panic!("one statement, not {other:?}"),
    }
}

fn check(text: &str, expected: &str) {
    assert_eq!(show(&value(text)), expected, "{text}");
}

#[test]
fn operators_bind_as_the_table_says() {
    check("a + b * c - d", "((a + (b * c)) - d)");
    check("-a.b * c", "((-a.b) * c)");
    check("-x |> f", "(-(x |> f))");
    check("x |> f |> g(1, size: 8)", "((x |> f) |> g(1, size: 8))");
    check("a ?? b + c > d", "((a ?? (b + c)) > d)");
    check("a ?? b ?? c", "((a ?? b) ?? c)");
    check(
        "not a == b and c or d and e",
        "(((not (a == b)) and c) or (d and e))",
    );
    check("not not a", "(not (not a))");
    check("(a or b) and c", "((a or b) and c)");
    check("a - -b", "(a - (-b))");
    check("f(x).a.b", "f(x).a.b");
    check("a.when.to", "a.when.to");
}

#[test]
fn arms_reach_as_far_as_they_can() {
    check("a or b catch e => c or d", "((a or b) catch e => <(c or d)>)");
    check(
        "f() catch e => g(x) after a after b",
        "((f() catch e => <g(x)>) after a, b)",
    );
    check(
        "emit done(f(x), size: 8) after a",
        "((emit done(f(x), 8)) after a)",
    );
    check("emit done", "(emit done())");
    check("sleep 5 after a", "((sleep 5) after a)");
    check(
        "wait approval(1) catch e => f() after a",
        "(((wait approval(1)) catch e => <f()>) after a)",
    );
    check("f((g() after a), b)", "f((g() after a), b)");
    check(
        "f() catch e => g() catch d => h()",
        "(f() catch e => <(g() catch d => <h()>)>)",
    );
    check(
        "f() catch e => { g() } catch d => {}",
        "((f() catch e => <g()>) catch d => <>)",
    );
    check("f() catch e => { a: 1 }", "(f() catch e => <{a: 1}>)");
    check(
        "when a { 1 } else when b { f() 2 } else { a: 3 }",
        "(when a <1> else <(when b <f(); 2> else <{a: 3}>)>)",
    );
    check("when a {} else {}", "(when a <> else <>)");
    check(
        "deploy m to d catch e => f(e)",
        "((deploy m to d) catch e => <f(e)>)",
    );
    check(
        "append { a: 1 b: [2, 3,], } to d",
        "(append {a: 1, b: [2, 3]} to d)",
    );
}

#[test]
fn literals_are_what_they_say() {
    for (text, expected) in [
        ("0.5", Literal::Float(0.5)),
        ("1e-3", Literal::Float(0.001)),
        ("9007199254740992", Literal::Int(1 << 53)),
        ("true", Literal::Bool(true)),
        ("1500ms", Literal::Duration(1_500)),
        ("90s", Literal::Duration(90_000)),
        ("5m", Literal::Duration(300_000)),
        ("5min", Literal::Duration(300_000)),
        ("1.5h", Literal::Duration(5_400_000)),
        ("365d", Literal::Duration(31_536_000_000)),
        ("64B", Literal::Size(64)),
        ("1kB", Literal::Size(1_000)),
        ("2MB", Literal::Size(2_000_000)),
        ("1GB", Literal::Size(1_000_000_000)),
        ("1KiB", Literal::Size(1_024)),
        ("256MiB", Literal::Size(256 << 20)),
        ("1.5GiB", Literal::Size(3 << 29)),
        (
            "40/s",
            Literal::Rate(Rate {
                count: 40,
                per_ms: 1_000,
            }),
        ),
        (
            "40/min",
            Literal::Rate(Rate {
                count: 40,
                per_ms: 60_000,
            }),
        ),
        (
            "1/6h",
            Literal::Rate(Rate {
                count: 1,
                per_ms: 21_600_000,
            }),
        ),
        ("10%", Literal::Percent(0.1)),
        ("$40", Literal::Money(4_000)),
        ("$0.50", Literal::Money(50)),
        (r#""a\"\\\n\t\u{e9}é""#, Literal::Text("a\"\\\n\té\u{e9}".into())),
    ] {
        assert_eq!(value(text).kind, ExprKind::Literal(expected), "{text}");
    }
}

#[test]
fn properties_take_the_form_that_is_written() {
    let text = "model m: A -> B { scale: 0..8 overlap: queue canary: 10% for 15m then 50% for 15m, \
                rollback: error_rate > 2% reports: { loss: float } timeout: 5s }";
    let file = file(text);
    let DeclKind::Model(model) = &file.decls[0].kind else {
        panic!("a model");
    };
    let names: Vec<&str> = model
        .properties
        .iter()
        .map(|property| property.name.name.as_str())
        .collect();
    assert_eq!(
        names,
        ["scale", "overlap", "canary", "rollback", "reports", "timeout"]
    );
    let values: Vec<&PropertyValue> = model.properties.iter().map(|property| &property.value).collect();
    let [scale, overlap, canary, rollback, reports, timeout] = values[..] else {
        panic!("six properties");
    };
    assert_eq!(*scale, PropertyValue::Range(0, 8));
    assert_eq!(*overlap, PropertyValue::Word("queue".into()));
    assert_eq!(
        *canary,
        PropertyValue::Unsupported("10% for 15m then 50% for 15m".into())
    );
    assert_eq!(*rollback, PropertyValue::Unsupported("error_rate > 2%".into()));
    assert!(matches!(reports, PropertyValue::RecordType(fields) if fields[0].name.name == "loss"));
    assert!(matches!(timeout, PropertyValue::Value(_)));
}

#[test]
fn documentation_and_places_belong_to_what_stands_under_them() {
    let text = "// plain\n/// One.\n///  Two.\ntype T {\n  /// A field.\n  a: private text<64B>?, // behind\n  b: int\n}\n\
                // not a document\nsecret s // end\n";
    let file = file(text);
    let [record, secret] = &file.decls[..] else {
        panic!("two declarations");
    };
    assert_eq!(record.doc.as_deref(), Some("One.\n Two."));
    assert_eq!(secret.doc, None);
    let at = |span: flow_lang::span::Span| &text[span.start as usize..span.end as usize];
    assert_eq!(at(secret.span), "secret s");
    assert!(at(record.span).starts_with("type T {") && at(record.span).ends_with('}'));
    let DeclKind::Type(ty) = &record.kind else {
        panic!("a type");
    };
    let TypeKind::Record(fields) = &ty.kind else {
        panic!("a record");
    };
    assert_eq!(fields[0].doc.as_deref(), Some("A field."));
    assert_eq!(at(fields[0].ty.span), "private text<64B>?");
    let TypeKind::Private(inner) = &fields[0].ty.kind else {
        panic!("private");
    };
    assert!(matches!(&inner.kind, TypeKind::Optional(text) if text.kind == TypeKind::Text(Some(64))));
    assert_eq!(fields[1].doc, None);
}
