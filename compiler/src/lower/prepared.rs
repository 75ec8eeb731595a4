//! `append clean(raw.snapshot()) to samples`: a prepare over the new rows of a dataset. Its graph is walked once a row and
//! stands in the plan by itself.

use super::graph::{Body, Scale};
use super::value::Value;
use flow_lang::ast::{Arg, DeclKind, Expr as Written, ExprKind, Ident};
use flow_lang::plan::{Effects, Expr, Graph, Op, Prepare, Type};
use flow_lang::report::{Code, Finding};
use flow_lang::span::Span;

/// What is appended, as it is written.
pub(super) struct OverRows<'w> {
    prepare: &'w str,
    /// The dataset whose rows are prepared.
    from: &'w str,
    /// The whole call, for messages.
    written: &'w Written,
}

impl<'a> Body<'_, 'a> {
    /// Whether a row that is to be appended is a prepare that is given all rows of a dataset.
    pub(super) fn over_rows<'w>(&self, written: &'w Written) -> Option<OverRows<'w>> {
        let (prepare, given) = one_call(written)?;
        let ExprKind::Name(prepare) = &prepare.kind else {
            return None;
        };
        let ExprKind::Call(snapshot, args) = &given.kind else {
            return None;
        };
        let ExprKind::Field(of, member) = &snapshot.kind else {
            return None;
        };
        let ExprKind::Name(from) = &of.kind else {
            return None;
        };
        let declared = |name: &str, is: fn(&DeclKind) -> bool| {
            !self.is_bound(name) && self.unit.scope.get(name).is_some_and(|decl| is(&decl.kind))
        };
        let is_it = args.is_empty()
            && member.name == "snapshot"
            && declared(prepare, |kind| matches!(kind, DeclKind::Prepare(_)))
            && declared(from, |kind| matches!(kind, DeclKind::Dataset(_)));
        is_it.then_some(OverRows {
            prepare,
            from,
            written,
        })
    }

    pub(super) fn append_rows(
        &mut self,
        rows: &OverRows<'_>,
        dataset: &Ident,
        span: Span,
        called: Option<&str>,
    ) -> Option<Value> {
        // Both count as used, and are in the plan unless they have an error.
        self.unit.scope.find(rows.prepare)?;
        self.unit.scope.find(rows.from)?;
        let is_dataset = |kind: &DeclKind| matches!(kind, DeclKind::Dataset(_)).then_some(());
        self.unit
            .scope
            .expect(dataset, "dataset", is_dataset, &mut self.unit.report)?;
        let (from, to) = (rows.from, dataset.name.as_str());
        if self.scale != Scale::Run {
            return self.refuse(
                Finding::new(
                    Code::TypesNotCallable,
                    span,
                    format!("all of `{from}` cannot be prepared here: this is over within minutes"),
                )
                .help("put it into a rule, before its `on failure`"),
            );
        }
        if from == to {
            return self.refuse(
                Finding::new(
                    Code::TypesMismatch,
                    span,
                    format!("`{from}` is prepared into itself, and would grow each time"),
                )
                .help("append to another dataset"),
            );
        }
        let prepare = format!("{}.{from}.{to}", rows.prepare);
        if !self.unit.plan.prepares.contains_key(&prepare) {
            let graph = self.graph_of(rows, to)?;
            self.expect_repeatable(&graph, span)?;
            self.unit
                .mark(format!("prepare/{prepare}"), prepare.clone(), span);
            let lowered = Prepare {
                from: from.to_owned(),
                to: to.to_owned(),
                graph,
            };
            self.unit.plan.prepares.insert(prepare.clone(), lowered);
        }
        Some(self.step(called, "append", Op::Prepare { prepare }, Type::nothing(), span))
    }

    /// Rows that were under way in a crash are walked again, which no `once` action may be.
    fn expect_repeatable(&mut self, graph: &Graph, span: Span) -> Option<()> {
        let actions = &self.unit.plan.actions;
        let once = graph.steps.iter().find_map(|step| {
            let Op::Invoke { action, .. } = &step.op else {
                return None;
            };
            let declared = actions.get(action)?;
            (declared.effects == Effects::Once).then(|| action.clone())
        });
        let Some(once) = once else { return Some(()) };
        let message = format!(
            "`{once}` is called for each row, and rows that were under way in a crash are done again"
        );
        self.refuse(
            Finding::new(Code::TypesNotCallable, span, message)
                .help("prepare each row as it comes, in a rule of its own; or make the action `idempotent`"),
        )
    }

    /// The graph that is walked for each row.
    fn graph_of(&mut self, rows: &OverRows<'_>, to: &str) -> Option<Graph> {
        let row = self.unit.plan.datasets.get(rows.from)?.row.clone();
        let want = self.unit.plan.datasets.get(to)?.row.clone();
        let decl = self.unit.scope.get(rows.prepare)?;
        let DeclKind::Prepare(prepare) = &decl.kind else {
            return None;
        };
        let input = Value {
            expr: Expr::Input,
            ty: row.clone(),
        };
        let span = rows.written.span;
        let mut body = Body::new(self.unit, None, Scale::Call);
        let base = Some((rows.written, Some(input)));
        let value = body.call_prepare(&decl.name, prepare, base, Vec::new(), span, None)?;
        let expr = body.give(rows.written, value, &want, "the row")?;
        Some(body.finish(row, Some(Value { expr, ty: want })))
    }
}

/// What is called, and the one thing that it is given: `f(x)`, `x |> f`.
fn one_call(written: &Written) -> Option<(&Written, &Written)> {
    if let ExprKind::Call(callee, args) = &written.kind
        && let [Arg { name: None, value }] = args.as_slice()
    {
        return Some((callee.as_ref(), value));
    }
    let ExprKind::Pipe(left, right) = &written.kind else {
        return None;
    };
    if let ExprKind::Call(callee, args) = &right.kind {
        return args.is_empty().then_some((callee.as_ref(), left.as_ref()));
    }
    Some((right.as_ref(), left.as_ref()))
}
