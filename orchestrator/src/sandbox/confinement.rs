//! Starts a process that reaches nothing but named endpoints, where the machine can do that.

use super::cell::{self, Cell};
use super::gate::Gate;
use super::layout::{Layout, asks_nobody};
use super::{handshake, loopback, spawn};
use flow_lang::plan::Endpoint;
use rustix::fd::OwnedFd;
use rustix::io::fcntl_dupfd_cloexec;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use std::ffi::CString;
use std::fmt;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// Descriptors below this one are for the program: nothing of ours may be in the way of what it is given.
const OURS: i32 = 64;
/// Where a name server would be that answers at once, by not being there.
const RESOLVER: &str = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n";
/// Sockets in the file system behind which somebody resolves names.
const RESOLVERS: [&str; 3] = [
    "/run/nscd/socket",
    "/run/systemd/resolve/io.systemd.Resolve",
    "/run/systemd/resolve/io.systemd.Resolve.Monitor",
];

/// Whether processes are started in namespaces of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confinement {
    /// They are, and reach nothing but what is named.
    Enforced,
    /// They are not, and reach whatever the daemon does.
    Off {
        /// Why.
        reason: String,
    },
}

impl Confinement {
    /// Tries what this machine can do. Has to be called inside a runtime.
    pub async fn probe() -> Confinement {
        let tried = match tempfile::tempdir() {
            // A folder is no program: what is tried is all that comes before.
            Ok(folder) => started(Command::new("/"), &[], &folder).await.1.map(drop),
            Err(error) => Err(error),
        };
        match tried {
            Ok(()) => Confinement::Enforced,
            Err(error) => Confinement::Off {
                reason: error.to_string(),
            },
        }
    }

    /// Its word: `enforced` or `not enforced`.
    pub fn word(&self) -> &'static str {
        match self {
            Confinement::Enforced => "enforced",
            Confinement::Off { .. } => "not enforced",
        }
    }

    /// Why it is not enforced.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Confinement::Enforced => None,
            Confinement::Off { reason } => Some(reason),
        }
    }

    /// As [`spawn()`](super::spawn()), in a cell with doors to `network` and to nothing else. Without confinement
    /// the process is started as it is. `scratch` is a folder for files that are gone again afterwards.
    ///
    /// # Errors
    /// What the system says when the program cannot be started, or not in a cell.
    pub async fn spawn(
        &self,
        command: Command,
        network: &[Endpoint],
        scratch: &Path,
    ) -> io::Result<(Child, Gate)> {
        match self {
            Confinement::Off { .. } => Ok((spawn::spawn(command).await?, Gate::default())),
            Confinement::Enforced => {
                let folder = tempfile::Builder::new().prefix("cell-").tempdir_in(scratch)?;
                let (child, attended) = started(command, network, &folder).await;
                // Why there is no cell says more than that the child has ended.
                let doors = attended?;
                Ok((child?, Gate::open(doors)?))
            }
        }
    }
}

impl fmt::Display for Confinement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        match self.reason() {
            None => Ok(()),
            Some(reason) => write!(f, " ({reason})"),
        }
    }
}

type Doors = Vec<(OwnedFd, Endpoint)>;

/// What became of the program, and of its cell.
async fn started(
    mut command: Command,
    network: &[Endpoint],
    folder: &TempDir,
) -> (io::Result<Child>, io::Result<Doors>) {
    let machine = rustix::system::uname();
    let layout = Layout::of(network, &machine.nodename().to_string_lossy());
    let (mine, cell) = match furnish(&layout, folder.path()) {
        Ok(made) => made,
        Err(error) => return (Err(io::ErrorKind::NotFound.into()), Err(error)),
    };
    enter(&mut command, cell);
    // The child waits for this in the middle of being started.
    let attended = tokio::task::spawn_blocking(move || handshake::attend(&mine));
    let child = spawn::spawn(command).await;
    let doors = match attended.await {
        Ok(doors) => doors.map(|doors| {
            let outside = layout.doors.into_iter().map(|(_, endpoint)| endpoint);
            doors.into_iter().zip(outside).collect()
        }),
        Err(error) => Err(io::Error::other(error)),
    };
    (child, doors)
}

/// Lets the child of `command` enter its cell. It waits there for the daemon, whose lock it has until it becomes the
/// program: so its life is tied to the daemon's before that.
fn enter(command: &mut Command, cell: Cell) {
    spawn::tie_to_daemon(command);
    cell::confine(command, cell);
}

/// Everything that a cell holds, and the daemon's end of the talk with who enters it.
fn furnish(layout: &Layout, folder: &Path) -> io::Result<(OwnedFd, Cell)> {
    let (mine, theirs) = socketpair(
        AddressFamily::UNIX,
        SocketType::SEQPACKET,
        SocketFlags::CLOEXEC,
        None,
    )?;
    let cell = Cell {
        control: fcntl_dupfd_cloexec(&theirs, OURS)?,
        loopback: loopback::messages(&layout.addresses),
        covers: covers(layout, folder)?,
        doors: layout.doors.iter().map(|(inside, _)| *inside).collect(),
    };
    Ok((mine, cell))
}

/// Files that let a program look names up among the named ones and ask nobody.
fn covers(layout: &Layout, folder: &Path) -> io::Result<Vec<(CString, CString)>> {
    let hosts = Path::new("/etc/hosts");
    if layout.has_names && !hosts.exists() {
        return Err(io::Error::other(
            "this machine has no /etc/hosts to cover, so hosts can have no names",
        ));
    }
    let services = Path::new("/etc/nsswitch.conf");
    let files = [
        (hosts, layout.hosts.clone()),
        (Path::new("/etc/resolv.conf"), RESOLVER.to_owned()),
        (
            services,
            asks_nobody(&std::fs::read_to_string(services).unwrap_or_default()),
        ),
    ];
    let mut covers = Vec::new();
    for (over, text) in files {
        if over.exists() {
            let file = folder.join(over.file_name().unwrap_or(over.as_os_str()));
            std::fs::write(&file, text)?;
            covers.push((path(&file)?, path(over)?));
        }
    }
    // What is no socket refuses at once.
    let nobody = folder.join("nobody");
    std::fs::write(&nobody, "")?;
    for socket in RESOLVERS
        .map(Path::new)
        .into_iter()
        .filter(|socket| socket.exists())
    {
        covers.push((path(&nobody)?, path(socket)?));
    }
    Ok(covers)
}

fn path(path: &Path) -> io::Result<CString> {
    Ok(CString::new(path.as_os_str().as_bytes())?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, SystemClock};
    use std::io::Write;
    use std::process::Stdio;
    use std::time::Duration;
    use tokio::io::{AsyncBufReadExt, BufReader};

    const LOOK_EVERY: Duration = Duration::from_millis(10);
    const LOOKS_MAX: u32 = 500;

    /// A part of the test below, in a process of its own: starts a child that waits in the middle of being started,
    /// says who it is, and answers it nothing.
    #[tokio::test]
    #[ignore = "waits for ever: the test below starts it and kills it"]
    async fn one_that_answers_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let (mine, cell) = furnish(&Layout::of(&[], "here"), folder.path()).unwrap();
        let mut command = Command::new("true");
        enter(&mut command, cell);
        let told = tokio::task::spawn_blocking(move || {
            let (_, child, _) = handshake::listen(&mine).unwrap();
            writeln!(io::stdout(), "\nwaits {child}").unwrap();
            mine
        });
        let child = spawn::spawn(command).await;
        drop((child, told.await));
    }

    #[tokio::test]
    async fn a_child_that_waits_to_be_started_ends_with_the_daemon() {
        if Confinement::probe().await != Confinement::Enforced {
            return;
        }
        let name = "sandbox::confinement::tests::one_that_answers_nobody";
        let mut daemon = Command::new(std::env::current_exe().unwrap())
            .args([name, "--exact", "--ignored", "--nocapture"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(daemon.stdout.take().unwrap()).lines();
        let child = loop {
            let line = lines.next_line().await.unwrap().expect("it says who waits");
            if let Some(child) = line.strip_prefix("waits ") {
                break child.to_owned();
            }
        };
        daemon.kill().await.unwrap();
        let stat = format!("/proc/{child}/stat");
        for _ in 0..LOOKS_MAX {
            if std::fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z ")) {
                return;
            }
            SystemClock.sleep(LOOK_EVERY).await;
        }
        panic!("process {child} waits for a daemon that is dead, and has its lock");
    }
}
