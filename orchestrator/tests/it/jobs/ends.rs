//! How jobs end, and that all they started ends with them.

use super::home::{Home, ended, float, is_alive, job, record, shell, train, until};
use flow_engine::ErrorKind;
use flow_lang::plan::Job;
use flowd::clock::SystemClock;
use flowd::jobs::{JobState, Jobs, task};
use flowd::shim::{End, LOG_MAX, Stop};
use std::collections::HashSet;
use std::fs;
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn a_timeout_ends_a_job_with_all_that_it_started() {
    let home = Home::new();
    home.pipe("gate");
    let script = "setsid sh -c 'trap \"\" TERM; echo $$ > child; read x < gate' & read x < gate";
    let mut job = shell(script);
    job.timeout_ms = 1_000;
    let error = home.run(home.request(job)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Timeout);
    assert_eq!(error.message, "`fit` ran longer than 1s");
    assert!(!is_alive(&home.read("child")));
}

#[tokio::test]
async fn what_a_job_leaves_behind_ends_with_it() {
    let home = Home::new();
    home.pipe("gate");
    home.pipe("ready");
    let script = "setsid sh -c 'echo $$ > child; echo > ready; read x < gate' & read x < ready";
    home.run(home.request(shell(script))).await.unwrap();
    assert!(!is_alive(&home.read("child")));
}

#[tokio::test]
async fn memory_is_counted_over_the_whole_tree() {
    let home = Home::new();
    home.pipe("gate");
    let script = "python3 -c 'x = bytearray(200 << 20); open(\"gate\").read()' & wait";
    let mut job = shell(script);
    job.memory = 100 << 20;
    let error = home.run(home.request(job)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Limit);
    assert_eq!(error.message, "`fit` used more than 100MiB of memory");
}

#[tokio::test]
async fn a_log_is_kept_up_to_its_bound() {
    let home = Home::new();
    let request = home.request(shell("head -c 20000000 /dev/zero | tr '\\0' x; echo err >&2"));
    home.run(request.clone()).await.unwrap();
    let log = home.jobs().log(&request.job_name()).await.unwrap();
    let size = fs::metadata(&log).unwrap().len();
    assert!((LOG_MAX..LOG_MAX + 100).contains(&size), "{size}");
}

#[tokio::test]
async fn a_failure_is_told_with_the_end_of_its_log() {
    let home = Home::new();
    let check = async |generation: u32, job: Job, kind: ErrorKind, message: &str| {
        let mut request = home.request(job);
        request.generation = generation;
        let error = home.run(request).await.unwrap_err();
        assert_eq!((error.kind, error.message.as_str()), (kind, message));
    };
    let crash = ErrorKind::Crash;
    check(
        1,
        shell("echo one; echo two >&2; exit 3"),
        crash,
        "`fit` exited with 3: one | two",
    )
    .await;
    check(2, shell("exit 4"), crash, "`fit` exited with 4").await;
    check(3, shell("kill -9 $$"), crash, "`fit` was killed by signal 9").await;
    let missing = "`fit` could not be started: `no-such-program`: No such file or directory (os error 2)";
    check(4, job(&["no-such-program"]), ErrorKind::Refused, missing).await;
}

#[tokio::test]
async fn a_model_has_to_be_there_and_fit() {
    let home = Home::new();
    let check = async |generation: u32, script: &str, kind: ErrorKind, part: &str| {
        let mut request = home.request(train(script));
        request.generation = generation;
        let error = home.run(request).await.unwrap_err();
        assert_eq!(error.kind, kind, "{}", error.message);
        assert!(error.message.contains(part), "{}", error.message);
    };
    check(1, "true", ErrorKind::Type, "wrote no model").await;
    let large = "echo 1234567890 > $FLOW_MODEL_DIR/weights";
    check(2, large, ErrorKind::Limit, "more than `model_size: 10B`").await;
    let linked = "ln -s /etc/passwd $FLOW_MODEL_DIR/weights";
    check(3, linked, ErrorKind::Type, "no plain file").await;
}

#[tokio::test]
async fn a_report_is_held_against_its_declaration() {
    let home = Home::new();
    let check = async |generation: u32, script: &str, part: &str| {
        let mut job = shell(script);
        job.reports = record(&[("loss", float())]);
        let mut request = home.request(job);
        request.generation = generation;
        let error = home.run(request).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Type, "{}", error.message);
        assert!(error.message.contains(part), "{}", error.message);
    };
    check(1, "true", "loss").await;
    check(2, "echo '{\"loss\": \"low\"}' > $FLOW_REPORT", "loss").await;
    check(3, "echo low > $FLOW_REPORT", "no JSON").await;
}

#[tokio::test]
async fn a_cancelled_job_stops() {
    let home = Home::new();
    home.pipe("gate");
    let request = home.request(shell("echo $$ > leader; read x < gate"));
    let stop = CancellationToken::new();
    let jobs = home.jobs();
    let run = task::run(
        &jobs,
        &home.artifacts,
        &SystemClock,
        request.clone(),
        &|_| {},
        stop.clone(),
    );
    let cancel = async {
        until("it runs", async || home.code("leader").exists()).await;
        stop.cancel();
    };
    let (outcome, ()) = tokio::join!(run, cancel);
    assert_eq!(outcome.unwrap_err().message, "`fit` was cancelled");
    assert!(!is_alive(&home.read("leader")));
    let JobState::Exited(status) = ended(&jobs, &request).await else {
        panic!("its shim ended it");
    };
    assert_eq!(status.end, End::Stopped(Stop::Cancelled));
}

#[tokio::test]
async fn a_job_that_nobody_waits_for_is_ended() {
    let home = Home::new();
    home.pipe("gate");
    let request = home.request(shell("echo $$ > leader; read x < gate"));
    let jobs = home.jobs();
    // The daemon that launched it is gone before it ends.
    let launched = task::run(
        &jobs,
        &home.artifacts,
        &SystemClock,
        request.clone(),
        &|_| {},
        CancellationToken::new(),
    );
    tokio::select! {
        outcome = launched => panic!("it waits at its gate: {outcome:?}"),
        () = until("it runs", async || home.code("leader").exists()) => {}
    }
    let next = home.jobs();
    let wanted = [request.job_name()].into();
    assert_eq!(
        next.cancel_others(&wanted).unwrap(),
        0,
        "an open run waits for it"
    );
    assert!(is_alive(&home.read("leader")));
    assert_eq!(next.cancel_others(&HashSet::new()).unwrap(), 1);
    let JobState::Exited(status) = ended(&next, &request).await else {
        panic!("its shim ended it");
    };
    assert_eq!(status.end, End::Stopped(Stop::Cancelled));
    assert_eq!(next.cancel_others(&HashSet::new()).unwrap(), 0, "it has ended");
}
