//! What functions reach: the endpoints that they name, and nothing else.

use super::stage::{PYTHON, Stage, confinement, gone, words};
use crate::clock::SystemClock;
use crate::functions::Functions;
use crate::sandbox::Confinement;
use serde_json::{Value, json};
use std::io::Write;
use std::net::UdpSocket;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const CODE: &str = "import multiprocessing, os, socket, subprocess, tempfile
def talk(args):
    with socket.create_connection((args['host'], args['port'])) as s:
        s.sendall(args.get('say', 'hello').encode())
        s.shutdown(socket.SHUT_WR)
        heard = b''
        while block := s.recv(65536): heard += block
        return {'heard': heard[-40:].decode(), 'bytes': len(heard), 'pid': os.getpid()}
def datagram(args):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect((args['host'], args['port']))
    s.send(b'hello')
    s.recv(10)
def abstract(args): socket.socket(socket.AF_UNIX).connect('\\0' + args['name'])
def find(args): return {'found': sorted({a[4][0] for a in socket.getaddrinfo(args['host'], 80)})}
def hold(args):
    s = socket.create_connection((args['host'], args['port']))
    s.sendall(b'%d\\n' % os.getpid())
    s.recv(1)
    os._exit(7)
def many(args):
    held = [socket.create_connection((args['host'], args['port'])) for _ in range(70)]
    for s in held: s.settimeout(20)
    def answer(s):
        try:
            s.sendall(b'x')
            return s.recv(1)
        except ConnectionError: return b''
    return {'answered': sum(answer(s) == b'x' for s in held)}
def escape(args):
    told = []
    for at in ('/proc/%d/ns/net' % args['daemon'], '/proc/1/ns/net'):
        told.append(subprocess.run(['nsenter', '--net=' + at, 'true'], capture_output=True).returncode != 0)
    told.append(subprocess.run(['mount', '-t', 'tmpfs', 'none', '/mnt'], capture_output=True).returncode != 0)
    return {'kept in': told}
def work(args):
    with multiprocessing.Pool(2) as pool: total = sum(pool.map(abs, range(-3, 1)))
    with tempfile.TemporaryFile() as file: file.write(b'x')
    server = socket.create_server(('localhost', 0))
    with socket.create_connection(server.getsockname()): pass
    return {'total': total, 'own': socket.gethostbyname(socket.gethostname()), 'user': os.getuid(),
            'file': os.stat(__file__).st_uid}
";

/// A place where functions are confined, or nothing on a machine that cannot do it.
fn confined() -> Option<Stage> {
    match confinement() {
        Confinement::Enforced => Some(Stage::new(&[("f.py", CODE)])),
        Confinement::Off { reason } => {
            let mut err = std::io::stderr();
            writeln!(err, "left out: what functions reach ({reason})").unwrap();
            #[expect(
                clippy::disallowed_methods,
                reason = "this is how a person asks for every test"
            )]
            let all = std::env::var("FLOW_TEST").is_ok_and(|set| set == "all");
            assert!(!all, "this machine cannot confine a process: {reason}");
            None
        }
    }
}

/// A server of this machine that says everything again; its port.
async fn echo() -> u16 {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = server.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = server.accept().await {
            tokio::spawn(async move {
                let (mut hears, mut says) = client.split();
                tokio::io::copy(&mut hears, &mut says).await
            });
        }
    });
    port
}

/// Calls `entry` with these endpoints open. What does not come at once is a timeout, which no test expects.
async fn ask(stage: &Stage, entry: &str, network: &[String], args: Value) -> Result<Value, String> {
    let mut call = stage.call(entry, args);
    call.function.network = network.iter().map(|text| text.parse().unwrap()).collect();
    call.function.timeout_ms = 10_000;
    stage.invoke(call).await.map_err(|error| words(&error))
}

#[tokio::test]
async fn what_is_named_is_reached_and_a_neighbour_of_it_is_not() {
    let Some(stage) = confined() else { return };
    let (open, shut) = (echo().await, echo().await);
    let network = [format!("127.0.0.1:{open}"), format!("localhost:{open}")];
    for host in ["127.0.0.1", "localhost"] {
        let args = json!({ "host": host, "port": open });
        let answer = ask(&stage, "f.talk", &network, args).await;
        assert_eq!(answer.unwrap()["heard"], "hello", "{host}");
        let args = json!({ "host": host, "port": shut });
        let refused = "Crash: ConnectionRefusedError: [Errno 111] Connection refused";
        assert_eq!(
            ask(&stage, "f.talk", &network, args).await,
            Err(refused.into()),
            "{host}"
        );
    }
    let args = json!({ "host": "127.0.0.1", "port": open, "say": "x".repeat(900_000) });
    let answer = ask(&stage, "f.talk", &network, args).await.unwrap();
    assert_eq!(answer["bytes"], 900_000);
}

#[tokio::test]
async fn a_name_stands_for_whoever_has_it_outside() {
    let Some(stage) = confined() else { return };
    let port = echo().await;
    let machine = rustix::system::uname();
    let machine = machine.nodename().to_str().unwrap();
    let here = TcpStream::connect((machine, port)).await.is_ok();
    // A name that nobody has outside is found inside, and what connects to it is broken off.
    let network = [format!("{machine}:{port}"), "vision.invalid:443".to_owned()];
    let found = ask(&stage, "f.find", &network, json!({ "host": "vision.invalid" })).await;
    assert!(
        found.unwrap()["found"][0]
            .as_str()
            .unwrap()
            .starts_with("127.77.0.")
    );
    let args = json!({ "host": "vision.invalid", "port": 443 });
    let broken = "Crash: ConnectionResetError: [Errno 104] Connection reset by peer";
    assert_eq!(ask(&stage, "f.talk", &network, args).await, Err(broken.into()));
    if here {
        let args = json!({ "host": machine, "port": port });
        let answer = ask(&stage, "f.talk", &network, args).await;
        assert_eq!(answer.unwrap()["heard"], "hello");
    }
}

#[tokio::test]
async fn an_address_of_another_machine_is_reached_through_its_own_door() {
    let Some(stage) = confined() else { return };
    // Nobody answers there, but the connection is taken at the door; everything else is no way out.
    let network = ["169.254.77.77:80".to_owned(), "[2001:db8::1]:80".to_owned()];
    for host in ["169.254.77.77", "2001:db8::1"] {
        let found = ask(&stage, "f.talk", &network, json!({ "host": host, "port": 81 })).await;
        let refused = "Crash: ConnectionRefusedError: [Errno 111] Connection refused";
        assert_eq!(found, Err(refused.into()), "{host}");
    }
    let away = "Crash: OSError: [Errno 101] Network is unreachable";
    let found = ask(
        &stage,
        "f.talk",
        &network,
        json!({ "host": "198.51.100.7", "port": 80 }),
    )
    .await;
    assert_eq!(found, Err(away.into()));
}

#[tokio::test]
async fn nothing_is_open_that_is_not_named() {
    let Some(stage) = confined() else { return };
    let port = echo().await;
    let refused = "Crash: ConnectionRefusedError: [Errno 111] Connection refused";
    let args = json!({ "host": "127.0.0.1", "port": port });
    assert_eq!(ask(&stage, "f.talk", &[], args).await, Err(refused.into()));
    let unknown = "Crash: gaierror: [Errno -2] Name or service not known";
    let args = json!({ "host": "vision.example", "port": 443 });
    assert_eq!(ask(&stage, "f.talk", &[], args).await, Err(unknown.into()));

    let datagrams = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = datagrams.local_addr().unwrap().port();
    let network = [format!("127.0.0.1:{port}")];
    let args = json!({ "host": "127.0.0.1", "port": port });
    assert_eq!(
        ask(&stage, "f.datagram", &network, args).await,
        Err(refused.into())
    );
    datagrams.set_nonblocking(true).unwrap();
    let nothing = datagrams.recv(&mut [0; 8]).unwrap_err();
    assert_eq!(nothing.kind(), std::io::ErrorKind::WouldBlock);

    let name = format!("flow-{port}");
    let _listener = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    assert_eq!(
        ask(&stage, "f.abstract", &[], json!({ "name": name })).await,
        Err(refused.into())
    );
}

#[tokio::test]
async fn code_cannot_go_back_to_where_it_came_from() {
    let Some(stage) = confined() else { return };
    let answer = ask(&stage, "f.escape", &[], json!({ "daemon": std::process::id() })).await;
    assert_eq!(answer.unwrap()["kept in"], json!([true, true, true]));
}

#[tokio::test]
async fn everything_else_is_as_it_was() {
    let Some(stage) = confined() else { return };
    let answer = ask(&stage, "f.work", &[], json!({})).await.unwrap();
    let user = rustix::process::getuid().as_raw();
    let own = answer["own"].as_str().unwrap();
    assert_eq!(
        (&answer["total"], own.starts_with("127.")),
        (&json!(6), true),
        "{answer}"
    );
    assert_eq!((&answer["user"], &answer["file"]), (&json!(user), &json!(user)));
}

#[tokio::test]
async fn a_worker_is_used_again_by_who_may_reach_the_same() {
    let Some(stage) = confined() else { return };
    let port = echo().await;
    let (one, other) = (format!("127.0.0.1:{port}"), "127.0.0.1:1".to_owned());
    let args = json!({ "host": "127.0.0.1", "port": port });
    let pid = async |network: &[String]| {
        let answer = ask(&stage, "f.talk", network, args.clone()).await.unwrap();
        answer["pid"].as_u64().unwrap()
    };
    let (narrow, wide) = ([one.clone()], [one, other]);
    let first = pid(&narrow).await;
    assert_eq!(pid(&narrow).await, first);
    assert_ne!(pid(&wide).await, first);
    assert_eq!(pid(&narrow).await, first);
}

#[tokio::test]
async fn no_connection_outlives_its_worker() {
    let Some(stage) = confined() else { return };
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = server.local_addr().unwrap().port();
    let network = [format!("127.0.0.1:{port}")];
    let args = json!({ "host": "127.0.0.1", "port": port });
    // It ends by itself once it is told to, and by the daemon's end the second time.
    for dies in [true, false] {
        let call = ask(&stage, "f.hold", &network, args.clone());
        let watched = async {
            let (mut client, _) = server.accept().await.unwrap();
            let mut pid = String::new();
            while !pid.ends_with('\n') {
                pid.push(char::from(client.read_u8().await.unwrap()));
            }
            match dies {
                true => client.write_all(b"x").await.unwrap(),
                false => stage.functions.close().await,
            }
            let end = client.read(&mut [0; 8]).await;
            assert!(matches!(end, Ok(0) | Err(_)), "{end:?}");
            gone(pid.trim()).await;
        };
        let (answer, ()) = tokio::join!(call, watched);
        let why = if dies { "exit status 7" } else { "the daemon ends" };
        assert!(answer.clone().unwrap_err().contains(why), "{answer:?}");
    }
}

#[tokio::test]
async fn more_connections_than_one_worker_may_have_are_broken_off() {
    let Some(stage) = confined() else { return };
    let port = echo().await;
    let network = [format!("127.0.0.1:{port}")];
    let args = json!({ "host": "127.0.0.1", "port": port });
    let answer = ask(&stage, "f.many", &network, args).await;
    assert_eq!(answer, Ok(json!({ "answered": 64 })));
}

#[tokio::test]
async fn without_confinement_everything_is_reached() {
    let off = Confinement::Off {
        reason: "a test".into(),
    };
    let stage = Stage::within(PYTHON, &[("f.py", CODE)], Arc::new(SystemClock), off);
    let port = echo().await;
    let args = json!({ "host": "127.0.0.1", "port": port });
    let answer = ask(&stage, "f.talk", &[], args).await;
    assert_eq!(answer.unwrap()["heard"], "hello");
}

/// Printed, and held against nothing: how much a start costs more in a cell.
#[tokio::test]
async fn what_a_cell_costs() {
    const STARTS: usize = 101;
    let folder = tempfile::tempdir().unwrap();
    let off = Confinement::Off {
        reason: "a test".into(),
    };
    let four: Vec<_> = (1..=4)
        .map(|port| format!("127.0.0.1:{port}").parse().unwrap())
        .collect();
    for (confinement, network) in [
        (off, &[][..]),
        (confinement(), &[][..]),
        (confinement(), &four[..]),
    ] {
        let mut took = Vec::new();
        for _ in 0..STARTS {
            let begun = std::time::Instant::now();
            let command = tokio::process::Command::new("true");
            let started = confinement.spawn(command, network, folder.path()).await;
            let (mut child, _gate) = started.unwrap();
            assert!(child.wait().await.unwrap().success());
            took.push(begun.elapsed());
        }
        took.sort();
        let (median, doors) = (took[STARTS / 2], network.len());
        let said = format!("{median:?} from start to end of `true`: {confinement}, {doors} doors\n");
        std::io::stderr().write_all(said.as_bytes()).unwrap();
    }
}
