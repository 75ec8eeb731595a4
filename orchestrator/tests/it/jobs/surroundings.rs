//! What a job finds around it, and what it cannot reach.

use super::home::{Home, ended, float, job, python, record, shell, until};
use flow_lang::plan::Type;
use flowd::jobs::{JobState, Jobs, Secrets};
use flowd::shim::End;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

#[tokio::test]
async fn a_job_finds_what_it_needs_in_its_environment() {
    let home = Home::new();
    let rows = home.artifacts.put_bytes("{\"a\":1}\n".into()).await.unwrap();
    let script = "import json, os; json.dump(dict(os.environ), open('seen.json', 'w')); \
                  json.dump(json.load(open(os.environ['FLOW_ARGS'])), open('args.json', 'w')); \
                  json.dump(open(os.environ['FLOW_DATA_train_set']).read(), open('rows.json', 'w')); \
                  open('secrets.json', 'w').write(open(os.environ['FLOW_SECRETS']).read())";
    let mut job = job(&["python", "-c", script]);
    job.cpu = 3;
    job.writes = vec!["inbox".to_owned()];
    job.secrets = vec!["key".to_owned()];
    job.input = record(&[
        ("train_set", Type::Dataset(Box::new(Type::nothing()))),
        ("depth", float()),
    ]);
    let mut request = home.request(job);
    request.interpreter = Some(python());
    request.packages = BTreeMap::from([("inbox".to_owned(), PathBuf::from("/data/inbox"))]);
    request.secrets = Secrets::new(BTreeMap::from([("key".to_owned(), "canary-4711".to_owned())]));
    request.args = json!({
        "train_set": { "$dataset": rows.digest, "name": "d", "rows": 1, "size": 8 },
        "depth": 7,
    });
    home.run(request.clone()).await.unwrap();

    let json = |path: &str| serde_json::from_str::<Value>(&home.read(path)).unwrap();
    let (seen, args) = (json("seen.json"), json("args.json"));
    assert_eq!(json("rows.json"), "{\"a\":1}\n");
    assert_eq!(args["depth"], 7);
    assert_eq!(args["train_set"], seen["FLOW_DATA_train_set"]);
    assert_eq!(seen["FLOW_PACKAGE_inbox"], "/data/inbox");
    for name in ["OMP", "OPENBLAS", "MKL", "NUMEXPR", "RAYON"] {
        assert_eq!(seen[format!("{name}_NUM_THREADS")], "3");
    }
    assert_eq!(seen["VECLIB_MAXIMUM_THREADS"], "3");
    assert!(seen.get("CARGO_BIN_EXE_flowd").is_none() && seen.get("CARGO_MANIFEST_DIR").is_none());

    assert_eq!(json("secrets.json"), json!({ "key": "canary-4711" }));
    for entry in fs::read_dir(home.job_dir(&request).root()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let content = fs::read_to_string(&path).unwrap();
            assert!(!content.contains("canary"), "{}", path.display());
        }
    }
}

#[tokio::test]
async fn secrets_are_for_the_owner_alone_and_progress_is_seen() {
    let home = Home::new();
    home.pipe("gate");
    let script = "echo '{\"progress\": 0.1}' >> $FLOW_PROGRESS; echo '{\"progress\": 0.4}' >> $FLOW_PROGRESS; \
                  read x < gate";
    let request = home.request(shell(script));
    let mut spec = home.spec(script);
    spec.secrets = Secrets::new(BTreeMap::from([("key".to_owned(), "canary".to_owned())]));
    assert!(!format!("{spec:?}").contains("canary"));
    let jobs = home.jobs();
    jobs.submit(&request.job_name(), &spec).await.unwrap();
    until("progress is seen", async || {
        let progress = Some(json!({ "progress": 0.4 }));
        jobs.poll(&request.job_name()).await.unwrap() == JobState::Running { progress }
    })
    .await;
    let secrets = home.job_dir(&request).secrets();
    assert_eq!(
        fs::metadata(&secrets).unwrap().permissions().mode() & 0o777,
        0o600
    );
    home.open_gate("gate");
    let JobState::Exited(status) = ended(&jobs, &request).await else {
        panic!("it ends by itself");
    };
    assert_eq!(status.end, End::Exited { code: 0 });
    assert!(!secrets.exists());
}

#[tokio::test]
async fn what_a_job_tells_is_kept_without_its_secrets() {
    let home = Home::new();
    home.pipe("gate");
    // It gives its secret away wherever it can, also when it is cut by the end of what is read at once.
    let script = "key=$(sed 's/.*:\"//; s/\".*//' $FLOW_SECRETS); echo \"log $key\"; printf %s $key | base64; \
                  echo \"{\\\"word\\\": \\\"$key\\\"}\" > $FLOW_REPORT; cp $FLOW_REPORT $FLOW_PROGRESS; \
                  printf %s $key | cut -c 1-6 | tr -d '\\n'; read x < gate; printf %s $key | cut -c 7-";
    let mut job = shell(script);
    job.secrets = vec!["key".to_owned()];
    job.reports = record(&[("word", Type::Text { max: None })]);
    let mut request = home.request(job);
    request.secrets = Secrets::new(BTreeMap::from([("key".to_owned(), "canary-4711".to_owned())]));
    let (jobs, name) = (home.jobs(), request.job_name());
    let told = json!({ "word": "[secret key]" });
    let seen = async {
        until("progress is seen", async || {
            let progress = Some(told.clone());
            jobs.poll(&name)
                .await
                .is_ok_and(|state| state == JobState::Running { progress })
        })
        .await;
        home.open_gate("gate");
    };
    let (outcome, ()) = tokio::join!(home.run(request.clone()), seen);
    assert_eq!(outcome.unwrap().reports, told);
    let log = fs::read_to_string(home.job_dir(&request).log()).unwrap();
    assert_eq!(log, "log [secret key]\n[secret key]\n[secret key]\n");
    for file in [home.job_dir(&request).report(), home.job_dir(&request).progress()] {
        assert_eq!(
            fs::read_to_string(file).unwrap(),
            "{\"word\": \"[secret key]\"}\n"
        );
    }
}

#[tokio::test]
async fn a_report_cannot_name_files_of_others() {
    let home = Home::new();
    let mime = "text/plain".to_owned();
    let blob = record(&[("plot", Type::Blob { mime, max: 100 })]);
    symlink("/etc/passwd", home.code("passwd")).unwrap();
    let check = async |generation: u32, named: &str, fits: bool| {
        let script = format!("echo seven > $FLOW_OUT/plot; echo '{{\"plot\": \"{named}\"}}' > $FLOW_REPORT");
        let mut job = shell(&script);
        job.reports = blob.clone();
        let mut request = home.request(job);
        request.generation = generation;
        assert_eq!(home.run(request).await.is_ok(), fits, "{named}");
    };
    check(1, "plot", true).await;
    check(2, "/etc/passwd", false).await;
    check(3, home.code("passwd").to_str().unwrap(), false).await;
}
