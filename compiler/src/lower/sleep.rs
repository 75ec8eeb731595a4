//! `sleep 5m`.

use super::graph::{Body, Scale};
use super::value::Value;
use crate::types::settings::meant_with;
use flow_lang::ast::{Expr as Written, ExprKind, Literal};
use flow_lang::plan::{Op, StepIx, Type};
use flow_lang::report::{Code, Finding};
use flow_lang::span::Span;
use flow_lang::units::duration_unit;

impl Body<'_, '_> {
    pub(super) fn sleep(&mut self, time: &Written, span: Span, called: Option<&str>) -> Option<Value> {
        let ExprKind::Literal(Literal::Duration(ms)) = time.kind else {
            if let ExprKind::Literal(Literal::Int(_) | Literal::Float(_)) = time.kind {
                let number = self.unit.project.sources.text(time.span);
                let message = format!("a `sleep` is a duration and `{number}` has no unit");
                let finding = Finding::new(Code::TypesUnit, time.span, message);
                return self.refuse(meant_with(finding, number, duration_unit(number)));
            }
            return self.refuse(
                Finding::new(Code::TypesUnit, time.span, "a `sleep` is as long as is written")
                    .help("write a duration, such as `sleep 5m`"),
            );
        };
        self.check_lasts("sleep", span)?;
        let value = self.step(called, "sleep", Op::Sleep { ms }, Type::nothing(), span);
        if called.is_none() {
            self.loose.push(self.steps.len() - 1);
        }
        Some(value)
    }

    /// Refuses what takes its time where a run has none.
    pub(super) fn check_lasts(&mut self, word: &str, span: Span) -> Option<()> {
        match self.scale {
            Scale::Run => Some(()),
            Scale::Short | Scale::Call => self.refuse(
                Finding::new(
                    Code::TypesNotCallable,
                    span,
                    format!("`{word}` cannot stand here: this is over within minutes"),
                )
                .help("put it into a rule, before its `on failure`"),
            ),
        }
    }

    /// A pause without a name has to be waited for by what it stands in.
    pub(super) fn check_pauses(&mut self, spans: &[Span]) {
        let waited = |ix: &StepIx| {
            self.steps
                .iter()
                .any(|step| step.op != Op::Failure && step.needs.contains(ix))
        };
        let loose: Vec<StepIx> = self.loose.iter().copied().filter(|ix| !waited(ix)).collect();
        for ix in loose {
            let help = match self.steps[ix].op {
                Op::Approval { .. } | Op::Await { .. } => {
                    "name it and let a step wait for it: `let ok = wait …` and `f(x) after ok`"
                }
                _ => "name it and let a step wait for it: `let pause = sleep 5m` and `f(x) after pause`",
            };
            let finding = Finding::new(Code::GraphAmbiguousOrder, spans[ix], "nothing waits for this");
            self.unit.report.add(finding.help(help));
        }
    }
}
