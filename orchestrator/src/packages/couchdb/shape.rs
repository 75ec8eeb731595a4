//! From a document to a record of a package's items and back: `id` is its `_id`, a blob the attachment of its
//! name, every other field that of the document.

use super::Document;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flow_lang::plan::{BlobRef, Type};
use flow_lang::units;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The field of a record that is the name of its document.
const ID: &str = "id";

/// What items of a package look like.
#[derive(Clone, Debug)]
pub struct Shape {
    item: Type,
    /// The blobs among the fields: their media types and the most bytes.
    blobs: BTreeMap<String, (String, u64)>,
}

/// An attachment that belongs to an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its name, which is that of the field.
    pub name: String,
    /// The media type as it is declared.
    pub mime: String,
    /// Bytes.
    pub size: u64,
}

impl Wanted {
    /// The reference to it once its content is stored.
    pub fn reference(&self, digest: String) -> BlobRef {
        let (mime, size) = (self.mime.clone(), self.size);
        BlobRef { digest, mime, size }
    }
}

impl Shape {
    /// The shape of a package's items, or of what an action is given.
    pub fn new(item: &Type) -> Shape {
        let blob = |ty: &Type| match ty.present() {
            Type::Blob { mime, max } => Some((mime.clone(), *max)),
            _ => None,
        };
        let fields = item.fields().into_iter().flatten();
        let blobs = fields.filter_map(|(name, field)| Some((name.clone(), blob(&field.ty)?)));
        Shape {
            item: item.clone(),
            blobs: blobs.collect(),
        }
    }

    /// Whether items have attachments at all.
    pub fn has_blobs(&self) -> bool {
        !self.blobs.is_empty()
    }

    /// The attachments of a document that its record holds, by what the document says of them.
    ///
    /// # Errors
    /// One has another media type than is declared, or is too large.
    pub fn wanted(&self, document: &Document) -> Result<Vec<Wanted>, Misfitting> {
        let mut all = Vec::new();
        for (name, (mime, max)) in &self.blobs {
            let Some(stub) = document.get("_attachments").and_then(|stubs| stubs.get(name)) else {
                // Whether it may be absent is for the type to say.
                continue;
            };
            let given = stub["content_type"].as_str().unwrap_or_default();
            if !same_kind(given, mime) {
                let why = format!("{name}: expected an attachment of `{mime}`, got one of `{given}`");
                return Err(Misfitting::Other(why));
            }
            let Some(size) = stub["length"].as_u64() else {
                let why = format!("{name}: the server does not say how long the attachment is");
                return Err(Misfitting::Other(why));
            };
            if size > *max {
                let (most, size) = (units::size(*max), units::size(size));
                let why = format!("{name}: expected an attachment of at most {most}, got {size}");
                return Err(Misfitting::TooLarge(why));
            }
            let (name, mime) = (name.clone(), mime.clone());
            all.push(Wanted { name, mime, size });
        }
        Ok(all)
    }

    /// The record of a document; what is not declared is left out, and defaults are filled in.
    ///
    /// # Errors
    /// Where it does not fit its type, and why.
    pub fn record(
        &self,
        id: &str,
        mut document: Document,
        blobs: Vec<(String, BlobRef)>,
    ) -> Result<Value, String> {
        let mut record = Map::new();
        for (name, field) in self.item.fields().into_iter().flatten() {
            if name == ID || self.blobs.contains_key(name) {
                continue;
            }
            if let Some(mut value) = document.remove(name) {
                prune(&field.ty, &mut value);
                record.insert(name.clone(), value);
            }
        }
        record.insert(ID.into(), json!(id));
        record.extend(blobs.into_iter().map(|(name, blob)| (name, json!(blob))));
        let mut record = Value::Object(record);
        self.item.fill(&mut record);
        self.item.check(&record).map_err(|misfit| misfit.to_string())?;
        Ok(record)
    }

    /// The fields of a document that a record sets; an absent value sets nothing.
    pub fn fields<'r>(&self, record: &'r Map<String, Value>) -> BTreeMap<&'r str, &'r Value> {
        let set = record.iter().filter(|(name, value)| {
            *name != ID && !value.is_null() && !self.blobs.contains_key(name.as_str())
        });
        set.map(|(name, value)| (name.as_str(), value)).collect()
    }

    /// The fields of a document that are declared, without blobs and absent ones.
    pub fn declared<'d>(&self, document: &'d Document) -> BTreeMap<&'d str, &'d Value> {
        let mut fields = self.fields(document);
        fields.retain(|name, _| {
            self.item
                .fields()
                .is_some_and(|declared| declared.contains_key(*name))
        });
        fields
    }

    /// Whether this field is a blob.
    pub fn is_blob(&self, name: &str) -> bool {
        self.blobs.contains_key(name)
    }

    /// The attachments that a record sets.
    pub fn attachments<'r>(&self, record: &'r Map<String, Value>) -> BTreeMap<&'r str, BlobRef> {
        let set = record
            .iter()
            .filter(|(name, value)| self.blobs.contains_key(name.as_str()) && !value.is_null());
        let read = |(name, value): (&'r String, &'r Value)| {
            let blob = serde_json::from_value(value.clone()).expect("arguments are held against their type");
            (name.as_str(), blob)
        };
        set.map(read).collect()
    }
}

/// Why the attachments of a document do not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfitting {
    /// One is larger than its bound.
    #[error("{0}")]
    TooLarge(String),
    /// Something else.
    #[error("{0}")]
    Other(String),
}

/// An attachment as it is written into a document.
pub fn inline(blob: &BlobRef, content: &[u8]) -> Value {
    json!({ "content_type": blob.mime, "data": STANDARD.encode(content) })
}

/// Whether two media types are the same but for their parameters.
pub fn same_kind(one: &str, other: &str) -> bool {
    let bare = |kind: &str| {
        kind.split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase()
    };
    bare(one) == bare(other)
}

/// Whether two values are the same. A database may write a number in another way: 1.0 comes back as 1.
pub fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || one.as_f64().is_some_and(|one| other.as_f64() == Some(one))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let held = |(name, value)| other.get(name).is_some_and(|other| same(value, other));
            one.len() == other.len() && one.iter().all(held)
        }
        (one, other) => one == other,
    }
}

/// Leaves out what a type does not declare. The recursion follows the type, whose depth the parser bounds.
fn prune(ty: &Type, value: &mut Value) {
    if let (Some(fields), Some(record)) = (ty.present().fields(), value.as_object_mut()) {
        record.retain(|name, _| fields.contains_key(name));
        for (name, value) in record {
            prune(&fields[name].ty, value);
        }
    } else if let (Type::List { item, .. }, Some(items)) = (ty.present(), value.as_array_mut()) {
        items.iter_mut().for_each(|value| prune(item, value));
    }
}
