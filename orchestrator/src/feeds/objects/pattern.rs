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
            let (before, name, after) = match hole(wanted) {
                Some(hole) => hole,
                None if wanted == segment => continue,
                None => return None,
            };
            let within = segment.strip_prefix(before)?.strip_suffix(after)?;
            match name {
                Some("") => return None,
                Some(_) if within.is_empty() => return None,
                Some(name) => drop(record.insert(name.to_owned(), json!(within))),
                None => {}
            }
        }
        Some(record)
    }
}

/// What stands before the open place of a segment, the name of its field if it has one, and what stands after it.
fn hole(segment: &str) -> Option<(&str, Option<&str>, &str)> {
    let named = segment.split_once('{').and_then(|(before, rest)| {
        let (name, after) = rest.split_once('}')?;
        Some((before, Some(name), after))
    });
    let any = || {
        segment
            .split_once('*')
            .map(|(before, after)| (before, None, after))
    };
    named.or_else(any)
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
        check("scans/{digit}.png", "scans/7.png", Some(json!({ "digit": "7" })));
        check("scans/{digit}.png", "other/7.png", None);
        check("{digit}.png", ".png", None);
        check("{}.png", "7.png", None);
    }
}
