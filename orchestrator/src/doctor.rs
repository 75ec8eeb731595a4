//! `flowd doctor`: what this machine has of what flows need, without a daemon.

use crate::config::DataDir;
use crate::functions::{Environments, Installed};
use crate::sandbox::Confinement;
use crate::store;
use serde::Serialize;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// What was found. Its JSON is stable: fields are added, none goes or changes its meaning.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The version of this program.
    pub flowd: &'static str,
    /// The version of the SQLite in it.
    pub sqlite: String,
    /// What functions can run on, by name and age.
    pub runtimes: Vec<Runtime>,
    /// Whether functions reach only what they name.
    pub network: Network,
    /// Kinds of namespaces that the kernel has: `user`, `net`, `mnt`.
    pub namespaces: Vec<&'static str>,
    /// The data directory.
    pub data: Data,
    /// What a flow needs and this machine does not have, in words.
    pub missing: Vec<String>,
}

/// A program that functions run on.
#[derive(Debug, Serialize)]
pub struct Runtime {
    /// `python`, `node`.
    pub name: &'static str,
    /// Its whole version.
    pub version: String,
    /// The program.
    pub path: PathBuf,
    /// Whether functions can run on it.
    pub usable: bool,
}

impl From<Installed> for Runtime {
    fn from(found: Installed) -> Runtime {
        Runtime {
            name: found.name,
            version: found.version,
            path: found.program,
            usable: found.usable,
        }
    }
}

/// Whether functions reach only what they name.
#[derive(Debug, Serialize)]
pub struct Network {
    /// Whether they do.
    pub enforced: bool,
    /// Why not.
    pub reason: Option<String>,
}

/// A data directory.
#[derive(Debug, Serialize)]
pub struct Data {
    /// Where.
    pub path: PathBuf,
    /// Whether a daemon can be started with it.
    pub usable: bool,
    /// Why not.
    pub reason: Option<String>,
}

/// Looks at this machine: runtimes on `search_path`, and `data`. Has to be called inside a runtime.
pub async fn look(data: &DataDir, search_path: OsString) -> Report {
    let mut missing = Vec::new();
    let sqlite = match store::sqlite_version().await {
        Ok((version, true)) => version,
        Ok((version, false)) => {
            missing.push(format!("SQLite {version} is too old"));
            version
        }
        Err(error) => {
            missing.push(format!("SQLite does not answer: {error}"));
            String::new()
        }
    };
    let installed = Environments::new(PathBuf::new(), search_path).installed().await;
    let runtimes: Vec<Runtime> = installed.into_iter().map(Runtime::from).collect();
    if !runtimes
        .iter()
        .any(|runtime| runtime.name == "python" && runtime.usable)
    {
        missing.push("no Python 3.10 or newer on the search path".to_owned());
    }
    let confinement = Confinement::probe().await;
    let reason = usable(data).err().map(|error| error.to_string());
    if let Some(reason) = &reason {
        missing.push(format!("the data directory cannot be used: {reason}"));
    }
    Report {
        flowd: env!("CARGO_PKG_VERSION"),
        sqlite,
        runtimes,
        network: Network {
            enforced: confinement.reason().is_none(),
            reason: confinement.reason().map(str::to_owned),
        },
        namespaces: ["user", "net", "mnt"]
            .into_iter()
            .filter(|kind| Path::new("/proc/self/ns").join(kind).exists())
            .collect(),
        data: Data {
            path: data.root().to_owned(),
            usable: reason.is_none(),
            reason,
        },
        missing,
    }
}

/// Whether files can be made in the directory or, while it is not there, beside where it would be. Leaves
/// nothing behind.
fn usable(data: &DataDir) -> io::Result<()> {
    let there = data.root().ancestors().find(|path| path.exists());
    let there = there.ok_or(io::ErrorKind::NotFound)?;
    tempfile::tempfile_in(there).map(drop)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "flowd       {}", self.flowd)?;
        writeln!(f, "sqlite      {}", self.sqlite)?;
        for runtime in &self.runtimes {
            let old = if runtime.usable { "" } else { " (too old)" };
            let (name, version, path) = (runtime.name, &runtime.version, runtime.path.display());
            writeln!(f, "{name:<11} {version} {path}{old}")?;
        }
        match &self.network.reason {
            None => writeln!(f, "network     enforced")?,
            Some(reason) => writeln!(
                f,
                "network     not enforced ({reason}): functions can reach any host"
            )?,
        }
        writeln!(f, "namespaces  {}", self.namespaces.join(", "))?;
        let path = self.data.path.display();
        match &self.data.reason {
            None => writeln!(f, "data        {path}")?,
            Some(reason) => writeln!(f, "data        {path}: {reason}")?,
        }
        self.missing
            .iter()
            .try_for_each(|missing| writeln!(f, "missing     {missing}"))
    }
}
