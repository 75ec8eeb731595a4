//! How a process that runs other people's code is started, watched and ended.
//!
//! [`spawn()`] starts it in a session of its own that ends with the daemon; [`tree`] looks at everything it has
//! started since. What is declared here is the only `unsafe` of the workspace outside the tests.

mod spawn;
pub mod tree;

pub use spawn::spawn;
