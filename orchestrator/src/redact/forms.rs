//! The forms in which a secret shows up.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// A secret with fewer bytes is not looked for: it would be found in ordinary text.
pub const SECRET_MIN: usize = 6;

/// Bytes that are encoded together in base64.
const GROUP: usize = 3;

/// All that is looked for because of one secret.
pub(super) fn of(secret: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::new();
    // A value that came from a file ends with a line, and the code that uses it trims it.
    for value in [secret, secret.trim()] {
        if value.len() < SECRET_MIN {
            continue;
        }
        forms.insert(value.to_owned());
        forms.extend(quoted(value));
        forms.extend(hexadecimal(value));
        forms.extend(percent(value));
        forms.extend(base64(value));
    }
    forms.retain(|form| form.len() >= SECRET_MIN);
    forms
}

/// As JSON writes it, with and without characters beyond ASCII, and as Python's `repr` does.
fn quoted(value: &str) -> [String; 4] {
    let json = serde_json::Value::from(value).to_string();
    let json = json[1..json.len() - 1].to_owned();
    let mut ascii = String::new();
    for c in json.chars() {
        if c.is_ascii() {
            ascii.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(ascii, "\\u{unit:04x}").expect("a string takes all text");
            }
        }
    }
    // Python leaves the quotes that it does not use as they are.
    let python = json.replace("\\\"", "\"");
    let single = python.replace('\'', "\\'");
    [json, ascii, python, single]
}

fn hexadecimal(value: &str) -> [String; 2] {
    let spell = |upper: bool| {
        value.bytes().fold(String::new(), |mut text, byte| {
            let spelt = match upper {
                true => write!(text, "{byte:02X}"),
                false => write!(text, "{byte:02x}"),
            };
            spelt.expect("a string takes all text");
            text
        })
    };
    [spell(false), spell(true)]
}

/// As URLs write it: which characters are left as they are, and how a blank is written, differs.
fn percent(value: &str) -> Vec<String> {
    const KEPT: [&str; 3] = ["-_.~", "-_.~/", "-_.!~*'()"];
    let mut forms = Vec::new();
    for kept in KEPT {
        for upper in [true, false] {
            for blank in ["%20", "+"] {
                let mut text = String::new();
                for byte in value.bytes() {
                    match byte {
                        b' ' => text.push_str(blank),
                        byte if byte.is_ascii_alphanumeric() || kept.as_bytes().contains(&byte) => {
                            text.push(char::from(byte));
                        }
                        byte if upper => write!(text, "%{byte:02X}").expect("a string takes all text"),
                        byte => write!(text, "%{byte:02x}").expect("a string takes all text"),
                    }
                }
                forms.push(text);
            }
        }
    }
    forms
}

/// By itself, padded or not, and after so many other bytes that it begins at each place of a group: then the
/// characters that it alone decides.
fn base64(value: &str) -> Vec<String> {
    let mut forms = Vec::new();
    for alphabet in [&STANDARD, &URL_SAFE] {
        let whole = alphabet.encode(value);
        forms.push(whole.trim_end_matches('=').to_owned());
        forms.push(whole);
        for before in 0..GROUP {
            let mut bytes = vec![0; before];
            bytes.extend(value.bytes());
            let text = alphabet.encode(&bytes);
            // A character has six bits.
            let first = (before * 8).div_ceil(6);
            let end = bytes.len() * 8 / 6;
            forms.push(text[first..end].to_owned());
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_secret_has_no_form_and_a_plain_one_few() {
        assert_eq!(of("12345"), BTreeSet::new());
        let forms = of("hunter22");
        assert!(
            forms.contains("hunter22") && forms.contains("68756e7465723232"),
            "{forms:?}"
        );
        assert!(
            forms.contains("aHVudGVyMjI=") && forms.contains("aHVudGVyMjI"),
            "{forms:?}"
        );
        assert!(forms.len() <= 8, "{forms:?}");
    }

    #[test]
    fn base64_shows_a_secret_wherever_it_stands_in_what_was_encoded() {
        for before in ["", "u", "us", "user:", "somebody:"] {
            for after in ["", ";", ";;", ";;;"] {
                let text = STANDARD.encode(format!("{before}hunter22{after}"));
                assert!(of("hunter22").iter().any(|form| text.contains(form)), "{text}");
            }
        }
    }
}
