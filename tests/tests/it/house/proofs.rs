//! Whoever has a database in a test has its log proved.

use super::{check, code, rust, shown};

/// What makes a database, or starts who makes one.
const MAKERS: [&str; 4] = ["Store::open(", "Daemon::start(", "\"up\"", "\"serve\""];
/// What may do so without a proof: the daemon itself, and the tests of the proof, which forge what it has to find.
const OTHERS: [&str; 12] = [
    "orchestrator/src/daemon.rs",
    "orchestrator/src/up.rs",
    "orchestrator/src/main_with.rs",
    "orchestrator/src/store/tests/",
    // It asks for the report itself, and prints it.
    "tests/src/bin/feed-speed.rs",
    // Each life ends with the report, and its seed stands beside what is wrong.
    "orchestrator/src/sim/",
    // What is played is held against the log each time, and the report says so.
    "orchestrator/src/trial",
    "orchestrator/tests/it/sim",
    // The daemon of a measurement, in a `Home`, which has its proof.
    "tests/src/bin/feed-lag.rs",
    // Starts that are refused, beside a daemon that has its proof.
    "tests/tests/it/hello.rs",
    "tests/tests/it/seal.rs",
    "tests/tests/it/house/",
];

#[test]
fn every_database_of_a_test_is_proved_when_it_goes() {
    let mut found = Vec::new();
    let mut proved = 0;
    for (path, text) in ["orchestrator", "tests"].into_iter().flat_map(rust) {
        let path = shown(&path);
        if OTHERS.iter().any(|other| path.starts_with(other)) {
            continue;
        }
        let makes = code(&text).any(|(_, line)| MAKERS.iter().any(|maker| line.contains(maker)));
        match (makes, text.contains("Proof::of(")) {
            (true, false) => found.push(path),
            (true, true) => proved += 1,
            (false, _) => {}
        }
    }
    assert!(proved >= 5, "the harnesses are found");
    check("who makes a database keeps a `store::Proof` of it", found);
}
