//! Coming from OpenWhisk, and going there: a deployment as wskdeploy or the `wsk` command describe it, as a flow; and
//! what of a plan OpenWhisk can carry out, as a manifest.
//!
//! `manifest` and `script` read the two forms into one [`Deployment`], `flow` writes that as a project. What
//! has no counterpart is carried along as a note and becomes a comment at its place.

mod build;
mod deployment;
mod flow;
mod manifest;
mod script;
mod yaml;

pub use build::{Built, build};
pub use deployment::Deployment;
pub use flow::{Imported, write};
pub use manifest::read as read_manifest;
pub use script::read as read_script;
