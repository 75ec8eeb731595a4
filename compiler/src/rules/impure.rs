//! `effects/impure`: a `pure` action that reaches for something which is not in its input.

use super::Subject;
use flow_lang::plan::Effects;
use flow_lang::report::{Code, Finding, Report};

pub(super) fn impure(subject: &Subject<'_>, report: &mut Report) {
    for (name, action) in &subject.plan.actions {
        let function = &action.function;
        let (property, why) = match (function.network.first(), function.secrets.first()) {
            (Some(endpoint), _) => ("network", format!("reaches `{endpoint}`")),
            (None, Some(secret)) => ("secrets", format!("depends on the secret `{secret}`")),
            (None, None) => continue,
        };
        if action.effects != Effects::Pure {
            continue;
        }
        let key = format!("action/{name}");
        let message = format!("`{name}` is `pure`, but {why}: the same input may give another output");
        let finding = Finding::new(
            Code::EffectsImpure,
            subject.span(&format!("{key}/{property}")),
            message,
        )
        .help(format!(
            "write `idempotent action` if doing it twice is the same as doing it once; else leave `pure` out, or `{property}`"
        ));
        report.add(match subject.marks.own(&format!("{key}/effect")) {
            Some(word) => finding.also(word, "promised here").edit(word, "idempotent"),
            None => finding,
        });
    }
}
