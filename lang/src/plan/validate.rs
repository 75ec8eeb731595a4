//! Whether a plan that came from elsewhere holds together: its names can stand in paths, its steps stand after
//! what they need, and nothing names what is not there.
//!
//! Every plan of the compiler does. One that came over the network is only text until this was asked, and
//! whoever carries a plan out trusts the answer.

mod graph;

use super::name::{is_step_name, is_word};
use super::{
    Action, Code, ENDPOINTS_MAX, Effects, Feedback, Function, INT_MAX, Infer, Job, Model, On, Package, Plan,
    Prepare, Rule, Source, Trigger, Type,
};
use crate::ast::Rate;
use std::collections::BTreeMap;

/// The most bytes of a broken name that a message repeats.
const SHOWN_MAX: usize = 64;
/// The characters of a digest in hexadecimal.
const DIGEST_LEN: usize = 64;

/// What is wrong with a plan, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at} of the plan {why}")]
pub struct Flaw {
    at: String,
    why: String,
}

/// What is wrong, without its place.
type Outcome = Result<(), String>;

impl Plan {
    /// Holds the plan against itself. Versions are no part of it: a plan of another format has other parts.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn validate(&self) -> Result<(), Flaw> {
        each("the name", [(&self.flow, &())], |()| Ok(()))?;
        each("package", &self.packages, package)?;
        each("import", &self.imports, |import| {
            word(&import.flow).map_err(|why| format!("is of a flow whose name {why}"))?;
            clear("its input", &import.input)?;
            clear("its output", &import.output)
        })?;
        each("trigger", &self.triggers, |trigger| self.trigger(trigger))?;
        each("secret", &self.secrets, |_| Ok(()))?;
        each("action", &self.actions, |action| self.action(action))?;
        each("composition", &self.compositions, |parts| self.composition(parts))?;
        each("job", &self.jobs, |job| self.job(job))?;
        each("dataset", &self.datasets, |dataset| {
            time("retention", dataset.retention_ms)?;
            clear("its row", &dataset.row)
        })?;
        for (name, prepare) in &self.prepares {
            let sound = match is_step_name(name) {
                true => self.prepare(prepare),
                false => Err("is no name of the language".to_owned()),
            };
            sound.map_err(|why| Flaw {
                at: format!("prepare `{}`", shown(name)),
                why,
            })?;
        }
        each("model", &self.models, |model| self.model(model))?;
        each("infer", &self.infers, |infer| self.infer(infer))?;
        each("feedback", &self.feedbacks, |feedback| self.feedback(feedback))?;
        each("rule", &self.rules, |rule| self.rule(rule))
    }

    fn trigger(&self, trigger: &Trigger) -> Outcome {
        record("its payload", &trigger.payload)?;
        rate("at_most", trigger.at_most)?;
        match &trigger.source {
            Some(Source::Package { package, .. }) => declared("package", &self.packages, package),
            Some(Source::Cron { .. }) | None => Ok(()),
        }
    }

    fn action(&self, action: &Action) -> Outcome {
        record("its input", &action.input)?;
        record("its output", &action.output)?;
        if action.input.holds_private() && action.output.holds_public() && !action.mask {
            return Err("gives in the clear what it makes of private data, and is no mask".to_owned());
        }
        if action.effects == Effects::Once && action.attempts != 1 {
            return Err("is `once` and has more than one try".to_owned());
        }
        self.function(&action.function)
    }

    fn composition(&self, parts: &[String]) -> Outcome {
        let known = |part: &String| {
            self.actions.contains_key(part)
                || self.asked(part).is_some()
                || self.compositions.contains_key(part)
        };
        match parts.iter().find(|part| !known(part)) {
            None => Ok(()),
            Some(part) => Err(format!("names part `{}`, which is not there", shown(part))),
        }
    }

    fn prepare(&self, prepare: &Prepare) -> Outcome {
        declared("dataset", &self.datasets, &prepare.from)?;
        declared("dataset", &self.datasets, &prepare.to)?;
        if prepare.graph.output != self.datasets[&prepare.to].row {
            return Err("gives other rows than its dataset takes".to_owned());
        }
        graph::check(self, &prepare.graph)
    }

    fn model(&self, model: &Model) -> Outcome {
        clear("its input", &model.input)?;
        clear("its output", &model.output)?;
        time("idle", Some(model.idle_ms))?;
        self.function(&model.function)
    }

    fn function(&self, function: &Function) -> Outcome {
        code(&function.code)?;
        time("timeout", Some(function.timeout_ms))?;
        if function.network.len() > ENDPOINTS_MAX {
            return Err(format!(
                "has more than {ENDPOINTS_MAX} endpoints as its `network`"
            ));
        }
        all("secret", &self.secrets, &function.secrets)
    }

    fn job(&self, job: &Job) -> Outcome {
        clear("its input", &job.input)?;
        ty(&job.output)?;
        clear("its report", &job.reports)?;
        code(&job.code)?;
        time("timeout", Some(job.timeout_ms))?;
        time("pending", Some(job.pending_ms))?;
        all("package", &self.packages, &job.writes)?;
        all("secret", &self.secrets, &job.secrets)
    }

    fn infer(&self, infer: &Infer) -> Outcome {
        time("deadline", Some(infer.deadline_ms))?;
        time("keep", Some(infer.keep_ms))?;
        record("its input", &infer.graph.input)?;
        clear("its output", &infer.graph.output)?;
        graph::check(self, &infer.graph)
    }

    fn feedback(&self, feedback: &Feedback) -> Outcome {
        declared("infer", &self.infers, &feedback.of)?;
        record("its input", &feedback.input)?;
        graph::check(self, &feedback.graph)
    }

    fn rule(&self, rule: &Rule) -> Outcome {
        for on in &rule.on {
            match on {
                On::Trigger { trigger } => declared("trigger", &self.triggers, trigger)?,
                On::Grew { dataset, .. } => declared("dataset", &self.datasets, dataset)?,
                On::FlowDeployed => {}
                On::Published { train } => match self.jobs.get(train).map(|job| &job.output) {
                    Some(Type::Model { .. }) => {}
                    Some(_) => {
                        return Err(format!(
                            "waits for a model of `{}`, which is no train",
                            shown(train)
                        ));
                    }
                    None => declared("train", &self.jobs, train)?,
                },
                On::Deployed { model } => match self.asked(model) {
                    Some(_) => {}
                    None => declared("model", &self.models, model)?,
                },
                On::Failed { rule } => declared("rule", &self.rules, rule)?,
            }
        }
        time("deadline", rule.deadline_ms)?;
        rate("rate", rule.rate)?;
        if let Some(filter) = &rule.filter {
            graph::reads(filter, 0)?;
        }
        graph::check(self, &rule.graph)
    }
}

fn package(package: &Package) -> Outcome {
    record("its item", &package.item)?;
    package.actions.iter().try_for_each(|(name, action)| {
        word(name)?;
        record("the input of an action", &action.input)?;
        time("timeout", Some(action.timeout_ms))?;
        ty(&action.output)
    })
}

/// Holds each declaration of a kind, and its name, against `check`.
fn each<'a, T: 'a>(
    kind: &str,
    declared: impl IntoIterator<Item = (&'a String, &'a T)>,
    check: impl Fn(&T) -> Outcome,
) -> Result<(), Flaw> {
    for (name, part) in declared {
        word(name).and_then(|()| check(part)).map_err(|why| Flaw {
            at: format!("{kind} `{}`", shown(name)),
            why,
        })?;
    }
    Ok(())
}

fn word(name: &str) -> Outcome {
    match is_word(name) {
        true => Ok(()),
        false => Err("is no name of the language".to_owned()),
    }
}

fn declared<T>(kind: &str, all: &BTreeMap<String, T>, name: &str) -> Outcome {
    match all.contains_key(name) {
        true => Ok(()),
        false => Err(format!("names {kind} `{}`, which is not there", shown(name))),
    }
}

fn all<T>(kind: &str, known: &BTreeMap<String, T>, names: &[String]) -> Outcome {
    names.iter().try_for_each(|name| declared(kind, known, name))
}

fn record(what: &str, of: &Type) -> Outcome {
    match of {
        Type::Record(_) => ty(of),
        _ => Err(format!("has no record as {what}")),
    }
}

/// A record of what is kept, or handed out, in the clear.
fn clear(what: &str, of: &Type) -> Outcome {
    record(what, of)?;
    match of.holds_private() {
        true => Err(format!(
            "has private data in {what}, where it would not be sealed"
        )),
        false => Ok(()),
    }
}

/// Fields become names of variables and files of the code that is given them.
fn ty(of: &Type) -> Outcome {
    match of {
        Type::Record(fields) => fields.iter().try_for_each(|(name, field)| {
            word(name).map_err(|why| format!("has a field `{}`, which {why}", shown(name)))?;
            ty(&field.ty)
        }),
        Type::List { item: inner, .. } | Type::Optional(inner) | Type::Dataset(inner) => ty(inner),
        Type::Private(inner) => match (inner.as_ref(), inner.private_part(), inner.reference()) {
            (Type::Optional(_), ..) | (_, Some(_), _) | (_, _, Some(_)) => {
                Err("has a private part that cannot be sealed".to_owned())
            }
            (_, None, None) => ty(inner),
        },
        Type::Model { input, output } => {
            ty(input)?;
            ty(output)
        }
        Type::Bool
        | Type::Int { .. }
        | Type::Float { .. }
        | Type::Text { .. }
        | Type::Bytes { .. }
        | Type::Json { .. }
        | Type::Time
        | Type::Duration
        | Type::Blob { .. }
        | Type::Union(_) => Ok(()),
    }
}

fn code(code: &Code) -> Outcome {
    let hexadecimal = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
    match code.digest.len() == DIGEST_LEN && code.digest.bytes().all(hexadecimal) {
        true => Ok(()),
        false => Err("has code without a digest".to_owned()),
    }
}

/// Times are added up, so none may come near the end of the numbers.
fn time(what: &str, ms: Option<u64>) -> Outcome {
    match ms.is_none_or(|ms| ms <= INT_MAX.unsigned_abs()) {
        true => Ok(()),
        false => Err(format!("has a `{what}` of more than 2^53 milliseconds")),
    }
}

fn rate(what: &str, rate: Option<Rate>) -> Outcome {
    time(what, rate.map(|rate| rate.per_ms))
}

/// A name that may be anything, as a message can hold it.
fn shown(name: &str) -> String {
    let cut = &name[..name.floor_char_boundary(SHOWN_MAX)];
    cut.escape_debug().to_string()
}

#[cfg(test)]
mod tests;
