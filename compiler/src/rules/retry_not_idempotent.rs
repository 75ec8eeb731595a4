//! `effects/retry-not-idempotent`: a plain action that is tried more than once.

use super::Subject;
use flow_lang::plan::Effects;
use flow_lang::report::{Code, Finding, Report};

pub(super) fn retry_not_idempotent(subject: &Subject<'_>, report: &mut Report) {
    for (name, action) in &subject.plan.actions {
        if action.effects != Effects::AtLeastOnce || action.attempts <= 1 {
            continue;
        }
        let message = format!(
            "`{name}` is tried {} times and may take effect each time",
            action.attempts
        );
        report.add(
            Finding::new(
                Code::EffectsRetryNotIdempotent,
                subject.span(&format!("action/{name}/attempts")),
                message,
            )
            .help("write `idempotent action` if a repeat changes nothing; else leave `attempts` out"),
        );
    }
}
