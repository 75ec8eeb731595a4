//! Literals: units are multiplied out, escapes resolved, and what does not fit is refused.

use super::builder::{Builder, Pair, children};
use super::decl::required;
use crate::ast::{Ident, Literal, Rate};
use crate::report::{Code, Finding};
use crate::span::Span;

/// Milliseconds a unit of time is worth. Minutes are written `5m` or `5min`.
const TIMES: [(&str, u64); 6] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("min", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

/// Bytes a unit of size is worth.
const SIZES: [(&str, u64); 7] = [
    ("B", 1),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
];

/// Whole numbers travel as JSON numbers, which are exact up to here.
const INT_MAX: i64 = 1 << 53;

/// Whether the word is a unit of time or size.
pub(super) fn is_unit(word: &str) -> bool {
    worth(&TIMES, word).or(worth(&SIZES, word)).is_some()
}

/// The unit that a longer word for it means.
fn long_unit(word: &str) -> Option<&'static str> {
    Some(match word {
        "sec" | "secs" | "second" | "seconds" => "s",
        "mins" | "minute" | "minutes" => "m",
        "hr" | "hrs" | "hour" | "hours" => "h",
        "day" | "days" => "d",
        _ => return None,
    })
}

fn worth(units: &[(&str, u64)], unit: &str) -> Option<u64> {
    units
        .iter()
        .find(|(name, _)| *name == unit)
        .map(|(_, worth)| *worth)
}

impl Builder<'_> {
    /// `12`, `0.5`, `1e-3`, `30s`, `1.5MiB`, `10%`.
    pub(super) fn number(&mut self, pair: &Pair<'_>) -> Literal {
        let span = self.span(pair);
        let text = pair.as_str();
        let (digits, unit) = split(text);
        let whole = digits.bytes().all(|byte| byte.is_ascii_digit());
        if unit.is_empty() && whole {
            return match digits.parse::<i64>() {
                Ok(value) if value <= INT_MAX => Literal::Int(value),
                _ => self.too_large(span, text, "whole numbers go up to 2^53 (9007199254740992)"),
            };
        }
        let value = digits.parse::<f64>().unwrap_or(f64::INFINITY);
        if !value.is_finite() {
            return self.too_large(span, text, "the largest number is about 1.8e308");
        }
        if unit.is_empty() {
            return Literal::Float(value);
        }
        if unit == "%" {
            return Literal::Percent(value / 100.0);
        }
        let (worth, literal): (u64, fn(u64) -> Literal) = match (worth(&TIMES, unit), worth(&SIZES, unit)) {
            (Some(ms), _) => (ms, Literal::Duration),
            (None, Some(bytes)) => (bytes, Literal::Size),
            (None, None) => return self.unknown_unit(span, digits, unit),
        };
        match scaled(digits, whole, worth) {
            Some(value) => literal(value),
            None => self.too_large(span, text, "use a smaller quantity, in whole units"),
        }
    }

    fn unknown_unit(&mut self, span: Span, digits: &str, unit: &str) -> Literal {
        let all = || TIMES.iter().chain(&SIZES).map(|(name, _)| *name);
        let finding = Finding::new(Code::SyntaxLiteral, span, format!("unknown unit `{unit}`"));
        let meant = long_unit(unit).or_else(|| all().find(|known| known.eq_ignore_ascii_case(unit)));
        self.add(match meant {
            _ if unit.starts_with('_') => {
                let joined: String = format!("{digits}{unit}").split('_').collect();
                finding
                    .help(format!("digits are written without `_`: `{joined}`"))
                    .edit(span, joined)
            }
            Some(known) => finding.write(format!("{digits}{known}")),
            None => {
                let known = all().collect::<Vec<_>>().join("`, `");
                finding.help(format!("known units are `{known}` and `%`"))
            }
        });
        Literal::Int(0)
    }

    fn too_large(&mut self, span: Span, text: &str, help: &str) -> Literal {
        self.literal_mistake(span, format!("`{text}` does not fit"), help)
    }

    fn literal_mistake(&mut self, span: Span, message: String, help: impl Into<String>) -> Literal {
        self.add(Finding::new(Code::SyntaxLiteral, span, message).help(help));
        Literal::Int(0)
    }

    /// A size in bytes, as types take it: `64B`, `1KiB`.
    pub(super) fn bytes(&mut self, pair: &Pair<'_>) -> u64 {
        match self.number(pair) {
            Literal::Size(bytes) => bytes,
            Literal::Int(_) if !self.findings.is_empty() => 0,
            _ => {
                let message = format!("`{}` is no size", pair.as_str());
                let (span, bytes) = (self.span(pair), format!("{}B", split(pair.as_str()).0));
                let finding = Finding::new(Code::TypesUnit, span, message);
                self.add(finding.help(format!("say the unit: `{bytes}`")).edit(span, bytes));
                0
            }
        }
    }

    /// `40/s`, `1/6h`.
    pub(super) fn rate(&mut self, pair: &Pair<'_>) -> Option<Rate> {
        let span = self.span(pair);
        let (count, period) = pair.as_str().split_once('/')?;
        let unit = period.trim_start_matches(|c: char| c.is_ascii_digit());
        let times = &period[..period.len() - unit.len()];
        let Some(worth) = worth(&TIMES, unit) else {
            let message = format!("`{unit}` is no unit of time");
            let finding = Finding::new(Code::SyntaxLiteral, span, message);
            self.add(match long_unit(unit) {
                Some(known) => finding.write(format!("{count}/{times}{known}")),
                None => finding.help(format!(
                    "write a unit of time, such as `{count}/{times}s` or `{count}/{times}min`"
                )),
            });
            return None;
        };
        let per_ms = scaled(if times.is_empty() { "1" } else { times }, true, worth);
        match (count.parse::<u64>(), per_ms) {
            (Ok(count), Some(per_ms)) if count > 0 && per_ms > 0 => Some(Rate { count, per_ms }),
            (Ok(0), _) | (_, Some(0)) => {
                let message = format!("`{}` never lets anything through", pair.as_str());
                self.literal_mistake(span, message, "both numbers of a rate are at least 1");
                None
            }
            _ => {
                self.too_large(span, pair.as_str(), "use a smaller rate");
                None
            }
        }
    }

    /// `$40`, `$0.50`.
    pub(super) fn money(&mut self, pair: &Pair<'_>) -> Literal {
        let span = self.span(pair);
        let amount = &pair.as_str()[1..];
        let whole = !amount.contains('.');
        match scaled(amount, whole, 100) {
            Some(cents) => Literal::Money(cents),
            None => self.literal_mistake(
                span,
                format!("`{}` does not fit", pair.as_str()),
                "an amount has at most two digits after the point",
            ),
        }
    }

    /// A text with its escapes resolved, and its place without the quotes.
    pub(super) fn text_ident(&mut self, pair: &Pair<'_>) -> Ident {
        let span = self.span(pair);
        let (start, end) = (span.start as usize + 1, span.end as usize - 1);
        Ident {
            name: self.unescape(&self.text[start..end], start),
            span: self.place(start, end),
        }
    }

    fn unescape(&mut self, raw: &str, start: usize) -> String {
        let mut out = String::with_capacity(raw.len());
        let mut rest = raw;
        while let Some(at) = rest.find('\\') {
            out.push_str(&rest[..at]);
            let escape = &rest[at..];
            let length = match escape[1..].chars().next() {
                Some('u') => escape.find('}').map_or(2, |end| end + 1),
                Some(c) => 1 + c.len_utf8(),
                None => 1,
            };
            match decoded(&escape[..length]) {
                Some(c) => out.push(c),
                None => {
                    let place = start + (raw.len() - escape.len());
                    let span = self.place(place, place + length);
                    let help = "known escapes are `\\\"`, `\\\\`, `\\n`, `\\r`, `\\t` and `\\u{1F600}`";
                    self.literal_mistake(span, format!("unknown escape `{}`", &escape[..length]), help);
                }
            }
            rest = &escape[length..];
        }
        out.push_str(rest);
        out
    }

    /// Both ends of an inclusive range of whole numbers.
    pub(super) fn int_range(&mut self, pair: Pair<'_>) -> (i64, i64) {
        let mut bounds = children(pair);
        let mut bound = || {
            let bound = required(bounds.next());
            let value = bound.as_str().parse::<i64>().ok();
            value.filter(|value| value.abs() <= INT_MAX).unwrap_or_else(|| {
                let help = "both ends are whole numbers of at most 2^53";
                self.bad_bound(&bound, help);
                0
            })
        };
        (bound(), bound())
    }

    /// Both ends of an inclusive range of numbers.
    pub(super) fn float_range(&mut self, pair: Pair<'_>) -> (f64, f64) {
        let mut bounds = children(pair);
        let mut bound = || {
            let bound = required(bounds.next());
            let value = bound.as_str().parse::<f64>().ok();
            value.filter(|value| value.is_finite()).unwrap_or_else(|| {
                self.bad_bound(&bound, "both ends are plain numbers");
                0.0
            })
        };
        (bound(), bound())
    }

    fn bad_bound(&mut self, bound: &Pair<'_>, help: &str) {
        let message = format!("`{}` cannot bound this range", bound.as_str());
        self.literal_mistake(self.span(bound), message, help);
    }
}

/// Digits with fraction and exponent, and what stands behind them.
fn split(text: &str) -> (&str, &str) {
    let bytes = text.as_bytes();
    let digits_from = |from: usize| from + bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut end = digits_from(0);
    if bytes.get(end) == Some(&b'.') {
        end = digits_from(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let signed = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if bytes.get(signed).is_some_and(u8::is_ascii_digit) {
            end = digits_from(signed);
        }
    }
    text.split_at(end)
}

/// `digits × worth` as a whole number, if it is one; `1.5KiB` is, `1.5ms` is not.
fn scaled(digits: &str, whole: bool, worth: u64) -> Option<u64> {
    if whole {
        return digits
            .parse::<u64>()
            .ok()?
            .checked_mul(worth)
            .filter(|value| *value <= INT_MAX.unsigned_abs());
    }
    let value = digits.parse::<f64>().ok()? * worth as f64;
    let rounded = value.round();
    ((value - rounded).abs() < 1e-6 && rounded <= INT_MAX as f64).then_some(rounded as u64)
}

fn decoded(escape: &str) -> Option<char> {
    match escape {
        "\\\"" => Some('"'),
        "\\\\" => Some('\\'),
        "\\n" => Some('\n'),
        "\\r" => Some('\r'),
        "\\t" => Some('\t'),
        _ => {
            let code = escape.strip_prefix("\\u{")?.strip_suffix('}')?;
            char::from_u32(u32::from_str_radix(code, 16).ok()?)
        }
    }
}
