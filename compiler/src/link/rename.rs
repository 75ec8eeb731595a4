//! The names by which a declaration speaks of others, replaced by those that they have elsewhere.

use super::module::{Found, find};
use crate::lower::BEST;
use crate::project::Module;
use flow_lang::ast::{
    Arg, Block, Decl, DeclKind, Expr, ExprKind, Field, Ident, Property, PropertyValue, Stmt, TypeExpr,
    TypeKind,
};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of the names of a project, and of those elsewhere.
pub(super) trait Elsewhere {
    /// Whether the project declares or imports `name`.
    fn declares(&self, name: &str) -> bool;

    /// The name there of what the project calls `name`.
    fn declared(&mut self, name: &str, secret: bool) -> String;

    /// The name there of a `let` and its like, which hides nothing there.
    fn bound(&mut self, name: &str) -> String;
}

/// Replaces them in `decl`, a declaration of `module`.
pub(super) fn references(decl: &mut Decl, module: &Module, elsewhere: &mut dyn Elsewhere) {
    let mut names = Names {
        elsewhere,
        frames: Vec::new(),
    };
    match &mut decl.kind {
        DeclKind::Type(ty) => names.types(ty),
        DeclKind::Action(action) => {
            names.types(&mut action.input);
            action.output.iter_mut().for_each(|ty| names.types(ty));
            names.properties(&mut action.properties);
        }
        DeclKind::Composition(parts) => parts.iter_mut().for_each(|part| names.name(&mut part.name)),
        DeclKind::Prepare(prepare) => {
            // The fields of the input are names in the body, whatever is declared.
            let fields = fields_of(&prepare.input, module).into_iter();
            names
                .frames
                .push(fields.map(|field| (field.clone(), field)).collect());
            names.block(&mut prepare.body, None);
            names.types(&mut prepare.input);
            names.types(&mut prepare.output);
        }
        DeclKind::Job(job) => {
            names.types(&mut job.input);
            job.output.iter_mut().for_each(|ty| names.types(ty));
            names.properties(&mut job.properties);
        }
        // These are not taken over, or speak of nothing.
        DeclKind::Secret
        | DeclKind::Package(_)
        | DeclKind::Trigger(_)
        | DeclKind::Dataset(_)
        | DeclKind::Model(_)
        | DeclKind::Infer(_)
        | DeclKind::Feedback(_)
        | DeclKind::Rule(_)
        | DeclKind::Import(_) => {}
    }
}

/// The fields of a record type, also of one with a name.
fn fields_of(ty: &TypeExpr, module: &Module) -> BTreeSet<String> {
    match &ty.kind {
        TypeKind::Record(fields) => fields.iter().map(|field| field.name.name.clone()).collect(),
        TypeKind::Name(name) => match find(module, name) {
            Found::Decl(home, decl) => match &decl.kind {
                DeclKind::Type(of) if of.kind != ty.kind => fields_of(of, home),
                _ => BTreeSet::new(),
            },
            Found::Unread | Found::Nothing => BTreeSet::new(),
        },
        _ => BTreeSet::new(),
    }
}

struct Names<'n> {
    elsewhere: &'n mut dyn Elsewhere,
    /// The names that hold in a body alone, with those that they get: the innermost block is the last.
    frames: Vec<BTreeMap<String, String>>,
}

impl Names<'_> {
    fn name(&mut self, text: &mut String) {
        *text = match self.bound(text) {
            Some(bound) => bound.clone(),
            None => self.elsewhere.declared(text, false),
        };
    }

    fn bound(&self, name: &str) -> Option<&String> {
        self.frames.iter().rev().find_map(|frame| frame.get(name))
    }

    fn is_known(&self, name: &str) -> bool {
        self.bound(name).is_some() || self.elsewhere.declares(name)
    }

    fn args(&mut self, args: &mut [Arg]) {
        for arg in args {
            self.expr(&mut arg.value);
        }
    }

    fn types(&mut self, ty: &mut TypeExpr) {
        match &mut ty.kind {
            // No `let` is a type.
            TypeKind::Name(of) => *of = self.elsewhere.declared(of, false),
            TypeKind::List(inner, _)
            | TypeKind::Optional(inner)
            | TypeKind::Dataset(inner)
            | TypeKind::Private(inner) => self.types(inner),
            TypeKind::Record(of) => self.fields(of),
            TypeKind::Model(input, output) => {
                self.types(input);
                self.types(output);
            }
            TypeKind::Bool
            | TypeKind::Int(_)
            | TypeKind::Float(_)
            | TypeKind::Text(_)
            | TypeKind::Bytes(_)
            | TypeKind::Json(_)
            | TypeKind::Time
            | TypeKind::Duration
            | TypeKind::Blob { .. }
            | TypeKind::Union(_) => {}
        }
    }

    fn fields(&mut self, fields: &mut [Field]) {
        for field in fields {
            self.types(&mut field.ty);
        }
    }

    /// Of properties, `reports` speaks of types and `secrets` of secrets; all others are literals.
    fn properties(&mut self, properties: &mut [Property]) {
        for property in properties {
            match &mut property.value {
                PropertyValue::RecordType(of) => self.fields(of),
                PropertyValue::Value(expr) if property.name.name == "secrets" => {
                    if let ExprKind::List(items) = &mut expr.kind {
                        for item in items {
                            if let ExprKind::Name(text) = &mut item.kind {
                                *text = self.elsewhere.declared(text, true);
                            }
                        }
                    }
                }
                PropertyValue::Value(_)
                | PropertyValue::Range(..)
                | PropertyValue::Word(_)
                | PropertyValue::Unsupported(_) => {}
            }
        }
    }

    /// A block in which `first` is bound, if it is anything.
    fn block(&mut self, of: &mut Block, first: Option<&mut Ident>) {
        self.frames.push(BTreeMap::new());
        first.into_iter().for_each(|name| self.bind(name));
        for stmt in &mut of.stmts {
            match stmt {
                Stmt::Let { name, ty, value } => {
                    ty.iter_mut().for_each(|ty| self.types(ty));
                    self.expr(value);
                    self.bind(name);
                }
                Stmt::Return(value) | Stmt::Expr(value) => self.expr(value),
            }
        }
        self.frames.pop();
    }

    fn bind(&mut self, name: &mut Ident) {
        let new = self.elsewhere.bound(&name.name);
        if let Some(frame) = self.frames.last_mut() {
            frame.insert(std::mem::replace(&mut name.name, new.clone()), new);
        }
    }

    fn expr(&mut self, of: &mut Expr) {
        match &mut of.kind {
            ExprKind::Literal(_) => {}
            ExprKind::Name(text) => self.name(text),
            ExprKind::Field(inner, _) | ExprKind::Unary(_, inner) | ExprKind::Sleep(inner) => {
                self.expr(inner)
            }
            ExprKind::Record(entries) => entries.iter_mut().for_each(|(_, value)| self.expr(value)),
            ExprKind::List(items) => items.iter_mut().for_each(|item| self.expr(item)),
            ExprKind::Call(callee, args) => {
                // `best(by: field)` names a field.
                if !matches!(&callee.kind, ExprKind::Name(name) if name == BEST && !self.is_known(name)) {
                    self.expr(callee);
                    self.args(args);
                }
            }
            ExprKind::Pipe(left, right) | ExprKind::Binary(_, left, right) => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Catch { body, error, arm } => {
                self.expr(body);
                self.block(arm, Some(error));
            }
            ExprKind::When {
                cond,
                then,
                otherwise,
            } => {
                self.expr(cond);
                self.block(then, None);
                otherwise.iter_mut().for_each(|other| self.block(other, None));
            }
            ExprKind::Each {
                item,
                over,
                parallel,
                body,
            } => {
                self.expr(over);
                parallel.iter_mut().for_each(|parallel| self.expr(parallel));
                self.block(body, Some(item));
            }
            ExprKind::Append { row, dataset } => {
                self.expr(row);
                self.name(&mut dataset.name);
            }
            ExprKind::Deploy { candidate, model } => {
                self.expr(candidate);
                self.name(&mut model.name);
            }
            ExprKind::Emit { trigger, args } => {
                self.name(&mut trigger.name);
                self.args(args);
            }
            // The word before the brackets names no declaration.
            ExprKind::Wait(awaited) => match &mut awaited.kind {
                ExprKind::Call(_, args) => self.args(args),
                _ => self.expr(awaited),
            },
            ExprKind::After { body, names } => {
                self.expr(body);
                names.iter_mut().for_each(|name| self.name(&mut name.name));
            }
        }
    }
}
