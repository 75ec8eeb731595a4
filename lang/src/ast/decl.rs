//! Declarations: everything that stands at the top level of a file.

use super::{Block, Expr, Ident, Property, RateLiteral, Rule, TypeExpr};
use crate::span::Span;

/// One declaration with its documentation.
#[derive(Clone, Debug, PartialEq)]
pub struct Decl {
    /// The `///` lines above it, joined by newlines, without the slashes.
    pub doc: Option<String>,
    /// From the keyword to the end.
    pub span: Span,
    /// The name that it declares.
    pub name: Ident,
    /// What it declares.
    pub kind: DeclKind,
}

/// What a declaration declares.
#[derive(Clone, Debug, PartialEq)]
pub enum DeclKind {
    /// `type Pixels { … }` or `type X = T`.
    Type(TypeExpr),
    /// `secret key`.
    Secret,
    /// `package inbox = objects<Labelled>`.
    Package(Package),
    /// `trigger labelled from inbox.created at most 40/s`.
    Trigger(Trigger),
    /// `action f(input) -> T { … }`.
    Action(Action),
    /// `action tag_image = to_pixels |> digits`: the names of its parts, at least one.
    Composition(Vec<Ident>),
    /// `prepare clean(input) -> T { … }`.
    Prepare(Prepare),
    /// `job scans(input) { … }` or `train fit(input) -> model<In, Out> { … }`.
    Job(Job),
    /// `dataset samples: Sample { … }`.
    Dataset(Dataset),
    /// `model digits: Pixels -> Label { … }`.
    Model(Model),
    /// `infer read(input) -> T on POST "/path" with { … } { … }`.
    Infer(Infer),
    /// `feedback truth(input) for read { … }`.
    Feedback(Feedback),
    /// `rule collect: on trigger(x) { … }`.
    Rule(Rule),
    /// `import model digits from "../digits"`: the path, without quotes.
    Import(Ident),
}

impl DeclKind {
    /// The keyword that starts such a declaration; also the word for it in messages.
    pub fn keyword(&self) -> &'static str {
        match self {
            DeclKind::Type(_) => "type",
            DeclKind::Secret => "secret",
            DeclKind::Package(_) => "package",
            DeclKind::Trigger(_) => "trigger",
            DeclKind::Action(_) | DeclKind::Composition(_) => "action",
            DeclKind::Prepare(_) => "prepare",
            DeclKind::Job(Job { train: true, .. }) => "train",
            DeclKind::Job(_) => "job",
            DeclKind::Dataset(_) => "dataset",
            DeclKind::Model(_) => "model",
            DeclKind::Infer(_) => "infer",
            DeclKind::Feedback(_) => "feedback",
            DeclKind::Rule(_) => "rule",
            DeclKind::Import(_) => "import",
        }
    }
}

/// `KIND<T>`, the right side of a package declaration.
#[derive(Clone, Debug, PartialEq)]
pub struct Package {
    /// `objects`, `couchdb`, …
    pub kind: Ident,
    /// What one item of the package looks like.
    pub item: TypeExpr,
    /// The properties in braces.
    pub properties: Vec<Property>,
}

/// Where a trigger's events come from.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// `: T`, the type of an event that people fire.
    pub payload: Option<TypeExpr>,
    /// `from SOURCE`.
    pub source: Option<Source>,
    /// `at most 40/s`, a throttle on the source.
    pub at_most: Option<RateLiteral>,
}

/// `inbox.created` or `cron { schedule: "…" }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// A package, or a built-in feed such as `cron`.
    pub of: Ident,
    /// The feed of the package.
    pub feed: Option<Ident>,
    /// The properties in braces.
    pub properties: Vec<Property>,
    /// The whole source.
    pub span: Span,
}

/// What an action promises of its effects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EffectWord {
    /// Same input, same output, touches nothing.
    Pure,
    /// May be repeated.
    Idempotent,
    /// Never sent again by itself.
    Once,
}

/// A short function.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// What it promises of its effects, with the place of the word.
    pub effect: Option<(EffectWord, Span)>,
    /// Where `mask` stands: what it returns may be known, whatever it was given.
    pub mask: Option<Span>,
    /// The input record.
    pub input: TypeExpr,
    /// The output record; nothing when absent.
    pub output: Option<TypeExpr>,
    /// The properties in braces.
    pub properties: Vec<Property>,
}

/// Row in, row out: a graph of calls with one `return`.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepare {
    /// The input record.
    pub input: TypeExpr,
    /// The output record.
    pub output: TypeExpr,
    /// The graph.
    pub body: Block,
}

/// Long work outside the function platform.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Declared by `train`: its result is a model.
    pub train: bool,
    /// The input record.
    pub input: TypeExpr,
    /// The result; always there for `train`, as `model<In, Out>`.
    pub output: Option<TypeExpr>,
    /// The properties in braces.
    pub properties: Vec<Property>,
}

/// A growing collection of typed rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// The type of a row.
    pub row: TypeExpr,
    /// The properties in braces; none when there are no braces.
    pub properties: Vec<Property>,
}

/// A named place in the registry where versions go live.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// What a prediction is asked with.
    pub input: TypeExpr,
    /// What it answers.
    pub output: TypeExpr,
    /// The properties in braces.
    pub properties: Vec<Property>,
}

/// An HTTP route that answers from memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Infer {
    /// The input record.
    pub input: TypeExpr,
    /// The answer.
    pub output: TypeExpr,
    /// `POST`.
    pub method: Ident,
    /// The path, without quotes.
    pub path: Ident,
    /// `with { … }`.
    pub properties: Vec<Property>,
    /// The graph.
    pub body: Block,
}

/// What was true about an earlier request.
#[derive(Clone, Debug, PartialEq)]
pub struct Feedback {
    /// The input record.
    pub input: TypeExpr,
    /// The `infer` whose requests it joins.
    pub of: Ident,
    /// The graph; `asked` is the input of the joined request.
    pub body: Block,
}

/// A default in a record type: `depth: int<1..20> = 12`.
pub type Default = Expr;
