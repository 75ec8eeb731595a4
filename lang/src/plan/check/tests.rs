use crate::plan::{Field, INT_MAX, Length, Type};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn float(min: f64, max: f64) -> Type {
    Type::Float {
        min: Some(min),
        max: Some(max),
    }
}

fn record(fields: &[(&str, Type)]) -> Type {
    let field = |ty: &Type| Field {
        ty: ty.clone(),
        default: None,
    };
    Type::Record(
        fields
            .iter()
            .map(|(name, ty)| ((*name).to_owned(), field(ty)))
            .collect::<BTreeMap<_, _>>(),
    )
}

/// Checks `value`; `says` is the whole message, or nothing when it fits.
fn check(ty: &Type, value: Value, says: &str) {
    let said = ty
        .check(&value)
        .err()
        .map(|misfit| misfit.to_string())
        .unwrap_or_default();
    assert_eq!(said, says, "{value} as {}", ty.show());
}

#[test]
fn a_misfit_says_where_what_was_expected_and_what_came() {
    let pixels = record(&[(
        "pixels",
        Type::List {
            item: Box::new(float(0.0, 1.0)),
            length: Length::Exactly(4),
        },
    )]);
    check(&pixels, json!({ "pixels": [0, 0.5, 1, 1.0] }), "");
    check(
        &pixels,
        json!({ "pixels": [0, 0.5, 1, 1.5] }),
        "pixels[3]: expected a number from 0 to 1, got 1.5",
    );
    check(
        &pixels,
        json!({ "pixels": [0.5] }),
        "pixels: expected a list of 4 items, got a list of 1",
    );
    check(&pixels, json!({}), "pixels: expected a list, but it is missing");
    check(&pixels, json!([1]), "value: expected a record, got a list of 1");
    check(
        &pixels,
        json!({ "pixels": [0, 0, 0, 0], "more": 1 }),
        "more: there is no such field; the declared ones are `pixels`",
    );
    let deep = Type::List {
        item: Box::new(record(&[("a", pixels)])),
        length: Length::AtMost(2),
    };
    check(
        &deep,
        json!([{ "a": { "pixels": [0, 0, 0, "x"] } }]),
        "value[0].a.pixels[3]: expected a number from 0 to 1, got \"x\"",
    );
}

#[test]
fn numbers_are_exact_and_in_bounds() {
    let int = |min, max| Type::Int { min, max };
    check(&int(0, 9), json!(9), "");
    check(
        &int(0, 9),
        json!(10),
        "value: expected a whole number from 0 to 9, got 10",
    );
    check(
        &int(0, 9),
        json!(9.0),
        "value: expected a whole number from 0 to 9, got 9.0",
    );
    check(&int(-INT_MAX, INT_MAX), json!(INT_MAX), "");
    check(
        &int(i64::MIN, i64::MAX),
        json!(INT_MAX + 1),
        "value: expected a whole number from -9223372036854775808 to 9223372036854775807, got 9007199254740993",
    );
    check(
        &int(-INT_MAX, INT_MAX),
        json!(u64::MAX),
        "value: expected a whole number, got 18446744073709551615",
    );
    check(
        &Type::Duration,
        json!(-1),
        "value: expected milliseconds as a whole number from 0 up, got -1",
    );
    check(&Type::Bool, json!(0), "value: expected `true` or `false`, got 0");
}

#[test]
fn text_counts_bytes_and_refuses_control_characters() {
    let text = Type::Text { max: Some(4) };
    check(&text, json!("\t\n\r\""), "");
    check(&text, json!("éé"), "");
    check(&text, json!("ééé"), "value: expected text of at most 4B, got 6B");
    for (control, name) in [
        ("\0", "0000"),
        ("\u{1b}", "001B"),
        ("\u{7f}", "007F"),
        ("\u{85}", "0085"),
    ] {
        check(
            &text,
            json!(control),
            &format!("value: expected text without control characters, got U+{name}"),
        );
    }
    let bytes = Type::Bytes { max: Some(2) };
    check(&bytes, json!("aGk="), "");
    check(
        &bytes,
        json!("aGkh"),
        "value: expected base64 text of at most 2B, got 3B",
    );
    check(
        &bytes,
        json!("aGk"),
        "value: expected base64 text of at most 2B, got \"aGk\"",
    );
    check(
        &Type::Json { max: Some(7) },
        json!({ "a": 10 }),
        "value: expected JSON of at most 7B, got 8B",
    );
    check(
        &Type::Union(vec!["first".into(), "rest".into()]),
        json!("last"),
        "value: expected `first` or `rest`, got \"last\"",
    );
}

#[test]
fn what_may_be_absent_may_be_null_or_left_out() {
    let ty = record(&[("writer", Type::Optional(Box::new(Type::Text { max: Some(64) })))]);
    check(&ty, json!({}), "");
    check(&ty, json!({ "writer": null }), "");
    check(
        &ty,
        json!({ "writer": 1 }),
        "writer: expected text of at most 64B, got 1",
    );
    check(
        &Type::Bool,
        json!(null),
        "value: expected `true` or `false`, got nothing",
    );
}

#[test]
fn a_reference_is_one_of_the_declared_kind_and_size() {
    let blob = Type::Blob {
        mime: "image/png".into(),
        max: 1 << 20,
    };
    let digest = "0".repeat(64);
    let png = |mime: &str, size: u64, digest: &str| json!({ "$blob": digest, "mime": mime, "size": size });
    check(&blob, png("image/png", 1 << 20, &digest), "");
    check(
        &blob,
        png("image/gif", 1, &digest),
        "value: expected a blob of `image/png`, got one of `image/gif`",
    );
    check(
        &blob,
        png("image/png", 2 << 20, &digest),
        "value: expected a blob of at most 1MiB, got 2MiB",
    );
    check(
        &blob,
        png("image/png", 1, "../../etc"),
        "value: expected a digest of 64 hexadecimal characters, got \"../../etc\"",
    );
    check(
        &blob,
        json!({ "image": "7.png" }),
        "value: expected a reference to a blob of `image/png` of at most 1MiB, got a record",
    );
    let model = Type::Model {
        input: Box::new(Type::nothing()),
        output: Box::new(Type::nothing()),
    };
    let reported = |reports: Value| json!({ "$model": digest, "train": "fit", "version": 1, "size": 9, "reports": reports });
    check(&model, reported(json!({ "loss": 0.1 })), "");
    check(
        &model,
        reported(json!("x".repeat(20_000))),
        "value: expected a reference of at most 16KiB, got 19.7KiB",
    );
    check(
        &model,
        json!({ "$dataset": digest, "name": "samples", "rows": 1, "size": 1 }),
        "value: expected a reference to a model, got a record",
    );
    check(
        &Type::Dataset(Box::new(Type::nothing())),
        json!({ "$dataset": digest, "name": "samples", "rows": 1, "size": 1 }),
        "",
    );
}
