//! `flowc import`: from a deployment of OpenWhisk to a project.

use super::{Console, Exit, Failure};
use crate::load::one_source;
use crate::openwhisk::{self, Imported};
use flow_lang::parse::FILE_BYTES_MAX;
use flow_lang::report::human;
use std::path::{Path, PathBuf};

/// Turn a deployment of OpenWhisk into a flow: a manifest of wskdeploy, or a script of wsk commands
#[derive(clap::Args)]
pub(super) struct Args {
    /// A `manifest.yaml`, or a script such as `deploy.sh`
    file: PathBuf,
    /// A folder for the flow, its `flow.toml` and code, instead of standard output; nothing in it is overwritten
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, Failure> {
    let (sources, id, mut report) = one_source(&args.file)?;
    let source = sources.get(id);
    let mut deployment = openwhisk::Deployment::default();
    if !report.has_errors() {
        let (read, found) = match is_script(&source.path, &source.text) {
            true => openwhisk::read_script(id, &source.text, &|path| beside(&args.file, path)),
            false => openwhisk::read_manifest(id, &source.text),
        };
        deployment = read;
        report.findings.extend(found.findings);
    }
    if report.has_errors() {
        let shown = human::render(&report.sorted(), &sources, console.terminal.style_err());
        write!(console.err, "{shown}")?;
        return Ok(Exit::Findings);
    }
    let imported = openwhisk::write(&deployment, &file_name(&args.file), &fallback(&args.file));
    if imported.flow.len() > FILE_BYTES_MAX {
        let size = imported.flow.len();
        let message = format!(
            "the flow would have {size} bytes, and a file has at most {FILE_BYTES_MAX}: import it in parts"
        );
        return Err(Failure::Usage(message));
    }
    match &args.output {
        None => write!(console.out, "{}", imported.alone())?,
        Some(folder) => {
            for path in put(&imported, folder)? {
                writeln!(console.out, "{}", path.display())?;
            }
        }
    }
    match imported.gaps {
        0 => {}
        1 => writeln!(
            console.err,
            "1 thing is not imported: a comment says what and why"
        )?,
        gaps => writeln!(
            console.err,
            "{gaps} things are not imported: comments say what and why"
        )?,
    }
    Ok(Exit::Clean)
}

/// Whether it is a script, by its ending, else by what it begins with.
fn is_script(path: &Path, text: &str) -> bool {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("yaml" | "yml") => false,
        Some("sh" | "bash" | "zsh" | "ksh") => true,
        _ => text.starts_with("#!") || text.lines().any(|line| line.trim_start().starts_with("wsk ")),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// A name for a flow that has none: that of the folder of the file.
fn fallback(path: &Path) -> String {
    let folder = std::path::absolute(path).ok();
    let name = folder.as_deref().and_then(Path::parent).and_then(Path::file_name);
    name.map_or_else(
        || "imported".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// The text of a file that a script names, as seen from the script.
fn beside(script: &Path, path: &str) -> Option<String> {
    let folder = script.parent().unwrap_or(Path::new("."));
    crate::load::text(&folder.join(path)).ok()
}

/// Writes the files of a project into a folder in which none of them is.
fn put(imported: &Imported, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = vec![
        (folder.join("main.flow"), imported.flow.as_str()),
        (folder.join("flow.toml"), imported.toml.as_str()),
    ];
    files.extend(
        imported
            .code
            .iter()
            .map(|(path, text)| (folder.join(path), text.as_str())),
    );
    if let Some((path, _)) = files.iter().find(|(path, _)| path.symlink_metadata().is_ok()) {
        let path = path.display();
        return Err(Failure::Usage(format!(
            "`{path}` is already there; nothing was written"
        )));
    }
    for (path, text) in &files {
        write_new(path, text).map_err(|source| Failure::File {
            path: path.clone(),
            source,
        })?;
    }
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = std::fs::File::create_new(path)?;
    std::io::Write::write_all(&mut file, text.as_bytes())
}
