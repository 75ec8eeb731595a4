//! Records: what actions take and give and what events carry.

use super::text::{is_word, literal};
use crate::openwhisk::deployment::Kind;
use flow_lang::ast::{self, DeclKind, TypeKind};
use flow_lang::parse::parse;
use flow_lang::span::Sources;
use serde_json::{Value, json};

/// The bytes that a whole record may have on OpenWhisk.
const PAYLOAD: u64 = 1 << 20;
/// No text without a bound of its own is given more.
const TEXT_MAX: u64 = 64 << 10;

/// A field.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    pub(super) kind: Kind,
    pub(super) optional: bool,
    pub(super) default: Option<Value>,
    pub(super) doc: Option<String>,
    /// It is not described: it is there because what is handed on has it.
    pub(super) arrived: bool,
}

impl Field {
    pub(super) fn required(kind: Kind) -> Field {
        Field {
            kind,
            optional: false,
            default: None,
            doc: None,
            arrived: false,
        }
    }

    pub(super) fn optional(kind: Kind) -> Field {
        Field {
            optional: true,
            ..Field::required(kind)
        }
    }

    /// Whether it may be absent.
    pub(super) fn may_be_absent(&self) -> bool {
        self.optional || matches!(&self.kind, Kind::Exact(text) if text.ends_with('?'))
    }

    /// Whether a caller has to give it.
    pub(super) fn must_be_given(&self) -> bool {
        !self.may_be_absent() && self.default.is_none()
    }

    /// Its type, where a text without a bound has `unit` bytes.
    pub(super) fn ty(&self, unit: u64) -> String {
        let shown = |bytes: u64| flow_lang::units::size(bytes);
        let ty = match &self.kind {
            Kind::Text => format!("text<{}>", shown(unit)),
            Kind::Int => "int".to_owned(),
            Kind::Float => "float".to_owned(),
            Kind::Bool => "bool".to_owned(),
            Kind::Json => format!("json<{}>", shown(unit)),
            Kind::Exact(text) => text.clone(),
        };
        match self.optional && !ty.ends_with('?') {
            true if ty.contains('|') => format!("({ty})?"),
            true => format!("{ty}?"),
            false => ty,
        }
    }
}

/// A record; `exact` is one to which nothing is added.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    pub(super) exact: bool,
    pub(super) fields: Vec<(String, Field)>,
}

impl Record {
    pub(super) fn get(&self, name: &str) -> Option<&Field> {
        self.fields
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, field)| field)
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Field> {
        self.fields
            .iter_mut()
            .find(|(field, _)| field == name)
            .map(|(_, field)| field)
    }

    /// Adds a field, unless there is one of that name or the record is exact.
    pub(super) fn add(&mut self, name: &str, field: Field) {
        if !self.exact && self.get(name).is_none() {
            self.fields.push((name.to_owned(), field));
        }
    }

    /// A record as an export wrote it. Nothing if it is no record.
    pub(super) fn read(text: &str) -> Option<Record> {
        let text = format!("type T = {text}");
        let mut sources = Sources::default();
        let id = sources.add("type", text.clone());
        let (file, findings) = parse(id, &text);
        let [decl] = file.decls.as_slice() else {
            return None;
        };
        let (DeclKind::Type(ty), true) = (&decl.kind, findings.is_empty()) else {
            return None;
        };
        let TypeKind::Record(fields) = &ty.kind else {
            return None;
        };
        let field = |field: &ast::Field| {
            // The type of a field that may be absent has its `?` in it.
            let kind = Kind::Exact(sources.text(field.ty.span).to_owned());
            (field.name.name.clone(), Field::required(kind))
        };
        Some(Record {
            exact: true,
            fields: fields.iter().map(field).collect(),
        })
    }

    /// The record in braces. Several fields stand one a line when any has a default or a description.
    pub(super) fn show(&self, unit: u64) -> String {
        if self.fields.is_empty() {
            return "{}".to_owned();
        }
        let one = |(name, field): &(String, Field)| {
            let default = field.default.as_ref().and_then(literal);
            let default = default.map_or(String::new(), |value| format!(" = {value}"));
            format!("{name}: {}{default}", field.ty(unit))
        };
        let short: Vec<_> = self.fields.iter().map(one).collect();
        let short = short.join(", ");
        if short.len() <= 60 && self.fields.iter().all(|(_, field)| field.doc.is_none()) {
            return format!("{{ {short} }}");
        }
        let lines = self.fields.iter().map(|named| {
            let doc = super::text::doc(named.1.doc.as_deref());
            format!("{doc}{}\n", one(named))
        });
        format!("{{\n{}}}", lines.collect::<String>())
    }
}

/// What wskdeploy binds to an input of which only the type is known.
pub(super) fn zero(kind: &Kind) -> Option<Value> {
    match kind {
        Kind::Text => Some(json!("")),
        Kind::Int => Some(json!(0)),
        Kind::Float => Some(json!(0.0)),
        Kind::Bool => Some(json!(false)),
        Kind::Json => Some(json!({})),
        Kind::Exact(_) => None,
    }
}

/// Whether a value is one of that kind, as far as can be told.
pub(super) fn is_of(value: &Value, kind: &Kind) -> bool {
    match kind {
        Kind::Json | Kind::Exact(_) => true,
        Kind::Float => value.is_number(),
        Kind::Text | Kind::Int | Kind::Bool => Kind::of(value) == *kind,
    }
}

/// The bytes of each text that has no bound: so many that the largest of the records fits one call, and no fewer than
/// the longest value that stands there.
pub(super) fn unit<'r>(records: impl Iterator<Item = &'r Record>) -> u64 {
    let (mut room, mut needed) = (TEXT_MAX, 1);
    for record in records {
        let names: usize = record.fields.iter().map(|(name, _)| name.len() + 32).sum();
        let each = PAYLOAD.saturating_sub(names as u64) / (2 * (record.fields.len() as u64 + 1));
        room = room.min(each);
        let defaults = record
            .fields
            .iter()
            .filter_map(|(_, field)| field.default.as_ref());
        let longest = defaults.map(|value| value.to_string().len() as u64).max();
        needed = needed.max(longest.unwrap_or_default());
    }
    // The power of two that is not larger, and the one that is not smaller.
    let room = if room.is_power_of_two() {
        room
    } else {
        room.next_power_of_two() / 2
    };
    room.max(needed.next_power_of_two())
}

/// Whether a text can be the name of a field.
pub(super) fn can_be_field(name: &str) -> bool {
    is_word(name)
}
