//! Declarations.

use super::builder::{Builder, Pair, children};
use crate::ast::{
    Action, Dataset, Decl, DeclKind, EffectWord, Feedback, Ident, Infer, Job, Model, Package, Prepare,
    Property, RateLiteral, Source, Test, Trigger, TypeExpr, TypeKind, Use,
};
use crate::plan::NAME_MAX;
use crate::report::{Code, Finding};
use crate::span::Span;
use flow_grammar::Rule;

/// What a piece of the file turned out to be.
pub(super) enum Parsed {
    /// `flow NAME`.
    Flow(Ident),
    /// `import "PATH" { … }`.
    Use(Use),
    /// `test "…" { … }`.
    Test(Test),
    /// Everything else.
    Decl(Box<Decl>),
}

/// The parts of a declaration, whichever it has; the grammar guarantees those that its kind needs.
#[derive(Default)]
struct Parts<'t> {
    names: Vec<Ident>,
    payload: Option<TypeExpr>,
    input: Option<TypeExpr>,
    output: Option<TypeExpr>,
    properties: Vec<Property>,
    block: Option<Pair<'t>>,
}

impl Builder<'_> {
    pub(super) fn decl(&mut self, pair: Pair<'_>) -> Parsed {
        let span = self.span(&pair);
        match pair.as_rule() {
            Rule::use_decl => return Parsed::Use(self.use_decl(pair)),
            Rule::test_decl => return Parsed::Test(self.test(pair)),
            _ => {}
        }
        let name = self.declared(pair.clone());
        let kind = match pair.as_rule() {
            Rule::flow_decl => return Parsed::Flow(name),
            Rule::type_decl => self.type_decl(pair),
            Rule::secret_decl => DeclKind::Secret,
            Rule::package_decl => self.package(pair),
            Rule::trigger_decl => self.trigger(pair),
            Rule::action_decl => self.action(pair),
            Rule::composition_decl => DeclKind::Composition(self.composition(pair)),
            Rule::infer_decl => self.infer(pair),
            Rule::rule_decl => DeclKind::Rule(self.rule(pair)),
            Rule::import_decl => DeclKind::Import(self.text_ident(&required(children(pair).nth(1)))),
            _ => self.plain(pair.clone()),
        };
        Parsed::Decl(Box::new(Decl {
            doc: self.doc(span.start as usize),
            span,
            name,
            kind,
        }))
    }

    /// The first name of a declaration is its own.
    fn declared(&mut self, pair: Pair<'_>) -> Ident {
        let pair = children(pair)
            .find(|part| part.as_rule() == Rule::name)
            .expect("every declaration has a name");
        self.named(&pair)
    }

    /// A name that is given here, to a value or a declaration.
    pub(super) fn named(&mut self, pair: &Pair<'_>) -> Ident {
        let ident = self.ident(pair);
        if matches!(ident.name.as_str(), "true" | "false") {
            let message = format!("`{}` cannot name a value or a declaration", ident.name);
            self.add(Finding::new(Code::NamesIllegal, ident.span, message).help("choose another name"));
        }
        self.check_length(&ident);
        ident
    }

    /// A name of the plan is a part of files' names, so it ends somewhere.
    pub(super) fn check_length(&mut self, ident: &Ident) {
        let length = ident.name.len();
        if length > NAME_MAX {
            let message = format!("this name has {length} characters; a name may have {NAME_MAX}");
            self.add(Finding::new(Code::NamesIllegal, ident.span, message).help("choose a shorter name"));
        }
    }

    /// `prepare`, `job`, `train`, `dataset`, `model` and `feedback` are told apart by their parts alone.
    fn plain(&mut self, pair: Pair<'_>) -> DeclKind {
        let rule = pair.as_rule();
        let mut parts = self.parts(pair);
        match rule {
            Rule::prepare_decl => DeclKind::Prepare(Prepare {
                input: required(parts.input),
                output: required(parts.output),
                body: self.body(required(parts.block)),
            }),
            Rule::job_decl | Rule::train_decl => DeclKind::Job(Job {
                train: rule == Rule::train_decl,
                input: required(parts.input),
                output: parts.output,
                properties: parts.properties,
            }),
            Rule::dataset_decl => DeclKind::Dataset(Dataset {
                row: required(parts.payload),
                properties: parts.properties,
            }),
            Rule::model_decl => DeclKind::Model(Model {
                input: required(parts.payload),
                output: required(parts.output),
                properties: parts.properties,
            }),
            Rule::feedback_decl => DeclKind::Feedback(Feedback {
                input: required(parts.input),
                of: parts.names.remove(1),
                body: self.body(required(parts.block)),
            }),
            rule => unreachable!("{rule:?} is no declaration"),
        }
    }

    fn parts<'t>(&mut self, pair: Pair<'t>) -> Parts<'t> {
        let mut parts = Parts::default();
        for part in children(pair) {
            match part.as_rule() {
                Rule::name => parts.names.push(self.ident(&part)),
                Rule::payload => parts.payload = Some(self.payload(part)),
                Rule::input => parts.input = Some(self.input(part)),
                Rule::output => parts.output = Some(self.payload(part)),
                Rule::properties => parts.properties = self.properties(part),
                Rule::with => parts.properties = self.with(part),
                Rule::block => parts.block = Some(part),
                _ => {}
            }
        }
        parts
    }

    fn type_decl(&mut self, pair: Pair<'_>) -> DeclKind {
        let mut parts = children(pair);
        let name = self.ident(&required(parts.next()));
        if super::types::is_built_in(&name.name) {
            let message = format!("`{}` is a type of the language", name.name);
            self.add(Finding::new(Code::NamesIllegal, name.span, message).help("choose another name"));
        }
        let ty = required(parts.next());
        DeclKind::Type(match ty.as_rule() {
            Rule::record_type => self.bare_type(ty),
            _ => self.type_expr(ty),
        })
    }

    fn package(&mut self, pair: Pair<'_>) -> DeclKind {
        let mut parts = children(pair).skip(1);
        let kind = self.ident(&required(parts.next()));
        let item = self.type_expr(required(parts.next()));
        let properties = parts.next().map(|pair| self.properties(pair));
        DeclKind::Package(Package {
            kind,
            item,
            properties: properties.unwrap_or_default(),
        })
    }

    fn trigger(&mut self, pair: Pair<'_>) -> DeclKind {
        let mut trigger = Trigger {
            payload: None,
            source: None,
            at_most: None,
        };
        for part in children(pair) {
            match part.as_rule() {
                Rule::payload => trigger.payload = Some(self.payload(part)),
                Rule::source => trigger.source = Some(self.feed_source(part)),
                Rule::at_most => trigger.at_most = self.at_most(part),
                _ => {}
            }
        }
        DeclKind::Trigger(trigger)
    }

    fn feed_source(&mut self, pair: Pair<'_>) -> Source {
        let span = self.span(&pair);
        let mut words = Vec::new();
        let mut properties = Vec::new();
        for part in children(pair) {
            match part.as_rule() {
                Rule::properties => properties = self.properties(part),
                _ => words.push(self.ident(&part)),
            }
        }
        let mut words = words.into_iter();
        Source {
            of: required(words.next()),
            feed: words.next(),
            properties,
            span,
        }
    }

    fn at_most(&mut self, pair: Pair<'_>) -> Option<RateLiteral> {
        let value = self.only(pair);
        let span = self.span(&value);
        if value.as_rule() == Rule::rate {
            return self.rate(&value).map(|rate| RateLiteral { rate, span });
        }
        let message = format!("`{}` is no rate", value.as_str());
        let help = format!(
            "say how many in which time: `{}/s`",
            value.as_str().trim_end_matches(|c| !char::is_numeric(c))
        );
        self.add(Finding::new(Code::SyntaxLiteral, span, message).help(help));
        None
    }

    fn action(&mut self, pair: Pair<'_>) -> DeclKind {
        let effect = children(pair.clone())
            .find(|part| part.as_rule() == Rule::effect)
            .map(|part| {
                let word = match part.as_str() {
                    "pure" => EffectWord::Pure,
                    "once" => EffectWord::Once,
                    _ => EffectWord::Idempotent,
                };
                (word, self.span(&part))
            });
        let mask = children(pair.clone()).find(|part| part.as_rule() == Rule::mask);
        let mask = mask.map(|part| self.span(&part));
        let parts = self.parts(pair);
        DeclKind::Action(Action {
            effect,
            mask,
            input: required(parts.input),
            output: parts.output,
            properties: parts.properties,
        })
    }

    /// The first name is its own, the others are its parts.
    fn composition(&self, pair: Pair<'_>) -> Vec<Ident> {
        let names = children(pair).filter(|part| part.as_rule() == Rule::name);
        names.skip(1).map(|name| self.ident(&name)).collect()
    }

    fn infer(&mut self, pair: Pair<'_>) -> DeclKind {
        let find = |rule| required(children(pair.clone()).find(|part| part.as_rule() == rule));
        let method = self.ident(&find(Rule::word));
        let path = self.text_ident(&find(Rule::string));
        let parts = self.parts(pair.clone());
        DeclKind::Infer(Infer {
            input: required(parts.input),
            output: required(parts.output),
            method,
            path,
            properties: parts.properties,
            body: self.body(required(parts.block)),
        })
    }

    fn payload(&mut self, pair: Pair<'_>) -> TypeExpr {
        let ty = self.only(pair);
        self.type_expr(ty)
    }

    /// `()` is the empty record.
    fn input(&mut self, pair: Pair<'_>) -> TypeExpr {
        let span = self.span(&pair);
        match children(pair).next() {
            Some(ty) => self.type_expr(ty),
            None => TypeExpr {
                span,
                kind: TypeKind::Record(Vec::new()),
            },
        }
    }

    pub(super) fn with(&mut self, pair: Pair<'_>) -> Vec<Property> {
        let properties = self.only(pair);
        self.properties(properties)
    }

    pub(super) fn place(&self, start: usize, end: usize) -> Span {
        Span::new(self.source, start, end)
    }
}

/// A part that the grammar guarantees.
pub(super) fn required<T>(part: Option<T>) -> T {
    part.expect("the grammar gives this rule the part")
}
