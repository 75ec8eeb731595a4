//! Defaults: the values that a caller may leave out.

use super::Type;
use super::private::is_sealed;
use serde_json::Value;

impl Type {
    /// Sets every field with a default that a record leaves out or gives as `null`, in nested records and lists
    /// too, and in private ones until they are sealed. What does not fit the type is left as it is: [`Type::check`] says so.
    pub fn fill(&self, value: &mut Value) {
        if let Type::Optional(inner) = self {
            inner.fill(value);
        } else if let Type::Private(inner) = self {
            if !is_sealed(value) {
                inner.fill(value);
            }
        } else if let (Type::List { item, .. }, Some(items)) = (self, value.as_array_mut()) {
            items.iter_mut().for_each(|each| item.fill(each));
        } else if let (Some(fields), Some(given)) = (self.fields(), value.as_object_mut()) {
            for (name, field) in fields {
                if let Some(default) = &field.default
                    && given.get(name).is_none_or(Value::is_null)
                {
                    given.insert(name.clone(), default.clone());
                }
                if let Some(value) = given.get_mut(name) {
                    field.ty.fill(value);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::{Field, Length, Type};
    use serde_json::json;

    #[test]
    fn defaults_are_filled_in_and_given_values_stay() {
        let depth = Type::Record(
            [(
                "depth".to_owned(),
                Field {
                    ty: Type::Int { min: 1, max: 20 },
                    default: Some(json!(12)),
                },
            )]
            .into(),
        );
        let ty = Type::List {
            item: Box::new(depth),
            length: Length::Any,
        };
        let mut value = json!([{}, { "depth": null }, { "depth": 3 }]);
        assert_eq!(
            ty.check(&value).expect_err("a default is no value").path,
            "value[0].depth"
        );
        ty.fill(&mut value);
        assert_eq!(value, json!([{ "depth": 12 }, { "depth": 12 }, { "depth": 3 }]));
        assert_eq!(ty.check(&value), Ok(()));
    }
}
