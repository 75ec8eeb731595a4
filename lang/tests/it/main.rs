//! What the language core promises to those who use it, in one binary.

mod syntax;
mod tree;
