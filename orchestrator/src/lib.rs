//! The orchestrator of Flow: a daemon that runs plans durably.
//!
//! Its rooms stand on floors; an import only ever goes down (ARCHITECTURE.md shows the picture):
//! [`api`] and [`worker`] · [`serving`] · [`deploy`], [`feeds`] · [`functions`], [`jobs`], [`store`], [`cli`] ·
//! [`sandbox`], [`shim`], [`artifacts`], [`clock`], [`config`].

pub mod api;
pub mod artifacts;
pub mod cli;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod deploy;
pub mod feeds;
pub mod functions;
pub mod jobs;
pub mod main_with;
pub mod perform;
pub mod sandbox;
pub mod serving;
pub mod shim;
pub mod store;
pub mod up;
pub mod worker;
