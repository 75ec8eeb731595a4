//! Jobs: long work outside the function platform. `train` is a job whose result is a model.

use super::action::attempts_of;
use super::function;
use crate::types::properties::{JOB, TRAIN};
use crate::types::show::show;
use crate::unit::Unit;
use flow_lang::ast::{self, DeclKind, Ident};
use flow_lang::catalog;
use flow_lang::plan::{Job, Type};
use flow_lang::report::{Code, Finding};

/// Tries of a job, when nothing is written.
const ATTEMPTS: u32 = 3;

pub(super) fn lower<'a>(unit: &mut Unit<'a>, name: &'a Ident, job: &'a ast::Job) {
    let key = format!("job/{}", name.name);
    unit.marks.set(format!("{key}/input"), job.input.span);
    let input = unit.resolve_clear_record(&job.input, "the input of a job");
    let output = output(unit, &key, name, job);
    let table = if job.train { &TRAIN } else { &JOB };
    let settings = unit.settings(table, &key, name, &job.properties);
    let reports = match settings.fields("reports") {
        Some(fields) => unit.record_type(fields),
        None => Some(Type::nothing()),
    };
    let writes = function::declared(unit, &settings.names("writes"), "package", |kind| {
        matches!(kind, DeclKind::Package(_))
    });
    let reports = reports.filter(|reports| {
        unit.expect_clear(reports, name.span, "the report of a job")
            .is_some()
    });
    folders_only(unit, &settings.names("writes"));
    let secrets = function::secrets(unit, &settings);
    let cpu = settings.number("cpu").unwrap_or_default();
    if let (Some(input), Some(output), Some(reports)) = (input, output, reports) {
        let lowered = Job {
            input,
            output,
            command: settings.texts("command"),
            code: function::code(unit, name, &settings, None),
            cpu: u32::try_from(cpu).unwrap_or(u32::MAX),
            memory: settings.number("memory").unwrap_or_default(),
            timeout_ms: settings.number("timeout").unwrap_or_default(),
            pending_ms: settings.number("pending").unwrap_or_default(),
            attempts: attempts_of(settings.number("attempts"), ATTEMPTS),
            model_size: settings.number("model_size"),
            reports,
            writes,
            secrets,
        };
        unit.plan.jobs.insert(name.name.clone(), lowered);
    }
}

/// Looks at what jobs write, once all packages are known: a file that a job leaves in a package is read by whoever
/// has the package.
pub(super) fn check_writes(unit: &mut Unit<'_>) {
    let written = unit.plan.jobs.iter().flat_map(|(name, job)| {
        let items = job
            .writes
            .iter()
            .filter_map(|package| unit.plan.packages.get(package));
        items.map(move |package| (format!("job/{name}/writes"), package.item.clone()))
    });
    for (key, item) in written.collect::<Vec<_>>() {
        if let Some(span) = unit.marks.get(&key) {
            unit.expect_clear(&item, span, "an item that a job writes");
        }
    }
}

/// A job writes files: what is no folder is written to by a step.
fn folders_only(unit: &mut Unit<'_>, names: &[Ident]) {
    for name in names {
        let kind = unit.scope.get(&name.name).and_then(|decl| match &decl.kind {
            DeclKind::Package(package) => catalog::packages().get(package.kind.name.as_str()),
            _ => None,
        });
        if kind.is_some_and(|kind| !kind.folder) {
            let message = format!("`{}` is no folder, and a job writes files", name.name);
            let finding = Finding::new(Code::TypesMismatch, name.span, message);
            unit.report
                .add(finding.help(format!("write to it in a step: `{}.write({{ … }})`", name.name)));
        }
    }
}

fn output(unit: &mut Unit<'_>, key: &str, name: &Ident, job: &ast::Job) -> Option<Type> {
    let Some(written) = &job.output else {
        if !job.train {
            return Some(Type::nothing());
        }
        return unit.refuse(
            Finding::new(
                Code::TypesMismatch,
                name.span,
                format!("`train {}` has no result", name.name),
            )
            .help("write `-> model<In, Out>` after its input"),
        );
    };
    unit.marks.set(format!("{key}/output"), written.span);
    let ty = unit.resolve_type(written)?;
    match (job.train, &ty) {
        (true, Type::Model { .. }) => Some(ty),
        (true, _) => unit.refuse(Finding::new(
            Code::TypesMismatch,
            written.span,
            format!("the result of a `train` is a model, not `{}`", show(&ty)),
        )),
        (false, Type::Model { .. }) => unit.refuse(
            Finding::new(
                Code::TypesMismatch,
                written.span,
                "only a `train` has a model as its result",
            )
            .help("write `train` instead of `job`"),
        ),
        (false, _) => unit.refuse(
            Finding::new(
                Code::TypesProperty,
                written.span,
                "the result of a job is not enforced yet",
            )
            .help("remove it; a job hands results on through the packages in `writes`"),
        ),
    }
}
