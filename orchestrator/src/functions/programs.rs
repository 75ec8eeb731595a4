//! Looks for the programs of a language on the search path, once, and asks each what it is.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;
use tokio::sync::OnceCell;

/// Programs on the search path that are asked who they are.
const CANDIDATES_MAX: usize = 64;
/// How long one of them may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(20);

/// A Python or a Node on this machine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Interpreter {
    /// Its whole version.
    pub(super) version: (u32, u32, u32),
    /// The program itself, never a shim that looks for it again at each start.
    pub(super) program: PathBuf,
}

/// A program of this machine that functions may run on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// `python`, `node`.
    pub name: &'static str,
    /// Its whole version.
    pub version: String,
    /// The program.
    pub program: PathBuf,
    /// Whether it is new enough.
    pub usable: bool,
}

impl Interpreter {
    pub(super) fn shown(&self, name: &'static str, usable: impl Fn((u32, u32, u32)) -> bool) -> Installed {
        let (major, minor, patch) = self.version;
        Installed {
            name,
            version: format!("{major}.{minor}.{patch}"),
            program: self.program.clone(),
            usable: usable(self.version),
        }
    }
}

/// How the programs of a language are recognised.
#[derive(Debug)]
pub(super) struct Signs {
    /// The names that they have.
    pub(super) named: fn(&str) -> bool,
    /// The arguments with which one prints its version, as three numbers, and on the next line its real path.
    pub(super) question: &'static [&'static str],
    /// Variables that would change how it starts.
    pub(super) without: &'static [&'static str],
}

/// The programs of one language on this machine.
#[derive(Debug)]
pub(super) struct Programs {
    path: OsString,
    signs: &'static Signs,
    found: OnceCell<BTreeSet<Interpreter>>,
}

impl Programs {
    /// Looks in the directories of `path`, a search path.
    pub(super) fn new(path: impl Into<OsString>, signs: &'static Signs) -> Programs {
        Programs {
            path: path.into(),
            signs,
            found: OnceCell::new(),
        }
    }

    /// All of them, the oldest version first.
    pub(super) async fn all(&self) -> &BTreeSet<Interpreter> {
        self.found.get_or_init(|| look(&self.path, self.signs)).await
    }

    /// The search path.
    pub(super) fn path(&self) -> &OsStr {
        &self.path
    }
}

async fn look(path: &OsStr, signs: &Signs) -> BTreeSet<Interpreter> {
    let named = |name: &OsStr| name.to_str().is_some_and(signs.named);
    let mut programs = BTreeSet::new();
    for directory in std::env::split_paths(path) {
        for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
            let program = entry.path();
            if named(&entry.file_name()) {
                programs.insert(std::fs::canonicalize(&program).map_or(program.clone(), |real| {
                    // A shim may be a link to one program for all names: only its own name tells it what to be.
                    if real.file_name().is_some_and(named) {
                        real
                    } else {
                        program
                    }
                }));
            }
        }
    }
    let asked = programs
        .iter()
        .take(CANDIDATES_MAX)
        .map(|program| ask(program, signs));
    futures::future::join_all(asked)
        .await
        .into_iter()
        .flatten()
        .collect()
}

/// Asks a program what it is. One that does not answer, such as a shim for a version that is not installed, is
/// no interpreter.
async fn ask(program: &Path, signs: &Signs) -> Option<Interpreter> {
    let mut command = Command::new(program);
    command
        .args(signs.question)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    for name in signs.without {
        command.env_remove(name);
    }
    let output = tokio::time::timeout(ANSWER_MAX, command.output())
        .await
        .ok()?
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (version, program) = text.trim_end().split_once('\n')?;
    let mut numbers = version.split(' ').map_while(|number| number.parse().ok());
    Some(Interpreter {
        version: (numbers.next()?, numbers.next()?, numbers.next()?),
        program: PathBuf::from(program),
    })
}

/// A folder of programs that are scripts, each with the lines that it runs.
#[cfg(test)]
pub(super) fn installed(programs: &[(&str, &str)]) -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let bin = tempfile::tempdir().unwrap();
    for (name, lines) in programs {
        let program = bin.path().join(name);
        std::fs::write(&program, format!("#!/bin/sh\n{lines}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    bin
}
