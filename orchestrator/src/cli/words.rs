//! Values of steps as people read them: a version instead of its digest, a score instead of its JSON.

use super::table::plain;
use flow_lang::plan::private::is_sealed;
use flow_lang::units;
use serde_json::{Map, Value};

/// A value in one line.
pub fn value(value: &Value) -> String {
    if is_sealed(value) {
        return "private".into();
    }
    if let Some(train) = value.get("train").and_then(Value::as_str) {
        let size = units::size(value["size"].as_u64().unwrap_or_default());
        let reports = record(&value["reports"]);
        let version = format!("{}@{} ({size})", plain(train), value["version"]);
        return if reports.is_empty() {
            version
        } else {
            format!("{version} {reports}")
        };
    }
    if let (Some(_), Some(rows)) = (value.get("$dataset"), value.get("rows")) {
        return format!("{rows} rows");
    }
    if let (Some(_), Some(mime)) = (value.get("$blob"), value.get("mime").and_then(Value::as_str)) {
        return format!(
            "{} of {}",
            units::size(value["size"].as_u64().unwrap_or_default()),
            plain(mime)
        );
    }
    if value.is_null() || value.as_object().is_some_and(Map::is_empty) {
        return "done".into();
    }
    record(value)
}

/// A value as JSON in one line, with a word for what is sealed.
pub fn json(value: &Value) -> String {
    if is_sealed(value) {
        return "private".into();
    }
    match value {
        Value::Object(fields) => {
            let field =
                |(name, value): (&String, &Value)| format!("{}:{}", Value::from(name.as_str()), json(value));
            format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(",")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

/// The fields of a record in one line: `accuracy 0.972, loss 0.094`.
pub fn record(value: &Value) -> String {
    let Some(fields) = value.as_object() else {
        return number(value).unwrap_or_else(|| plain(&json(value)));
    };
    let show = |value: &Value| match value {
        Value::String(text) => plain(text),
        Value::Object(_) => self::value(value),
        other => number(other).unwrap_or_else(|| plain(&json(other))),
    };
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| format!("{} {}", plain(name), show(value)))
        .collect();
    fields.join(", ")
}

/// Three places are enough to tell scores apart.
fn number(value: &Value) -> Option<String> {
    value
        .as_f64()
        .filter(|_| value.is_f64())
        .map(|number| format!("{number:.3}"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn check(value: &Value, expected: &str) {
        assert_eq!(super::value(value), expected);
    }

    #[test]
    fn references_are_told_by_name_and_size() {
        let model = json!({ "$model": "0f", "train": "fit", "version": 2, "size": 2048, "reports": { "loss": 0.09441 } });
        check(&model, "fit@2 (2KiB) loss 0.094");
        check(
            &json!({ "$dataset": "0f", "name": "exam", "rows": 360, "size": 9 }),
            "360 rows",
        );
        check(
            &json!({ "$blob": "0f", "mime": "image/png", "size": 512 }),
            "512B of image/png",
        );
        check(
            &json!({ "train": { "$dataset": "0f", "rows": 8 }, "test": { "$dataset": "1f", "rows": 2 } }),
            "test 2 rows, train 8 rows",
        );
        check(&Value::Null, "done");
        let sealed = json!({ "$sealed": "AAAA" });
        check(&sealed, "private");
        check(
            &json!({ "who": sealed, "all": [1, sealed] }),
            "all [1,private], who private",
        );
        check(&json!({}), "done");
        check(
            &json!({ "digit": 7, "word": "a\u{1b}[31m" }),
            "digit 7, word a\u{fffd}[31m",
        );
    }
}
