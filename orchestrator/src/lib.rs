//! The orchestrator of Flow: a daemon that runs plans durably.
//!
//! Its rooms stand on floors, and an import only ever goes down: `ARCHITECTURE.md` has the list, and a test holds
//! the code against it. A newcomer begins with [`worker`], the owner of all runs.

pub mod api;
pub mod artifacts;
pub mod backup;
pub mod cli;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod deploy;
pub mod doctor;
pub mod feeds;
pub mod functions;
pub mod jobs;
pub mod main_with;
pub mod outbound;
pub mod packages;
pub mod perform;
pub mod redact;
pub mod sandbox;
pub mod seal;
pub mod serving;
pub mod shim;
pub mod sim;
pub mod socket;
pub mod store;
pub mod trial;
pub mod up;
pub mod upload;
pub mod worker;
