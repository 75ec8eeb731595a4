//! Expressions and blocks: the dataflow graph as written.

use super::{Ident, Literal, TypeExpr};
use crate::span::Span;

/// An expression with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// Where it stands.
    pub span: Span,
    /// What it says.
    pub kind: ExprKind,
}

/// What an expression says.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A literal.
    Literal(Literal),
    /// A name: a `let`, the event, a field of the input, or a declaration.
    Name(String),
    /// `of.name`.
    Field(Box<Expr>, Ident),
    /// `{ a: 1, b: x }`.
    Record(Vec<(Ident, Expr)>),
    /// `[a, b]`.
    List(Vec<Expr>),
    /// `f(x, size: 8)`; the callee is a name or a field of one (`samples.snapshot`).
    Call(Box<Expr>, Vec<Arg>),
    /// `x |> f`; the right side is a name or a call.
    Pipe(Box<Expr>, Box<Expr>),
    /// `-x`, `not x`.
    Unary(UnaryOp, Box<Expr>),
    /// `a + b`, …
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `body catch err => arm`.
    Catch {
        /// The chain on the left.
        body: Box<Expr>,
        /// The name of the error in the arm.
        error: Ident,
        /// What happens instead; a bare expression is a block of one line.
        arm: Block,
    },
    /// `when cond { … } else { … }`; `else when` is a block of one `when`.
    When {
        /// The condition.
        cond: Box<Expr>,
        /// If it holds.
        then: Block,
        /// If it does not.
        otherwise: Option<Block>,
    },
    /// `each x in xs parallel 4 { … }`.
    Each {
        /// The name of an item in the body.
        item: Ident,
        /// The list.
        over: Box<Expr>,
        /// How many items are under way at once, if that is written.
        parallel: Option<Box<Expr>>,
        /// What happens for each item; its value is that of its last line.
        body: Block,
    },
    /// `append row to samples`.
    Append {
        /// The row.
        row: Box<Expr>,
        /// The dataset.
        dataset: Ident,
    },
    /// `deploy candidate to digits`.
    Deploy {
        /// The model reference.
        candidate: Box<Expr>,
        /// The model that goes live.
        model: Ident,
    },
    /// `emit done(value)`.
    Emit {
        /// The trigger.
        trigger: Ident,
        /// What it carries.
        args: Vec<Arg>,
    },
    /// `sleep 5m`.
    Sleep(Box<Expr>),
    /// `wait approval("leads", 24h)`.
    Wait(Box<Expr>),
    /// `body after a after b`.
    After {
        /// What waits.
        body: Box<Expr>,
        /// The names of what it waits for.
        names: Vec<Ident>,
    },
}

/// An argument: positional, or named.
#[derive(Clone, Debug, PartialEq)]
pub struct Arg {
    /// `size:`.
    pub name: Option<Ident>,
    /// The value.
    pub value: Expr,
}

/// Operators on one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnaryOp {
    /// `-`.
    Negate,
    /// `not`.
    Not,
}

/// Operators on two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BinaryOp {
    /// `+`.
    Add,
    /// `-`.
    Subtract,
    /// `*`.
    Multiply,
    /// `??`.
    Default,
    /// `==`.
    Equal,
    /// `!=`.
    NotEqual,
    /// `<`.
    Less,
    /// `<=`.
    LessEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterEqual,
    /// `and`.
    And,
    /// `or`.
    Or,
}

impl BinaryOp {
    /// The operator as written.
    pub fn symbol(self) -> &'static str {
        match self {
            BinaryOp::Add => "+",
            BinaryOp::Subtract => "-",
            BinaryOp::Multiply => "*",
            BinaryOp::Default => "??",
            BinaryOp::Equal => "==",
            BinaryOp::NotEqual => "!=",
            BinaryOp::Less => "<",
            BinaryOp::LessEqual => "<=",
            BinaryOp::Greater => ">",
            BinaryOp::GreaterEqual => ">=",
            BinaryOp::And => "and",
            BinaryOp::Or => "or",
        }
    }
}

/// Statements in braces.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// The statements.
    pub stmts: Vec<Stmt>,
    /// With the braces.
    pub span: Span,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Stmt {
    /// `let name: T = value`.
    Let {
        /// The name.
        name: Ident,
        /// The written type.
        ty: Option<TypeExpr>,
        /// The value.
        value: Expr,
    },
    /// `return value`.
    Return(Expr),
    /// A step, or the value of the block when it stands last.
    Expr(Expr),
}
