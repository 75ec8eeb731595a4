//! What a language that functions are written in has to say: which program runs them with what it asks to be
//! installed, and how a worker is started. Everything else here is the same for all of them.

use super::{node, python};
use flow_lang::plan::Code;
use flow_lang::runtime::Runtime;
use std::io;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// A program, and what is installed for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// What it was prepared for.
    pub runtime: Runtime,
    /// The program itself.
    pub program: PathBuf,
    /// A folder with packages that the program does not find by itself.
    pub packages: Option<PathBuf>,
}

/// Where a worker is started, and for what.
pub(crate) struct Seat<'a> {
    /// The code as the plan knows it.
    pub(crate) code: &'a Code,
    /// Its files, which nobody writes to; an absolute path without links.
    pub(crate) folder: &'a Path,
    /// An empty directory of the worker's own.
    pub(crate) home: &'a Path,
    /// Bytes that the worker may use.
    pub(crate) memory: u64,
}

/// How a worker is started.
pub(crate) struct Start {
    /// The program with its script. What follows are the arguments of the script, the same for each language.
    pub(crate) command: Command,
    /// The code's folder, as the worker is to see it.
    pub(crate) folder: PathBuf,
}

impl Prepared {
    /// Lays what a worker needs into its home.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn start(&self, seat: &Seat<'_>) -> io::Result<Start> {
        match self.runtime {
            Runtime::Python { .. } => python::start(self, seat),
            Runtime::Node { .. } => node::start(self, seat),
        }
    }
}
