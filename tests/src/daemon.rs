//! A daemon as a process of its own, which can be killed at any moment and started again in the same place.

use crate::inside::Ended;
use crate::tree;
use flowd::clock::{Clock, SystemClock};
use flowd::config::DataDir;
use flowd::store::Proof;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

/// Between two looks at the files of jobs.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// The longest that a daemon may take for what a test waits for.
const WAIT_MAX: Duration = Duration::from_secs(600);

/// A copy of a project with a data directory in it; it goes away when this is dropped.
pub struct Home {
    // Before the folder, which is there as long as it is.
    _proof: Proof,
    folder: TempDir,
    /// Below the folder.
    project: PathBuf,
    program: PathBuf,
    /// Variables that the daemon is given.
    variables: Vec<(String, String)>,
}

/// The moment at which a daemon dies as by `kill -9`.
#[derive(Clone, Copy, Debug)]
pub enum Death {
    /// Everything of this commit is written and nothing is durable; counted from its start.
    Before(u64),
    /// This commit is durable and nobody knows.
    After(u64),
    /// So long after its start.
    Elapsed(Duration),
    /// When it has printed so many lines.
    Lines(u64),
    /// When so many jobs have been started. It is dead until they have ended.
    Launched(usize),
}

impl Home {
    /// A copy of a project such as `examples/digits`. `program` is the daemon's, with a probe at every commit.
    pub fn of(project: &str, program: &str) -> Home {
        Home::among(project, "", program)
    }

    /// A copy of all projects below a folder such as `examples`, of which `project` is started.
    pub fn among(folder: &str, project: &str, program: &str) -> Home {
        let folder = tree::copy_of(folder);
        let project = folder.path().join(project);
        Home {
            _proof: Proof::of(DataDir::new(project.join(".flow")).database()),
            project,
            folder,
            program: program.into(),
            variables: Vec::new(),
        }
    }

    /// Gives every daemon that is started from now on a variable.
    pub fn give(&mut self, name: &str, value: &str) {
        self.variables.push((name.into(), value.into()));
    }

    /// Everything of this test is below it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The copy of the project.
    pub fn project(&self) -> &Path {
        &self.project
    }

    /// The data directory.
    pub fn data(&self) -> DataDir {
        DataDir::new(self.project().join(".flow"))
    }

    /// Starts `flowd up` with `words`; it may be told to die at one of its commits.
    pub fn up(&self, words: &[&str], death: Option<Death>) -> Running {
        self.up_on("127.0.0.1:0", words, death)
    }

    /// As [`Home::up`], at an address that others know.
    pub fn up_on(&self, listen: &str, words: &[&str], death: Option<Death>) -> Running {
        let errors = File::options().create(true).append(true).open(self.errors());
        let mut command = Command::new(&self.program);
        command
            .arg("up")
            .arg(self.project())
            .args(["--listen", listen, "--data"])
            .arg(self.data().root())
            .args(words)
            .env("FLOW_TEST_COMMITS", self.project().join("commits"))
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors.expect("the folder of the test can be written"))
            .kill_on_drop(true);
        match death {
            Some(Death::Before(commit)) => drop(command.env("FLOW_TEST_DIE", format!("before:{commit}"))),
            Some(Death::After(commit)) => drop(command.env("FLOW_TEST_DIE", format!("after:{commit}"))),
            Some(Death::Elapsed(_) | Death::Lines(_) | Death::Launched(_)) | None => {}
        }
        let mut child = command.spawn().expect("the daemon's program starts");
        let out = child.stdout.take().expect("its output is a pipe");
        Running {
            child,
            lines: BufReader::new(out).lines(),
            printed: String::new(),
            jobs: self.data().root().join("jobs"),
        }
    }

    /// Runs a command on the data directory, beside a daemon or without one.
    pub async fn flowd(&self, command: &str, words: &[impl AsRef<OsStr>]) -> Ended {
        let mut run = Command::new(&self.program);
        run.arg(command).arg("--data").arg(self.data().root());
        let output = run.args(words).stdin(Stdio::null()).kill_on_drop(true).output();
        Ended::of(output.await.expect("flowd starts"))
    }

    /// How many commits the last daemon here made.
    pub fn commits(&self) -> u64 {
        let count = fs::read_to_string(self.project().join("commits"));
        count.map_or(0, |count| count.parse().expect("a count of commits"))
    }

    /// What all daemons here complained about.
    pub fn complaints(&self) -> String {
        fs::read_to_string(self.errors()).unwrap_or_default()
    }

    fn errors(&self) -> PathBuf {
        self.project().join("errors")
    }
}

/// A daemon at work. It is killed when this is dropped.
pub struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    printed: String,
    jobs: PathBuf,
}

impl Running {
    /// Where it serves, once its flow is deployed; nothing when it ends before that.
    pub async fn address(&mut self) -> Option<String> {
        let mut address = None;
        while let Some(line) = self.line().await {
            let mut words = line.split_ascii_whitespace().skip(1);
            match (words.next(), words.next()) {
                (Some("serve"), place) => address = place.map(str::to_owned),
                (Some("deploy"), _) => return address,
                _ => {}
            }
        }
        None
    }

    /// Waits until it prints a line with `text` in it; false when it ends before that.
    pub async fn says(&mut self, text: &str) -> bool {
        while let Some(line) = self.line().await {
            if line.contains(text) {
                return true;
            }
        }
        false
    }

    /// Ends it as `kill -9` does; returns what it printed so far.
    pub async fn kill(mut self) -> String {
        self.child.start_kill().expect("it is our child");
        self.child.wait().await.expect("it is our child");
        self.printed
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id().expect("it lives")
    }

    /// How many sockets it has open.
    pub fn sockets(&self) -> usize {
        let pid = self.pid();
        let open = fs::read_dir(format!("/proc/{pid}/fd"))
            .into_iter()
            .flatten()
            .flatten();
        let socket = |place: &PathBuf| place.to_string_lossy().starts_with("socket:");
        open.filter_map(|file| fs::read_link(file.path()).ok())
            .filter(socket)
            .count()
    }

    /// Lives until it ends by itself or by this death, and tells how it ended and what it printed.
    pub async fn end(mut self, death: Option<Death>) -> (ExitStatus, String) {
        let last = match death {
            Some(Death::Lines(last)) => last,
            Some(Death::Before(_) | Death::After(_) | Death::Elapsed(_) | Death::Launched(_)) | None => {
                u64::MAX
            }
        };
        let jobs = self.jobs.clone();
        let reading = async {
            for _ in 0..last {
                if self.line().await.is_none() {
                    return;
                }
            }
        };
        match death {
            // The moment is the thing itself here: nothing that could be waited for marks it.
            Some(Death::Elapsed(moment)) => drop(timeout(moment, reading).await),
            Some(Death::Launched(count)) => tokio::select! {
                () = reading => {}
                () = files(&jobs, "started", count) => {}
            },
            Some(Death::Before(_) | Death::After(_) | Death::Lines(_)) | None => reading.await,
        }
        if let Some(Death::Elapsed(_) | Death::Lines(_) | Death::Launched(_)) = death {
            self.child.start_kill().expect("it is our child");
        }
        let ended = timeout(WAIT_MAX, self.child.wait()).await;
        let status = ended.expect("it has closed its output").expect("it is our child");
        if let Some(Death::Launched(count)) = death {
            let ended = timeout(WAIT_MAX, files(&jobs, "status.json", count)).await;
            ended.expect("jobs end without a daemon");
        }
        (status, self.printed)
    }

    /// The next line that it prints; nothing when it has ended.
    async fn line(&mut self) -> Option<String> {
        let next = timeout(WAIT_MAX, self.lines.next_line()).await;
        let next = next.unwrap_or_else(|_| panic!("it hangs after:\n{}", self.printed));
        let line = next.expect("it prints text")?;
        self.printed.push_str(&line);
        self.printed.push('\n');
        Some(line)
    }
}

/// Waits until so many jobs have this file in their directories.
async fn files(jobs: &Path, name: &str, count: usize) {
    loop {
        let jobs = fs::read_dir(jobs).into_iter().flatten().flatten();
        if jobs.filter(|job| job.path().join(name).exists()).count() >= count {
            return;
        }
        SystemClock.sleep(LOOK_EVERY).await;
    }
}
