//! A job is launched once, and found again.

use super::home::{Home, ended, float, is_alive, record, shell, train, until};
use flow_engine::ErrorKind;
use flowd::clock::SystemClock;
use flowd::jobs::{JobError, JobState, Jobs, Submitted, task};
use serde_json::json;
use std::fs;
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn a_train_leaves_a_model_and_its_reports() {
    let home = Home::new();
    let script = "echo 1 2 3 > $FLOW_MODEL_DIR/weights; echo '{\"loss\": 0.5}' > $FLOW_REPORT";
    let mut job = train(script);
    job.reports = record(&[("loss", float())]);
    let outcome = home.run(home.request(job)).await.unwrap();
    assert_eq!(outcome.reports, json!({ "loss": 0.5 }));
    let model = outcome.model.unwrap();
    assert_eq!(model.size, 6);
    let dir = home.artifacts.dir(&model.digest).await.unwrap();
    assert_eq!(fs::read_to_string(dir.join("weights")).unwrap(), "1 2 3\n");
}

#[tokio::test]
async fn a_job_goes_on_without_its_daemon_and_is_found_again() {
    let home = Home::new();
    home.pipe("gate");
    let script = "echo launched >> journal; read x < gate; echo '{\"loss\": 1}' > $FLOW_REPORT";
    let mut job = shell(script);
    job.reports = record(&[("loss", float())]);
    let request = home.request(job);

    let first = home.jobs();
    let artifacts = home.artifacts.clone();
    let mine = request.clone();
    let daemon = tokio::spawn(async move {
        task::run(
            &first,
            &artifacts,
            &SystemClock,
            mine,
            &|_| {},
            CancellationToken::new(),
        )
        .await
    });
    until("the job runs", async || home.code("journal").exists()).await;
    daemon.abort();
    assert!(daemon.await.unwrap_err().is_cancelled());

    let again = tokio::spawn({
        let (jobs, artifacts, request) = (home.jobs(), home.artifacts.clone(), request.clone());
        async move {
            task::run(
                &jobs,
                &artifacts,
                &SystemClock,
                request,
                &|_| {},
                CancellationToken::new(),
            )
            .await
        }
    });
    home.open_gate("gate");
    let outcome = again.await.unwrap().unwrap();
    assert_eq!(outcome.reports, json!({ "loss": 1 }));

    let once_more = home.run(request).await.unwrap();
    assert_eq!(once_more, outcome, "a job that ended is adopted as well");
    assert_eq!(home.read("journal"), "launched\n");
}

#[tokio::test]
async fn of_many_submissions_one_launches() {
    let home = Home::new();
    let request = home.request(shell("echo launched >> journal"));
    let all = (0..8).map(|_| home.run(request.clone()));
    for outcome in futures::future::join_all(all).await {
        outcome.unwrap();
    }
    assert_eq!(home.read("journal"), "launched\n");
}

#[tokio::test]
async fn a_shim_that_comes_late_launches_nothing() {
    let home = Home::new();
    let request = home.request(shell("echo launched >> journal"));
    home.run(request.clone()).await.unwrap();
    let before = home.job_dir(&request).read_status().unwrap();
    let late = std::process::Command::new(env!("CARGO_BIN_EXE_flowd"))
        .arg("shim")
        .arg(home.job_dir(&request).root())
        .status();
    assert!(late.unwrap().success());
    assert_eq!(home.read("journal"), "launched\n");
    assert_eq!(home.job_dir(&request).read_status().unwrap(), before);
}

#[tokio::test]
async fn a_name_belongs_to_one_job() {
    let home = Home::new();
    let name = home.request(shell("true")).job_name();
    let jobs = home.jobs();
    let unknown = jobs.poll(&name).await;
    assert!(matches!(unknown, Err(JobError::Unknown { .. })));
    assert_eq!(
        jobs.submit(&name, &home.spec("true")).await.unwrap(),
        Submitted::Launched
    );
    assert_eq!(
        jobs.submit(&name, &home.spec("true")).await.unwrap(),
        Submitted::Adopted
    );
    let other = jobs.submit(&name, &home.spec("false")).await;
    assert!(matches!(other, Err(JobError::Conflict { .. })));
}

#[tokio::test]
async fn a_job_whose_shim_was_killed_is_lost_and_nothing_of_it_runs() {
    let home = Home::new();
    home.pipe("gate");
    let script = "setsid sh -c 'echo $$ > child; read x < gate' & echo $$ > leader; read x < gate";
    let request = home.request(shell(script));
    let jobs = home.jobs();
    jobs.submit(&request.job_name(), &home.spec(script))
        .await
        .unwrap();
    let written = |path: &str| fs::read_to_string(home.code(path)).is_ok_and(|text| text.ends_with('\n'));
    until("both run", async || written("leader") && written("child")).await;

    let leader = home.read("leader");
    let stat = fs::read_to_string(format!("/proc/{}/stat", leader.trim())).unwrap();
    let shim = stat
        .rsplit_once(')')
        .unwrap()
        .1
        .split_whitespace()
        .nth(1)
        .unwrap()
        .to_owned();
    let killed = std::process::Command::new("kill").args(["-9", &shim]).status();
    assert!(killed.unwrap().success());

    assert_eq!(ended(&jobs, &request).await, JobState::Lost);
    for pid in [leader, home.read("child")] {
        until("the kernel has removed it", async || !is_alive(&pid)).await;
    }
    let mut request = request;
    request.job = shell(script);
    let error = home.run(request).await.unwrap_err();
    assert_eq!(
        error.kind,
        ErrorKind::Crash,
        "a lost generation is never launched again"
    );
}
