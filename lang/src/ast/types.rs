//! Types as written.

use super::{Default, Ident};
use crate::span::Span;

/// A type with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeExpr {
    /// Where it stands.
    pub span: Span,
    /// What it says.
    pub kind: TypeKind,
}

/// What a type says. Bounds are as written; the compiler checks that they make sense.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeKind {
    /// A declared type.
    Name(String),
    /// `bool`.
    Bool,
    /// `int` or `int<a..b>`, inclusive.
    Int(Option<(i64, i64)>),
    /// `float` or `float<a..b>`, inclusive.
    Float(Option<(f64, f64)>),
    /// `text` or `text<N>`: bytes of UTF-8.
    Text(Option<u64>),
    /// `bytes<N>`.
    Bytes(Option<u64>),
    /// `json<N>`: bytes of canonical JSON.
    Json(Option<u64>),
    /// `time`.
    Time,
    /// `duration`.
    Duration,
    /// `blob<"mime", N>`.
    Blob {
        /// The media type.
        mime: String,
        /// The most bytes.
        max: u64,
    },
    /// `[T]`, `[T; 64]`, `[T; ..64]`.
    List(Box<TypeExpr>, ListLength),
    /// `T?`.
    Optional(Box<TypeExpr>),
    /// `{ f: T }`.
    Record(Vec<Field>),
    /// `"a" | "b"`.
    Union(Vec<Ident>),
    /// `dataset<T>`.
    Dataset(Box<TypeExpr>),
    /// `private T`.
    Private(Box<TypeExpr>),
    /// `model<In, Out>`.
    Model(Box<TypeExpr>, Box<TypeExpr>),
}

/// How many items a list may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListLength {
    /// `[T]`.
    Any,
    /// `[T; N]`.
    Exactly(u64),
    /// `[T; ..N]`.
    AtMost(u64),
}

/// A field of a record type.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The `///` lines above it.
    pub doc: Option<String>,
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub ty: TypeExpr,
    /// `= value`.
    pub default: Option<Default>,
}
