//! How a process that runs other people's code is started, watched and ended.
//!
//! [`spawn()`] starts it in a session of its own that ends with the daemon; [`Confinement::spawn`] does so in
//! namespaces of its own, from which only named endpoints can be reached; [`tree`] looks at everything it has
//! started since. What is declared here is the only `unsafe` of the workspace outside the tests.

mod cell;
mod confinement;
mod gate;
mod handshake;
mod layout;
mod loopback;
mod spawn;
pub mod tree;

pub use confinement::Confinement;
pub use gate::Gate;
pub use spawn::spawn;
