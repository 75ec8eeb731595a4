//! End-to-end tests: what a person sees.

mod backup;
mod bad;
mod callbacks;
mod calls;
mod canary;
mod causes;
mod contract;
mod couchdb;
mod crash;
mod edited;
mod feeds;
mod hello;
mod house;
mod http;
mod image_tags;
mod imports;
mod javascript;
mod lanes;
mod letters;
mod mask;
mod network;
mod prepare;
mod readme;
mod register;
mod remote;
mod routes;
mod seal;
mod stop;
mod trial;
mod words;

use flow_tests::inside::Inside;

/// A daemon without a flow, in a folder of its own.
async fn daemon() -> Inside {
    Inside::start(env!("CARGO_BIN_EXE_flowd-probed")).await
}

/// A daemon that serves a project of `tests/projects`.
async fn serving(project: &str) -> Inside {
    let daemon = daemon().await;
    daemon.deploy(&daemon.project(project)).await;
    daemon
}
