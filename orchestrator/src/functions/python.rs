//! Functions in Python: `python:3` is the newest from 3.10 on, `python:3.11` exactly that. What they need is a
//! `requirements.txt`, which pip installs into an environment of its own.

use super::Progress;
use super::environment::EnvironmentError;
use super::environment::cache::{Cache, Reason, run};
use super::environment::room::room;
use super::language::{Prepared, Seat, Start};
use super::programs::{Installed, Interpreter, Programs, Signs};
use flow_lang::runtime::Runtime;
use flow_lang::runtime::packages::{asked, asks};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// The oldest Python 3 that functions run on.
const OLDEST: (u32, u32) = (3, 10);
const SCRIPT: &str = include_str!("worker.py");

const SIGNS: Signs = Signs {
    named: is_python,
    question: &[
        "-I",
        "-S",
        "-c",
        "import os, sys; print(*sys.version_info[:3]); print(os.path.realpath(sys.executable))",
    ],
    without: &[],
};

/// `python3`, `python3.12`.
fn is_python(name: &str) -> bool {
    let minor = name.strip_prefix("python3").and_then(|rest| match rest {
        "" => Some("0"),
        rest => rest.strip_prefix('.'),
    });
    minor.is_some_and(|minor| minor.parse::<u32>().is_ok())
}

/// The Pythons of this machine.
#[derive(Debug)]
pub(super) struct Pythons {
    programs: Programs,
}

impl Pythons {
    /// Looks for them on the search path `path`.
    pub(super) fn new(path: impl Into<OsString>) -> Pythons {
        Pythons {
            programs: Programs::new(path, &SIGNS),
        }
    }

    /// The Python that has what `requirements` (the text of a `requirements.txt`) asks for; the machine's own
    /// without requirements.
    pub(super) async fn prepare(
        &self,
        minor: Option<u32>,
        requirements: Option<&str>,
        cache: &Cache,
        progress: &Progress<'_>,
    ) -> Result<Prepared, EnvironmentError> {
        let interpreter = self.find(minor).await?;
        let runtime = Runtime::Python { minor };
        let program = match requirements {
            Some(requirements) if matches!(asks(runtime, requirements), Ok(true)) => {
                let asked = asked(runtime, requirements, None);
                let home = cache.home(&digest(interpreter, requirements));
                let build = build(interpreter, requirements, &home, progress);
                cache.once(&home, asked, progress, build).await?;
                program(&home)
            }
            Some(_) | None => interpreter.program.clone(),
        };
        Ok(Prepared {
            runtime,
            program,
            packages: None,
        })
    }

    /// All of them, the oldest version first.
    pub(super) async fn installed(&self) -> Vec<Installed> {
        let found = self.programs.all().await.iter();
        let usable = |(major, minor, _)| (major, minor) >= OLDEST;
        found.map(|found| found.shown("python", usable)).collect()
    }

    async fn find(&self, minor: Option<u32>) -> Result<&Interpreter, EnvironmentError> {
        let found = self.programs.all().await;
        let fits = |interpreter: &&Interpreter| {
            let (major, its_minor, _) = interpreter.version;
            (major, its_minor) >= OLDEST && minor.is_none_or(|minor| its_minor == minor)
        };
        found
            .iter()
            .rev()
            .find(fits)
            .ok_or_else(|| EnvironmentError::Missing {
                wanted: match minor {
                    Some(minor) => format!("Python 3.{minor}"),
                    None => format!("Python {}.{} or newer", OLDEST.0, OLDEST.1),
                },
                found: found
                    .iter()
                    .map(|i| format!("{}.{}", i.version.0, i.version.1))
                    .collect(),
            })
    }
}

fn digest(interpreter: &Interpreter, requirements: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(format!("{:?}\0{}\0", interpreter.version, interpreter.program.display()).as_bytes());
    hasher.update(requirements.as_bytes());
    hasher.finalize().to_hex().to_string()
}

/// The Python of an environment.
fn program(home: &Path) -> PathBuf {
    home.join("bin").join("python")
}

async fn build(
    interpreter: &Interpreter,
    requirements: &str,
    home: &Path,
    progress: &Progress<'_>,
) -> Result<u64, EnvironmentError> {
    let (major, minor, patch) = interpreter.version;
    progress(&format!(
        "creating an environment for Python {major}.{minor}.{patch}"
    ));
    let mut venv = Command::new(&interpreter.program);
    venv.args(["-I", "-m", "venv"]).arg(home);
    run("creating the environment", venv, Reason::Last, &|_| {}).await?;

    let file = home.join("requirements.txt");
    std::fs::write(&file, requirements).map_err(EnvironmentError::io(home))?;
    let mut pip = Command::new(program(home));
    pip.args([
        "-I",
        "-m",
        "pip",
        "install",
        "--no-input",
        "--disable-pip-version-check",
    ]);
    pip.args(["--progress-bar", "off", "--requirement"]).arg(&file);
    run("installing the requirements", pip, Reason::Last, progress).await?;
    let site = format!("lib/python{major}.{minor}/site-packages");
    // Where OpenWhisk looks for it. Nothing that runs asks for pip.
    let place = format!("virtualenv/{site}");
    room(&home.join(&site), &place, &["pip"]).map_err(EnvironmentError::io(home))
}

/// See [`Prepared::start`].
pub(super) fn start(prepared: &Prepared, seat: &Seat<'_>) -> io::Result<Start> {
    let script = seat.home.join("worker.py");
    std::fs::write(&script, SCRIPT)?;
    let mut command = Command::new(&prepared.program);
    // `-I`: neither the user's site nor `PYTHON*` nor the script's folder has a say. `-B`: the code's folder
    // is not to be written to.
    command.args(["-I", "-B"]).arg(script);
    Ok(Start {
        command,
        folder: seat.folder.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::programs::installed;
    use super::*;

    async fn check(minor: Option<u32>, programs: &[(&str, &str)], expected: &str) {
        let bin = installed(programs);
        let found = match Pythons::new(bin.path()).find(minor).await {
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
        check(None, &all, "/opt/12").await;
        check(Some(11), &all, "/opt/11").await;
        let none = "this machine has no Python 3.13: there is 3.9, 3.11, 3.12 on the search path";
        check(Some(13), &all, none).await;
        check(
            None,
            &all[..1],
            "this machine has no Python 3.10 or newer: there is 3.9 on the search path",
        )
        .await;
        check(
            None,
            &[],
            "this machine has no Python 3.10 or newer: there is none on the search path",
        )
        .await;
    }
}
