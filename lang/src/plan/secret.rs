//! Secrets as values: they travel with the arguments of a call, so they have a type with a bound.

use super::{Field, Function, Type};

/// The most bytes of a secret. A key or a certificate has a few thousand.
pub const SECRET_BYTES_MAX: u64 = 16 << 10;

/// What a secret has to be.
pub fn secret_type() -> Type {
    Type::Text {
        max: Some(SECRET_BYTES_MAX),
    }
}

impl Function {
    /// The record that the code is given: `input`, and the secrets that it names under their names.
    pub fn given(&self, input: &Type) -> Type {
        let Some(fields) = input.fields().filter(|_| !self.secrets.is_empty()) else {
            return input.clone();
        };
        let mut fields = fields.clone();
        fields.extend(self.secrets.iter().map(|name| {
            let (ty, default) = (secret_type(), None);
            (name.clone(), Field { ty, default })
        }));
        Type::Record(fields)
    }
}
