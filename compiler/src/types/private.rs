//! `private T`: what may be private, and where it may stand.

use super::show::show;
use crate::unit::Unit;
use flow_lang::ast::TypeExpr;
use flow_lang::plan::{Field, Type};
use flow_lang::report::{Code, Finding};
use flow_lang::span::Span;

impl Unit<'_> {
    /// What `private` before a type comes to. It stands inside of `?`, and once: a record that is private is sealed
    /// whole.
    pub(super) fn private_type(&mut self, inner: &TypeExpr, span: Span) -> Option<Type> {
        let inner = self.resolve_type(inner)?;
        if let Some(reference) = inner.reference() {
            let message = format!(
                "`{}` cannot be private: what it stands for is kept in the clear",
                show(reference)
            );
            return self.refuse(
                Finding::new(Code::TypesMismatch, span, message)
                    .help("make the other fields private, or carry a small file as `private bytes<N>`"),
            );
        }
        Some(match without_private(inner) {
            Type::Optional(inner) => Type::Optional(Box::new(Type::Private(inner))),
            inner => Type::Private(Box::new(inner)),
        })
    }

    /// A record without private parts; `what` is the part of the declaration that it stands for.
    pub(crate) fn resolve_clear_record(&mut self, written: &TypeExpr, what: &str) -> Option<Type> {
        let ty = self.resolve_record(written, what)?;
        self.expect_clear(&ty, written.span, what)?;
        Some(ty)
    }

    /// Refuses private parts where a value is kept or handed out in the clear.
    pub(crate) fn expect_clear(&mut self, ty: &Type, span: Span, what: &str) -> Option<()> {
        let Some(path) = ty.private_part() else {
            return Some(());
        };
        let path = path.join(".");
        let message = format!("`{path}` is private, and {what} would hold it in the clear");
        self.refuse(Finding::new(Code::TypesMismatch, span, message).help(format!(
            "leave `{path}` out of this type: what is not asked for does not travel"
        )))
    }
}

fn without_private(ty: Type) -> Type {
    let boxed = |inner: Type| Box::new(without_private(inner));
    match ty {
        Type::Private(inner) => without_private(*inner),
        Type::Optional(inner) => match without_private(*inner) {
            already @ Type::Optional(_) => already,
            inner => Type::Optional(Box::new(inner)),
        },
        Type::List { item, length } => Type::List {
            item: boxed(*item),
            length,
        },
        Type::Record(fields) => {
            let clear = |(name, Field { ty, default })| {
                let ty = without_private(ty);
                (name, Field { ty, default })
            };
            Type::Record(fields.into_iter().map(clear).collect())
        }
        Type::Bool
        | Type::Int { .. }
        | Type::Float { .. }
        | Type::Text { .. }
        | Type::Bytes { .. }
        | Type::Json { .. }
        | Type::Time
        | Type::Duration
        | Type::Blob { .. }
        | Type::Union(_)
        | Type::Dataset(_)
        | Type::Model { .. } => ty,
    }
}

/// The finding about looking into private data; `what` is what looks.
pub(crate) fn opaque(span: Span, ty: &Type, what: &str) -> Finding {
    let message = format!(
        "{what} looks into `{}`, and a flow does not look into private data",
        show(ty)
    );
    Finding::new(Code::TypesMismatch, span, message)
        .help("hand it to a `mask action` that declares it private, and let its answer decide")
}

/// Whether a value is private itself.
pub(crate) fn is_private(ty: &Type) -> bool {
    matches!(ty.present(), Type::Private(_))
}
