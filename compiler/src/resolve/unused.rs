//! Declarations that nothing uses.

use super::Scope;
use flow_lang::ast::DeclKind;
use flow_lang::report::{Code, Finding, Report};
use std::collections::BTreeSet;

impl Scope<'_> {
    /// Warns about what nothing uses. Rules, routes and their feedback are there for the outside; in a project without
    /// any, so is what can be imported.
    /// A trigger that no rule waits for is told as that: `graph/dead-trigger`.
    pub(crate) fn unused(&self, report: &mut Report) {
        let mut kinds = self.decls.values().map(|decl| &decl.kind);
        let is_library = !kinds.any(|kind| matches!(kind, DeclKind::Rule(_) | DeclKind::Infer(_)));
        // What a misspelt name means is used: one mistake is one finding.
        let unknown = report
            .findings
            .iter()
            .filter(|finding| finding.code == Code::NamesUnknown);
        let meant: BTreeSet<String> = unknown
            .flat_map(|finding| finding.edits.iter().map(|edit| edit.text.clone()))
            .collect();
        for decl in self.decls().into_iter().filter(|decl| {
            let name = decl.name.name.as_str();
            !self.used.contains(name) && !meant.contains(name)
        }) {
            let name = decl.name.name.as_str();
            if self.linked.hidden.contains(name) {
                continue;
            }
            if self.linked.projects.contains_key(name) {
                let message = format!("`{name}` is imported and never used");
                let finding = Finding::new(Code::NamesUnused, decl.name.span, message);
                report.add(finding.help("use it, or remove it from the import"));
                continue;
            }
            let way_out = match &decl.kind {
                DeclKind::Type(_)
                | DeclKind::Action(_)
                | DeclKind::Composition(_)
                | DeclKind::Prepare(_)
                | DeclKind::Job(_)
                    if is_library =>
                {
                    continue;
                }
                DeclKind::Rule(_) | DeclKind::Infer(_) | DeclKind::Feedback(_) | DeclKind::Trigger(_) => {
                    continue;
                }
                DeclKind::Package(_) => "name it in a trigger, a step or `writes`, or remove it",
                DeclKind::Import(_) => "ask it in a rule or a route, or remove it",
                DeclKind::Secret => "name it in `secrets`, or remove it",
                DeclKind::Action(_) | DeclKind::Composition(_) | DeclKind::Prepare(_) | DeclKind::Job(_) => {
                    "call it, or remove it"
                }
                DeclKind::Type(_) | DeclKind::Dataset(_) | DeclKind::Model(_) => "use it, or remove it",
            };
            report.add(
                Finding::new(
                    Code::NamesUnused,
                    decl.name.span,
                    format!("{} `{}` is never used", decl.kind.keyword(), decl.name.name),
                )
                .help(way_out),
            );
        }
    }
}
