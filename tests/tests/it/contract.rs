//! What a feed promises, written once and held against every kind of source: nothing is lost, nothing comes twice,
//! whatever happens to the source, to the way there, and to the daemon.

mod keeping;
mod killed;
mod reading;

use flow_tests::couch::note;
use flow_tests::couch::real::Real;
use flow_tests::couch::scripted::Scripted;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// How a database is followed.
const MODES: [&str; 2] = ["longpoll", "continuous"];
/// Short, so that silence is noticed within a test.
const HEARTBEAT: &str = "150ms";
/// A word that only its own server is told.
const PASSWORD: &str = "open-sesame-4711";

/// A source of notes, each of which is an event.
enum Source {
    Folder(PathBuf),
    Real(Box<Real>, &'static str),
    Scripted(Scripted, &'static str),
}

impl Source {
    /// Every kind of source that this machine has, for a project in each `folder`.
    async fn all() -> Vec<Source> {
        let mut all = Source::databases().await;
        all.push(Source::Folder(PathBuf::new()));
        all
    }

    /// The databases among them, in both modes.
    async fn databases() -> Vec<Source> {
        let mut all = Vec::new();
        for mode in MODES {
            if let Some(real) = Real::start("the contract of feeds on a real database").await {
                real.make("notes").await;
                all.push(Source::Real(Box::new(real), mode));
            }
            all.push(Source::Scripted(Scripted::start().await, mode));
        }
        all
    }

    fn name(&self) -> String {
        match self {
            Source::Folder(_) => "a folder".into(),
            Source::Real(_, mode) => format!("a real database ({mode})"),
            Source::Scripted(_, mode) => format!("a scripted database ({mode})"),
        }
    }

    /// Writes the package and the trigger of a project.
    fn declare(&mut self, project: &Path, more: &str) {
        let mut flow = String::new();
        let say = "a string takes all text";
        match self {
            Source::Folder(inbox) => {
                *inbox = project.join("inbox");
                flow.push_str("type Note { text: blob<\"text/plain\", 1KiB>, number: int<0..999999> }\n");
                flow.push_str(
                    "package notes = objects<Note> { url: \"file:inbox\", fields: \"{number}/*.txt\" }\n",
                );
                flow.push_str("trigger noted from notes.created\n");
            }
            Source::Real(..) | Source::Scripted(..) => {
                let (url, mode) = match self {
                    Source::Real(real, mode) => (real.url(), *mode),
                    Source::Scripted(scripted, mode) => (scripted.url().to_owned(), *mode),
                    Source::Folder(_) => unreachable!("it is a database"),
                };
                let way = format!("url: {url:?}, mode: {mode}, heartbeat: {HEARTBEAT}");
                flow.push_str("type Note { id: text<64B>, number: int<0..999999> }\n");
                writeln!(flow, "package notes = couchdb<Note> {{ {way} {more} }}").expect(say);
                flow.push_str("trigger noted from notes.changes\n");
            }
        }
        std::fs::write(project.join("package.flow"), flow).expect("the folder of the test can be written");
    }

    /// Notes with these numbers, which have not been there before.
    async fn write(&self, numbers: Range<u64>) {
        match self {
            Source::Folder(inbox) => {
                for number in numbers {
                    let folder = inbox.join(number.to_string());
                    std::fs::create_dir_all(&folder).expect("the folder of the test can be written");
                    std::fs::write(folder.join("a.txt"), number.to_string())
                        .expect("the folder of the test can be written");
                }
            }
            Source::Real(real, _) => real.write("notes", &numbers.map(note).collect::<Vec<_>>()).await,
            Source::Scripted(scripted, _) => scripted.write("1-a", numbers.map(note)),
        }
    }

    /// What has no event comes along: a deletion, a design document, a note that is not one.
    async fn write_odd(&self) {
        let odd = serde_json::json!({ "_id": "odd", "number": "not a number" });
        let design = serde_json::json!({ "_id": "_design/odd", "number": 7 });
        match self {
            Source::Folder(inbox) => {
                std::fs::create_dir_all(inbox.join("x")).expect("the folder of the test can be written");
                std::fs::write(inbox.join("x/a.txt"), "x").expect("the folder of the test can be written");
            }
            Source::Real(real, _) => {
                let gone = serde_json::json!({ "_id": "gone" });
                real.write("notes", &[odd, design, gone]).await;
                let rev = real.read("notes", "gone").await["_rev"].clone();
                let gone = serde_json::json!({ "_id": "gone", "_rev": rev, "_deleted": true });
                real.write("notes", &[gone]).await;
            }
            Source::Scripted(scripted, _) => {
                let gone = serde_json::json!({ "_id": "note-gone", "_deleted": true });
                scripted.write("1-a", [odd, design, gone]);
            }
        }
    }
}
