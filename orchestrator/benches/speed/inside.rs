//! A daemon in this process, with the flow that is measured.

use flowd::clock::SystemClock;
use flowd::config::{self, DataDir};
use flowd::daemon::{Daemon, Options};
use flowd::sandbox::Confinement;
use flowd::store::{NoProbe, Proof};
use flowd::up;
use flowd::worker::Newsroom;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Three steps that do nothing, one after another, and ten that are free to repeat.
pub(crate) const FLOW: &str = r#"
flow speed

type Item { n: int<0..1000000> }

trigger three: Item
trigger ten:   Item

idempotent action nothing({ n: int<0..1000000> }) -> Item {
  runtime: "python:3", code: "functions", entry: "work.nothing", timeout: 10s
}
pure action pass({ n: int<0..1000000> }) -> Item {
  runtime: "python:3", code: "functions", entry: "work.nothing", timeout: 10s
}

rule chain: on three(it) with { overlap: parallel } {
  let a = nothing({ n: it.n })
  let b = nothing({ n: a.n })
  nothing({ n: b.n })
}
rule long: on ten(it) with { overlap: parallel } {
  let a = pass({ n: it.n })
  let b = pass({ n: a.n })
  let c = pass({ n: b.n })
  let d = pass({ n: c.n })
  let e = pass({ n: d.n })
  let f = pass({ n: e.n })
  let g = pass({ n: f.n })
  let h = pass({ n: g.n })
  let i = pass({ n: h.n })
  pass({ n: i.n })
}
"#;

/// A function that does nothing.
pub(crate) const CODE: &str = "def nothing(args):\n    return args\n";

/// A daemon at work.
pub(crate) struct Inside {
    pub(crate) address: SocketAddr,
    pub(crate) newsroom: Newsroom,
    stop: CancellationToken,
    work: JoinHandle<()>,
    _proof: Proof,
}

/// Writes the project below `folder`.
pub(crate) fn project(folder: &Path) -> std::path::PathBuf {
    let project = folder.join("project");
    let functions = project.join("functions");
    std::fs::create_dir_all(&functions).expect("the folder is ours");
    std::fs::write(project.join("main.flow"), FLOW).expect("the folder is ours");
    std::fs::write(functions.join("work.py"), CODE).expect("the folder is ours");
    project
}

impl Inside {
    /// Starts one on the data of `folder`.
    pub(crate) async fn start(folder: &Path) -> Inside {
        let options = Options {
            data: DataDir::new(folder.join("data")),
            listen: ([127, 0, 0, 1], 0).into(),
            cache: folder.join("cache"),
            search_path: config::search_path(),
            shim: vec![env!("CARGO_BIN_EXE_flowd").into(), "shim".into()],
            confinement: Confinement::probe().await,
            secrets: Arc::new(config::secret),
            clock: Arc::new(SystemClock),
            url: None,
            grace: Duration::from_secs(5),
            probe: Arc::new(NoProbe),
        };
        let daemon = Daemon::start(options).await.expect("a daemon starts");
        let mut findings = Vec::new();
        let compiled = up::compile(&project(folder), "dev", &mut findings);
        let findings = String::from_utf8_lossy(&findings);
        let (root, plan) = compiled.unwrap_or_else(|error| panic!("{error}\n{findings}"));
        let deployed = daemon.deployer.deploy_project(&root, plan, &|_| {}).await;
        deployed.expect("a plan that compiles can be deployed here");
        let stop = CancellationToken::new();
        Inside {
            address: daemon.address,
            newsroom: daemon.newsroom.clone(),
            work: {
                let stop = stop.clone();
                tokio::spawn(async move { daemon.run(stop).await.expect("the daemon ends well") })
            },
            stop,
            _proof: Proof::of(folder.join("data/flow.db")),
        }
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.work.await.expect("the daemon does not panic");
    }
}
