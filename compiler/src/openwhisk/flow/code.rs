//! Where the code of an action is, and what runs it.

use crate::openwhisk::deployment::{Action, Code, Note};
use flow_lang::runtime::Runtime;

/// Where the code of an action is found in the project.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) runtime: String,
    pub(super) folder: String,
    pub(super) entry: String,
    /// A file that has to be written: its path and its text.
    pub(super) file: Option<(String, String)>,
}

/// How files of code end; any other path is a folder.
const FILES: &[&str] = &[
    "js", "mjs", "cjs", "ts", "py", "zip", "go", "java", "jar", "php", "rb", "rs", "swift", "bal", "cs",
    "exe", "bin",
];

/// Places the code of the action that is called `ident` here, with what is lost on the way.
///
/// # Errors
/// Why the action cannot be declared.
pub(super) fn place(action: &Action, ident: &str, notes: &mut Vec<Note>) -> Result<Placed, Note> {
    let main = action.main.as_deref().unwrap_or("main");
    let Some(code) = &action.code else {
        let what = format!("the action {}", action.name.shown());
        return Err(Note::new(what, "its code cannot run here"));
    };
    match code {
        Code::Text(text) => {
            let runtime = runtime(action, "", notes)?;
            let ending = if runtime.starts_with("python") { "py" } else { "js" };
            Ok(Placed {
                runtime,
                folder: "functions".to_owned(),
                entry: format!("{ident}.{main}"),
                file: Some((format!("functions/{ident}.{ending}"), text.clone())),
            })
        }
        Code::Path(path) => {
            let path = path.trim_start_matches("./").trim_end_matches('/');
            let path = if path.is_empty() { "." } else { path };
            let (folder, file) = path.rsplit_once('/').unwrap_or((".", path));
            let (stem, ending) = match file.rsplit_once('.') {
                Some((stem, ending)) if !stem.is_empty() && FILES.contains(&ending) => (stem, ending),
                _ => ("", ""),
            };
            let runtime = runtime(action, ending, notes)?;
            let (folder, entry) = match ending {
                "" => (path.to_owned(), main.to_owned()),
                "zip" => {
                    let unpacked = path.trim_end_matches(".zip").to_owned();
                    let because = format!("code is a folder: unpack it into `{unpacked}`");
                    notes.push(Note::new(format!("the archive {path}"), because));
                    (unpacked, main.to_owned())
                }
                _ => (folder.to_owned(), format!("{stem}.{main}")),
            };
            Ok(Placed {
                runtime,
                folder,
                entry,
                file: None,
            })
        }
    }
}

/// The runtime, as Flow writes it.
fn runtime(action: &Action, ending: &str, notes: &mut Vec<Note>) -> Result<String, Note> {
    let wanted = match (&action.runtime, ending) {
        (Some(kind), _) => kind.as_str(),
        (None, "py") => "python",
        (None, "js" | "mjs" | "cjs" | "zip" | "") => "nodejs",
        (None, _) => ending,
    };
    match wanted {
        "nodejs" | "node" => return Ok("nodejs:default".to_owned()),
        "python" | "python:default" => return Ok("python:3".to_owned()),
        "python:2" | "python:2.7" => {
            notes.push(Note::new(
                format!("the runtime {wanted}"),
                "Python begins with 3 here",
            ));
            return Ok("python:3".to_owned());
        }
        _ => {}
    }
    match Runtime::parse(wanted) {
        Some(runtime) => Ok(runtime.to_string()),
        None => {
            let what = format!("the action {}, which runs on {wanted}", action.name.shown());
            Err(Note::new(what, "functions run on Python or Node here"))
        }
    }
}
