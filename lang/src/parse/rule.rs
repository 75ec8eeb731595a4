//! Rules and the events that start them.

use super::builder::{Builder, Pair, children};
use super::decl::required;
use crate::ast::{Block, EventExpr, Rule as AstRule};
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
                Rule::block => rule.body = self.body(part),
                _ => {}
            }
        }
        rule
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
