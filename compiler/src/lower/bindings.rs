//! The names that hold in a block, and whether they are used.

use super::graph::Body;
use super::value::{Value, part_of};
use super::weight::weight;
use flow_lang::ast::Ident;
use flow_lang::plan::StepIx;
use flow_lang::report::{Code, Finding};
use flow_lang::span::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// The most parts of values that a graph may copy. Without a bound twenty lines could fill any memory.
const COPIED_MAX: usize = 200_000;

/// In how many of the last findings a name is looked for.
const MEANT_MAX: usize = 50;

/// A name in a block.
pub(super) struct Binding {
    /// Nothing if its value has an error.
    value: Option<Value>,
    /// Where a `let` stands whose use is counted.
    counted: Option<Span>,
    used: bool,
    /// The steps that were made for its value.
    steps: Range<StepIx>,
}

impl Body<'_, '_> {
    /// Binds the fields of a record by their names: the input of a `prepare`, `infer` or `feedback`.
    pub(super) fn bind_fields(&mut self, of: &Value) {
        for (name, field) in of.ty.fields().into_iter().flatten() {
            let expr = part_of(&of.expr, name, &field.ty);
            let ty = field.ty.clone();
            self.bind(name, Some(Value { expr, ty }), None);
        }
    }

    /// Binds a name in the innermost block; `counted` is where it stands if an unused one is worth a warning.
    pub(super) fn bind(&mut self, name: &str, value: Option<Value>, counted: Option<Span>) {
        self.bind_steps(name, value, counted, 0..0);
    }

    /// Binds a name to a value and to the steps that were made for it.
    pub(super) fn bind_steps(
        &mut self,
        name: &str,
        value: Option<Value>,
        counted: Option<Span>,
        steps: Range<StepIx>,
    ) {
        let binding = Binding {
            value,
            counted,
            used: false,
            steps,
        };
        self.bound_ever.insert(name.to_owned());
        if let Some(frame) = self.frames.last_mut() {
            frame.insert(name.to_owned(), binding);
        }
    }

    /// The value of a bound name, which counts as a use; the inner is nothing if that has an error.
    pub(super) fn use_binding(&mut self, name: &str) -> Option<Option<Value>> {
        let binding = self
            .frames
            .iter_mut()
            .rev()
            .find_map(|frame| frame.get_mut(name))?;
        binding.used = true;
        let value = binding.value.clone();
        self.copied += value.as_ref().map_or(0, weight);
        Some(value)
    }

    /// A field of a bound record, which counts as a use, without a copy of what stands beside it; nothing if the
    /// name has no such field for certain.
    pub(super) fn use_part(&mut self, name: &str, field: &str) -> Option<Value> {
        let frame = self
            .frames
            .iter_mut()
            .rev()
            .find(|frame| frame.contains_key(name));
        let binding = frame?.get_mut(name)?;
        let value = binding.value.as_ref()?;
        let described = value.ty.fields()?.get(field)?;
        let part = Value {
            expr: part_of(&value.expr, field, &described.ty),
            ty: described.ty.clone(),
        };
        binding.used = true;
        self.copied += weight(&part);
        Some(part)
    }

    /// The last steps behind a name, which counts as a use: when they have ended, all of its steps have.
    pub(super) fn last_steps(&mut self, name: &Ident) -> Option<BTreeSet<StepIx>> {
        let binding = self
            .frames
            .iter_mut()
            .rev()
            .find_map(|frame| frame.get_mut(&name.name));
        let Some(binding) = binding else {
            if let Some(finding) = self.outside(&name.name, name.span) {
                return self.refuse(finding);
            }
            let bound: Vec<String> = self.bound_names().map(str::to_owned).collect();
            let finding = self
                .unit
                .scope
                .unknown(name, "step", bound.iter().map(String::as_str));
            return self.refuse(match finding {
                Some(finding) => finding,
                None => no_step(name),
            });
        };
        binding.used = true;
        // Whoever waits for an `each` waits for its rounds.
        let named = binding.steps.clone();
        let inside = |ix: &StepIx| self.steps[*ix].within.is_some_and(|each| named.contains(&each));
        let mut steps: BTreeSet<StepIx> = named.clone().filter(|ix| !inside(ix)).collect();
        let value = binding.value.as_ref()?;
        if steps.is_empty() {
            value.expr.each_step(&mut |ix| {
                steps.insert(ix);
            });
        }
        if steps.is_empty() {
            return self.refuse(no_step(name));
        }
        let inner: BTreeSet<StepIx> = steps
            .iter()
            .flat_map(|ix| self.steps[*ix].needs.iter().copied())
            .collect();
        Some(steps.difference(&inner).copied().collect())
    }

    /// Refuses a graph that has grown out of hand: what has no step of its own is copied to where it is used.
    pub(super) fn check_growth(&mut self, span: Span) -> Option<()> {
        if self.copied <= COPIED_MAX {
            return Some(());
        }
        self.refuse(
            Finding::new(
                Code::SyntaxNesting,
                span,
                "the values of this graph are built from each other too often",
            )
            .help("let an action compute them"),
        )
    }

    pub(super) fn is_bound(&self, name: &str) -> bool {
        self.frames.iter().any(|frame| frame.contains_key(name))
    }

    pub(super) fn bound_names(&self) -> impl Iterator<Item = &str> {
        self.frames.iter().flat_map(BTreeMap::keys).map(String::as_str)
    }

    /// The finding about a name that holds in a block only that has ended. It is not told to be unused besides.
    pub(super) fn outside(&mut self, name: &str, span: Span) -> Option<Finding> {
        let named = *self.closed.get(name)?;
        let findings = &mut self.unit.report.findings;
        let last = findings.len().saturating_sub(MEANT_MAX);
        let unused = |finding: &Finding| finding.code == Code::NamesUnused && finding.span == named;
        if let Some(at) = findings[last..].iter().position(unused) {
            findings.remove(last + at);
        }
        let message = format!("`{name}` does not hold here");
        Some(
            Finding::new(Code::NamesUnknown, span, message)
                .also(named, "it is named in a block")
                .help("let the block end with the value, and name what the whole comes to: `let x = when … { … } else { … }`"),
        )
    }

    /// Refuses a name that hides another; whether it hides none.
    pub(super) fn check_free(&mut self, name: &Ident) -> bool {
        let refuse = |message, first, there| {
            Finding::new(Code::NamesDuplicate, name.span, message)
                .also(first, there)
                .help("give it another name")
        };
        let finding = match (self.unit.scope.get(&name.name), self.frames.last()) {
            (Some(decl), _) => {
                let message = format!("`{}` hides the {} of this name", name.name, decl.kind.keyword());
                refuse(message, decl.name.span, "declared here")
            }
            (None, Some(frame)) => match frame.get(&name.name).and_then(|binding| binding.counted) {
                Some(first) => {
                    let message = format!("`{}` is named twice in this block", name.name);
                    refuse(message, first, "named first here")
                }
                None => return true,
            },
            (None, None) => return true,
        };
        self.unit.report.add(finding);
        false
    }

    /// Whether one of the last unknown names is this one, misspelt.
    fn is_meant(&self, name: &str) -> bool {
        let last = self.unit.report.findings.iter().rev().take(MEANT_MAX);
        last.filter(|finding| finding.code == Code::NamesUnknown)
            .any(|finding| finding.edits.iter().any(|edit| edit.text == name))
    }

    /// Leaves the innermost block, and warns about its names that nothing uses.
    pub(super) fn close_block(&mut self) {
        for (name, binding) in self.frames.pop().into_iter().flatten() {
            if let Some(span) = binding.counted {
                self.closed.insert(name.clone(), span);
            }
            if let (Some(span), false, Some(_)) = (binding.counted, binding.used, &binding.value)
                && !self.is_meant(&name)
            {
                self.unit.report.add(
                    Finding::new(Code::NamesUnused, span, format!("`{name}` is never used"))
                        .help("use it, or name it `_` and keep what it does")
                        .becomes("_"),
                );
            }
        }
    }
}

fn no_step(name: &Ident) -> Finding {
    Finding::new(
        Code::TypesMismatch,
        name.span,
        format!(
            "`{}` is not the name of a step, so nothing can wait for it",
            name.name
        ),
    )
    .help("name the step that comes first: `let done = …`")
}
