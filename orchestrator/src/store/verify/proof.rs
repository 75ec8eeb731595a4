//! A test that keeps a database owes its proof, and cannot forget it.

use super::verify;
use std::path::PathBuf;
use std::thread;

/// Holds the log of a database against every promise when it is dropped. What builds a database for a test keeps
/// one beside it, before its folder.
///
/// # Panics
/// When it is dropped and a promise is broken; not while the test fails of something else.
#[derive(Debug)]
pub struct Proof {
    database: PathBuf,
}

impl Proof {
    /// Of the database at this place, which may come to be later or never.
    pub fn of(database: PathBuf) -> Proof {
        Proof { database }
    }

    /// What does not hold, in words; nothing when all holds.
    fn broken(database: PathBuf) -> Option<String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a thread may have a runtime");
        match runtime.block_on(verify(&database)) {
            Ok(report) => (!report.is_clean()).then(|| report.to_string()),
            Err(error) => Some(format!("the log cannot be read: {error}")),
        }
    }
}

impl Drop for Proof {
    fn drop(&mut self) {
        if thread::panicking() || !self.database.exists() {
            return;
        }
        let database = self.database.clone();
        // A thread of its own: whoever drops this may be inside a runtime, which must not wait for another.
        let broken = thread::spawn(move || Proof::broken(database)).join();
        if let Some(what) = broken.expect("a verification does not panic") {
            panic!("{}:\n{what}", self.database.display());
        }
    }
}
