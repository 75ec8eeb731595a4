//! Types: what a written type comes to, which value fits where, and what the properties of a declaration may be.

pub(crate) mod constant;
pub(crate) mod declared;
pub(crate) mod fit;
pub(crate) mod join;
pub(crate) mod private;
pub(crate) mod properties;
pub(crate) mod settings;
pub(crate) mod show;
pub(crate) mod signature;
