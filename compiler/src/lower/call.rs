//! Calls: actions, jobs, models, compositions, prepares and snapshots.

use super::args::{Base, Callee, Given, Named};
use super::callback::CALLBACK;
use super::each::BEST;
use super::graph::{Body, Scale};
use super::name::no_member;
use super::register::REGISTER;
use super::signature::Signature;
use super::value::{Value, optional};
use crate::resolve::with_article;
use flow_lang::ast::{Arg, Decl, DeclKind, Expr as Written, ExprKind, Ident, Literal};
use flow_lang::plan::{Field, Op, Type};
use flow_lang::report::{Code, Finding};
use flow_lang::span::Span;
use std::collections::BTreeMap;

impl<'a> Body<'_, 'a> {
    /// `callee(args)`, or with a value piped in.
    pub(super) fn call(
        &mut self,
        callee: &Written,
        args: &[Arg],
        piped: Base<'_>,
        span: Span,
        called: Option<&str>,
    ) -> Option<Value> {
        if let ExprKind::Name(name) = &callee.kind
            && name == BEST
            && !self.is_bound(name)
            && self.unit.scope.get(name).is_none()
        {
            return self.best(args, piped, span);
        }
        if let ExprKind::Name(name) = &callee.kind
            && name == REGISTER
            && !self.is_bound(name)
            && self.unit.scope.get(name).is_none()
        {
            return self.register(args, piped, span, called);
        }
        if let ExprKind::Name(name) = &callee.kind
            && name == CALLBACK
            && !self.is_bound(name)
            && self.unit.scope.get(name).is_none()
        {
            return self.callback(args, piped, span, called);
        }
        let lowered: Vec<_> = args
            .iter()
            .map(|arg| (arg, self.value(&arg.value, None)))
            .collect();
        let piped_in = piped.is_some();
        let mut positional: Vec<(&Written, Option<Value>)> = piped.into_iter().collect();
        let mut named: Vec<Named<'_>> = Vec::new();
        for (arg, value) in lowered {
            match &arg.name {
                Some(name) => named.push((name, &arg.value, value)),
                None => positional.push((&arg.value, value)),
            }
        }
        let decl = match &callee.kind {
            ExprKind::Name(name) if !self.is_bound(name) => match self.unit.scope.find(name) {
                Some(decl) => decl,
                None => return self.unknown_callee(name, callee.span),
            },
            ExprKind::Field(of, member) => {
                if let ExprKind::Name(name) = &of.kind
                    && let Some(decl) = self.declaration(name)
                {
                    if let DeclKind::Package(_) = &decl.kind {
                        return self.call_package(decl, member, positional, named, span, called);
                    }
                    if let Some((piped, _)) = positional.first().filter(|_| piped_in) {
                        return self.refuse(Finding::new(
                            Code::TypesArity,
                            piped.span,
                            format!("`{name}.{}` takes nothing from a chain", member.name),
                        ));
                    }
                    return self.call_member(decl, member, args, span, called);
                }
                return self.not_callable(callee);
            }
            _ => return self.not_callable(callee),
        };
        let base = self.one_record(&decl.name.name, positional)?;
        self.call_declared(decl, base, named, span, called)
    }

    /// The record that is laid as arguments; a second one is refused.
    pub(super) fn one_record<'e>(
        &mut self,
        callee: &str,
        mut positional: Vec<(&'e Written, Option<Value>)>,
    ) -> Option<Base<'e>> {
        let Some((second, _)) = positional.get(1) else {
            return Some(positional.pop());
        };
        self.refuse(
            Finding::new(
                Code::TypesArity,
                second.span,
                format!("`{callee}` takes one record, here are {}", positional.len()),
            )
            .help("name further fields: `f(record, field: value)`"),
        )
    }

    fn call_declared(
        &mut self,
        decl: &'a Decl,
        base: Base<'_>,
        named: Vec<Named<'_>>,
        span: Span,
        called: Option<&str>,
    ) -> Option<Value> {
        let name = decl.name.name.as_str();
        match &decl.kind {
            DeclKind::Action(_)
            | DeclKind::Composition(_)
            | DeclKind::Job(_)
            | DeclKind::Model(_)
            | DeclKind::Import(_) => {
                if let DeclKind::Job(_) = &decl.kind {
                    self.check_scale(decl, span)?;
                }
                let callee = Signature::of(self.unit, decl)?;
                let given = self.given(name, &callee.input, &callee.params, base, named, span)?;
                self.hand_over(decl, callee.output, given, span, called)
            }
            DeclKind::Prepare(prepare) => self.call_prepare(&decl.name, prepare, base, named, span, called),
            DeclKind::Type(_)
            | DeclKind::Secret
            | DeclKind::Package(_)
            | DeclKind::Trigger(_)
            | DeclKind::Dataset(_)
            | DeclKind::Infer(_)
            | DeclKind::Feedback(_)
            | DeclKind::Rule(_) => {
                let finding = Finding::new(
                    Code::TypesNotCallable,
                    span,
                    format!(
                        "`{name}` is {} and cannot be called",
                        with_article(decl.kind.keyword())
                    ),
                )
                .also(decl.name.span, "declared here");
                self.refuse(match &decl.kind {
                    DeclKind::Package(_) => finding.help(self.package_help(name)),
                    DeclKind::Dataset(_) => finding.help(format!(
                        "write `{name}.snapshot()` for its rows, or `append … to {name}`"
                    )),
                    _ => finding,
                })
            }
        }
    }

    /// The step of a call whose arguments are known; of a composition, its steps.
    pub(super) fn hand_over(
        &mut self,
        decl: &'a Decl,
        output: Type,
        given: Given,
        span: Span,
        called: Option<&str>,
    ) -> Option<Value> {
        if let DeclKind::Composition(parts) = &decl.kind {
            return self.call_composition(decl, parts, given, span, called);
        }
        let ty = result_type(&given, output);
        let (plan, name, args) = (&self.unit.plan, decl.name.name.clone(), given.expr);
        let op = if plan.actions.contains_key(&name) {
            Op::Invoke { action: name, args }
        } else if plan.jobs.contains_key(&name) {
            Op::Launch { job: name, args }
        } else {
            Op::Predict {
                model: name,
                input: args,
            }
        };
        Some(self.step(called, &decl.name.name, op, ty, span))
    }

    /// The arguments of a call in the words of its callee.
    pub(super) fn given(
        &mut self,
        name: &str,
        input: &Type,
        params: &BTreeMap<String, serde_json::Value>,
        base: Base<'_>,
        named: Vec<Named<'_>>,
        span: Span,
    ) -> Option<Given> {
        let callee = Callee {
            name,
            input,
            params,
            span,
        };
        self.arguments(&callee, base, named)
    }

    fn call_member(
        &mut self,
        decl: &Decl,
        member: &Ident,
        args: &[Arg],
        span: Span,
        called: Option<&str>,
    ) -> Option<Value> {
        let name = &decl.name.name;
        match (&decl.kind, member.name.as_str()) {
            (DeclKind::Dataset(_), "snapshot") if !args.is_empty() => self.refuse(
                Finding::new(
                    Code::TypesArity,
                    span,
                    format!("`{name}.snapshot` takes no arguments, here are {}", args.len()),
                )
                .help(format!(
                    "write `{name}.snapshot()`: it is all that the dataset holds"
                )),
            ),
            (DeclKind::Dataset(_), "split") => {
                let row = self.unit.plan.datasets.get(name)?.row.clone();
                let Some(test) = held_out(args) else {
                    return self.refuse(
                        Finding::new(
                            Code::TypesArity,
                            span,
                            format!(
                                "`{name}.split` takes the share of rows to test on, from 0.01% to 99.99%"
                            ),
                        )
                        .help(format!("write `{name}.split(test: 20%)`")),
                    );
                };
                let op = Op::Split {
                    dataset: name.clone(),
                    test,
                };
                let part = Field {
                    ty: Type::Dataset(Box::new(row)),
                    default: None,
                };
                let parts = [("train".to_owned(), part.clone()), ("test".to_owned(), part)];
                Some(self.step(called, "split", op, Type::Record(parts.into()), span))
            }
            (DeclKind::Dataset(_), "snapshot") => {
                let row = self.unit.plan.datasets.get(name)?.row.clone();
                let op = Op::Snapshot {
                    dataset: name.clone(),
                };
                let ty = Type::Dataset(Box::new(row));
                Some(self.step(called, "snapshot", op, ty, span))
            }
            (DeclKind::Model(_), "live") => self.refuse(
                Finding::new(
                    Code::TypesNotCallable,
                    span,
                    format!("`{name}.live` is a value and cannot be called"),
                )
                .help(format!("write `{name}.live`")),
            ),
            _ => {
                let finding = no_member(decl, member);
                self.refuse(finding)
            }
        }
    }

    /// Refuses jobs and deploys where there is no run that could wait for them.
    pub(super) fn check_scale(&mut self, decl: &Decl, span: Span) -> Option<()> {
        match self.scale {
            Scale::Run | Scale::Short => Some(()),
            Scale::Call => self.refuse(
                Finding::new(
                    Code::TypesNotCallable,
                    span,
                    format!(
                        "{} `{}` cannot stand here: a `prepare` or an `infer` answers at once",
                        decl.kind.keyword(),
                        decl.name.name
                    ),
                )
                .help("put it into a rule"),
            ),
        }
    }

    fn unknown_callee(&mut self, name: &str, span: Span) -> Option<Value> {
        let ident = Ident {
            name: name.to_owned(),
            span,
        };
        let finding = self
            .unit
            .scope
            .unknown(&ident, "action, prepare, job or model", std::iter::empty())?;
        self.refuse(match name {
            "approval" => finding.help("an approval is waited for: write `wait approval(\"leads\", 24h)`"),
            _ => finding,
        })
    }

    fn not_callable(&mut self, callee: &Written) -> Option<Value> {
        // A mistake inside the callee comes first: it explains the rest.
        self.value(callee, None)?;
        self.refuse(
            Finding::new(
                Code::TypesNotCallable,
                callee.span,
                "this is a value and cannot be called",
            )
            .help("an action, a prepare, a job or a model can be called by its name"),
        )
    }
}

/// A call that may not be made may have no result.
pub(super) fn result_type(given: &Given, output: Type) -> Type {
    match given.may_be_absent {
        true => optional(output),
        false => output,
    }
}

/// `test: 20%` in ten-thousandths, if that is what the arguments are and both parts get a share.
fn held_out(args: &[Arg]) -> Option<u32> {
    let [
        Arg {
            name: Some(name),
            value,
        },
    ] = args
    else {
        return None;
    };
    let ExprKind::Literal(Literal::Percent(share)) = value.kind else {
        return None;
    };
    // A share that is no number becomes 0, which is refused like any other.
    let parts = (share * 10_000.0).round() as u32;
    (name.name == "test" && (1..10_000).contains(&parts)).then_some(parts)
}
