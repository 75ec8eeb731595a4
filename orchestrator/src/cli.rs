//! The command line. Client commands talk to a daemon over HTTP and know nothing else of it.

mod approve;
mod client;
mod commands;
mod letters;
mod look;
mod many;
mod moment;
mod runs;
mod show;
mod table;
mod tree;
mod triggers;
mod watch;
mod why;
pub mod words;

pub use client::{Client, ClientError};
pub use letters::{Chosen, LetterCommand};
pub use look::Look;
pub use moment::Moment;
pub use runs::{Stopped, Which};
pub use triggers::{From as ReadFrom, TriggerCommand};

use clap::{Args as Group, Parser, Subcommand};
use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

/// What a client command prints, or why it could not.
pub type Outcome = Result<String, ClientError>;

/// Runs flows: functions, jobs, models.
#[derive(Debug, Parser)]
#[command(name = "flowd", version, about, max_term_width = 100)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compile, prepare and serve a project, all in one process
    Up(Up),
    /// Serve what was deployed before, and what will be
    Serve(Serve),
    /// Compile a project and make it the active plan of its flow on a daemon
    Deploy {
        /// A folder, a flow.toml or a .flow file
        #[arg(default_value = ".")]
        project: PathBuf,
        /// The environment of flow.toml
        #[arg(long, default_value = "dev")]
        env: String,
        /// Which daemon.
        #[command(flatten)]
        client: Server,
    },
    /// Play the tests of a flow in virtual time, then each with every single fault at every step
    Test {
        /// A folder, a flow.toml or a .flow file
        #[arg(default_value = ".")]
        project: PathBuf,
        /// The environment of flow.toml
        #[arg(long, default_value = "dev")]
        env: String,
        /// Only tests with this in their name
        #[arg(long, value_name = "TEXT")]
        only: Option<String>,
        /// Play them as they are written, without faults
        #[arg(long)]
        no_faults: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Check every promise of the log of a data directory
    Verify {
        /// The data directory
        #[arg(long)]
        data: Option<PathBuf>,
    },
    /// Copy a data directory, beside a daemon at work, and check the copy
    Backup {
        /// Where to: a new directory, or an earlier copy, which then holds what is new, too
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
        /// The data directory
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Make a data directory of a copy, and check it
    Restore {
        /// The copy
        #[arg(long, value_name = "DIR")]
        from: PathBuf,
        /// The data directory, which must be new or empty
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// What this machine has of what flows need; no daemon is asked
    Doctor {
        /// The data directory
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// What a daemon is asked.
    #[command(flatten)]
    Client(ClientCommand),
}

/// Options of `up`.
#[derive(Debug, Group)]
pub struct Up {
    /// A folder, a flow.toml or a .flow file
    #[arg(default_value = ".")]
    pub project: PathBuf,
    /// The environment of flow.toml
    #[arg(long, default_value = "dev")]
    pub env: String,
    /// Options of the daemon in it.
    #[command(flatten)]
    pub serve: Serve,
    /// Exit once a model is live (0), or when a run fails (1)
    #[arg(long)]
    pub exit_when_live: bool,
    /// The longest to wait for that
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration, requires = "exit_when_live")]
    pub within: Duration,
}

/// Options of a daemon.
#[derive(Debug, Group)]
pub struct Serve {
    /// A loopback address with a port
    #[arg(long, default_value = "127.0.0.1:8787")]
    pub listen: String,
    /// Where others reach it, for the addresses of callbacks [default: where it listens]
    #[arg(long, value_name = "URL", value_parser = base)]
    pub url: Option<String>,
    /// Where everything is kept [default: .flow beside the project]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The longest that running calls are waited for when it is told to stop
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = duration)]
    pub grace: Duration,
}

/// Which daemon a client command speaks to, and how it answers.
#[derive(Clone, Debug, Group)]
pub struct Server {
    /// The daemon
    #[arg(long, default_value = "http://127.0.0.1:8787")]
    pub server: String,
    /// Print the daemon's JSON as it is
    #[arg(long)]
    pub json: bool,
}

/// Commands that ask a daemon.
#[derive(Debug, Subcommand)]
pub enum ClientCommand {
    /// Fire a trigger
    Fire {
        /// The trigger, as NAME or FLOW/NAME
        trigger: String,
        /// The event as JSON
        #[arg(long, default_value = "{}")]
        data: String,
        /// The same key makes a repeat the same event
        #[arg(long)]
        key: Option<String>,
        /// Which daemon.
        #[command(flatten)]
        server: Server,
    },
    /// Call an action once, outside any run
    Invoke {
        /// The action, as NAME or FLOW/NAME
        action: String,
        /// Its input as JSON
        #[arg(long, default_value = "{}")]
        data: String,
        /// Which daemon.
        #[command(flatten)]
        server: Server,
    },
    /// Ask a route of a flow
    Infer {
        /// The declaration, as NAME or FLOW/NAME
        name: String,
        /// Its input as JSON
        #[arg(long, default_value = "{}")]
        data: String,
        /// A file for a blob field: FIELD=PATH
        #[arg(long = "file", value_name = "FIELD=PATH")]
        files: Vec<String>,
        /// Which daemon.
        #[command(flatten)]
        server: Server,
    },
    /// List runs, newest first
    Runs {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// Only in this state: pending, running, succeeded, failed, cancelled
        #[arg(long)]
        status: Option<String>,
        /// How many
        #[arg(long, default_value_t = 20)]
        limit: u32,
        /// Which daemon.
        #[command(flatten)]
        server: Server,
    },
    /// Show a run and its steps
    Show {
        /// The run's id
        run: String,
        /// Show it until it has ended: in place in a terminal, elsewhere in a line for each change
        #[arg(long, short, visible_alias = "watch")]
        follow: bool,
        /// All rounds of an `each`, where a terminal shows those that need somebody
        #[arg(long)]
        all: bool,
        /// Which daemon.
        #[command(flatten)]
        server: Server,
    },
    /// Say why a run is in the state in which it is, and what can be done
    Why {
        /// The run's id
        run: String,
        /// Which daemon.
        #[command(flatten)]
        server: Server,
    },
    /// Show what the steps of a run wrote
    Logs {
        /// The run's id
        run: String,
        /// Only this step, or one try of it: `fit`, `fit.2`
        step: Option<String>,
        /// Show what comes, too, until the run has ended
        #[arg(long, short, conflicts_with = "json")]
        follow: bool,
        /// Which daemon.
        #[command(flatten)]
        server: Server,
    },
    /// Run failed runs again, each from its start with the same event, under the plan that is active
    Retry {
        /// Their ids
        #[arg(required = true)]
        runs: Vec<String>,
        /// Which daemon.
        #[command(flatten)]
        server: Server,
    },
    /// List models: what is live, and who was live when
    Models {
        /// Only of this flow
        #[arg(long)]
        flow: Option<String>,
        /// Which daemon.
        #[command(flatten)]
        server: Server,
    },
    /// List datasets
    Datasets {
        /// Only of this flow
        #[arg(long)]
        flow: Option<String>,
        /// Which daemon.
        #[command(flatten)]
        server: Server,
    },
    /// Dead letters: what could not be carried out, and what is decided about it
    Dlq {
        /// What is asked about them.
        #[command(subcommand)]
        command: LetterCommand,
    },
    /// List triggers: how events come in; `pause` and `resume` their feeds
    #[command(args_conflicts_with_subcommands = true)]
    Triggers {
        /// What is done about one.
        #[command(subcommand)]
        command: Option<TriggerCommand>,
        /// Only of this flow
        #[arg(long)]
        flow: Option<String>,
        /// Which daemon.
        #[command(flatten)]
        server: Server,
    },
    /// Say yes, or no, to a step that waits for an approval, as the user who you are
    Approve {
        /// The run's id
        run: String,
        /// The step
        step: String,
        /// Say no, and why; `catch` sees the message
        #[arg(long, value_name = "MESSAGE", num_args = 0..=1, default_missing_value = "")]
        deny: Option<String>,
        /// The data directory of the daemon, on this machine
        #[arg(long, value_name = "DIR", default_value = ".flow")]
        data: PathBuf,
        /// Print the daemon's JSON as it is
        #[arg(long)]
        json: bool,
    },
    /// Say what became of a step whose outcome is not known
    #[command(group(clap::ArgGroup::new("verdict").required(true)))]
    Resolve {
        /// The run's id
        run: String,
        /// The step
        step: String,
        /// It did what it should, with this value as JSON
        #[arg(long, value_name = "JSON", group = "verdict")]
        succeeded: Option<String>,
        /// It did not; `catch` sees the message
        #[arg(long, value_name = "MESSAGE", num_args = 0..=1, default_missing_value = "", group = "verdict")]
        failed: Option<String>,
        /// It may be done again
        #[arg(long, group = "verdict")]
        again: bool,
        /// Which daemon.
        #[command(flatten)]
        server: Server,
    },
    /// Stop runs
    Cancel(Stopped),
}

pub use commands::{deploy, run};

/// Prints a result.
pub fn print(text: &str) {
    let text = text.trim_end();
    if text.is_empty() {
        return;
    }
    // A reader that has gone away (`| head`) is no failure.
    drop(writeln!(std::io::stdout(), "{text}"));
}

/// Says what went wrong, with all its causes.
pub fn complain(error: &dyn Error) {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        // Some errors print their cause themselves.
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    drop(writeln!(std::io::stderr(), "flowd: {text}"));
}

/// `https://flow.example`, without a slash at the end.
fn base(text: &str) -> Result<String, String> {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    match rest.map(|rest| rest.trim_end_matches('/')) {
        Some(rest) if !rest.is_empty() && !rest.contains(char::is_whitespace) => {
            Ok(text.trim_end_matches('/').to_owned())
        }
        Some(_) | None => Err(format!("`{text}` is no address such as https://flow.example")),
    }
}

/// `500ms`, `30s`, `10m`, `2h`, `7d`.
fn duration(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: u64 = number
        .parse()
        .map_err(|_| format!("`{text}` is not a duration such as 10m"))?;
    let ms = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(format!("`{text}` needs a unit: ms, s, m, h or d")),
    };
    number
        .checked_mul(ms)
        .map(Duration::from_millis)
        .ok_or_else(|| format!("`{text}` is too long"))
}
