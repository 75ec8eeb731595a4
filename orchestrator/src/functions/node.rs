//! Functions in JavaScript: `nodejs:default` is the newest Node, `nodejs:20` exactly that one, and a retired kind
//! that is not installed the oldest. What they need is a `package.json`, which npm installs from.

mod npm;

use super::Progress;
use super::environment::EnvironmentError;
use super::environment::cache::Cache;
use super::language::{Prepared, Seat, Start};
use super::programs::{Installed, Interpreter, Programs, Signs};
use flow_lang::plan::Code;
use flow_lang::runtime::Runtime;
use flow_lang::runtime::packages::{asked, asks};
use std::ffi::OsString;
use std::io;
use std::os::unix::fs::symlink;
use tokio::process::Command;

/// The oldest Node that functions run on.
const OLDEST: u32 = 14;
/// MiB that the engine may keep above the function's own limit. Its own bound has to lie so far above that ours
/// speaks first: it would end the process without a word about memory.
const HEAP_MARGIN: u64 = 2048;
const SCRIPT: &str = include_str!("worker.js");

const SIGNS: Signs = Signs {
    named: is_node,
    question: &[
        "-e",
        "console.log(process.versions.node.split('.').join(' ') + '\\n' + fs.realpathSync(process.execPath))",
    ],
    without: &["NODE_OPTIONS"],
};

/// `node`, `nodejs`, `node20`, `node-20`.
fn is_node(name: &str) -> bool {
    let rest = name.strip_prefix("nodejs").or_else(|| name.strip_prefix("node"));
    let major = rest.map(|rest| rest.strip_prefix('-').unwrap_or(rest));
    major.is_some_and(|major| major.is_empty() || major.parse::<u32>().is_ok())
}

/// The Nodes of this machine.
#[derive(Debug)]
pub(super) struct Nodes {
    programs: Programs,
}

/// The Node for a name.
struct Found<'a> {
    interpreter: &'a Interpreter,
    /// What has to be told about it.
    notice: Option<String>,
}

impl Nodes {
    /// Looks for them on the search path `path`.
    pub(super) fn new(path: impl Into<OsString>) -> Nodes {
        Nodes {
            programs: Programs::new(path, &SIGNS),
        }
    }

    /// The Node for `major`, and the folder with the packages that `code` asks for, if it asks for any.
    pub(super) async fn prepare(
        &self,
        major: Option<u32>,
        code: &Code,
        cache: &Cache,
        progress: &Progress<'_>,
    ) -> Result<Prepared, EnvironmentError> {
        let Found { interpreter, notice } = self.find(major).await?;
        if let Some(notice) = notice {
            progress(&notice);
        }
        let runtime = Runtime::Node { major };
        let packages = match &code.requirements {
            Some(manifest) if asks(runtime, manifest).map_err(EnvironmentError::Manifest)? => {
                let lock = code.lock.as_deref();
                let home = cache.home(&npm::digest(interpreter, manifest, lock));
                let build = npm::install(interpreter, self.programs.path(), manifest, lock, &home, progress);
                let asked = asked(runtime, manifest, lock);
                cache.once(&home, asked, progress, build).await?;
                Some(home.join("node_modules"))
            }
            Some(_) | None => None,
        };
        Ok(Prepared {
            runtime,
            program: interpreter.program.clone(),
            packages,
        })
    }

    /// All of them, the oldest version first.
    pub(super) async fn installed(&self) -> Vec<Installed> {
        let found = self.programs.all().await.iter();
        let usable = |(major, _, _)| major >= OLDEST;
        found.map(|found| found.shown("node", usable)).collect()
    }

    async fn find(&self, major: Option<u32>) -> Result<Found<'_>, EnvironmentError> {
        let found = self.programs.all().await;
        let mut usable = found.iter().filter(|node| node.version.0 >= OLDEST);
        let exact = usable
            .clone()
            .rev()
            .find(|node| major.is_none_or(|major| node.version.0 == major));
        if let Some(interpreter) = exact {
            let notice = None;
            return Ok(Found { interpreter, notice });
        }
        let runtime = Runtime::Node { major };
        if let (Some(retired), Some(oldest)) = (runtime.retired(), usable.next()) {
            let notice = format!(
                "`{runtime}` reached its end of life on {} and is not installed: its functions run on Node {}, the \
                 oldest there is",
                retired.end_of_life,
                version(oldest)
            );
            return Ok(Found {
                interpreter: oldest,
                notice: Some(notice),
            });
        }
        Err(EnvironmentError::Missing {
            wanted: match (major, runtime.retired()) {
                (Some(major), None) => format!("Node {major}"),
                (Some(_) | None, _) => format!("Node {OLDEST} or newer"),
            },
            found: found.iter().map(version).collect(),
        })
    }
}

fn version(node: &Interpreter) -> String {
    let (major, minor, patch) = node.version;
    format!("{major}.{minor}.{patch}")
}

/// See [`Prepared::start`]. The code and the packages lie side by side in the worker's home, under names that Node
/// keeps for what they lead to: a file of either then finds the packages as if they were installed in the project.
pub(super) fn start(prepared: &Prepared, seat: &Seat<'_>) -> io::Result<Start> {
    // `.cjs`: a `package.json` that makes the code ES modules has no say in what this is.
    let script = seat.home.join("worker.cjs");
    std::fs::write(&script, SCRIPT)?;
    let folder = seat.home.join("app");
    symlink(seat.folder, &folder)?;
    if let Some(packages) = &prepared.packages {
        symlink(packages, seat.home.join("node_modules"))?;
    }
    // Also without one: Node looks further up otherwise, where the data directory happens to be.
    let manifest = seat.code.requirements.as_deref().unwrap_or("{}");
    std::fs::write(seat.home.join("package.json"), manifest)?;
    let mut command = Command::new(&prepared.program);
    command.args(["--preserve-symlinks", "--preserve-symlinks-main"]);
    command.arg(format!(
        "--max-old-space-size={}",
        (seat.memory >> 20).saturating_add(HEAP_MARGIN)
    ));
    command.arg(script);
    Ok(Start { command, folder })
}

#[cfg(test)]
mod tests {
    use super::super::programs::installed;
    use super::*;

    async fn check(major: Option<u32>, programs: &[(&str, &str)], expected: &str) {
        let bin = installed(programs);
        let found = match Nodes::new(bin.path()).find(major).await {
            Ok(found) => match found.notice {
                Some(notice) => format!("{}: {notice}", found.interpreter.program.display()),
                None => found.interpreter.program.display().to_string(),
            },
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected);
    }

    #[tokio::test]
    async fn exactly_the_one_that_is_named_unless_it_is_retired() {
        let all = [
            ("node", "echo 22 1 0; echo /opt/22"),
            ("nodejs", "echo 12 22 9; echo /opt/12"),
            ("node18", "echo 18 20 8; echo /opt/18"),
            ("node-20", "echo 20 9 0; echo /opt/20"),
            ("node24", "echo shim: not installed >&2; exit 127"),
            ("node-gyp", "echo 99 0 0; echo /opt/no"),
        ];
        check(None, &all, "/opt/22").await;
        check(Some(20), &all, "/opt/20").await;
        check(Some(18), &all, "/opt/18").await;
        let retired = "/opt/18: `nodejs:8` reached its end of life on 2019-12-31 and is not installed: its \
                       functions run on Node 18.20.8, the oldest there is";
        check(Some(8), &all, retired).await;
        // Older than what functions run on.
        let retired = "/opt/18: `nodejs:12` reached its end of life on 2022-04-30 and is not installed: its \
                       functions run on Node 18.20.8, the oldest there is";
        check(Some(12), &all, retired).await;
        let none =
            "this machine has no Node 24: there is 12.22.9, 18.20.8, 20.9.0, 22.1.0 on the search path";
        check(Some(24), &all, none).await;
        let none = "this machine has no Node 14 or newer: there is 12.22.9 on the search path";
        check(None, &all[1..2], none).await;
        check(Some(8), &all[1..2], none).await;
        let none = "this machine has no Node 20: there is none on the search path";
        check(Some(20), &[], none).await;
    }
}
