use super::{ModelPool, Pools, Served};
use crate::functions::tests::stage::{NODE, Stage, function, gone, has_node, record, words};
use flow_lang::plan::{Length, Model, ModelRef, Type};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

const CODE: &str = "import json, os, time
def load(folder):
    model = json.load(open(os.path.join(folder, 'model.json')))
    if model['version'] == 13: raise ValueError('unlucky')
    return model
def predict(model, rows):
    if any(row['n'] == 666 for row in rows): raise ValueError('poison')
    if any(row['n'] == 600 for row in rows): time.sleep(600)
    if any(row['n'] == 999 for row in rows): return []
    time.sleep(0.05)
    return [{'out': [row['n'], model['version'], len(rows), os.getpid()]} for row in rows]
";

fn stage() -> Stage {
    Stage::new(&[("predict.py", CODE)])
}

async fn pool(stage: &Stage, version: u64, scale: (u32, u32), idle_ms: u64) -> Arc<ModelPool> {
    pool_with(stage, version, scale, idle_ms, |_| {}).await
}

async fn pool_with(
    stage: &Stage,
    version: u64,
    scale: (u32, u32),
    idle_ms: u64,
    change: impl FnOnce(&mut Model),
) -> Arc<ModelPool> {
    let folder = stage.root.path().join(format!("model-{version}"));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(
        folder.join("model.json"),
        json!({ "version": version }).to_string(),
    )
    .unwrap();
    let stored = stage.artifacts.put_dir(&folder).await.unwrap();
    let number = Type::Int { min: 0, max: 1 << 53 };
    let list = Type::List {
        item: Box::new(number.clone()),
        length: Length::Exactly(4),
    };
    let mut function = function("predict");
    function.runtime = stage.runtime.into();
    function.timeout_ms = 3_000;
    let mut model = Model {
        input: record("n", number),
        output: record("out", list),
        function,
        scale,
        idle_ms,
    };
    change(&mut model);
    let served = Served {
        model,
        version: ModelRef {
            digest: stored.digest,
            train: "fit".into(),
            version,
            size: stored.size,
            reports: json!({}),
        },
        code_dir: stage.code_dir(),
        log: stage.root.path().join("step.log"),
    };
    ModelPool::new(stage.launcher.clone(), stage.artifacts.clone(), served)
}

/// `[n, version, rows predicted together, pid]`.
async fn ask(pool: &ModelPool, n: u64) -> Result<[u64; 4], String> {
    let answers = pool
        .predict(vec![json!({ "n": n })])
        .await
        .map_err(|error| words(&error))?;
    let [answer] = answers.try_into().expect("one answer for one row");
    let out: Vec<u64> = serde_json::from_value::<Vec<u64>>(Value::take(&mut answer["out"].clone())).unwrap();
    assert_eq!(out[0], n);
    Ok(out.try_into().unwrap())
}

#[tokio::test]
async fn requests_that_come_together_are_predicted_together() {
    let stage = stage();
    let pool = pool(&stage, 1, (0, 1), 60_000).await;
    let answers = futures::future::join_all((0..100).map(|n| ask(&pool, n))).await;
    let answers: Vec<[u64; 4]> = answers.into_iter().map(Result::unwrap).collect();
    let pids: BTreeSet<u64> = answers.iter().map(|answer| answer[3]).collect();
    assert_eq!(pids.len(), 1, "one worker is allowed");
    assert!(answers.iter().any(|answer| answer[2] > 10), "{answers:?}");
    let rows = (0..3).map(|n| json!({ "n": n })).collect();
    assert_eq!(pool.predict(rows).await.unwrap().len(), 3);
    assert_eq!(pool.predict(Vec::new()).await.unwrap(), Vec::<Value>::new());
}

#[tokio::test]
async fn no_more_rows_are_predicted_together_than_answers_are_proved_to_fit() {
    let stage = stage();
    // The longest answer is `{"out":[…]}` with four numbers of sixteen digits: 77 bytes, and five of them are a list.
    let pool = pool_with(&stage, 1, (0, 1), 60_000, |model| model.function.result = 400).await;
    let answers = futures::future::join_all((0..40).map(|n| ask(&pool, n))).await;
    let together: Vec<u64> = answers.into_iter().map(|answer| answer.unwrap()[2]).collect();
    assert_eq!(together.iter().max(), Some(&5), "{together:?}");
    assert!(
        together.iter().filter(|rows| **rows == 5).count() >= 30,
        "{together:?}"
    );
}

#[tokio::test]
async fn a_request_that_fails_spoils_no_other() {
    let stage = stage();
    let pool = pool(&stage, 1, (0, 1), 60_000).await;
    let asked = [1, 666, 2, 999, 3].map(|n| ask(&pool, n));
    let [one, poison, two, short, three] = futures::future::join_all(asked).await.try_into().unwrap();
    assert_eq!(poison, Err("Crash: ValueError: poison".to_owned()));
    assert_eq!(
        short,
        Err("Type: `predict` returned 0 answers for 1 rows".to_owned())
    );
    let pid = one.unwrap()[3];
    assert_eq!((two.unwrap()[3], three.unwrap()[3]), (pid, pid));
    assert_eq!(
        ask(&pool, 600).await,
        Err("Timeout: took longer than 3s".to_owned())
    );
    assert_ne!(ask(&pool, 4).await.unwrap()[3], pid);
    let large = json!({"n": 1, "text": "x".repeat(1 << 20)});
    let refused = words(&pool.predict(vec![large]).await.unwrap_err());
    assert_eq!(
        refused,
        "Limit: was asked with 1.0MiB, the limit of its payload is 1MiB"
    );
}

#[tokio::test]
async fn a_version_that_does_not_load_is_told_before_it_is_live() {
    let stage = stage();
    pool(&stage, 1, (0, 2), 60_000).await.warm().await.unwrap();
    let unlucky = pool(&stage, 13, (1, 2), 60_000).await;
    assert_eq!(
        words(&unlucky.warm().await.unwrap_err()),
        "Crash: ValueError: unlucky"
    );
    assert_eq!(
        ask(&unlucky, 1).await,
        Err("Crash: ValueError: unlucky".to_owned())
    );
    assert!(
        stage.log().contains("File \"predict.py\", line 4, in load"),
        "{}",
        stage.log()
    );
}

#[tokio::test]
async fn idle_workers_end_and_come_back() {
    let stage = stage();
    let pool = pool(&stage, 1, (0, 2), 1).await;
    let first = ask(&pool, 1).await.unwrap()[3];
    gone(&first.to_string()).await;
    assert_ne!(ask(&pool, 2).await.unwrap()[3], first);
}

#[tokio::test]
async fn a_swap_loses_no_request() {
    let stage = stage();
    let pools = Pools::default();
    pools.swap("digits", pool(&stage, 1, (0, 2), 60_000).await);
    let old = pools.get("digits").unwrap();
    old.warm().await.unwrap();
    let next = pool(&stage, 2, (0, 2), 60_000).await;
    next.warm().await.unwrap();

    let asking = async |n: u64| {
        let pool = pools.get("digits").unwrap();
        // Half of the requests hold the old pool when it is exchanged, and have not asked it yet.
        tokio::task::yield_now().await;
        if n == 50 {
            pools.swap("digits", next.clone());
        }
        ask(&pool, n).await
    };
    let answers = futures::future::join_all((0..100).map(asking)).await;
    let answers: Vec<[u64; 4]> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.len(), 100);
    assert_eq!(ask(&pools.get("digits").unwrap(), 7).await.unwrap()[1], 2);

    let late = ask(&old, 8).await.unwrap();
    assert_eq!(late[1], 1, "whoever still holds the old pool is answered by it");
    old.drain().await;
    gone(&late[3].to_string()).await;
    pools.close().await;
    assert!(pools.get("digits").is_none());
}

#[tokio::test]
async fn a_model_on_node_may_take_its_time() {
    if !has_node() {
        return;
    }
    let code = "import { readFile } from 'node:fs/promises'
export const load = async (folder) => JSON.parse(await readFile(`${folder}/model.json`, 'utf8'))
export const predict = async (model, rows) => {
    if (rows.some((row) => row.n === 666)) throw new RangeError('poison')
    if (rows.some((row) => row.n === 999)) return []
    return rows.map((row) => ({ out: Float64Array.of(row.n, model.version, rows.length, process.pid) }))
}";
    let stage = Stage::on(NODE, &[("predict.mjs", code)]);
    let pool = pool(&stage, 7, (0, 1), 60_000).await;
    assert_eq!(ask(&pool, 1).await.unwrap()[..3], [1, 7, 1]);
    assert_eq!(ask(&pool, 666).await.unwrap_err(), "Crash: RangeError: poison");
    let short = "Type: `predict` returned 0 answers for 1 rows";
    assert_eq!(ask(&pool, 999).await.unwrap_err(), short);
    assert_eq!(ask(&pool, 2).await.unwrap()[..3], [2, 7, 1]);
}
