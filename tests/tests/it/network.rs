//! What actions may reach, in a whole daemon: what becomes of their events, and what is left of them.

use flow_tests::daemon::{Death, Home};
use flow_tests::inside::Inside;
use flow_tests::wait::until;
use flow_tests::{parts, processes};
use flowd::sandbox::Confinement;
use serde_json::{Value, json};
use std::path::Path;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

const PROGRAM: &str = env!("CARGO_BIN_EXE_flowd-probed");

/// Lets the action of a copy of the project name this port.
fn open(project: &Path, port: u16) {
    let main = project.join("main.flow");
    let text = std::fs::read_to_string(&main).expect("the project is there");
    std::fs::write(&main, text.replace("5990", &port.to_string())).expect("it can be written");
}

async fn server() -> (TcpListener, u16) {
    let server = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = server.local_addr().expect("it is bound").port();
    (server, port)
}

fn to(port: u16) -> Value {
    json!({ "host": "127.0.0.1", "port": port })
}

/// The next connection, and the process that it says it is of.
async fn caller(server: &TcpListener) -> (BufReader<TcpStream>, u32) {
    let (client, _) = server.accept().await.expect("a connection");
    let mut client = BufReader::new(client);
    let mut line = String::new();
    client.read_line(&mut line).await.expect("a line");
    (client, line.trim().parse().expect("a process"))
}

#[tokio::test]
async fn a_host_that_is_not_named_fails_that_one_event() {
    if !parts::confined().await {
        return;
    }
    let daemon = Inside::start(PROGRAM).await;
    let (named, port) = server().await;
    let (_neighbour, other) = server().await;
    let project = daemon.project("reach");
    open(&project, port);
    daemon.deploy(&project).await;

    let refused = daemon
        .ended(&daemon.fire("reach/sent", &to(other)).await[0])
        .await;
    let error = &refused["run"]["status"];
    assert!(error.to_string().contains("ConnectionRefusedError"), "{refused}");
    assert_eq!(refused["status"], "failed", "{refused}");

    let run = daemon.fire("reach/sent", &to(port)).await;
    let (mut client, _) = caller(&named).await;
    client.write_all(b"x").await.expect("it listens");
    let ended = daemon.ended(&run[0]).await;
    assert_eq!(ended["status"], "succeeded", "{ended}");
    assert!(ended["network"].is_null(), "{ended}");
    let health = daemon.get("/healthz").await;
    assert_eq!(
        (&health["network"], &health["network_reason"]),
        (&json!("enforced"), &Value::Null)
    );
    daemon.stop().await;
}

#[tokio::test]
async fn what_is_not_enforced_is_said_wherever_one_looks() {
    let reason = "it was switched off";
    let off = Confinement::Off {
        reason: reason.into(),
    };
    let daemon = Inside::start_with(PROGRAM, off).await;
    let (server, port) = server().await;
    daemon.deploy(&daemon.project("reach")).await;

    let run = daemon.fire("reach/sent", &to(port)).await.remove(0);
    let (mut client, _) = caller(&server).await;
    client.write_all(b"x").await.expect("it listens");
    let ended = daemon.ended(&run).await;
    assert_eq!(ended["status"], "succeeded", "nothing holds it back: {ended}");

    let said = format!("not enforced ({reason})");
    assert_eq!(ended["network"], said, "{ended}");
    let health = daemon.get("/healthz").await;
    assert_eq!(health["network"], "not enforced");
    assert_eq!(health["network_reason"], reason);
    let shown = daemon.flowd(&["show", &run]).await.out;
    assert!(shown.contains(&format!("network {said}\n")), "{shown}");
    // The log keeps it, whatever the daemon can do later.
    let daemon = daemon.restart_with(Confinement::probe().await).await;
    assert_eq!(daemon.run(&run).await["network"], said);
    daemon.stop().await;
}

#[tokio::test]
async fn nothing_is_left_of_a_worker_that_dies_or_whose_daemon_is_killed() {
    if !parts::confined().await {
        return;
    }
    let home = Home::of("tests/projects/reach", PROGRAM);
    let (server, port) = server().await;
    open(home.project(), port);
    let mut daemon = home.up(&[], None);
    let address = daemon.address().await.expect("it serves");
    let before = daemon.sockets();
    let fire = async |deaf: bool| {
        let mut call = to(port);
        call["deaf"] = json!(deaf);
        let url = format!("{address}/v1/flows/reach/triggers/sent");
        let fired = flowd::outbound::direct().post(url).json(&call).send().await;
        assert_eq!(fired.expect("the daemon answers").status(), 202);
        caller(&server).await
    };

    // The server goes away, and the worker with it.
    let (client, pid) = fire(false).await;
    assert!(daemon.sockets() > before, "doors and connections are sockets");
    drop(client);
    processes::gone(pid).await;
    until("the end of its doors", async || {
        (daemon.sockets() <= before).then_some(())
    })
    .await;

    // A worker that would not notice by itself ends with its daemon.
    let (mut client, pid) = fire(true).await;
    daemon.end(Some(Death::Lines(0))).await;
    processes::gone(pid).await;
    let end = client.read(&mut [0; 8]).await;
    assert!(matches!(end, Ok(0) | Err(_)), "{end:?}");
    processes::all_gone(home.project()).await;
}

#[tokio::test]
async fn a_doctor_tells_what_this_machine_has_and_what_is_missing() {
    let daemon = Inside::start(PROGRAM).await;
    let found = daemon.alone(&["doctor", "--json", "--data", "fresh"]).await;
    assert_eq!(found.code, Some(0), "{found:?}");
    let report: Value = serde_json::from_str(&found.out).unwrap_or_else(|_| panic!("{found:?}"));
    let enforced = Confinement::probe().await == Confinement::Enforced;
    assert_eq!(report["network"]["enforced"], enforced, "{report}");
    assert_eq!(report["runtimes"][0]["name"], "python", "{report}");
    assert_eq!(report["missing"], json!([]), "{report}");
    assert!(
        !daemon.folder().join("fresh").exists(),
        "it leaves nothing behind"
    );

    let taken = daemon.folder().join("taken");
    std::fs::write(&taken, "a file").expect("the folder of the test can be written");
    let ill = daemon.alone(&["doctor", "--data", "taken"]).await;
    assert_eq!(ill.code, Some(1), "{ill:?}");
    assert!(
        ill.out.contains("missing     the data directory cannot be used"),
        "{ill:?}"
    );
    assert!(
        ill.out
            .contains(&format!("flowd       {}\n", report["flowd"].as_str().unwrap())),
        "{ill:?}"
    );
    daemon.stop().await;
}
