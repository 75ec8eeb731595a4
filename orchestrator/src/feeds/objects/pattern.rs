//! What a path says about its file: `{digit}/*.png` gives `digit` of `7/a.png`.

use flow_lang::plan::Type;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// `{digit}/*.png`, cut into segments.
pub(super) struct Pattern(Vec<String>);

impl Pattern {
    pub(super) fn new(text: &str) -> Pattern {
        Pattern(text.split('/').map(str::to_owned).collect())
    }

    /// The fields that a path gives; none if it does not fit.
    pub(super) fn fields(&self, path: &str) -> Option<Map<String, Value>> {
        let segments: Vec<&str> = path.split('/').collect();
        if segments.len() != self.0.len() {
            return None;
        }
        let mut record = Map::new();
        for (wanted, segment) in self.0.iter().zip(segments) {
            match wanted.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some(name) => drop(record.insert(name.to_owned(), json!(segment))),
                None => {
                    let (before, after) = wanted.split_once('*')?;
                    let fits = segment.len() >= before.len() + after.len();
                    (fits && segment.starts_with(before) && segment.ends_with(after)).then_some(())?;
                }
            }
        }
        Some(record)
    }
}

/// Texts from the path as the types that the record declares: a digit is a number.
pub(super) fn typed(item: &Type, record: Map<String, Value>) -> Value {
    let empty = BTreeMap::new();
    let declared = item.fields().unwrap_or(&empty);
    let convert = |(name, value): (String, Value)| {
        let ty = declared.get(&name).map(|field| field.ty.present().opened());
        let read = match (ty, value.as_str()) {
            (Some(Type::Int { .. } | Type::Float { .. } | Type::Bool), Some(text)) => {
                text.parse::<Value>().ok()
            }
            _ => None,
        };
        (name, read.unwrap_or(value))
    };
    Value::Object(record.into_iter().map(convert).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, path: &str, expected: Option<Value>) {
        let fields = Pattern::new(pattern).fields(path);
        assert_eq!(fields.map(Value::Object), expected, "{pattern} {path}");
    }

    #[test]
    fn a_path_gives_fields_by_its_segments() {
        check("{digit}/*.png", "7/a.png", Some(json!({ "digit": "7" })));
        check("{digit}/*.png", "7/a.jpg", None);
        check("{digit}/*.png", "a.png", None);
        check("*", "a.png", Some(json!({})));
        check("scan-*.png", "scan-.png", Some(json!({})));
        check("ab*ba", "aba", None);
    }
}
