//! Random values of random types: what the check accepts is never longer than the bound, and something is as long.

mod dice;
mod longest;

use crate::plan::{Length, Type, json_size};
use dice::Dice;
use longest::longest;

const CASES: u64 = 100_000;
const DEPTH_MAX: u64 = 3;

#[test]
fn no_accepted_value_is_longer_than_the_bound_of_its_type() {
    let (mut accepted, mut bounded, mut exact) = (0, 0, 0);
    for seed in 0..CASES {
        let mut dice = Dice(seed);
        let ty = dice.ty(DEPTH_MAX);
        let value = dice.value(&ty);
        if ty.check(&value).is_err() {
            continue;
        }
        accepted += 1;
        let size = json_size(&value);
        if let Some(bound) = ty.bound() {
            assert!(
                size <= bound,
                "seed {seed}: {size} > {bound}: {value} as {}",
                ty.show()
            );
            bounded += 1;
            exact += u64::from(size == bound);
        }
    }
    // Without these the test could pass because nothing was ever accepted, or because every bound is far off.
    assert!(accepted > CASES / 2, "only {accepted} accepted");
    assert!(bounded > CASES / 4, "only {bounded} bounded");
    assert!(exact > CASES / 20, "only {exact} exact");
}

#[test]
fn some_value_is_as_long_as_the_bound_of_its_type() {
    let (mut tight, mut bounded) = (0, 0);
    for seed in 0..CASES / 10 {
        let ty = Dice(seed).ty(DEPTH_MAX);
        bounded += u64::from(ty.bound().is_some());
        let Some(value) = longest(&ty) else { continue };
        assert_eq!(ty.check(&value), Ok(()), "seed {seed}: {value} as {}", ty.show());
        let size = Some(json_size(&value));
        assert_eq!(size, ty.bound(), "seed {seed}: {value} as {}", ty.show());
        tight += 1;
    }
    // What is left out are types that nothing fits, and ranges of numbers that are all short.
    assert!(tight > bounded * 3 / 4, "only {tight} of {bounded}");
}

#[test]
fn bounds_are_those_of_the_language_page() {
    for (ty, bound) in [
        (Type::Text { max: Some(64) }, Some(130)),
        (Type::Bytes { max: Some(4) }, Some(10)),
        (Type::Json { max: Some(7) }, Some(7)),
        (Type::Text { max: None }, None),
        (Type::Int { min: -5, max: 100 }, Some(3)),
        (Type::Time, Some(32)),
        (Type::nothing(), Some(2)),
        (
            Type::Float {
                min: None,
                max: Some(1.0),
            },
            Some(24),
        ),
        (
            Type::Float {
                min: Some(0.0),
                max: None,
            },
            Some(23),
        ),
        // `{"$blob":"","mime":"image/png","size":1048576}` and a digest.
        (
            Type::Blob {
                mime: "image/png".into(),
                max: 1 << 20,
            },
            Some(46 + 64),
        ),
        (Type::Text { max: Some(u64::MAX) }, Some(u64::MAX)),
        (
            Type::List {
                item: Box::new(Type::Bool),
                length: Length::Exactly(3),
            },
            Some(19),
        ),
        (
            Type::List {
                item: Box::new(Type::Bool),
                length: Length::Any,
            },
            None,
        ),
    ] {
        assert_eq!(ty.bound(), bound, "{}", ty.show());
    }
}
