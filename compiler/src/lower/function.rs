//! What actions and models have in common: a function on a platform.

pub(super) mod params;

use crate::types::settings::Settings;
use crate::unit::Unit;
use flow_lang::ast::{DeclKind, Ident};
use flow_lang::limits::{self, Limit};
use flow_lang::plan::{Code, Function, Type};
use flow_lang::report::{Code as Rule, Finding};
use flow_lang::runtime::Runtime;

/// The function of an action or a model; `params` must fit its input.
pub(super) fn lower(
    unit: &mut Unit<'_>,
    owner: &Ident,
    settings: &Settings<'_>,
    input: Option<&Type>,
) -> Function {
    let (payload, result) = transfer(unit);
    let runtime = settings.text("runtime");
    Function {
        code: code(unit, owner, settings, Runtime::parse(&runtime)),
        runtime,
        entry: settings.text("entry"),
        memory: settings.number("memory").unwrap_or_default(),
        timeout_ms: settings.number("timeout").unwrap_or_default(),
        logs: settings.number("logs").unwrap_or_default(),
        payload,
        result,
        params: params::of(unit, owner, settings, input),
        secrets: laid_over(unit, settings, input),
        network: settings.endpoints("network"),
    }
}

/// The names under `secrets`. Their values are laid over the arguments, so no field may have such a name: it would
/// never arrive.
fn laid_over(unit: &mut Unit<'_>, settings: &Settings<'_>, input: Option<&Type>) -> Vec<String> {
    let fields = input.and_then(Type::fields);
    for name in settings.names("secrets") {
        if fields.is_some_and(|fields| fields.contains_key(&name.name)) {
            let message = format!(
                "the secret `{0}` and the field `{0}` come under one name",
                name.name
            );
            unit.report.add(
                Finding::new(Rule::NamesDuplicate, name.span, message)
                    .help("give the field another name, or the secret"),
            );
        }
    }
    secrets(unit, settings)
}

/// The folder that `code` names, with what its environment on `runtime` is built from. The command of a job has
/// no runtime, and may start Python.
pub(super) fn code(
    unit: &Unit<'_>,
    owner: &Ident,
    settings: &Settings<'_>,
    runtime: Option<Runtime>,
) -> Code {
    let mut code = Code {
        project: unit.scope.project_of(&owner.name).to_owned(),
        folder: settings.text("code"),
        digest: String::new(),
        requirements: None,
        lock: None,
    };
    // A folder that is not there is `code/missing`, which looks at the plan.
    let found = unit.project.code.get(&code.place()).cloned().unwrap_or_default();
    (code.requirements, code.lock) = match runtime {
        Some(Runtime::Python { .. }) | None => (found.requirements, None),
        Some(Runtime::Node { .. }) => match found.manifest {
            Some(manifest) => (Some(manifest.text), manifest.lock),
            None => (None, None),
        },
    };
    code.digest = found.digest;
    code
}

/// The names under `secrets`, which must be declared.
pub(super) fn secrets(unit: &mut Unit<'_>, settings: &Settings<'_>) -> Vec<String> {
    declared(unit, &settings.names("secrets"), "secret", |kind| {
        matches!(kind, DeclKind::Secret)
    })
}

/// Those of `names` that are declared as what they should be.
pub(super) fn declared(
    unit: &mut Unit<'_>,
    names: &[Ident],
    what: &str,
    is: impl Fn(&DeclKind) -> bool,
) -> Vec<String> {
    let known = names.iter().filter(|name| {
        unit.scope
            .expect(name, what, |kind| is(kind).then_some(()), &mut unit.report)
            .is_some()
    });
    known.map(|name| name.name.clone()).collect()
}

/// The most bytes that the arguments and the result of one call may have.
pub(super) fn transfer(unit: &Unit<'_>) -> (u64, u64) {
    let profile = limits::profile(&unit.env.functions);
    let most = |limit| {
        let effective = profile.and_then(|profile| profile.effective(&unit.env.limits, limit));
        effective.map_or(u64::MAX, |effective| effective.max)
    };
    (most(Limit::Payload), most(Limit::Result))
}
