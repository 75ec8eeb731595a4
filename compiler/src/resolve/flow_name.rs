//! The name of the flow: said in its files, or in `flow.toml`.

use crate::project::Project;
use flow_lang::report::{Code, Finding, Report};
use flow_lang::span::{SourceId, Span};

/// The flow's name. All files that give one must agree.
pub(crate) fn flow_name(project: &Project, report: &mut Report) -> Option<String> {
    let mut named = project.files.iter().filter_map(|file| file.flow.as_ref());
    let Some(first) = named.next() else {
        if project.name.is_none() && !project.syntax.has_errors() {
            let start = Span::new(SourceId(0), 0, 0);
            report.add(
                Finding::new(Code::NamesUnknown, start, "this flow has no name")
                    .help("begin the file with `flow NAME`, or write `name` under `[flow]` in flow.toml"),
            );
        }
        return project.name.clone();
    };
    for other in named.filter(|other| other.name != first.name) {
        report.add(
            Finding::new(
                Code::NamesDuplicate,
                other.span,
                format!(
                    "one project is one flow, but it is called `{}` and `{}`",
                    first.name, other.name
                ),
            )
            .also(first.span, "named first here")
            .help("give all files the same name, or move one to a project of its own"),
        );
    }
    Some(first.name.clone())
}
