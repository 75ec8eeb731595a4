//! Many declarations, and large ones.

use super::{Named, repeated};

pub(super) const FAMILIES: &[Named] = &[
    ("many actions", |bytes| {
        let action = |n| {
            format!(
                "action a{n}({{ n: int<0..9> }}) {{ runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }}\n"
            )
        };
        repeated(bytes, "", action, "")
    }),
    ("many types", |bytes| {
        repeated(
            bytes,
            "",
            |n| format!("type T{n} {{ a: int, b: text<9B> }}\n"),
            "",
        )
    }),
    ("aliases of aliases", |bytes| {
        repeated(
            bytes,
            "type T0 = int\n",
            |n| format!("type T{} = T{n}\n", n + 1),
            "",
        )
    }),
    ("many fields", |bytes| {
        repeated(
            bytes,
            "type Big {\n",
            |n| format!("  field_{n}: int<0..9>\n"),
            "}",
        )
    }),
    ("many fields on one line", |bytes| {
        repeated(bytes, "type Big { ", |n| format!("field_{n}: int<0..9>, "), "}")
    }),
    ("many words of a union", |bytes| {
        repeated(bytes, "type Big = \"first\"", |n| format!(" | \"word {n}\""), "")
    }),
    ("a list of texts", |bytes| {
        repeated(
            bytes,
            "type Big { a: [text<99B>] = [\"first\"",
            |n| format!(", \"word {n}\""),
            "] }",
        )
    }),
    ("a list of numbers", |bytes| {
        repeated(bytes, "type Big { a: [int] = [0", |n| format!(", {n}"), "] }")
    }),
    ("many triggers", |bytes| {
        repeated(bytes, "", |n| format!("trigger t{n}: Row\n"), "")
    }),
    ("many packages", |bytes| {
        let part = |n| format!("package p{n} = objects<{{ image: blob<\"image/png\", 1MiB> }}>\n");
        repeated(bytes, "", part, "")
    }),
    ("many secrets of one action", |bytes| {
        let names = |n| format!("secret key_{n}\n");
        let declared = repeated(bytes / 2, "", names, "");
        let count = declared.matches("secret").count();
        let used: Vec<_> = (0..count).map(|n| format!("key_{n}")).collect();
        let rest = "runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\"";
        format!(
            "{declared}action s() {{ {rest}, secrets: [{}] }}",
            used.join(", ")
        )
    }),
    ("declarations on one line", |bytes| {
        repeated(bytes, "", |n| format!("trigger t{n}: Row "), "")
    }),
    ("documented declarations", |bytes| {
        repeated(
            bytes,
            "",
            |n| format!("/// Number {n}.\n/// More.\nsecret s{n}\n"),
            "",
        )
    }),
    ("many comments", |bytes| {
        repeated(bytes, "", |n| format!("// number {n}\n"), "")
    }),
    ("a long name", |bytes| {
        repeated(bytes, "secret s", |_| "x".to_owned(), "")
    }),
    ("a long text", |bytes| {
        repeated(bytes, "type Big = \"", |_| "x".to_owned(), "\"")
    }),
    ("deep types in many places", |bytes| {
        let part = |n| format!("type D{n} {{ a: {}int{} }}\n", "[".repeat(30), "]".repeat(30));
        repeated(bytes, "", part, "")
    }),
];
