//! A model of another flow: one registry entry and one pool of workers, whoever asks.

use crate::daemon;
use flow_tests::inside::Inside;
use flow_tests::kept::rows_of;
use flow_tests::processes;
use flowd::up;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::path::Path;

/// A daemon that serves `asker`; the flow that it imports from lies beside it, and is not deployed.
async fn asker() -> Inside {
    let daemon = daemon().await;
    daemon.project("shop");
    daemon.deploy(&daemon.project("asker")).await;
    daemon
}

async fn teach(daemon: &Inside, says: &str) {
    let lesson = json!({ "word": "hello", "says": says });
    let run = daemon.fire("shop/lesson", &lesson).await.remove(0);
    assert_eq!(daemon.ended(&run).await["status"], "succeeded");
}

async fn repeat(daemon: &Inside) -> (StatusCode, Value) {
    daemon.post("/repeat", &json!({ "word": "hello" })).await
}

#[tokio::test]
async fn a_rule_waits_for_the_first_version_of_an_imported_model() {
    let daemon = asker().await;
    let waiting = daemon
        .fire("asker/asked", &json!({ "word": "hello" }))
        .await
        .remove(0);
    let (status, error) = repeat(&daemon).await;
    assert_eq!(
        (status, &error["error"]["id"]),
        (StatusCode::SERVICE_UNAVAILABLE, &json!("model/not-live"))
    );
    assert_eq!(daemon.run(&waiting).await["ended"], Value::Null);
    daemon.deploy(&daemon.folder().join("shop")).await;
    teach(&daemon, "hi").await;
    assert_eq!(daemon.ended(&waiting).await["status"], "succeeded");
    assert_eq!(repeat(&daemon).await, (StatusCode::OK, json!({ "says": "hi" })));
    // Waiting is durable, and so is what it waited for.
    let daemon = daemon.restart().await;
    let run = daemon
        .fire("asker/asked", &json!({ "word": "hello" }))
        .await
        .remove(0);
    assert_eq!(daemon.ended(&run).await["status"], "succeeded");
    daemon.stop().await;
}

#[tokio::test]
async fn all_who_ask_a_model_share_its_workers() {
    let daemon = asker().await;
    daemon.deploy(&daemon.folder().join("shop")).await;
    teach(&daemon, "hi").await;
    let own = daemon
        .request(Method::POST, "/ask")
        .json(&json!({ "word": "hello" }));
    assert_eq!(own.send().await.expect("an answer").status(), StatusCode::OK);
    assert_eq!(repeat(&daemon).await.0, StatusCode::OK);
    let run = daemon
        .fire("asker/asked", &json!({ "word": "hello" }))
        .await
        .remove(0);
    assert_eq!(daemon.ended(&run).await["status"], "succeeded");
    let processes = processes::about(&daemon.data().root().join("code"));
    let models = processes.iter().filter(|command| command.contains(" model "));
    assert_eq!(models.count(), 1, "{processes:#?}");
    daemon.stop().await;
}

#[tokio::test]
async fn a_model_that_has_changed_is_not_asked_in_the_old_way() {
    let daemon = asker().await;
    let shop = daemon.folder().join("shop");
    daemon.deploy(&shop).await;
    teach(&daemon, "hi").await;
    replace(
        &shop,
        "type Answer   { says: text<32B> }",
        "type Answer   { says: text<48B> }",
    );
    replace(
        &shop,
        "type Truth    { word: text<32B>, says: text<32B> }",
        "type Truth    { word: text<32B>, says: text<48B> }",
    );
    replace(
        &shop,
        "train learn({ word: text<32B>, says: text<32B> })",
        "train learn({ word: text<32B>, says: text<48B> })",
    );
    replace(
        &shop,
        "feedback truth({ says: text<32B> })",
        "feedback truth({ says: text<48B> })",
    );
    daemon.deploy(&shop).await;
    teach(&daemon, "ho").await;
    let (status, error) = repeat(&daemon).await;
    assert_eq!(status, StatusCode::BAD_GATEWAY, "{error}");
    assert_eq!(
        error["error"]["message"],
        "`echo` of flow `shop` has another input or output now: deploy this flow again"
    );
    let asker = daemon.folder().join("asker");
    replace(&asker, "says: text<32B>", "says: text<48B>");
    daemon.deploy(&asker).await;
    assert_eq!(repeat(&daemon).await, (StatusCode::OK, json!({ "says": "ho" })));
    daemon.stop().await;
}

#[test]
fn flows_that_are_imported_from_come_first_and_once() {
    let folder = tempfile::tempdir().expect("a folder of the test");
    let model = "type In { x: float<0..1> }  model own: In -> { y: float<0..1> } { runtime: \"python:3\", code: \"code\", entry: \"predict\" }";
    // `b` and `c` ask each other, and `a` asks both.
    for (flow, asks) in [("a", "bc"), ("b", "c"), ("c", "b")] {
        let code = folder.path().join(flow).join("code");
        std::fs::create_dir_all(&code).expect("the folder of the test can be written");
        let predict = "def load(folder): ...\n\ndef predict(model, rows): ...\n";
        std::fs::write(code.join("predict.py"), predict).expect("the folder of the test can be written");
        let imports = asks.chars().map(|other| {
            let name = format!("own_{other}");
            format!("import model {name} from \"../{other}\"\nrule r_{other}: on t(e) {{ {name}(e) }}\n")
        });
        let text = format!(
            "flow {flow}\n{}\ntrigger t: In\nrule r: on t(e) {{ own_{flow}(e) }}\n{}",
            model.replace("own", &format!("own_{flow}")),
            imports.collect::<String>()
        );
        std::fs::write(folder.path().join(flow).join("main.flow"), text)
            .expect("the folder of the test can be written");
    }
    let order = |project: &str| {
        let mut findings = Vec::new();
        let compiled = up::with_imports(&folder.path().join(project), "dev", &mut findings);
        let compiled =
            compiled.unwrap_or_else(|error| panic!("{error}\n{}", String::from_utf8_lossy(&findings)));
        compiled
            .into_iter()
            .map(|(_, plan)| plan.flow)
            .collect::<Vec<_>>()
    };
    assert_eq!(order("a"), ["c", "b", "a"]);
    assert_eq!(order("b"), ["c", "b"]);
    assert_eq!(order("c"), ["b", "c"]);
}

/// Declarations of another project run here, with its code, whichever way they come to the daemon.
#[tokio::test]
async fn what_is_imported_runs_with_the_code_of_its_project() {
    let daemon = daemon().await;
    for (file, text) in [
        ("lib/functions/say.py", "def loud(args):\n    return {\"said\": args[\"word\"].upper()}\n"),
        (
            "lib/words.flow",
            "pure action loud({ word: text<9B> }) -> { said: text<9B> } { runtime: \"python:3\", code: \"functions\", entry: \"say.loud\" }
             prepare louder({ word: text<9B> }) -> { said: text<9B> } { let it = loud({ word: word })  return { said: it.said } }",
        ),
        (
            "talk/main.flow",
            "flow talk  import \"../lib/words.flow\" { louder as cry }  trigger asked: { word: text<9B> }  dataset said: { said: text<9B> }
             rule talk_back: on asked(it) { append cry(it) to said }",
        ),
    ] {
        let file = daemon.folder().join(file);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("the folder of the test can be written");
        std::fs::write(file, text).expect("the folder of the test can be written");
    }
    let say = async |word: &str| {
        let run = daemon
            .fire("talk/asked", &json!({ "word": word }))
            .await
            .remove(0);
        assert_eq!(daemon.ended(&run).await["status"], "succeeded");
        let rows = rows_of(daemon.data().root(), "talk", "said").await;
        rows.last().expect("a row")["said"].clone()
    };
    let talk = daemon.folder().join("talk");
    daemon.deploy(&talk).await;
    assert_eq!(say("hi").await, "HI");
    // As `flowd deploy` sends it to a daemon elsewhere: another code is another plan.
    let code = daemon.folder().join("lib/functions/say.py");
    std::fs::write(code, "def loud(args):\n    return {\"said\": \"no\"}\n")
        .expect("the folder of the test can be written");
    let sent = daemon.flowd(&["deploy", &talk.display().to_string()]).await;
    assert_eq!(sent.code, Some(0), "{sent:?}");
    assert_eq!(say("hi").await, "no");
    daemon.stop().await;
}

fn replace(project: &Path, from: &str, to: &str) {
    let file = project.join("main.flow");
    let text = std::fs::read_to_string(&file).expect("a flow");
    assert!(text.contains(from), "{from}");
    std::fs::write(&file, text.replace(from, to)).expect("the folder of the test can be written");
}
