//! A run that waits for what somebody outside posts: each post is taken once, and each that is not says why.

use flow_tests::inside::{Inside, answer};
use flow_tests::wait::until;
use reqwest::Method;
use serde_json::{Value, json};

/// The address that a run has made, by what its function was given.
async fn address(daemon: &Inside, run: &str) -> String {
    until("the address is told", async || {
        let shown = daemon.run(run).await;
        let steps = shown["steps"].as_array().into_iter().flatten();
        let mut urls = steps.filter_map(|step| step["state"]["done"]["output"]["url"].as_str());
        urls.next().map(str::to_owned)
    })
    .await
}

/// The run of an event, and the path of its address.
async fn asked(daemon: &Inside, trigger: &str, number: u64) -> (String, String) {
    let run = daemon
        .fire(&format!("outside/{trigger}"), &json!({ "number": number }))
        .await
        .remove(0);
    let url = address(daemon, &run).await;
    let at = url.find("/v1/callbacks/").unwrap_or_else(|| panic!("{url}"));
    (run, url[at..].to_owned())
}

/// Posts, and holds the status, whether it says so, and where it does not fit.
async fn check(daemon: &Inside, path: &str, body: &Value, status: u16, said: &str) {
    let (code, got) = daemon.post(path, body).await;
    assert!(
        code.as_u16() == status && got.to_string().contains(said),
        "{body} at {path}: {code} {got}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_is_taken_once_and_goes_on_with_its_run_whoever_dies_meanwhile() {
    let daemon = super::serving("outside").await;
    let (run, path) = asked(&daemon, "asked", 1).await;
    let (cancelled, gone) = asked(&daemon, "asked", 2).await;
    let (_, late) = asked(&daemon, "hurried", 3).await;
    let (_, early) = asked(&daemon, "slowed", 4).await;

    // Whoever does not know the address is told nothing, whatever he knows of the run.
    let (start, ticket) = path.rsplit_once('/').expect("an address has parts");
    let other = gone.rsplit('/').next().expect("an address has parts");
    for wrong in [
        format!("{start}/{other}"),
        format!("{start}/{}", &ticket[1..]),
        format!("{start}/x"),
        path.replace("/cb/", "/word/"),
        path.replace(&run, "0"),
    ] {
        check(
            &daemon,
            &wrong,
            &json!({ "ok": true }),
            404,
            "there is no callback",
        )
        .await;
    }
    check(&daemon, &path, &json!({}), 400, r#""at":"ok""#).await;
    check(&daemon, &path, &json!({ "ok": "yes" }), 400, r#""at":"ok""#).await;
    check(&daemon, &path, &json!({ "ok": true, "more": 1 }), 400, "more").await;
    let sealed = json!({ "ok": true, "note": { "$sealed": "AAAA" } });
    check(&daemon, &path, &sealed, 400, "$sealed").await;
    let large = json!({ "ok": true, "note": "x".repeat(1 << 20) });
    check(&daemon, &path, &large, 413, "request/too-large").await;

    let request = daemon.request(Method::POST, &early).json(&json!({ "ok": true }));
    let answered = request.send().await.expect("it answers");
    assert_eq!(answered.status().as_u16(), 503);
    assert_eq!(answered.headers()["retry-after"], "5");

    let daemon = daemon.restart().await;
    let word = json!({ "ok": true, "note": "a secret remark" });
    check(&daemon, &path, &word, 200, r#"{"taken":true}"#).await;
    let ended = daemon.ended(&run).await;
    assert_eq!(ended["status"], "succeeded");
    assert!(!ended.to_string().contains("a secret remark"), "{ended}");
    // Who has not heard the answer asks again, before and after the end.
    check(&daemon, &path, &word, 200, r#""repeated":true"#).await;
    check(&daemon, &path, &json!({ "ok": true }), 409, "callback/used").await;
    let daemon = daemon.restart().await;
    check(&daemon, &path, &word, 200, r#""repeated":true"#).await;
    check(&daemon, &path, &json!({ "ok": false }), 409, "callback/used").await;

    let (status, _) = daemon
        .post(&format!("/v1/runs/{cancelled}/cancel"), &json!({}))
        .await;
    assert_eq!(status.as_u16(), 200);
    check(&daemon, &gone, &json!({ "ok": true }), 410, "callback/over").await;
    until("the run that nobody posts to has ended", async || {
        let runs = daemon.get("/v1/runs?rule=hurry").await;
        (runs[0]["status"] == "succeeded").then_some(())
    })
    .await;
    check(&daemon, &late, &json!({ "ok": true }), 410, "callback/over").await;

    let get = daemon.request(Method::GET, &path);
    assert_eq!(answer(get).await.0.as_u16(), 405);
    let folder = daemon.stop().await;
    let mut rows = flow_tests::kept::rows_of(&folder.path().join("data"), "outside", "answers").await;
    rows.sort_by_key(|row| row["number"].as_u64());
    assert_eq!(
        rows,
        [
            json!({ "number": 1, "ok": true }),
            json!({ "number": 3, "ok": false })
        ]
    );
}
