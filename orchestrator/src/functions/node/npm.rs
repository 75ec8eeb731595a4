//! Installs what a `package.json` asks for: `npm ci` where there is a lock file, else `npm install`.
//!
//! No script of a package runs: it would run when a plan is deployed, as the daemon, before anybody has called
//! the code. Packages with native parts bring them ready-made nowadays; one that does not says so when it is loaded.

use super::super::Progress;
use super::super::environment::EnvironmentError;
use super::super::environment::cache::{Reason, run};
use super::super::environment::room::room;
use super::super::programs::Interpreter;
use super::version;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// What is installed depends on these and on nothing else.
pub(super) fn digest(node: &Interpreter, manifest: &str, lock: Option<&str>) -> String {
    let mut hasher = blake3::Hasher::new();
    // Lengths, so that no end of one text is the beginning of the next.
    let lock_len = lock.map(str::len);
    hasher.update(format!("nodejs\0{}\0{}\0{lock_len:?}\0", version(node), manifest.len()).as_bytes());
    hasher.update(manifest.as_bytes());
    hasher.update(lock.unwrap_or_default().as_bytes());
    hasher.finalize().to_hex().to_string()
}

/// Installs into `home`.
pub(super) async fn install(
    node: &Interpreter,
    path: &OsStr,
    manifest: &str,
    lock: Option<&str>,
    home: &Path,
    progress: &Progress<'_>,
) -> Result<u64, EnvironmentError> {
    let program = find(&node.program, path).ok_or_else(|| EnvironmentError::NoNpm {
        node: node.program.clone(),
    })?;
    progress(&format!("installing packages for Node {}", version(node)));
    let write = |name: &str, text: &str| std::fs::write(home.join(name), text);
    std::fs::create_dir_all(home)
        .and_then(|()| write("package.json", manifest))
        .and_then(|()| lock.map_or(Ok(()), |lock| write("package-lock.json", lock)))
        .map_err(EnvironmentError::io(home))?;
    let mut npm = Command::new(&node.program);
    npm.arg(program);
    match lock {
        Some(_) => npm.arg("ci"),
        // What is a folder is copied: the environment must not change when the folder does.
        None => npm.args(["install", "--install-links"]),
    };
    npm.args(["--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"]);
    npm.args(["--no-update-notifier", "--no-progress"]);
    npm.args(["--loglevel=error", "--logs-max=0"]);
    npm.current_dir(home);
    run("installing the packages", npm, Reason::First, progress).await?;
    // Optional packages that do not fit this machine leave no folder, and are no mistake.
    let packages = home.join("node_modules");
    std::fs::create_dir_all(&packages)
        .and_then(|()| room(&packages, "node_modules", &[]))
        .map_err(EnvironmentError::io(home))
}

/// The npm that came with a Node, else one on the search path. It is a script for Node; a shim is another
/// program's script, and would choose a Node by itself.
fn find(node: &Path, path: &OsStr) -> Option<PathBuf> {
    let own = node.parent().map(Path::to_owned);
    let mut folders = own.into_iter().chain(std::env::split_paths(path));
    folders.find_map(|folder| {
        let program = std::fs::canonicalize(folder.join("npm")).ok()?;
        (program.extension() == Some(OsStr::new("js"))).then_some(program)
    })
}
