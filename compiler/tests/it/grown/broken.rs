//! Flows that are wrong in many places.

use super::{Named, repeated};

pub(super) const FAMILIES: &[Named] = &[
    ("unclosed texts", |bytes| {
        repeated(bytes, "", |n| format!("type T{n} = \"never {n}\n\"\n"), "")
    }),
    ("an unclosed text of one line", |bytes| {
        repeated(bytes, "type T = \"", |_| "a ' b ".to_owned(), "")
    }),
    ("single quotes", |bytes| {
        repeated(bytes, "type T = ", |_| "'a' ".to_owned(), "")
    }),
    ("comments of another language", |bytes| {
        repeated(bytes, "", |_| "/* a\n".to_owned(), "")
    }),
    ("open brackets", |bytes| {
        repeated(bytes, "type T = ", |_| "[".to_owned(), "")
    }),
    ("other brackets closed", |bytes| {
        let open = repeated(bytes / 2, "type T = ", |_| "(".to_owned(), "");
        repeated(bytes / 2, &open, |_| "]".to_owned(), "") + &"]".repeat(bytes / 2)
    }),
    ("closing brackets", |bytes| {
        repeated(bytes, "type T = ", |_| ")".to_owned(), "")
    }),
    ("broken declarations", |bytes| {
        repeated(bytes, "", |n| format!("type T{n} = = int\n"), "")
    }),
    ("a rule with many mistakes", |bytes| {
        repeated(
            bytes,
            "rule r: on fired(e) {\n",
            |n| format!("  let = {n}\n"),
            "}",
        )
    }),
    ("names that nothing declares", |bytes| {
        let part = |n| format!("secret name_{n}\nrule r{n}: on nam_{n}(e) {{ f(e) }}\n");
        repeated(bytes, "", part, "")
    }),
    ("fields that nothing has", |bytes| {
        let fields: String = (0..bytes / 60)
            .map(|n| format!("field_{n}: int<0..9>, "))
            .collect();
        let before = format!("trigger big: {{ {fields} }}\nrule r: on big(e) {{\n");
        repeated(bytes, &before, |n| format!("  f({{ n: e.feld_{n} }})\n"), "}")
    }),
    ("one name declared often", |bytes| {
        repeated(bytes, "", |_| "secret again\n".to_owned(), "")
    }),
    ("what nothing uses", |bytes| {
        repeated(
            bytes,
            "rule r: on fired(e) {\n",
            |n| format!("  let u{n} = f(e)\n"),
            "}",
        )
    }),
    ("control characters", |bytes| {
        repeated(bytes, "// ", |_| "\u{1}\u{202e}".to_owned(), "")
    }),
];
