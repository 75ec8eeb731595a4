//! Functions that go too far: the step gets a name for it, and the next call works.

use super::stage::{HandClock, LOOK_EVERY, MIB, NODE, PYTHON, Stage, gone, has_node, languages, words};
use crate::clock::{Clock, SystemClock};
use crate::functions::{Functions, IDLE_MAX};
use flow_engine::ErrorKind;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const IN_PYTHON: &str = "import os, subprocess, sys, time
def pid(args): return {'pid': os.getpid()}
def hang(args):
    print('going to sleep')
    time.sleep(600)
def leave(args):
    print('bye', flush=True)
    os._exit(3)
def abort(args): os.kill(os.getpid(), 9)
def shut(args):
    os.close(3)
    time.sleep(600)
def shout(args):
    block = ('y' * 63 + '\\n') * 16384
    for _ in range(20): sys.stdout.write(block)
    return {'printed': 20}
def one_line(args): print('z' * (20 << 20))
def large(args): return {'text': 'x' * args['bytes']}
def forge(args): os.write(3, b'{\"result\":\"' + b'x' * (4 << 20))
def hog(args):
    held = bytearray(400 << 20)
    held[::4096] = b'x' * len(held[::4096])
    time.sleep(600)
def children(args):
    child = subprocess.Popen(['sleep', '600'])
    if args['hang']:
        open(args['file'], 'w').write(str(child.pid))
        time.sleep(600)
    return {'child': child.pid}
";

const IN_JAVASCRIPT: &str = "const fs = require('fs'), { spawn } = require('child_process')
const wait = (ms) => new Promise((done) => setTimeout(done, ms))
exports.pid = () => ({ pid: process.pid })
exports.hang = () => {
    console.log('going to sleep')
    for (;;);
}
exports.leave = () => {
    console.log('bye')
    process.exit(3)
}
exports.abort = () => process.kill(process.pid, 9)
exports.shut = () => {
    fs.closeSync(3)
    return wait(600_000)
}
exports.shout = () => {
    const block = ('y'.repeat(63) + '\\n').repeat(16384)
    for (let i = 0; i < 20; i++) process.stdout.write(block)
    return { printed: 20 }
}
exports.one_line = () => console.log('z'.repeat(20 << 20))
exports.large = (args) => ({ text: 'x'.repeat(args.bytes) })
exports.forge = () => { fs.writeSync(3, '{\"result\":\"' + 'x'.repeat(4 << 20)) }
exports.hog = async () => {
    const held = Buffer.alloc(400 << 20, 'x')
    await wait(600_000)
    return { held: held.length }
}
exports.children = async (args) => {
    const child = spawn('sleep', ['600'])
    if (args.hang) {
        fs.writeFileSync(args.file, String(child.pid))
        await wait(600_000)
    }
    return { child: child.pid }
}
";

/// A stage for the code above in each language.
fn stages() -> Vec<Stage> {
    let languages = languages(IN_PYTHON, IN_JAVASCRIPT).into_iter();
    languages
        .map(|(runtime, files)| Stage::on(runtime, &files))
        .collect()
}

async fn pid(stage: &Stage) -> u64 {
    let result = stage.invoke(stage.call("f.pid", json!({}))).await.unwrap();
    result["pid"].as_u64().unwrap()
}

/// Calls `entry`, then calls it once more: a worker that was broken has been replaced.
async fn check(entry: &str, args: Value, expected: &str, log: &[&str]) {
    for stage in stages() {
        let mut call = stage.call(entry, args.clone());
        call.function.timeout_ms = 3_000;
        for repeat in 1..=2 {
            let error = stage.invoke(call.clone()).await.unwrap_err();
            assert_eq!(words(&error), expected, "{}", stage.runtime);
            assert_eq!(stage.printed(), log.repeat(repeat), "{}", stage.runtime);
        }
    }
}

#[tokio::test]
async fn failures_have_names() {
    tokio::join!(
        check(
            "f.hang",
            json!({}),
            "Timeout: took longer than 3s",
            &["stdout: going to sleep"]
        ),
        check(
            "f.leave",
            json!({}),
            "Crash: ended with exit status 3",
            &["stdout: bye"]
        ),
        check("f.abort", json!({}), "Crash: was killed by signal 9", &[]),
        check("f.shut", json!({}), "Crash: ended without an answer", &[]),
    );
    let large = json!({"bytes": 2 * MIB});
    check(
        "f.large",
        large,
        "Limit: returned 2.0MiB, the limit of its result is 1MiB",
        &[],
    )
    .await;
    check(
        "f.forge",
        json!({}),
        "Limit: returned more than 1MiB, the limit of its result is 1MiB",
        &[],
    )
    .await;
    let text = json!({"text": "x".repeat(MIB as usize)});
    check(
        "f.pid",
        text,
        "Limit: was called with 1.0MiB, the limit of its payload is 1MiB",
        &[],
    )
    .await;
}

#[tokio::test]
async fn memory_is_the_resident_size_of_all_its_processes() {
    for stage in stages() {
        let error = stage.invoke(stage.call("f.hog", json!({}))).await.unwrap_err();
        assert_eq!(
            error.kind,
            ErrorKind::Limit,
            "{}: {}",
            stage.runtime,
            error.message
        );
        assert!(
            error.message.ends_with("MiB, its limit is 256MiB"),
            "{}",
            error.message
        );
    }
}

#[tokio::test]
async fn a_warm_worker_is_used_again_unless_it_is_broken() {
    let counting = languages(
        "import os\ncalls = []\ndef f(args):
    calls.append(1)
    if len(calls) == 2: raise ValueError('twice')
    if len(calls) == 4: os._exit(1)
    return {'calls': len(calls)}",
        "class ValueError extends Error {}\nlet calls = 0\nexports.f = () => {
    calls += 1
    if (calls == 2) throw new ValueError('twice')
    if (calls == 4) process.exit(1)
    return { calls }\n}",
    );
    for (runtime, files) in counting {
        let stage = Stage::on(runtime, &files);
        let expected = [
            Ok(1),
            Err("Crash: ValueError: twice"),
            Ok(3),
            Err("Crash: ended with exit status 1"),
            Ok(1),
        ];
        for calls in expected {
            stage
                .check("f.f", json!({}), calls.map(|calls| json!({"calls": calls})))
                .await;
        }
    }
    for stage in stages() {
        assert_eq!(pid(&stage).await, pid(&stage).await);
    }
}

#[tokio::test]
async fn what_gets_out_of_hand_fails_the_call_and_ends_the_worker() {
    if !has_node() {
        return;
    }
    let code = "let calls = 0
const later = (act) => new Promise((done) => setTimeout(() => { act(); done({}) }, 1))
exports.go = (args) => {
    calls += 1
    if (args.how === 'forgotten') Promise.reject(new Error('lost'))
    if (args.how === 'late') return later(() => { throw new TypeError('late') })
    if (args.how === 'stuck') { Promise.reject('no error'); return new Promise(() => {}) }
    return { calls }
}";
    let stage = Stage::on(NODE, &[("f.js", code)]);
    for (how, expected) in [
        (
            "forgotten",
            "Crash: Error: lost (in a promise that nobody waits for)",
        ),
        ("late", "Crash: TypeError: late (thrown where nobody catches it)"),
        (
            "stuck",
            "Crash: threw a string: no error (in a promise that nobody waits for)",
        ),
    ] {
        for calls in 1..=2 {
            stage.check("f.go", json!({}), Ok(json!({"calls": calls}))).await;
        }
        stage.check("f.go", json!({"how": how}), Err(expected)).await;
    }
    stage.check("f.go", json!({}), Ok(json!({"calls": 1}))).await;
}

#[tokio::test]
async fn logs_are_cut_and_the_rest_is_read() {
    for stage in stages() {
        let mut call = stage.call("f.shout", json!({"go": true}));
        call.function.logs = MIB;
        stage.check_call(call.clone(), Ok(json!({"printed": 20}))).await;
        let printed = stage.printed();
        assert_eq!(printed.last().unwrap(), "stdout: … logs cut at 1MiB");
        assert!(
            stage.log().len() < 2 * MIB as usize,
            "{} bytes",
            stage.log().len()
        );
        // One line of 20 MiB is several lines; the log of a call is its own, whatever the call before printed.
        call.function.entry = "f.one_line".into();
        stage.check_call(call, Ok(json!({}))).await;
        assert_eq!(stage.printed().last().unwrap(), "stdout: … logs cut at 1MiB");
        assert!(stage.printed().iter().any(|line| line.starts_with("stdout: zzz")));
    }
}

#[tokio::test]
async fn children_end_with_the_call() {
    for stage in stages() {
        children_of(&stage).await;
    }
}

async fn children_of(stage: &Stage) {
    let result = stage
        .invoke(stage.call("f.children", json!({"hang": false})))
        .await
        .unwrap();
    gone(&result["child"].to_string()).await;

    let file = stage.root.path().join("child");
    let mut call = stage.call("f.children", json!({"hang": true, "file": file}));
    call.function.timeout_ms = 3_000;
    stage
        .check_call(call.clone(), Err("Timeout: took longer than 3s"))
        .await;
    gone(&std::fs::read_to_string(&file).unwrap()).await;

    std::fs::remove_file(&file).unwrap();
    call.function.timeout_ms = 600_000;
    let stop = CancellationToken::new();
    let stopping = async {
        while std::fs::read_to_string(&file).unwrap_or_default().is_empty() {
            SystemClock.sleep(LOOK_EVERY).await;
        }
        stop.cancel();
    };
    let (result, ()) = tokio::join!(stage.functions.invoke(call, stop.clone()), stopping);
    assert_eq!(words(&result.unwrap_err()), "Crash: was stopped");
    gone(&std::fs::read_to_string(&file).unwrap()).await;
}

#[tokio::test]
async fn the_end_of_the_daemon_ends_idle_workers() {
    let stage = Stage::new(&[("f.py", IN_PYTHON)]);
    let worker = pid(&stage).await.to_string();
    assert!(Path::new("/proc").join(&worker).exists());
    stage.functions.close().await;
    gone(&worker).await;
}

#[tokio::test]
async fn a_worker_that_nobody_calls_ends() {
    let clock = Arc::new(HandClock::default());
    let stage = Stage::at(PYTHON, &[("f.py", IN_PYTHON)], clock.clone());
    let worker = pid(&stage).await;
    clock.advance(IDLE_MAX - Duration::from_secs(60)).await;
    assert_eq!(pid(&stage).await, worker);
    clock.advance(IDLE_MAX + Duration::from_secs(60)).await;
    gone(&worker.to_string()).await;
    assert_ne!(pid(&stage).await, worker);
}
