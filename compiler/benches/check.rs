//! What `flowc check` costs: `cargo bench -p flowc`.
//!
//! Processor time of the whole process (user and system), the least of several runs; the wall says nothing on a machine
//! that others use too. The flows are written by `check/flows.rs`, clean, and of the size that their row names.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

#[path = "check/counted.rs"]
mod counted;
#[path = "check/flows.rs"]
mod flows;
#[path = "../tests/it/grown.rs"]
mod grown;

use std::path::Path;
use std::process::Command;

/// The lines of one large file.
const LINES: usize = 10_000;
/// Instructions are compared between texts of so many bytes and of twice as many.
const SMALL: usize = 64_000;

fn main() {
    // `cargo test` builds the benchmarks and starts them; only `cargo bench` asks for figures.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder for the flows");
    println!("{:<28} {:>9} {:>9}", "flowc check", "CPU ms", "peak MB");
    println!(
        "{:<28} {:>9.1}",
        "(a process that does nothing)",
        counted::floor_us() as f64 / 1000.0
    );
    let small = [
        ("1 task", flows::tasks(1)),
        ("500 tasks", flows::tasks(500)),
        ("10,000 lines", flows::part(0, LINES)),
    ];
    let small = small.map(|(name, text)| (name, written(folder.path(), name, &[text])));
    // From small to large, and before anything else is started: the system tells the peak of all children so far.
    for (name, project) in &small {
        row(name, project, 20);
    }
    for files in [10, 20, 100] {
        let texts: Vec<_> = (0..files).map(|part| flows::part(part, LINES)).collect();
        let name = format!("{files} files of 10,000 lines");
        row(&name, &written(folder.path(), &name, &texts), 1);
    }
    println!("\n{:<28} {:>14}", "flowc check", "instructions");
    for (name, project) in &small {
        match counted::instructions(project) {
            Some(count) => println!("{name:<28} {count:>14}"),
            None => return println!("left out: there is no valgrind here to count instructions"),
        }
    }
    doubled(folder.path());
}

fn row(name: &str, project: &Path, runs: usize) {
    clean(project);
    let cost = counted::least(runs, project);
    println!(
        "{name:<28} {:>9.1} {:>9.0}",
        cost.cpu_us as f64 / 1000.0,
        cost.peak_kib as f64 / 1024.0,
    );
}

/// How the instructions grow when the text doubles, family by family.
fn doubled(folder: &Path) {
    println!(
        "\n{:<32} {:>14} {:>14} {:>6}",
        "twice the text", "64 kB", "128 kB", ""
    );
    for family in grown::families() {
        let count = |bytes| {
            let name = format!("{} {bytes}", family.name);
            counted::instructions(&written(folder, &name, &[(family.text)(bytes)]))
        };
        if let (Some(one), Some(two)) = (count(SMALL), count(SMALL * 2)) {
            let grows = two as f64 / one as f64;
            println!("{:<32} {one:>14} {two:>14} {grows:>6.2}", family.name);
        }
    }
}

/// A project with these sources and the code that they name.
fn written(folder: &Path, name: &str, texts: &[String]) -> std::path::PathBuf {
    let project = folder.join(name.replace([' ', ','], "-"));
    let functions = project.join("functions");
    std::fs::create_dir_all(&functions).expect("the folder is ours");
    std::fs::write(functions.join("work.py"), "def run(args):\n    return args\n")
        .expect("the folder is ours");
    for (part, text) in texts.iter().enumerate() {
        std::fs::write(project.join(format!("part{part}.flow")), text).expect("the folder is ours");
    }
    std::fs::write(
        project.join("flow.toml"),
        "[flow]\nname = \"parts\"\nsources = [\"*.flow\"]\n",
    )
    .expect("the folder is ours");
    project
}

/// A flow with findings would be a figure of the findings.
fn clean(project: &Path) {
    let checked = Command::new(env!("CARGO_BIN_EXE_flowc"))
        .args(["check", "--deny-warnings"])
        .arg(project)
        .output()
        .expect("flowc starts");
    assert!(
        checked.status.success(),
        "{}",
        String::from_utf8_lossy(&checked.stdout)
    );
}
