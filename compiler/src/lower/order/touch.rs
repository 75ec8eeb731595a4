//! What steps do to datasets, models, triggers and packages, and what of it needs an order.

use flow_lang::catalog::{self, ActionInput};
use flow_lang::plan::{Expr, Op, Plan, Step, StepIx};
use std::collections::{BTreeMap, BTreeSet};

/// What a step does to something that others may touch, too.
pub(super) struct Touch<'s> {
    pub(super) step: StepIx,
    pub(super) op: &'s Op,
    /// Of the action of a package: the field that names an item, and whether other fields of it are left as they are.
    writes: Option<(&'s str, bool)>,
}

/// The effects of a graph by what they are on, in the order of the steps. What commutes anyway is left out.
pub(super) fn touches<'s>(plan: &Plan, steps: &'s [Step]) -> Vec<Vec<Touch<'s>>> {
    let mut groups: BTreeMap<(&str, &str), Vec<Touch<'_>>> = BTreeMap::new();
    let mut appended = BTreeSet::new();
    for (ix, step) in steps.iter().enumerate() {
        let mut writes = None;
        let on = match &step.op {
            Op::Append { dataset, .. } => {
                appended.insert(dataset);
                ("dataset", dataset)
            }
            // A row that it may miss comes the next time, so what it reads needs no order.
            Op::Prepare { prepare } => ("dataset", &plan.prepares[prepare].to),
            Op::Snapshot { dataset } | Op::Split { dataset, .. } => ("dataset", dataset),
            Op::Deploy { model, .. } => ("model", model),
            Op::Emit { trigger, .. } => ("trigger", trigger),
            Op::Act { package, action, .. } => {
                writes = written(plan, package, action);
                match writes {
                    Some(_) => ("package", package),
                    None => continue,
                }
            }
            Op::Invoke { .. }
            | Op::Launch { .. }
            | Op::Predict { .. }
            | Op::Register { .. }
            | Op::Live { .. }
            | Op::Sleep { .. }
            | Op::Approval { .. }
            | Op::Callback
            | Op::Await { .. }
            | Op::Failure
            | Op::When { .. }
            | Op::Catch { .. }
            | Op::Each { .. } => continue,
        };
        groups.entry((on.0, on.1)).or_default().push(Touch {
            step: ix,
            op: &step.op,
            writes,
        });
    }
    // A dataset that is only read, or only appended to, needs no order.
    groups.retain(|(kind, _), group| {
        *kind != "dataset" || group.iter().any(Touch::reads) && !group.iter().all(Touch::reads)
    });
    groups.into_values().collect()
}

fn written(plan: &Plan, package: &str, action: &str) -> Option<(&'static str, bool)> {
    let kind = catalog::packages().get(plan.packages.get(package)?.kind.as_str())?;
    let described = kind.actions.get(action).filter(|action| action.writes)?;
    let lays = match described.input {
        ActionInput::Part | ActionInput::Blobs => true,
        ActionInput::Id | ActionInput::Item => false,
    };
    Some((kind.item.id.as_deref()?, lays))
}

impl Touch<'_> {
    /// Whether the two could need an order at all.
    pub(super) fn is_rival(&self, other: &Touch<'_>) -> bool {
        let appends = |touch: &Touch<'_>| matches!(touch.op, Op::Append { .. } | Op::Prepare { .. });
        !(appends(self) && appends(other) || self.reads() && other.reads())
    }

    fn reads(&self) -> bool {
        matches!(self.op, Op::Snapshot { .. } | Op::Split { .. })
    }

    /// Whether it makes a difference which of the two comes first.
    pub(super) fn clashes(&self, other: &Touch<'_>) -> bool {
        match (self.op, other.op) {
            (Op::Emit { payload, .. }, Op::Emit { payload: same, .. }) => payload != same,
            (Op::Act { args, .. }, Op::Act { args: others, .. }) => {
                self.writes_the_same(args, other, others) && args != others
            }
            _ => self.is_rival(other),
        }
    }

    /// The same for two rounds of an `each`, in which what its items decide differs.
    pub(super) fn clashes_between_rounds(&self, other: &Touch<'_>, steps: &[Step], each: StepIx) -> bool {
        let varies = |value: &Expr| varies(value, steps, each);
        match (self.op, other.op) {
            (Op::Emit { payload, .. }, Op::Emit { payload: same, .. }) => payload != same || varies(payload),
            (Op::Act { args, .. }, Op::Act { args: others, .. }) => {
                let own_item = self
                    .writes
                    .and_then(|(id, _)| field(args, id))
                    .is_none_or(|id| varies(&id));
                !own_item && self.writes_the_same(args, other, others) && (args != others || varies(args))
            }
            _ => self.is_rival(other),
        }
    }

    /// Whether both write one item for sure, and not two parts of it that have nothing in common.
    fn writes_the_same(&self, args: &Expr, other: &Touch<'_>, others: &Expr) -> bool {
        let (Some((id, lays)), Some((_, other_lays))) = (self.writes, other.writes) else {
            return false;
        };
        let same = |name: &str| field(args, name) == field(others, name);
        let mine = fields(args);
        let shared = || {
            fields(others)
                .into_iter()
                .any(|name| name != id && mine.contains(name))
        };
        field(args, id).is_some() && same(id) && (!lays || !other_lays || shared())
    }

    /// The fact about two of them.
    pub(super) fn fact(&self, other: &Touch<'_>) -> String {
        match (self.op, other.op) {
            (Op::Deploy { model, .. }, _) => {
                format!("`{model}` is deployed twice, and nothing says which comes last")
            }
            (Op::Emit { trigger, .. }, _) => {
                format!("`{trigger}` is fired twice, and nothing says which comes first")
            }
            (Op::Append { dataset, .. }, _) => format!(
                "this may hold the row that is appended to `{dataset}` or not: nothing says which comes first"
            ),
            (Op::Prepare { .. }, _) => {
                "this may hold the rows that are prepared or not: nothing says which comes first".to_owned()
            }
            (Op::Snapshot { dataset } | Op::Split { dataset, .. }, _) => format!(
                "the snapshot of `{dataset}` may hold this row or not: nothing says which comes first"
            ),
            (Op::Act { package, .. }, _) => {
                format!("one item of `{package}` is written twice, and nothing says which comes last")
            }
            _ => String::new(),
        }
    }

    /// What stands at the first of two.
    pub(super) fn other(&self) -> &'static str {
        match self.op {
            Op::Deploy { .. } => "the other deploy",
            Op::Emit { .. } => "the other",
            Op::Append { .. } => "the row",
            Op::Prepare { .. } => "the rows",
            Op::Snapshot { .. } | Op::Split { .. } => "the snapshot",
            _ => "the other one",
        }
    }

    /// What several rounds do.
    pub(super) fn together(&self) -> String {
        match self.op {
            Op::Emit { trigger, .. } => format!("fire `{trigger}`"),
            Op::Append { dataset, .. } | Op::Snapshot { dataset } | Op::Split { dataset, .. } => {
                format!("both append to `{dataset}` and read it")
            }
            Op::Prepare { .. } => "both append to a dataset and read it".to_owned(),
            Op::Act { package, .. } => format!("write one item of `{package}`"),
            _ => "touch one thing".to_owned(),
        }
    }
}

/// A field of arguments, as far as it is written.
fn field(args: &Expr, name: &str) -> Option<Expr> {
    match args {
        Expr::Record(fields) => fields.get(name).cloned(),
        Expr::Project(of, _) => Some(Expr::Field(of.clone(), name.to_owned())),
        _ => None,
    }
}

/// The fields that arguments may have.
fn fields(args: &Expr) -> BTreeSet<&str> {
    let none = BTreeSet::new();
    match args {
        Expr::Record(fields) => fields.keys().map(String::as_str).collect(),
        Expr::Project(_, ty) => ty
            .fields()
            .map_or(none, |fields| fields.keys().map(String::as_str).collect()),
        _ => none,
    }
}

/// Whether a value may be another in each round of an `each`.
fn varies(value: &Expr, steps: &[Step], each: StepIx) -> bool {
    let inside = |mut step: StepIx| {
        loop {
            if step == each {
                return true;
            }
            match steps[step].within {
                Some(around) => step = around,
                None => return false,
            }
        }
    };
    let mut found = false;
    value.each_step(&mut |step| found |= inside(step));
    value.each_item(&mut |of| found |= inside(of));
    found
}
