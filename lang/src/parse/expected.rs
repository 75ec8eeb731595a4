//! What the grammar would have accepted, in words that a person uses.

use flow_grammar::Rule;
use pest::error::{Error, ErrorVariant};
use std::collections::BTreeSet;

/// How many alternatives a message names.
const NAMED_MAX: usize = 4;

/// What starts a value; together they are "a value", and with `let` "a step".
const VALUE_STARTS: [&str; 19] = [
    "\"", "$", "-", "[", "(", "{", "true", "false", "not", "when", "each", "append", "deploy", "emit",
    "sleep", "wait", "let", "return", "on",
];

/// What continues a value. Any of it is possible after every value, so naming it says nothing.
const OPERATORS: [&str; 18] = [
    "*", "+", "-", "??", "==", "!=", "<=", ">=", "<", ">", "and", "or", "|>", ".", "(", "catch", "after",
    "..",
];

/// What continues a type.
const TYPE_ENDS: [&str; 3] = ["?", "<", "|"];

/// Blanks and comments are possible everywhere.
const TRIVIA: [&str; 5] = [" ", "\t", "\n", "\r\n", "//"];

/// What could have stood at a place.
#[derive(Debug)]
pub(super) struct Expected {
    signs: BTreeSet<String>,
    digits: bool,
    letters: bool,
    end: bool,
}

impl Expected {
    /// What pest was looking for when it failed.
    pub(super) fn of(error: &Error<Rule>) -> Expected {
        let mut expected = Expected {
            signs: BTreeSet::new(),
            digits: false,
            letters: false,
            end: match &error.variant {
                ErrorVariant::ParsingError { positives, .. } => positives.contains(&Rule::EOI),
                ErrorVariant::CustomError { .. } => false,
            },
        };
        for token in error
            .parse_attempts()
            .map(|attempts| attempts.expected_tokens())
            .unwrap_or_default()
        {
            // pest does not name its token type; printed, a range of characters is `0..9`.
            match token.to_string().as_str() {
                "0..9" => expected.digits = true,
                "a..z" | "A..Z" | "_" => expected.letters = true,
                blank if TRIVIA.contains(&blank) => {}
                sign => {
                    expected.signs.insert(sign.to_owned());
                }
            }
        }
        expected
    }

    /// Whether the sign or keyword could have stood there.
    pub(super) fn sign(&self, sign: &str) -> bool {
        self.signs.contains(sign)
    }

    /// Whether nothing but this sign could have stood there.
    pub(super) fn only_sign(&self, sign: &str) -> bool {
        !self.letters && !self.digits && !self.end && self.signs.len() == 1 && self.sign(sign)
    }

    /// Whether a value could have started there.
    pub(super) fn value(&self) -> bool {
        self.digits && self.letters && self.sign("$")
    }

    /// Whether a statement could have started there.
    pub(super) fn step(&self) -> bool {
        self.sign("let")
    }

    /// Whether a value stands before, so that an operator could have followed.
    pub(super) fn operator(&self) -> bool {
        self.sign("??")
    }

    /// Whether nothing but a name could have stood there.
    pub(super) fn only_name(&self) -> bool {
        self.letters && !self.digits && self.signs.is_empty()
    }

    /// Whether a word stands before that could have been longer, and nothing else is known.
    pub(super) fn only_word_characters(&self) -> bool {
        self.letters && self.digits && self.signs.is_empty()
    }

    fn is_type(&self) -> bool {
        self.letters && self.sign("private")
    }

    /// "`,` or `)`", "a type", "a step or `}`".
    pub(super) fn words(&self) -> String {
        let mut signs: Vec<&str> = self.signs.iter().map(String::as_str).collect();
        let mut words: Vec<String> = Vec::new();
        let mut drop = |class: &[&str]| signs.retain(|sign| !class.contains(sign));
        if self.operator() {
            drop(&OPERATORS);
        }
        if self.step() {
            drop(&VALUE_STARTS);
            words.push("a step".to_owned());
        } else if self.value() {
            drop(&VALUE_STARTS);
            words.push("a value".to_owned());
        } else if self.is_type() {
            drop(&["private", "\"", "[", "{"]);
            words.push(
                if self.digits {
                    "a type or a number"
                } else {
                    "a type"
                }
                .to_owned(),
            );
        } else if self.letters {
            // `reports` is a name like the others, but for its value.
            drop(&["reports"]);
            words.push("a name".to_owned());
        } else if self.digits {
            words.push("a number".to_owned());
        }
        if signs.iter().any(|sign| !TYPE_ENDS.contains(sign)) || !words.is_empty() || self.end {
            signs.retain(|sign| !TYPE_ENDS.contains(sign));
        }
        words.extend(signs.iter().map(|sign| match *sign {
            "\"" => "a text".to_owned(),
            "->" => "`->` and a type".to_owned(),
            sign => format!("`{sign}`"),
        }));
        if self.end {
            words.push("the end of the declaration".to_owned());
        }
        words.truncate(NAMED_MAX);
        match words.split_last() {
            None => "an operator".to_owned(),
            Some((last, [])) => last.clone(),
            Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        }
    }
}
