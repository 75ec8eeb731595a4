//! What a job finds in its environment. Nothing of the daemon's own is passed on but `PATH`.

use super::{JobDir, Spec};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// Numeric libraries use a thread for each processor of the machine unless told otherwise; several jobs that
/// do so slow each other down many times over.
const THREAD_COUNTS: [&str; 6] = [
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "RAYON_NUM_THREADS",
];

/// Where commands are looked up when the daemon itself was started without `PATH`.
const SEARCH_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// All variables of a job.
pub(super) fn of(dir: &JobDir, spec: &Spec, search_path: Option<OsString>) -> BTreeMap<OsString, OsString> {
    let mut env = BTreeMap::new();
    let mut set = |name: &str, value: OsString| env.insert(OsString::from(name), value);
    for name in THREAD_COUNTS {
        set(name, spec.cpu.to_string().into());
    }
    let folders = [
        ("FLOW_ARGS", dir.args()),
        ("FLOW_OUT", dir.out()),
        ("FLOW_MODEL_DIR", dir.model()),
        ("FLOW_REPORT", dir.report()),
        ("FLOW_PROGRESS", dir.progress()),
        ("FLOW_CHECKPOINT_DIR", dir.checkpoint()),
        ("HOME", dir.tmp()),
        ("TMPDIR", dir.tmp()),
    ];
    for (name, path) in folders {
        set(name, path.into());
    }
    if dir.secrets().exists() {
        set("FLOW_SECRETS", dir.secrets().into());
    }
    set("LANG", "C.UTF-8".into());
    // The code is shared between jobs and must stay as it was hashed.
    set("PYTHONDONTWRITEBYTECODE", "1".into());
    // A log is of use while the job runs.
    set("PYTHONUNBUFFERED", "1".into());
    let bin = spec.interpreter.as_deref().and_then(Path::parent);
    set(
        "PATH",
        extend(bin, search_path.unwrap_or_else(|| SEARCH_PATH.into())),
    );
    for (name, value) in &spec.env {
        set(name, value.into());
    }
    env
}

/// The program of the command.
pub(super) fn program(spec: &Spec) -> io::Result<PathBuf> {
    let named = spec.command.first();
    let named = named.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the command is empty"))?;
    match (named.as_str(), &spec.interpreter) {
        ("python" | "python3", Some(interpreter)) => Ok(interpreter.clone()),
        _ => Ok(named.into()),
    }
}

fn extend(bin: Option<&Path>, search_path: OsString) -> OsString {
    let Some(bin) = bin else { return search_path };
    let mut path = OsString::from(bin);
    path.push(":");
    path.push(search_path);
    path
}
