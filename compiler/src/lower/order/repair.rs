//! How two statements are put into an order: the first gets a name, and the second waits for it.

use crate::lower::graph::Body;
use crate::resolve::free_name;
use flow_lang::ast::{Expr as Written, ExprKind};
use flow_lang::plan::StepIx;
use flow_lang::span::Span;
use std::collections::BTreeMap;
use std::ops::Range;

/// The most statements of one graph that are given a name.
const REPAIRED_MAX: usize = 100;

/// The names that a step waits for, and the changes that let it.
pub(super) type Waits = (Vec<String>, Vec<(Span, String)>);

/// A statement, with the steps that were made for it.
pub(in crate::lower) struct Said {
    /// Its steps.
    pub(in crate::lower) steps: Range<StepIx>,
    /// The block that it stands in.
    block: usize,
    /// The name that it has by `let`.
    name: Option<String>,
    /// Whether it could have one: it has a value, and stands alone.
    nameable: bool,
    /// Where it stands, without its `let`.
    span: Span,
}

impl Body<'_, '_> {
    /// Notes a statement that begins here; it is closed by [`Body::said`].
    pub(in crate::lower) fn saying(&mut self, written: &Written, name: Option<&str>) -> usize {
        let mut of = written;
        while let ExprKind::After { body, .. } = &of.kind {
            of = body;
        }
        let nameable = name.is_none()
            && matches!(
                of.kind,
                ExprKind::Append { .. }
                    | ExprKind::Deploy { .. }
                    | ExprKind::Emit { .. }
                    | ExprKind::Call(..)
            );
        self.said.push(Said {
            steps: self.steps.len()..usize::MAX,
            block: self.block,
            name: name.filter(|name| *name != "_").map(str::to_owned),
            nameable,
            span: written.span,
        });
        self.said.len() - 1
    }

    /// The statement has all of its steps.
    pub(in crate::lower) fn said(&mut self, at: usize) {
        self.said[at].steps.end = self.steps.len();
    }

    /// The names that a step waits for so that it comes after others, and the changes that let it; nothing where that
    /// takes more than names. `named` are the statements that get one.
    pub(super) fn ordered(
        &self,
        before: &[StepIx],
        last: StepIx,
        named: &mut BTreeMap<usize, String>,
    ) -> Option<Waits> {
        let mut names = vec![];
        let mut edits: BTreeMap<Span, String> = BTreeMap::new();
        for first in before {
            let (at, said) = self.alone(*first, last)?;
            let (_, behind) = self.alone(last, *first)?;
            if said.block != behind.block {
                return None;
            }
            let name = match (&said.name, named.get(&at)) {
                (Some(name), _) => name.clone(),
                (None, known) if said.nameable => {
                    let name = match known {
                        Some(name) => name.clone(),
                        None => self.free(named)?,
                    };
                    edits.insert(said.span.before(), format!("let {name} = "));
                    named.insert(at, name.clone());
                    name
                }
                (None, _) => return None,
            };
            edits
                .entry(behind.span.behind())
                .or_default()
                .push_str(&format!(" after {name}"));
            names.push(name);
        }
        Some((names, edits.into_iter().collect()))
    }

    /// The outermost statement with one of two steps and without the other. Statements are noted outermost first.
    fn alone(&self, step: StepIx, other: StepIx) -> Option<(usize, &Said)> {
        let alone = |(_, said): &(usize, &Said)| said.steps.contains(&step) && !said.steps.contains(&other);
        self.said.iter().enumerate().find(alone)
    }

    /// A name that nothing has yet.
    fn free(&self, named: &BTreeMap<usize, String>) -> Option<String> {
        if named.len() >= REPAIRED_MAX {
            return None;
        }
        Some(free_name("first", |name| {
            named.values().all(|other| other != name)
                && !self.bound_ever.contains(name)
                && self.unit.scope.get(name).is_none()
        }))
    }
}
