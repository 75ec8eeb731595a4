//! `limits/retry`: something that is tried so often that nobody would hear of its failure in time.

use super::Subject;
use super::uses::Use;
use flow_lang::limits::Limit;
use flow_lang::report::{Code, Report};

pub(super) fn retry(subject: &Subject<'_>, report: &mut Report) {
    subject.hold(Code::LimitsRetry, &uses(subject), report);
}

pub(super) fn uses(subject: &Subject<'_>) -> Vec<Use> {
    let actions = subject.plan.actions.iter();
    let actions = actions.map(|(name, action)| ("action", name, action.attempts));
    let jobs = subject.plan.jobs.iter();
    let jobs = jobs.map(|(name, job)| ("job", name, job.attempts));
    let of = actions.chain(jobs).map(|(kind, name, attempts)| Use {
        limit: Limit::Attempts,
        of: format!("`{name}`"),
        key: format!("{kind}/{name}/attempts"),
        value: Some(u64::from(attempts)),
        mostly: None,
        fact: format!("`{name}` is tried {attempts} times"),
    });
    of.collect()
}
