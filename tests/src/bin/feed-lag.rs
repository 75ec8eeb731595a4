//! How far a daemon is behind a database that it follows, and what a change costs it, in processor time of the
//! daemon alone: from the bytes of its line to the committed run of a rule that appends one row.
//!
//! `cargo run --release -p flow-tests --bin feed-lag -- scripted [CHANGES]` or `… real [DOCUMENTS]`: the daemon is a
//! process of its own; `real` installs `pouchdb-server` with npm. Not run by any test.

use flow_tests::couch::note;
use flow_tests::couch::real::Real;
use flow_tests::couch::scripted::Scripted;
use flow_tests::daemon::{Home, Running};
use flow_tests::processes::processor_ms;
use flowd::clock::{Clock, SystemClock};
use flowd::main_with::{self, Parts};
use flowd::store::NoProbe;
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// Between two looks at how many rows there are.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Changes that a source gets at once.
const PIECE: u64 = 100;
/// Between two pieces of the scripted source: 4,000 changes a second.
const PIECE_EVERY: Duration = Duration::from_millis(25);

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args().collect();
    if words.get(1).map(String::as_str) == Some("up") {
        // The daemon of this measurement.
        let probe = Arc::new(NoProbe);
        return main_with::run(std::env::args_os().collect(), Parts { probe });
    }
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    runtime.block_on(measure(&words));
    ExitCode::SUCCESS
}

async fn measure(words: &[String]) {
    let asked = words
        .get(2)
        .map(|text| text.parse().expect("a number of changes"));
    match words.get(1).map(String::as_str) {
        Some("scripted") => {
            let changes = asked.unwrap_or(100_000);
            scripted(changes).await;
            steady(changes).await;
        }
        Some("real") => real(asked.unwrap_or(5_000)).await,
        _ => say("feed-lag scripted|real [CHANGES]"),
    }
}

/// All changes are there before the daemon is: how fast it is when nothing keeps it waiting.
async fn scripted(changes: u64) {
    let source = Scripted::start().await;
    source.write("1-a", (0..changes).map(note));
    let home = home(source.url());
    let mut running = up(&home);
    let address = running.address().await.expect("it serves");
    let (began, spent) = (SystemClock.now(), spent(&running));
    arrive(&address, changes).await;
    let (took, spent) = (SystemClock.now() - began, self::spent(&running) - spent);
    say(&format!(
        "scripted, all at once: {changes} changes in {took} ms, {} a second; {} µs of the daemon's processor each",
        changes * 1_000 / took.max(1),
        spent * 1_000 / changes
    ));
}

/// Changes come at a steady pace.
async fn steady(changes: u64) {
    let source = Scripted::start().await;
    let home = home(source.url());
    let mut running = up(&home);
    let address = running.address().await.expect("it serves");
    let before = spent(&running);
    let began = SystemClock.now();
    let mut written = Vec::new();
    let mut lag = Lag::default();
    let mut next = 0;
    while next < changes {
        source.write("1-a", (next..(next + PIECE).min(changes)).map(note));
        next = (next + PIECE).min(changes);
        written.push((SystemClock.now(), next));
        if next % (PIECE * 4) == 0 {
            lag.look(&address, &written).await;
        }
        let due = began + next / PIECE * PIECE_EVERY.as_millis() as u64;
        SystemClock
            .sleep(Duration::from_millis(due.saturating_sub(SystemClock.now())))
            .await;
    }
    lag.until(&address, &written).await;
    let took = SystemClock.now() - began;
    say(&format!(
        "scripted, {} a second: lag at most {} ms; {} µs of the daemon's processor each",
        changes * 1_000 / took,
        lag.most,
        (spent(&running) - before) * 1_000 / changes
    ));
}

/// Documents by `_bulk_docs`, as fast as the server takes them.
async fn real(documents: u64) {
    let Some(source) = Real::start("a real database: set FLOW_TEST=all").await else {
        return;
    };
    source.make("notes").await;
    let home = home(&source.url());
    let mut running = up(&home);
    let address = running.address().await.expect("it serves");
    let before = spent(&running);
    let began = SystemClock.now();
    let mut written = Vec::new();
    let mut lag = Lag::default();
    let mut next = 0;
    while next < documents {
        let piece: Vec<_> = (next..(next + PIECE).min(documents)).map(note).collect();
        source.write("notes", &piece).await;
        next += piece.len() as u64;
        written.push((SystemClock.now(), next));
        lag.look(&address, &written).await;
    }
    let wrote = SystemClock.now() - began;
    lag.until(&address, &written).await;
    say(&format!(
        "real: {documents} documents written in {wrote} ms, {} a second; lag at most {} ms; {} µs of the daemon's processor each",
        documents * 1_000 / wrote,
        lag.most,
        (spent(&running) - before) * 1_000 / documents
    ));
}

/// How long what is not a row yet has been written.
#[derive(Default)]
struct Lag {
    most: u64,
}

impl Lag {
    /// `written` tells how many changes there were at which time. How many are rows.
    async fn look(&mut self, address: &str, written: &[(u64, u64)]) -> u64 {
        let rows = rows(address).await;
        let oldest = written.iter().find(|(_, count)| *count > rows);
        if let Some((since, _)) = oldest {
            self.most = self.most.max(SystemClock.now() - since);
        }
        rows
    }

    async fn until(&mut self, address: &str, written: &[(u64, u64)]) {
        let all = written.last().map_or(0, |(_, count)| *count);
        while self.look(address, written).await < all {
            SystemClock.sleep(LOOK_EVERY).await;
        }
    }
}

fn home(url: &str) -> Home {
    let me = std::env::current_exe().expect("this program has a path");
    let home = Home::of("tests/projects/contract", &me.to_string_lossy());
    let flow = format!(
        "type Note {{ id: text<64B>, number: int<0..999999> }}\n\
         package notes = couchdb<Note> {{ url: {url:?}, mode: continuous }}\n\
         trigger noted from notes.changes\n"
    );
    fs::write(home.project().join("package.flow"), flow).expect("the folder can be written");
    home
}

fn up(home: &Home) -> Running {
    home.up(&[], None)
}

fn spent(running: &Running) -> u64 {
    processor_ms(running.pid())
}

async fn arrive(address: &str, all: u64) {
    while rows(address).await < all {
        SystemClock.sleep(LOOK_EVERY).await;
    }
}

async fn rows(address: &str) -> u64 {
    let sets = flowd::outbound::direct().get(format!("{address}/v1/datasets"));
    let sets = sets.send().await.expect("the daemon answers");
    let sets: Value = sets.json().await.expect("JSON");
    sets[0]["rows"].as_u64().unwrap_or(0)
}

fn say(text: &str) {
    writeln!(std::io::stdout(), "{text}").expect("standard output is open");
}
