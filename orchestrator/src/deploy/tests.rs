//! Two who deploy at once, with an owner of the runs who notes what becomes active.

use super::{DeployError, Deployer};
use crate::config::{self, DataDir};
use crate::functions::{Call, Environments, Functions, Progress};
use crate::upload::Upload;
use crate::worker::{Handle, Mailbox, Message, Served};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flow_engine::StepError;
use flow_lang::plan::*;
use futures::poll;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, mpsc as blocking};
use tempfile::TempDir;
use tokio::sync::{Mutex, Notify, watch};
use tokio_util::sync::CancellationToken;

/// A platform on which getting ready takes until somebody says so.
#[derive(Default)]
struct Slow {
    asked: Notify,
    go_on: Notify,
}

#[async_trait::async_trait]
impl Functions for Slow {
    async fn invoke(&self, _: Call, _: CancellationToken) -> Result<Value, StepError> {
        unreachable!("nothing is called while it is deployed")
    }

    async fn ready(&self, _: &Function, _: &Progress<'_>) -> Result<(), StepError> {
        self.asked.notify_one();
        self.go_on.notified().await;
        Ok(())
    }

    async fn close(&self) {}
}

struct Stage {
    folder: TempDir,
    slow: Arc<Slow>,
    deployer: Arc<Deployer>,
    mailbox: Mailbox,
    served: watch::Sender<Arc<Served>>,
}

fn stage() -> Stage {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let slow = Arc::new(Slow::default());
    let (handle, mailbox) = Handle::new();
    let (served, watcher) = watch::channel(Arc::default());
    let deployer = Deployer {
        data: DataDir::new(folder.path()),
        functions: Arc::clone(&slow) as Arc<_>,
        environments: Arc::new(Environments::new(folder.path(), config::search_path())),
        handle,
        served: watcher,
        turn: Mutex::default(),
    };
    Stage {
        folder,
        slow,
        deployer: Arc::new(deployer),
        mailbox,
        served,
    }
}

impl Stage {
    /// Makes what is handed over active while `work` goes on; what came of that, and the plans in their order.
    async fn owned<T>(&mut self, work: impl Future<Output = T>) -> (T, Vec<Plan>) {
        let mut work = pin!(work);
        let mut active = Vec::new();
        loop {
            let message = tokio::select! {
                done = &mut work => return (done, active),
                message = self.mailbox.recv() => message,
            };
            let Some(Message::Deploy(plan, reply)) = message else {
                panic!("only plans are handed over: {message:?}");
            };
            active.push(Plan::clone(&plan));
            let mut plans = self.served.borrow().plans.clone();
            plans.insert(plan.flow.clone(), Arc::new(*plan));
            let served = Served {
                plans,
                ..Served::default()
            };
            self.served.send_replace(Arc::new(served));
            reply.send(Ok("digest".to_owned())).expect("it is waited for");
        }
    }
}

/// A flow without anything that takes time.
fn upload(flow: &str) -> Upload {
    let plan = json!({
        "version": PLAN_VERSION, "flow": flow, "env": "dev", "packages": {}, "triggers": {}, "secrets": {},
        "actions": {}, "jobs": {}, "datasets": {}, "models": {}, "infers": {}, "feedbacks": {}, "rules": {},
    });
    Upload {
        plan: serde_json::from_value(plan).expect("it has the form of a plan"),
        code: BTreeMap::new(),
    }
}

/// A flow with one function.
fn with_code(flow: &str) -> Upload {
    let mut digest = CodeDigest::default();
    digest.add("main.py", b"pass");
    let code = Code {
        project: String::new(),
        folder: "functions".to_owned(),
        digest: digest.finish(),
        requirements: None,
        lock: None,
    };
    let files = [("main.py".to_owned(), BASE64_STANDARD.encode("pass"))];
    let mut upload = upload(flow);
    upload.code.insert(code.digest.clone(), files.into());
    let function = Function {
        runtime: "python:3".to_owned(),
        code,
        entry: "main".to_owned(),
        memory: 1,
        timeout_ms: 1,
        logs: 1,
        payload: 1,
        result: 1,
        params: BTreeMap::new(),
        secrets: Vec::new(),
        network: Vec::new(),
    };
    let action = Action {
        input: Type::nothing(),
        output: Type::nothing(),
        effects: Effects::Pure,
        mask: false,
        attempts: 1,
        function,
    };
    upload.plan.actions.insert("act".to_owned(), action);
    upload
}

fn with_route(flow: &str) -> Upload {
    let infer = Infer {
        method: "POST".to_owned(),
        path: "/ask".to_owned(),
        deadline_ms: 1,
        keep_ms: 1,
        durable: false,
        graph: Graph {
            input: Type::nothing(),
            steps: Vec::new(),
            result: None,
            output: Type::nothing(),
        },
    };
    let mut upload = upload(flow);
    upload.plan.infers.insert("ask".to_owned(), infer);
    upload
}

#[tokio::test]
async fn an_older_slow_plan_does_not_overwrite_a_newer_one() {
    let mut stage = stage();
    let (older, newer) = (with_code("shop"), upload("shop"));
    let plans = [older.plan.clone(), newer.plan.clone()];
    let deployer = Arc::clone(&stage.deployer);
    let mut older = pin!(deployer.deploy_upload(older));
    let mut newer = pin!(deployer.deploy_upload(newer));
    tokio::select! {
        early = &mut older => panic!("its function was not ready: {early:?}"),
        () = stage.slow.asked.notified() => {}
    }
    assert!(poll!(&mut newer).is_pending());
    assert!(
        stage.mailbox.try_recv().is_none(),
        "the newer one waits for its turn"
    );
    stage.slow.go_on.notify_one();
    let ((older, newer), active) = stage.owned(async { tokio::join!(older, newer) }).await;
    older.and(newer).expect("both are deployed");
    assert_eq!(active, plans);
}

#[tokio::test]
async fn a_route_goes_to_one_of_two_who_want_it_at_once() {
    let mut stage = stage();
    let deployer = Arc::clone(&stage.deployer);
    let both = async {
        let one = deployer.deploy_upload(with_route("one"));
        let two = deployer.deploy_upload(with_route("two"));
        tokio::join!(one, two)
    };
    let ((one, two), active) = stage.owned(both).await;
    one.expect("the first has it");
    let two = two.expect_err("the second does not").to_string();
    assert_eq!(two, "`POST /ask` is a route of flow `one` already");
    assert_eq!(active.len(), 1);
}

/// With its only thread for such work taken, nothing is written: so it is not written on the thread of others.
#[test]
fn staging_leaves_the_thread_to_others() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .max_blocking_threads(1)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let stage = stage();
        let upload = with_code("shop");
        let place = DataDir::new(stage.folder.path()).code(&upload.plan.actions["act"].function.code.digest);
        let (release, released) = blocking::sync_channel::<()>(1);
        let taken = tokio::task::spawn_blocking(move || released.recv().is_err());
        let mut deploying = pin!(stage.deployer.deploy_upload(upload));
        assert!(poll!(&mut deploying).is_pending());
        assert!(!place.exists());
        drop(release);
        assert!(taken.await.expect("it was waited for"));
        tokio::select! {
            early = &mut deploying => panic!("its function was not ready: {early:?}"),
            () = stage.slow.asked.notified() => assert!(place.exists()),
        }
    });
}

#[tokio::test]
async fn a_plan_that_does_not_hold_together_writes_nothing() {
    let mut stage = stage();
    let deployer = Arc::clone(&stage.deployer);
    stage.slow.go_on.notify_one();
    let mut upload = with_code("../shop");
    let (refused, _) = stage.owned(deployer.deploy_upload(upload.clone())).await;
    let flaw = refused.expect_err("its name is a path");
    assert!(matches!(flaw, DeployError::Flaw(_)), "{flaw}");
    upload.plan.flow = "shop".to_owned();
    upload.plan.version = PLAN_VERSION + 1;
    let refused = stage.deployer.deploy_upload(upload).await;
    assert!(matches!(refused, Err(DeployError::Version { .. })), "{refused:?}");
    let written = stage
        .folder
        .path()
        .read_dir()
        .expect("the folder is there")
        .count();
    assert_eq!(written, 0);
}
