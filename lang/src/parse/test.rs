//! Tests, line by line.

use super::builder::{Builder, Pair, children};
use super::decl::required;
use crate::ast::{Literal, Test, TestLine, TestLineKind};
use crate::report::{Code, Finding};
use flow_grammar::Rule;

impl Builder<'_> {
    pub(super) fn test(&mut self, pair: Pair<'_>) -> Test {
        let mut parts = children(pair);
        let name = self.text_ident(&required(parts.next()));
        let lines = parts.map(|line| self.test_line(line)).collect();
        Test { name, lines }
    }

    fn test_line(&mut self, pair: Pair<'_>) -> TestLine {
        let span = self.span(&pair);
        let rule = pair.as_rule();
        let mut parts = children(pair);
        let first = required(parts.next());
        let kind = match rule {
            Rule::given_line => self.given(first, required(parts.next())),
            Rule::fire_line => TestLineKind::Fire {
                trigger: self.ident(&first),
                args: match parts.next() {
                    Some(args) => self.args(args),
                    None => Vec::new(),
                },
            },
            _ => self.expect(first, parts.next()),
        };
        TestLine { span, kind }
    }

    fn given(&mut self, name: Pair<'_>, what: Pair<'_>) -> TestLineKind {
        let of = self.ident(&name);
        let rule = what.as_rule();
        let value = self.only(what);
        match rule {
            Rule::given_rows => TestLineKind::GivenRows {
                dataset: of,
                rows: self.times(&value),
            },
            Rule::given_returns => TestLineKind::GivenReturns {
                of,
                value: self.record(value),
            },
            _ => TestLineKind::GivenFails {
                of,
                kind: self.text_ident(&value),
            },
        }
    }

    fn expect(&mut self, first: Pair<'_>, what: Option<Pair<'_>>) -> TestLineKind {
        match (first.as_rule(), what) {
            (Rule::expect_nothing, _) => TestLineKind::ExpectNoDeploy,
            (Rule::expect_deploy, _) => {
                let model = self.only(first);
                TestLineKind::ExpectDeploy {
                    model: self.ident(&model),
                }
            }
            (_, Some(what)) => {
                let of = self.ident(&first);
                let rule = what.as_rule();
                let number = self.only(what);
                let count = self.times(&number);
                match rule {
                    Rule::expect_called => TestLineKind::ExpectCalled { of, times: count },
                    _ => TestLineKind::ExpectRows {
                        dataset: of,
                        rows: count,
                    },
                }
            }
            (_, None) => TestLineKind::ExpectRun {
                failed: self.only(first).as_rule() == Rule::kw_failed,
            },
        }
    }

    /// How many rows or calls.
    fn times(&mut self, number: &Pair<'_>) -> u64 {
        match self.number(number) {
            Literal::Int(count) if count >= 0 => count.unsigned_abs(),
            _ => {
                let message = format!("`{}` is no number of rows or calls", number.as_str());
                let finding = Finding::new(Code::SyntaxLiteral, self.span(number), message);
                self.add(finding.help("write a whole number: `has 700 rows`, `called 1 times`"));
                0
            }
        }
    }
}
