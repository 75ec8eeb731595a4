//! The daemon as a process of its own: what it needs when idle, and how soon it works after a start and after a kill.

use super::inside;
use super::load::Line;
use super::machine;
use super::sheet::{Sheet, Target};
use flowd::store::Proof;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Starts of which the median counts.
const STARTS: usize = 9;

/// A daemon that is killed when this goes.
struct Process {
    child: Child,
    address: SocketAddr,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().expect("it is our child");
        self.child.wait().expect("it is our child");
    }
}

impl Process {
    /// Starts one, and returns when it listens.
    fn start(data: &Path) -> Process {
        let mut child = Command::new(env!("CARGO_BIN_EXE_flowd"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .env("FLOW_LOG", "info")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("flowd starts");
        let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let address = loop {
            let line = lines.next().expect("it listens").expect("it is text");
            if let Some((_, rest)) = line.split_once("\"address\":\"") {
                let (address, _) = rest.split_once('"').expect("a line of JSON");
                break address.parse().expect("an address");
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        Process { child, address }
    }
}

pub(crate) fn measure(sheet: &mut Sheet) {
    let folder = tempfile::tempdir().expect("a folder for the data");
    let project = inside::project(folder.path());
    let data = folder.path().join("data");
    let _proof = Proof::of(data.join("flow.db"));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    {
        let first = Process::start(&data);
        let deployed = Command::new(env!("CARGO_BIN_EXE_flowd"))
            .arg("deploy")
            .arg(&project)
            .args(["--server", &format!("http://{}", first.address)])
            .status();
        assert!(deployed.expect("flowd starts").success());
        let fire = async {
            Line::open(first.address, "three", r#"{"n":7}"#)
                .await
                .fire()
                .await
                .len()
        };
        runtime.block_on(fire);
    }
    let mut accepted = Vec::new();
    let mut stepped = Vec::new();
    for _ in 0..STARTS {
        let began = Instant::now();
        let process = Process::start(&data);
        let run = runtime.block_on(async {
            let mut line = Line::open(process.address, "three", r#"{"n":7}"#).await;
            let answer: serde_json::Value =
                serde_json::from_slice(line.fire().await).expect("an answer is JSON");
            answer["runs"][0].as_str().expect("a run").to_owned()
        });
        accepted.push(began.elapsed());
        while !has_ended_a_step(process.address, &run) {
            std::thread::yield_now();
        }
        stepped.push(began.elapsed());
    }
    let process = Process::start(&data);
    let resident = idle(&process);
    drop(process);
    let ms = |times: &mut Vec<Duration>| machine::median_us(times) / 1_000.0;
    sheet.row(
        "start after kill -9 to the first accepted event",
        ms(&mut accepted),
        "ms",
        Target::Most(100.0),
    );
    sheet.row(
        "kill -9 and start to the first new step",
        ms(&mut stepped),
        "ms",
        Target::Most(500.0),
    );
    sheet.row("idle, resident", resident, "MB", Target::Most(20.0));
}

/// Resident memory when it has come to rest.
fn idle(process: &Process) -> f64 {
    let (mut last, began) = (0.0, Instant::now());
    loop {
        let (resident, _) = machine::memory_mb(process.child.id());
        if resident == last && began.elapsed() > Duration::from_secs(1) {
            return resident;
        }
        last = resident;
        std::thread::yield_now();
    }
}

fn has_ended_a_step(address: SocketAddr, run: &str) -> bool {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(address).expect("it listens");
    let asked = write!(
        stream,
        "GET /v1/runs/{run} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
    );
    asked.expect("it listens");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer.contains("{\"done\":")
}
