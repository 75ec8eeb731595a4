//! Properties: `name: value` in the braces of a declaration or after `with`.

use super::builder::{Builder, Pair, children};
use super::decl::required;
use crate::ast::{ExprKind, Ident, Property, PropertyValue};
use flow_grammar::Rule;

impl Builder<'_> {
    pub(super) fn properties(&mut self, pair: Pair<'_>) -> Vec<Property> {
        children(pair).map(|property| self.property(property)).collect()
    }

    fn property(&mut self, pair: Pair<'_>) -> Property {
        let start = self.span(&pair);
        let mut parts = children(pair);
        let first = required(parts.next());
        // `reports` is a keyword of the grammar: its value alone is a child.
        let (name, value) = match parts.next() {
            Some(value) => (self.ident(&first), value),
            None => {
                let name = "reports";
                let span = self.place(start.start as usize, start.start as usize + name.len());
                (
                    Ident {
                        name: name.to_owned(),
                        span,
                    },
                    first,
                )
            }
        };
        let span = self.span(&value);
        let value = match value.as_rule() {
            Rule::record_type => PropertyValue::RecordType(self.fields(value)),
            Rule::stages => PropertyValue::Unsupported(value.as_str().trim_end().to_owned()),
            Rule::range => {
                let (low, high) = self.int_range(value);
                PropertyValue::Range(low, high)
            }
            _ => {
                let text = value.as_str().trim_end().to_owned();
                let value = self.expr(value, true);
                match value.kind {
                    // A condition over figures that only a running canary knows.
                    _ if name.name == "rollback" => PropertyValue::Unsupported(text),
                    ExprKind::Name(word) if word.starts_with(|c: char| c.is_ascii_lowercase()) => {
                        PropertyValue::Word(word)
                    }
                    _ => PropertyValue::Value(value),
                }
            }
        };
        Property { name, value, span }
    }
}
