//! Plans in other languages: pictures.

pub mod dot;
pub mod drawing;
pub mod mermaid;

mod expr;
