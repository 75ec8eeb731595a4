//! Actions of packages: `tags.write({ … })`.

use super::args::Named;
use super::call::result_type;
use super::graph::Body;
use super::name::no_member;
use super::value::Value;
use flow_lang::ast::{Decl, Expr as Written, Ident};
use flow_lang::plan::Op;
use flow_lang::span::Span;
use std::collections::BTreeMap;

impl<'a> Body<'_, 'a> {
    pub(super) fn call_package(
        &mut self,
        decl: &Decl,
        member: &Ident,
        positional: Vec<(&Written, Option<Value>)>,
        named: Vec<Named<'_>>,
        span: Span,
        called: Option<&str>,
    ) -> Option<Value> {
        let package = &decl.name.name;
        let actions = &self.unit.plan.packages.get(package)?.actions;
        let Some(action) = actions.get(&member.name).cloned() else {
            let finding = no_member(decl, member);
            return self.refuse(
                match flow_lang::suggest::nearest(&member.name, actions_of(actions)) {
                    Some(near) => finding.meant(near),
                    None if actions.is_empty() => finding.help("it has feeds only, for triggers"),
                    None => {
                        let known: Vec<_> = actions_of(actions).collect();
                        finding.help(format!("it has {}", known.join(", ")))
                    }
                },
            );
        };
        let name = format!("{package}.{}", member.name);
        self.unit
            .expect_clear(&action.input, span, &format!("what `{name}` is given"))?;
        let base = self.one_record(&name, positional)?;
        let given = self.given(&name, &action.input, &BTreeMap::new(), base, named, span)?;
        let ty = result_type(&given, action.output);
        let op = Op::Act {
            package: package.clone(),
            action: member.name.clone(),
            args: given.expr,
        };
        Some(self.step(called, &member.name, op, ty, span))
    }
}

impl Body<'_, '_> {
    /// What can be called instead of a package itself.
    pub(super) fn package_help(&self, name: &str) -> String {
        let package = self.unit.plan.packages.get(name);
        let first = package.and_then(|package| package.actions.keys().next());
        match first {
            Some(first) => format!("call one of its actions: `{name}.{first}({{ … }})`"),
            None => "its feeds are for triggers".to_owned(),
        }
    }
}

fn actions_of<T>(actions: &BTreeMap<String, T>) -> impl Iterator<Item = &str> {
    actions.keys().map(String::as_str)
}
