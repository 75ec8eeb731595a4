//! The first five minutes: what `flowc new` makes, run by the commands that its README names.

use crate::daemon;
use flowc::cli::{Console, Exit, Terminal};
use serde_json::{Value, json};

#[tokio::test]
async fn what_new_makes_runs() {
    let daemon = daemon().await;
    let folder = daemon.folder().join("greeter");
    let words = ["flowc".into(), "new".into(), folder.clone().into_os_string()];
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let terminal = Terminal {
        width: 100,
        colour_out: false,
        colour_err: false,
    };
    let mut console = Console {
        out: &mut out,
        err: &mut err,
        terminal,
        cache: None,
    };
    assert_eq!(flowc::cli::run(words, &mut console), Exit::Clean);
    daemon.deploy(&folder).await;

    let fired = daemon
        .flowd(&["fire", "visited", "--data", r#"{ "name": "Ada" }"#])
        .await;
    assert_eq!(fired.code, Some(0), "{fired:?}");
    let run = fired
        .out
        .trim()
        .rsplit(' ')
        .next()
        .expect("the line ends with the run")
        .to_owned();
    let ended = daemon.ended(&run).await;
    assert_eq!(ended["status"], "succeeded", "{ended}");

    let runs = daemon.flowd(&["runs"]).await.out;
    assert!(
        runs.contains(&run) && runs.contains("welcome") && runs.contains("succeeded"),
        "{runs}"
    );
    let shown = daemon.flowd(&["show", &run]).await.out;
    assert!(shown.contains("Hello, Ada!") && shown.contains("done"), "{shown}");
    let logs = daemon.flowd(&["logs", &run]).await.out;
    assert!(logs.contains("somebody came"), "{logs}");

    let words = ["invoke", "greet", "--data", r#"{ "name": "Bo" }"#];
    let invoked = daemon.flowd(&words).await;
    assert_eq!(
        serde_json::from_str::<Value>(&invoked.out).ok(),
        Some(json!({ "text": "Hello, Bo!" })),
        "{invoked:?}"
    );
    daemon.stop().await;
}

/// What a person gets wrong at the keyboard, and the exit code and words that come back.
#[tokio::test]
async fn slips_at_the_keyboard_are_told() {
    let daemon = daemon().await;
    let nothing = daemon.flowd(&["fire", "visited"]).await;
    assert_eq!(
        (nothing.code, nothing.err.contains("no flow is deployed")),
        (Some(2), true),
        "{nothing:?}"
    );

    daemon.deploy(&daemon.project("bad")).await;
    let cases: &[(&[&str], i32, &str)] = &[
        (&["fire", "nobody"], 1, "there is no trigger `nobody`"),
        (&["fire", "else/plain"], 1, "there is no flow `else`"),
        (&["fire", "plain"], 1, "how"),
        (&["fire", "plain", "--data", "{ how"], 2, "`--data` is not JSON"),
        (&["invoke", "nobody"], 1, "there is no action `nobody`"),
        (&["infer", "nobody"], 1, "there is no infer"),
        (&["show", "nobody"], 1, "there is no run `nobody`"),
        (&["logs", "../../etc"], 1, "there is no"),
        (&["cancel", "nobody"], 1, "nothing came of 1 of 1 runs"),
        (&["runs", "--status", "happy"], 1, "`happy` is no status"),
        (&["runs", "--limit", "many"], 2, "--limit"),
        (&["dance"], 2, "dance"),
    ];
    for (words, code, said) in cases {
        let ended = daemon.flowd(words).await;
        assert_eq!(
            (ended.code, ended.err.contains(said)),
            (Some(*code), true),
            "{words:?}: {ended:?}"
        );
    }
    daemon.stop().await;
}

#[tokio::test]
async fn a_daemon_that_cannot_serve_as_asked_says_so() {
    let daemon = daemon().await;
    let data = daemon.data().root().display().to_string();
    let pid = std::process::id().to_string();
    let cases: &[(&[&str], &str)] = &[
        (
            &["serve", "--listen", "0.0.0.0:0"],
            "0.0.0.0:0 can be reached from other machines",
        ),
        (
            &["serve", "--listen", "[::]:0"],
            "can be reached from other machines",
        ),
        (&["serve", "--listen", "8787"], "`8787` is not an address"),
        (&["serve", "--listen", "127.0.0.1:0", "--data", &data], &pid),
        (&["up", "nowhere", "--listen", "127.0.0.1:0"], "nowhere"),
    ];
    for (words, said) in cases {
        let ended = daemon.flowd(words).await;
        assert_eq!(
            (ended.code, ended.err.contains(said)),
            (Some(2), true),
            "{words:?}: {ended:?}"
        );
    }
    daemon.stop().await;
}
