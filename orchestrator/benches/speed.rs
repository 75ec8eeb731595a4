//! What durable steps cost: `cargo bench -p flowd`, each figure beside what this machine can do in the same minute.
//!
//! The daemon works in this process, with real functions in processes of their own, and is sent requests over HTTP; its
//! processor time is that of this process without the thread that asks. After `--`, `chains`, `process` or `crowd` choose a part, and
//! `--whole` runs the crowd of a million.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

#[path = "speed/chains.rs"]
mod chains;
#[path = "speed/crowd.rs"]
mod crowd;
#[path = "speed/inside.rs"]
mod inside;
#[path = "speed/load.rs"]
mod load;
#[path = "speed/machine.rs"]
mod machine;
#[path = "speed/process.rs"]
mod process;
#[path = "speed/sheet.rs"]
mod sheet;
#[path = "speed/writer.rs"]
mod writer;

use sheet::Sheet;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test` builds the benchmarks and starts them; only `cargo bench` asks for figures.
    if !words.iter().any(|word| word == "--bench") {
        return;
    }
    let chosen: Vec<&String> = words.iter().filter(|word| !word.starts_with("--")).collect();
    let is_chosen = |name: &str| chosen.is_empty() || chosen.iter().any(|word| *word == name);
    let mut sheet = Sheet::default();
    if is_chosen("chains") {
        chains::measure(&mut sheet);
    }
    if is_chosen("process") {
        process::measure(&mut sheet);
    }
    if is_chosen("crowd") {
        crowd::measure(&mut sheet, words.iter().any(|word| word == "--whole"));
    }
    sheet.end();
}
