//! The one owner of all runs: what comes in is decided here, made durable in groups, then carried out.
//!
//! A single task holds the state of every open run in memory. It takes what has come in (events, answers,
//! feed batches), moves the runs through the engine, commits all changes of the group in one transaction, and
//! only then acknowledges, hands effects to [`crate::perform`] and tells the news. Killed at any moment, the
//! next daemon finds either the state before the group or the state after it.

mod advance;
mod approve;
mod batch;
mod callback;
mod caused;
mod core;
mod depths;
mod emit;
mod fair;
mod feed;
#[cfg(test)]
mod fixture;
mod handout;
mod intake;
mod letters;
mod mailbox;
mod message;
mod news;
mod prepared;
mod resolve;
mod standing;
mod state;
mod timeline;

pub use advance::NETWORK_NOTE;
pub use approve::{ApproveError, Wait, Word};
pub use batch::Order;
pub use callback::{CallbackError, Taken};
pub use core::{Core, CoreError};
pub use depths::{Depth, Depths};
pub use handout::orders;
pub use letters::{LetterError, Remedy, Settled};
pub use mailbox::Mailbox;
pub use message::{Accepted, Answer, FeedBatch, Handle, IntakeError, Item, Message, Prepared, Refused};
pub use news::{News, Newsroom};
pub use resolve::ResolveError;
pub use standing::Turn;
pub use state::Served;
