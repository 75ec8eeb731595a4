//! Many rules, and rules with much in them.

use super::{Named, repeated};

const RULE: &str = "rule r: on fired(e) with { overlap: parallel } {\n";

pub(super) const FAMILIES: &[Named] = &[
    ("many rules on one trigger", |bytes| {
        repeated(bytes, "", |n| format!("rule r{n}: on fired(e) {{ f(e) }}\n"), "")
    }),
    ("steps of one name", |bytes| {
        repeated(bytes, RULE, |_| "  f(e)\n".to_owned(), "}")
    }),
    ("steps one after the other", |bytes| {
        let step = |n| format!("  let s{} = f({{ n: s{n}.n }})\n", n + 1);
        repeated(bytes, &format!("{RULE}  let s0 = f(e)\n"), step, "}")
    }),
    ("uses of a large event", |bytes| {
        let fields: String = (0..bytes / 40).map(|n| format!("x{n}: int<0..9>, ")).collect();
        let before = format!("trigger big: {{ {fields} }}\nrule r: on big(e) {{\n");
        repeated(
            bytes,
            &before,
            |n| format!("  f({{ n: e.x{} }})\n", n % (bytes / 80)),
            "}",
        )
    }),
    ("a long pipe", |bytes| {
        repeated(bytes, &format!("{RULE} e"), |_| " |> f".to_owned(), "}")
    }),
    ("many conditions", |bytes| {
        let part = |n| format!("  when e.n > {} {{ f(e) }} else {{ f({{ n: 1 }}) }}\n", n % 9);
        repeated(bytes, RULE, part, "}")
    }),
    ("a chain of conditions", |bytes| {
        let part = |n| format!(" else when e.n > {} {{ f(e) }}", n % 9);
        repeated(bytes, &format!("{RULE} when e.n > 1 {{ f(e) }}"), part, "}")
    }),
    ("deep conditions in many rules", |bytes| {
        let part = |n| {
            let (open, close) = ("when e.n > 1 { ".repeat(30), " }".repeat(30));
            format!("rule r{n}: on fired(e) {{ {open} f(e) {close} }}\n")
        };
        repeated(bytes, "", part, "")
    }),
    ("many events", |bytes| {
        repeated(
            bytes,
            "rule r: on fired(e)",
            |_| " or fired(e)".to_owned(),
            " { f(e) }",
        )
    }),
    ("a chain of catches", |bytes| {
        repeated(
            bytes,
            &format!("{RULE} f(e)"),
            |n| format!(" catch e{n} => f(e)"),
            "}",
        )
    }),
    ("a chain of operators", |bytes| {
        repeated(
            bytes,
            &format!("{RULE} f({{ n: 1"),
            |_| " + e.n".to_owned(),
            " }) }",
        )
    }),
    ("a chain of fields", |bytes| {
        repeated(bytes, &format!("{RULE} f({{ n: e"), |_| ".n".to_owned(), " }) }")
    }),
    ("a long record", |bytes| {
        repeated(
            bytes,
            &format!("{RULE} f({{ n: 1"),
            |n| format!(", x{n}: 1"),
            " }) }",
        )
    }),
    ("prepares inside prepares", |bytes| {
        let part = |n| {
            format!(
                "prepare p{}({{ n: int<0..9> }}) -> Row {{ return p{n}({{ n: n }}) }}\n",
                n + 1
            )
        };
        repeated(
            bytes,
            "prepare p0({ n: int<0..9> }) -> Row { return { n: n } }\n",
            part,
            "",
        )
    }),
    ("datasets in a ring", |bytes| {
        let part = |n| {
            format!(
                "dataset d{n}: Row\nrule r{n}: on d{n}.grew(rows: 2) {{ append {{ n: 1 }} to d{} }}\n",
                n + 1
            )
        };
        repeated(bytes, "", part, "")
    }),
];
