//! Random types, and random values of them.

use crate::plan::{Field, INT_MAX, Length, Type};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// SplitMix64: a small generator whose whole state is the seed.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize].clone()
    }

    fn int(&mut self) -> i64 {
        let any = (self.next() as i64) >> self.below(64);
        self.of(&[0, 9, -1, INT_MAX, -INT_MAX, any, any])
    }

    fn float(&mut self) -> f64 {
        let any = f64::from_bits(self.next());
        let any = if any.is_finite() { any } else { f64::MAX };
        self.of(&[0.0, -0.0, 1.0, 0.1 + 0.2, -f64::MIN_POSITIVE, any, any])
    }

    fn text(&mut self, bytes: u64) -> String {
        let one = self.of(&[
            "\"", "\\", "\n", "a", "\u{2028}", "é", "😀", "<", "\u{7f}", "\u{1}",
        ]);
        let other = self.of(&["\t", "\r", "\"", "z"]);
        let mut text = String::new();
        while text.len() + one.len() <= bytes as usize {
            text.push_str(one);
        }
        while text.len() < bytes as usize {
            text.push_str(other);
        }
        text
    }

    fn max(&mut self) -> Option<u64> {
        let some = self.below(40);
        self.of(&[Some(some), Some(some), Some(some), None])
    }

    pub(super) fn ty(&mut self, depth: u64) -> Type {
        let kinds = if depth == 0 { 11 } else { 15 };
        match self.below(kinds) {
            0 => Type::Bool,
            1 => {
                let (a, b) = (self.int(), self.int());
                Type::Int {
                    min: a.min(b),
                    max: a.max(b),
                }
            }
            2 => {
                let (a, b) = (self.float(), self.float());
                let (min, max) = (Some(a.min(b)), Some(a.max(b)));
                Type::Float {
                    min: self.of(&[min, None]),
                    max: self.of(&[max, None]),
                }
            }
            3 => Type::Text { max: self.max() },
            4 => Type::Bytes { max: self.max() },
            5 => Type::Json { max: self.max() },
            6 => self.of(&[Type::Time, Type::Duration]),
            7 => Type::Blob {
                mime: "image/png".into(),
                max: 1 << 20,
            },
            8 => Type::Dataset(Box::new(Type::nothing())),
            9 => Type::Model {
                input: Box::new(Type::nothing()),
                output: Box::new(Type::nothing()),
            },
            10 => Type::Union((0..self.below(4)).map(|n| self.text(n * 3)).collect()),
            11 => {
                let count = self.below(5);
                Type::List {
                    item: Box::new(self.ty(depth - 1)),
                    length: self.of(&[Length::Any, Length::Exactly(count), Length::AtMost(count)]),
                }
            }
            12 => Type::Optional(Box::new(self.ty(depth - 1))),
            13 => Type::Private(Box::new(self.ty(depth - 1))),
            _ => {
                let fields = (0..self.below(4)).map(|n| {
                    let ty = self.ty(depth - 1);
                    (
                        format!("{}{n}", self.of(&["a", "long_name", "é"])),
                        Field { ty, default: None },
                    )
                });
                Type::Record(fields.collect())
            }
        }
    }

    /// A value that mostly fits `ty`, as long as it can be.
    pub(super) fn value(&mut self, ty: &Type) -> Value {
        if self.below(60) == 0 {
            let other = self.ty(1);
            return self.value_of(&other);
        }
        self.value_of(ty)
    }

    fn value_of(&mut self, ty: &Type) -> Value {
        let size = |dice: &mut Dice, max: &Option<u64>| max.unwrap_or(60) + u64::from(dice.below(30) == 0);
        match ty {
            Type::Bool => json!(self.below(2) == 0),
            Type::Int { min, max } => {
                let any = self.int();
                json!(self.of(&[*min, *max, any]))
            }
            Type::Float { min, max } => {
                let any = self.float();
                let ends = [min.unwrap_or(any), max.unwrap_or(any), any];
                let float = json!(self.of(&ends));
                self.of(&[float.clone(), float, json!(u64::MAX), json!(i64::MIN)])
            }
            Type::Text { max } => {
                let size = size(self, max);
                json!(self.text(size))
            }
            Type::Bytes { max } => {
                let size = size(self, max);
                json!(STANDARD.encode(vec![0xff; size as usize]))
            }
            Type::Json { max } => {
                let text = size(self, max).saturating_sub(2) / self.of(&[1, 2]);
                json!(self.text(text))
            }
            Type::Time => {
                json!(self.of(&["2030-01-31T08:00:00.123456789Z", "2030-01-31T08:00:00Z", "never"]))
            }
            Type::Duration => json!(self.int()),
            Type::Blob { mime, max } => json!({ "$blob": "f".repeat(64), "mime": mime, "size": max }),
            Type::Dataset(_) => {
                let name = self.below(1000);
                json!({ "$dataset": "0".repeat(64), "name": self.text(name), "rows": u64::MAX, "size": u64::MAX })
            }
            Type::Model { .. } => {
                let reports = self.below(17_000);
                json!({ "$model": "0".repeat(64), "train": "fit", "version": 1, "size": u64::MAX,
                    "reports": "r".repeat(reports as usize) })
            }
            Type::List { item, length } => {
                let count = match length {
                    Length::Any => self.below(6),
                    Length::Exactly(count) | Length::AtMost(count) => *count,
                };
                (0..count).map(|_| self.value(item)).collect()
            }
            Type::Optional(inner) => match self.below(3) {
                0 => Value::Null,
                _ => self.value(inner),
            },
            Type::Private(inner) => self.value_of(inner),
            Type::Record(fields) => {
                let given = fields
                    .iter()
                    .map(|(name, field)| (name.clone(), self.value(&field.ty)));
                Value::Object(given.collect::<Map<_, _>>())
            }
            Type::Union(texts) if texts.is_empty() => Value::Null,
            Type::Union(texts) => json!(self.of(texts)),
        }
    }
}
