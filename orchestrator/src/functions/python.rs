//! Finds the Python that a runtime name such as `python:3` means on this machine.

use super::environment::EnvironmentError;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::process::Command;
use tokio::sync::OnceCell;

/// The oldest Python 3 that functions run on.
pub const OLDEST: (u32, u32) = (3, 10);
/// Programs on the search path that are asked who they are.
const CANDIDATES_MAX: usize = 64;
/// How long one of them may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(20);

/// A Python on this machine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interpreter {
    /// Its whole version.
    pub version: (u32, u32, u32),
    /// The program itself, never a shim that looks for it again at each start.
    pub program: PathBuf,
}

/// The Pythons of this machine, looked for once.
#[derive(Debug)]
pub struct Interpreters {
    path: OsString,
    found: OnceCell<BTreeSet<Interpreter>>,
}

impl Interpreters {
    /// Looks in the directories of `path`, a search path.
    pub fn new(path: impl Into<OsString>) -> Interpreters {
        Interpreters {
            path: path.into(),
            found: OnceCell::new(),
        }
    }

    /// The interpreter for `python:3` (the newest from 3.10) or `python:3.11` (exactly that).
    ///
    /// # Errors
    /// [`EnvironmentError::Runtime`] for other names, [`EnvironmentError::NoPython`] when there is none.
    pub async fn find(&self, runtime: &str) -> Result<&Interpreter, EnvironmentError> {
        let unknown = || EnvironmentError::Runtime {
            runtime: runtime.to_owned(),
        };
        let minor = match runtime.strip_prefix("python:3").ok_or_else(unknown)? {
            "" => None,
            rest => {
                let minor = rest.strip_prefix('.').and_then(|minor| minor.parse::<u32>().ok());
                Some(minor.ok_or_else(unknown)?)
            }
        };
        let found = self.found.get_or_init(|| look(&self.path)).await;
        let fits = |interpreter: &&Interpreter| {
            let (major, its_minor, _) = interpreter.version;
            (major, its_minor) >= OLDEST && minor.is_none_or(|minor| its_minor == minor)
        };
        found
            .iter()
            .rev()
            .find(fits)
            .ok_or_else(|| EnvironmentError::NoPython {
                runtime: runtime.to_owned(),
                found: found
                    .iter()
                    .map(|i| format!("{}.{}", i.version.0, i.version.1))
                    .collect(),
            })
    }
}

async fn look(path: &OsStr) -> BTreeSet<Interpreter> {
    let mut programs = BTreeSet::new();
    for directory in std::env::split_paths(path) {
        for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
            let program = entry.path();
            if entry.file_name().to_str().is_some_and(is_python) {
                programs.insert(std::fs::canonicalize(&program).map_or(program.clone(), |real| {
                    // A shim may be a link to one program for all names: only its own name tells it what to be.
                    if real.file_name().and_then(OsStr::to_str).is_some_and(is_python) {
                        real
                    } else {
                        program
                    }
                }));
            }
        }
    }
    let asked = programs.iter().take(CANDIDATES_MAX).map(|program| ask(program));
    futures::future::join_all(asked)
        .await
        .into_iter()
        .flatten()
        .collect()
}

/// `python3`, `python3.12`.
fn is_python(name: &str) -> bool {
    let minor = name.strip_prefix("python3").and_then(|rest| match rest {
        "" => Some("0"),
        rest => rest.strip_prefix('.'),
    });
    minor.is_some_and(|minor| minor.parse::<u32>().is_ok())
}

/// Asks a program what it is. One that does not answer, such as a shim for a version that is not installed, is
/// no interpreter.
async fn ask(program: &Path) -> Option<Interpreter> {
    let question = "import os, sys; print(*sys.version_info[:3]); print(os.path.realpath(sys.executable))";
    let mut command = Command::new(program);
    command
        .args(["-I", "-S", "-c", question])
        .stdin(std::process::Stdio::null())
        .kill_on_drop(true);
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    async fn check(runtime: &str, installed: &[(&str, &str)], expected: &str) {
        let bin = tempfile::tempdir().unwrap();
        for (name, answer) in installed {
            let program = bin.path().join(name);
            std::fs::write(&program, format!("#!/bin/sh\n{answer}\n")).unwrap();
            std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let interpreters = Interpreters::new(bin.path());
        let found = match interpreters.find(runtime).await {
            Ok(interpreter) => interpreter.program.display().to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected);
    }

    #[tokio::test]
    async fn the_newest_that_answers_is_taken() {
        let all = [
            ("python3", "echo 3 9 2; echo /opt/old"),
            ("python3.11", "echo 3 11 7; echo /opt/11"),
            ("python3.12", "echo 3 12 1; echo /opt/12"),
            ("python3.13", "echo shim: not installed >&2; exit 127"),
            ("python3-config", "echo 3 99 0; echo /opt/no"),
        ];
        check("python:3", &all, "/opt/12").await;
        check("python:3.11", &all, "/opt/11").await;
        let none = "this machine has no Python 3.13: there is 3.9, 3.11, 3.12 on the search path";
        check("python:3.13", &all, none).await;
        check(
            "python:3",
            &all[..1],
            "this machine has no Python 3.10 or newer: there is 3.9 on the search path",
        )
        .await;
        check(
            "python:3",
            &[],
            "this machine has no Python 3.10 or newer: there is none on the search path",
        )
        .await;
        check(
            "node:20",
            &all,
            "the runtime `node:20` is not known here: write `python:3` or `python:3.11`",
        )
        .await;
    }
}
