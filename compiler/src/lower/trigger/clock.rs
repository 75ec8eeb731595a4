//! `cron { schedule: "0 3 * * *", timezone: "Asia/Taipei", missed: latest }`.

use crate::unit::Unit;
use crate::zones;
use croner::parser::{CronParser, Seconds};
use flow_lang::ast::{self, ExprKind, Ident, Literal, Property, PropertyValue};
use flow_lang::catalog::{BuiltInFeed, FeedValue};
use flow_lang::plan::{Field, Missed, Source, Type};
use flow_lang::report::{Code, Finding};
use flow_lang::suggest::nearest;
use std::collections::BTreeMap;

/// The type of its events and the clock itself.
pub(super) fn lower(
    unit: &mut Unit<'_>,
    name: &Ident,
    source: &ast::Source,
    feed: &BuiltInFeed,
) -> Option<(Type, Source)> {
    let (mut schedule, mut timezone, mut missed) = (String::new(), "UTC".to_owned(), Missed::default());
    for property in &source.properties {
        let word = &property.name;
        let Some(known) = feed.properties.get(&word.name) else {
            unit.report.add(unknown(source, feed, word));
            continue;
        };
        unit.marks
            .set(format!("trigger/{}/{}", name.name, word.name), property.span);
        let read = match known.is {
            FeedValue::Schedule => read_schedule(property).map(|read| schedule = read),
            FeedValue::Zone => read_zone(property).map(|read| timezone = read),
            FeedValue::Missed => read_missed(property).map(|read| missed = read),
        };
        if let Err(finding) = read {
            unit.report.add(*finding);
        }
    }
    let given = |name: &str| {
        source
            .properties
            .iter()
            .any(|property| property.name.name == name)
    };
    let required = feed.properties.iter().filter(|(_, known)| known.required);
    for (missing, _) in required.filter(|(name, _)| !given(name)) {
        let finding = Finding::new(
            Code::TypesProperty,
            source.span,
            format!("`{}` has no `{missing}`", source.of.name),
        );
        unit.report.add(finding.help(format!(
            "write `{} {{ {missing}: \"0 3 * * *\" }}`",
            source.of.name
        )));
    }
    let field = |(name, ty): (&String, &Type)| {
        let field = Field {
            ty: ty.clone(),
            default: None,
        };
        (name.clone(), field)
    };
    let event: BTreeMap<_, _> = feed.event.iter().map(field).collect();
    let clock = Source::Cron {
        schedule,
        timezone,
        missed,
    };
    Some((Type::Record(event), clock))
}

fn unknown(source: &ast::Source, feed: &BuiltInFeed, word: &Ident) -> Finding {
    let finding = Finding::new(
        Code::TypesProperty,
        word.span,
        format!("`{}` has no property `{}`", source.of.name, word.name),
    );
    match nearest(&word.name, feed.properties.keys().map(String::as_str)) {
        Some(near) => finding.meant(near),
        None => finding.help("remove it"),
    }
}

fn read_schedule(property: &Property) -> Result<String, Box<Finding>> {
    let help = "write for example `\"0 3 * * *\"` (every day at three)";
    let text = text(&property.value).filter(|text| matches!(text.split_whitespace().count(), 5 | 6));
    let Some(text) = text else {
        return Err(misfit(property, "is a text of 5 or 6 words", help));
    };
    let parser = CronParser::builder().seconds(Seconds::Optional).build();
    match parser.parse(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => {
            let why = error.to_string().trim_end_matches('.').to_owned();
            Err(misfit(property, &format!("is no schedule: {why}"), help))
        }
    }
}

fn read_zone(property: &Property) -> Result<String, Box<Finding>> {
    let help = "write for example `\"Asia/Taipei\"`";
    let Some(zone) = text(&property.value) else {
        return Err(misfit(
            property,
            "is the IANA name of a time zone, as a text",
            help,
        ));
    };
    if zones::is_known(zone) {
        return Ok(zone.to_owned());
    }
    let message = format!("`{}` is no time zone", zone.escape_debug());
    let finding = Finding::new(Code::TypesProperty, property.span, message);
    Err(Box::new(match zones::near(zone) {
        Some(near) => finding.meant(&format!("\"{near}\"")),
        None => finding.help(help),
    }))
}

fn read_missed(property: &Property) -> Result<Missed, Box<Finding>> {
    let word = match &property.value {
        PropertyValue::Word(word) => Some(word.as_str()),
        PropertyValue::Value(_)
        | PropertyValue::Range(..)
        | PropertyValue::RecordType(_)
        | PropertyValue::Unsupported(_) => None,
    };
    let words = Missed::WORDS.map(|(word, _)| word);
    let missed = Missed::WORDS.into_iter().find(|(known, _)| word == Some(*known));
    missed.map(|(_, missed)| missed).ok_or_else(|| {
        let finding = misfit(property, &format!("is one of the words {}", words.join(", ")), "");
        match word.and_then(|word| nearest(word, words)) {
            Some(near) => Box::new(finding.meant(near)),
            None => Box::new(finding.help("write `latest`, which is what it is when nothing is said")),
        }
    })
}

fn misfit(property: &Property, is: &str, help: &str) -> Box<Finding> {
    let message = format!("`{}` {is}", property.name.name);
    Box::new(Finding::new(Code::TypesProperty, property.span, message).help(help))
}

fn text(value: &PropertyValue) -> Option<&str> {
    match value {
        PropertyValue::Value(expr) => match &expr.kind {
            ExprKind::Literal(Literal::Text(text)) => Some(text),
            _ => None,
        },
        PropertyValue::Range(..)
        | PropertyValue::RecordType(_)
        | PropertyValue::Word(_)
        | PropertyValue::Unsupported(_) => None,
    }
}
