//! The feeds of `/whisk.system/alarms`.

use super::{From, Source, lost};
use crate::openwhisk::deployment::{Kind, Note, Param};
use crate::openwhisk::flow::fields::{Field, can_be_field};
use crate::openwhisk::flow::text::literal;
use crate::zones;
use serde_json::Value;

/// Reads `alarm`, `interval` or `once`.
pub(super) fn read(source: &mut Source<'_>, feed: &str, params: &[Param]) {
    let key = match feed {
        "alarm" => "cron",
        "interval" => "minutes",
        _ => {
            source.notes.push(Note::new(
                format!("the feed {feed} of /whisk.system/alarms"),
                "a clock goes on for ever here: fire the trigger over HTTP",
            ));
            source
                .notes
                .extend(params.iter().map(|param| lost(param, "it belongs to the feed")));
            return;
        }
    };
    for param in params {
        let timezone = zone(params).map(str::to_owned);
        match param.name.as_str() {
            name if name == key => match schedule(param) {
                Ok(schedule) => source.from = From::Clock { schedule, timezone },
                Err(because) => source.notes.push(lost(param, because)),
            },
            "trigger_payload" => payload(source, param),
            "timezone" if zone(params).is_none() => {
                source.notes.push(lost(param, "there is no such time zone"));
            }
            "timezone" => {}
            "strict" | "maxTriggers" | "startDate" | "stopDate" => {
                source
                    .notes
                    .push(lost(param, "a clock has no beginning and no end"));
            }
            _ => source
                .notes
                .push(lost(param, "a clock takes a schedule and nothing else")),
        }
    }
    if matches!(source.from, From::People) && !params.iter().any(|param| param.name == key) {
        source.notes.push(Note::new(
            format!("the feed {feed}"),
            format!("it has no parameter {key}"),
        ));
    }
}

/// The zone of a clock, if it has one.
fn zone(params: &[Param]) -> Option<&str> {
    let given = params.iter().find(|param| param.name == "timezone")?;
    let zone = given.value()?.as_str()?;
    zones::is_known(zone).then_some(zone)
}

/// The schedule of a clock.
fn schedule(param: &Param) -> Result<String, &'static str> {
    if param.name == "minutes" {
        let minutes = param.value().and_then(|value| match value {
            Value::String(text) => text.parse().ok(),
            value => value.as_u64(),
        });
        return match minutes {
            Some(n @ 1..60) if 60 % n == 0 => Ok(format!("*/{n} * * * *")),
            Some(60) => Ok("0 * * * *".to_owned()),
            Some(n) if n > 60 && n % 60 == 0 && 24 * 60 % n == 0 => Ok(format!("0 */{} * * *", n / 60)),
            _ => Err("the clock counts from the hour, and no schedule has this interval"),
        };
    }
    match param.value() {
        Some(Value::String(text)) if matches!(text.split_whitespace().count(), 5 | 6) => Ok(text.clone()),
        Some(_) => Err("a schedule has five or six fields"),
        None => Err("the schedule is not known here"),
    }
}

/// What each event carries, an object or the text of one.
fn payload(source: &mut Source<'_>, param: &Param) {
    let value = match param.value() {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or(Value::Null),
        Some(value) => value.clone(),
        None => Value::Null,
    };
    let Value::Object(fields) = value else {
        source
            .notes
            .push(lost(param, "it is no record that is known here"));
        return;
    };
    for (name, value) in fields {
        if !can_be_field(&name) || literal(&value).is_none() {
            let what = format!("{name}: {value} of the payload");
            source.notes.push(Note::new(what, "no literal of Flow says it"));
            continue;
        }
        let field = Field {
            default: Some(value.clone()),
            ..Field::required(Kind::of(&value))
        };
        source.event.add(&name, field);
    }
}
