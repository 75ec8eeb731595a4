//! Rules and the events that start them.

use super::builder::{Builder, Pair, children};
use super::decl::required;
use crate::ast::{Block, EventExpr, OnFailure, Rule as AstRule};
use flow_grammar::Rule;

impl Builder<'_> {
    pub(super) fn rule(&mut self, pair: Pair<'_>) -> AstRule {
        let span = self.span(&pair);
        let mut rule = AstRule {
            on: Vec::new(),
            filter: None,
            properties: Vec::new(),
            body: Block {
                stmts: Vec::new(),
                span,
            },
            on_failure: None,
        };
        for part in children(pair) {
            match part.as_rule() {
                Rule::event => {
                    let event = self.event(part);
                    rule.on.push(event);
                }
                Rule::filter => {
                    let cond = self.only(part);
                    rule.filter = Some(self.operators(cond));
                }
                Rule::with => rule.properties = self.with(part),
                Rule::rule_block => self.rule_block(part, &mut rule),
                _ => {}
            }
        }
        rule
    }

    fn rule_block(&mut self, pair: Pair<'_>, rule: &mut AstRule) {
        rule.body.span = self.span(&pair);
        for part in children(pair) {
            if part.as_rule() != Rule::on_failure {
                let stmt = self.statement(part, false);
                rule.body.stmts.push(stmt);
                continue;
            }
            let span = self.span(&part);
            let mut parts = children(part);
            rule.on_failure = Some(OnFailure {
                error: self.named(&required(parts.next())),
                body: self.body(required(parts.next())),
                span,
            });
        }
    }

    fn event(&mut self, pair: Pair<'_>) -> EventExpr {
        let span = self.span(&pair);
        let mut parts = children(pair);
        let mut event = EventExpr {
            of: self.ident(&required(parts.next())),
            event: None,
            settings: Vec::new(),
            binding: None,
            span,
        };
        for part in parts {
            if part.as_rule() == Rule::word {
                event.event = Some(self.ident(&part));
                continue;
            }
            for arg in children(part) {
                if arg.as_rule() == Rule::named_arg {
                    let setting = self.arg(arg);
                    event.settings.push(setting);
                } else if event.binding.is_some() {
                    let message = "an event is bound to one name";
                    self.unexpected(
                        self.span(&arg),
                        message,
                        "bind it once and take its fields from there",
                    );
                } else {
                    event.binding = Some(self.named(&arg));
                }
            }
        }
        event
    }
}
