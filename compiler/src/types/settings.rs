//! The properties that a declaration writes, read against the table of its construct.

use super::constant::constant;
use super::properties::{Default, Kind, Row, Table};
use flow_lang::ast::{Expr, ExprKind, Field, Ident, Literal, Property, PropertyValue, Rate};
use flow_lang::plan::{ENDPOINTS_MAX, Endpoint, NoEndpoint, Type};
use flow_lang::report::{Code, Finding, Report};
use flow_lang::span::Sources;
use flow_lang::suggest::nearest;
use flow_lang::units::{duration_unit, size_unit};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a property came to.
#[derive(Clone, Debug)]
enum Setting<'a> {
    Text(&'a str),
    Texts(Vec<String>),
    Endpoints(Vec<Endpoint>),
    Names(Vec<Ident>),
    Number(u64),
    Bool(bool),
    Rate(Rate),
    Range(u32, u32),
    Fields(&'a [Field]),
    Record(&'a Expr, Value, Type),
}

/// The properties of one declaration by name, defaults filled in. A property that was refused reads as empty:
/// its finding keeps a plan from being made.
#[derive(Clone, Debug)]
pub(crate) struct Settings<'a> {
    by_name: BTreeMap<&'static str, Setting<'a>>,
}

impl<'a> Settings<'a> {
    /// Reads the properties of `owner`.
    pub(crate) fn read(
        table: &Table,
        owner: &Ident,
        properties: &'a [Property],
        sources: &Sources,
        report: &mut Report,
    ) -> Settings<'a> {
        let mut by_name = BTreeMap::new();
        let mut written: BTreeMap<&str, &Property> = BTreeMap::new();
        for property in properties {
            let name = property.name.name.as_str();
            if let Some(first) = written.insert(name, property) {
                report.add(
                    Finding::new(
                        Code::NamesDuplicate,
                        property.name.span,
                        format!("`{name}` is written twice"),
                    )
                    .also(first.name.span, "written first here")
                    .help("keep one of them"),
                );
                continue;
            }
            match table.rows.iter().find(|row| row.name == name) {
                None => report.add(not_a_property(table, &property.name)),
                Some(row) => match read(row, property, sources) {
                    Ok(setting) => {
                        by_name.insert(row.name, setting);
                    }
                    Err(finding) => report.add(*finding),
                },
            }
        }
        for row in table.rows.iter().filter(|row| !written.contains_key(row.name)) {
            match row.default {
                Default::Required => report.add(missing(owner, row)),
                Default::Absent => {}
                Default::Number(number) => {
                    by_name.insert(row.name, Setting::Number(number));
                }
                Default::Range(least, most) => {
                    by_name.insert(row.name, Setting::Range(least, most));
                }
            }
        }
        Settings { by_name }
    }

    pub(crate) fn text(&self, name: &str) -> String {
        match self.by_name.get(name) {
            Some(Setting::Text(text)) => (*text).to_owned(),
            _ => String::new(),
        }
    }

    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        match self.by_name.get(name) {
            Some(Setting::Texts(texts)) => texts.clone(),
            _ => Vec::new(),
        }
    }

    /// Each once and in order.
    pub(crate) fn endpoints(&self, name: &str) -> Vec<Endpoint> {
        match self.by_name.get(name) {
            Some(Setting::Endpoints(endpoints)) => endpoints.clone(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn names(&self, name: &str) -> Vec<Ident> {
        match self.by_name.get(name) {
            Some(Setting::Names(names)) => names.clone(),
            _ => Vec::new(),
        }
    }

    /// A size in bytes, a duration in milliseconds or a count, if there is one.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        match self.by_name.get(name) {
            Some(Setting::Number(number)) => Some(*number),
            _ => None,
        }
    }

    pub(crate) fn is_true(&self, name: &str) -> bool {
        matches!(self.by_name.get(name), Some(Setting::Bool(true)))
    }

    pub(crate) fn rate(&self, name: &str) -> Option<Rate> {
        match self.by_name.get(name) {
            Some(Setting::Rate(rate)) => Some(*rate),
            _ => None,
        }
    }

    pub(crate) fn range(&self, name: &str) -> (u32, u32) {
        match self.by_name.get(name) {
            Some(Setting::Range(least, most)) => (*least, *most),
            _ => (0, 0),
        }
    }

    pub(crate) fn word(&self, name: &str) -> Option<&'a str> {
        match self.by_name.get(name) {
            Some(Setting::Text(word)) => Some(word),
            _ => None,
        }
    }

    pub(crate) fn fields(&self, name: &str) -> Option<&'a [Field]> {
        match self.by_name.get(name) {
            Some(Setting::Fields(fields)) => Some(fields),
            _ => None,
        }
    }

    /// A record of literals as written, its value and its type.
    pub(crate) fn record(&self, name: &str) -> Option<(&'a Expr, &Value, &Type)> {
        match self.by_name.get(name) {
            Some(Setting::Record(written, value, ty)) => Some((written, value, ty)),
            _ => None,
        }
    }
}

fn not_a_property(table: &Table, name: &Ident) -> Finding {
    if table.not_yet.contains(&name.name.as_str()) {
        return not_yet(name);
    }
    let finding = Finding::new(
        Code::TypesProperty,
        name.span,
        format!(
            "{} has no property `{}`",
            crate::resolve::with_article(table.of),
            name.name
        ),
    );
    let names: Vec<_> = table.rows.iter().map(|row| row.name).collect();
    match nearest(&name.name, names.iter().copied()) {
        Some(near) => finding.meant(near),
        None => finding.help(format!("it has {}", names.join(", "))),
    }
}

/// A property that belongs to the language but is not enforced yet.
fn not_yet(name: &Ident) -> Finding {
    Finding::new(
        Code::TypesProperty,
        name.span,
        format!("`{}` is not enforced yet", name.name),
    )
    .help("remove it")
}

fn missing(owner: &Ident, row: &Row) -> Finding {
    let (_, example) = row.kind.words();
    Finding::new(
        Code::TypesProperty,
        owner.span,
        format!("`{}` has no `{}`", owner.name, row.name),
    )
    .help(format!("add `{}: {example}`, with a value of your own", row.name))
}

fn read<'a>(row: &Row, property: &'a Property, sources: &Sources) -> Result<Setting<'a>, Box<Finding>> {
    let setting = match (row.kind, &property.value) {
        (Kind::Range, PropertyValue::Range(least, most)) if (0..=*most).contains(least) && *most > 0 => {
            u32::try_from(*least)
                .and_then(|least| u32::try_from(*most).map(|most| Setting::Range(least, most)))
                .ok()
        }
        (Kind::RecordType, PropertyValue::RecordType(fields)) => Some(Setting::Fields(fields)),
        (Kind::Word(words), PropertyValue::Word(word)) if words.contains(&word.as_str()) => {
            Some(Setting::Text(word))
        }
        (kind, PropertyValue::Value(expr)) => from_expr(kind, expr)?,
        (
            _,
            PropertyValue::Range(..)
            | PropertyValue::RecordType(_)
            | PropertyValue::Word(_)
            | PropertyValue::Unsupported(_),
        ) => None,
    };
    setting.ok_or_else(|| Box::new(misfit(row, property, sources)))
}

fn from_expr(kind: Kind, expr: &Expr) -> Result<Option<Setting<'_>>, Box<Finding>> {
    let items = match &expr.kind {
        ExprKind::List(items) => items.as_slice(),
        _ => &[],
    };
    Ok(match (kind, &expr.kind) {
        (Kind::Text, ExprKind::Literal(Literal::Text(text))) => Some(Setting::Text(text)),
        (Kind::Texts, ExprKind::List(_)) => {
            let texts: Option<Vec<_>> = items.iter().map(text).collect();
            texts.filter(|texts| !texts.is_empty()).map(Setting::Texts)
        }
        (Kind::Endpoints, ExprKind::List(_)) => {
            let texts: Option<Vec<_>> = items.iter().map(text).collect();
            match texts {
                Some(texts) => Some(Setting::Endpoints(endpoints(expr, &texts, items)?)),
                None => None,
            }
        }
        (Kind::Names, ExprKind::List(_)) => items
            .iter()
            .map(|item| match &item.kind {
                ExprKind::Name(name) => Some(Ident {
                    name: name.clone(),
                    span: item.span,
                }),
                _ => None,
            })
            .collect::<Option<Vec<_>>>()
            .map(Setting::Names),
        (Kind::Size, ExprKind::Literal(Literal::Size(number)))
        | (Kind::Duration, ExprKind::Literal(Literal::Duration(number))) => Some(Setting::Number(*number)),
        (Kind::Count(least), ExprKind::Literal(Literal::Int(number))) => u64::try_from(*number)
            .ok()
            .filter(|number| *number >= least)
            .map(Setting::Number),
        (Kind::Bool, ExprKind::Literal(Literal::Bool(value))) => Some(Setting::Bool(*value)),
        (Kind::Rate, ExprKind::Literal(Literal::Rate(rate))) => Some(Setting::Rate(*rate)),
        (Kind::Word(words), ExprKind::Name(word)) if words.contains(&word.as_str()) => {
            Some(Setting::Text(word))
        }
        (Kind::Record, ExprKind::Record(_)) => {
            let (value, ty) = constant(expr)?;
            Some(Setting::Record(expr, value, ty))
        }
        _ => None,
    })
}

/// The endpoints that these texts are. What is no endpoint is told where it stands.
fn endpoints(list: &Expr, texts: &[String], items: &[Expr]) -> Result<Vec<Endpoint>, Box<Finding>> {
    let misfit = |span, message: String, repair: &str| {
        Box::new(Finding::new(Code::TypesProperty, span, message).help(repair))
    };
    let read = |(text, item): (&String, &Expr)| {
        text.parse::<Endpoint>().map_err(|why| {
            let message = format!("`{}` is no `host:port`: it {why}", text.escape_debug());
            misfit(item.span, message, repair(why))
        })
    };
    let mut endpoints = texts.iter().zip(items).map(read).collect::<Result<Vec<_>, _>>()?;
    endpoints.sort();
    endpoints.dedup();
    if endpoints.len() > ENDPOINTS_MAX {
        let message = format!(
            "`network` names {} endpoints, it may name {ENDPOINTS_MAX}",
            endpoints.len()
        );
        return Err(misfit(list.span, message, "let several functions share them"));
    }
    Ok(endpoints)
}

/// What to write instead.
fn repair(why: NoEndpoint) -> &'static str {
    match why {
        NoEndpoint::Scheme => "write the host and its port only, such as `vision.example:443`",
        NoEndpoint::Wildcard => "write each host with its port, such as `vision.example:443`",
        NoEndpoint::NoPort => "add the port, such as `vision.example:443`",
        NoEndpoint::Port => "end with the port, such as `vision.example:443`",
        NoEndpoint::Brackets => "write an IPv6 address in brackets, such as `[::1]:443`",
        NoEndpoint::Nobody => "write the address of the one host that is meant",
        NoEndpoint::Host => {
            "write a host name in letters, digits, `-` and `.`, or a whole address, such as `127.0.0.1:443`"
        }
    }
}

fn text(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Literal(Literal::Text(text)) => Some(text.clone()),
        _ => None,
    }
}

/// The number that somebody wrote without a unit, with the one that people leave out.
pub(crate) fn meant_with(finding: Finding, number: &str, unit: &str) -> Finding {
    finding
        .help(format!("write `{number}{unit}`, or the unit that is meant"))
        .becomes(format!("{number}{unit}"))
}

fn misfit(row: &Row, property: &Property, sources: &Sources) -> Finding {
    let (what, example) = row.kind.words();
    let written = sources.text(property.span);
    let literal = match &property.value {
        PropertyValue::Value(Expr {
            kind: ExprKind::Literal(literal),
            ..
        }) => Some(literal),
        _ => None,
    };
    let unit = |message: String| Finding::new(Code::TypesUnit, property.span, message);
    match (row.kind, literal) {
        (Kind::Size | Kind::Duration | Kind::Rate, Some(Literal::Int(_) | Literal::Float(_))) => {
            let finding = unit(format!("`{}` is {what} and `{written}` has no unit", row.name));
            match row.kind {
                Kind::Size => meant_with(finding, written, size_unit(written)),
                Kind::Duration => meant_with(finding, written, duration_unit(written)),
                _ => finding.help(format!("write `{written}/s` or `{written}/h`")),
            }
        }
        (
            Kind::Size | Kind::Duration | Kind::Rate,
            Some(
                Literal::Size(_)
                | Literal::Duration(_)
                | Literal::Rate(_)
                | Literal::Percent(_)
                | Literal::Money(_),
            ),
        ) => unit(format!(
            "`{}` is {what}, but `{written}` has another unit",
            row.name
        ))
        .help(format!("write for example `{example}`")),
        _ => Finding::new(
            Code::TypesProperty,
            property.span,
            format!("`{}` is {what}, not `{written}`", row.name),
        )
        .help(format!("write for example `{}: {example}`", row.name)),
    }
}
