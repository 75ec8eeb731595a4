//! Deploying: from a project to what is on disk and active.

pub mod staging;
