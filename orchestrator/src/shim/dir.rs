//! The files through which the daemon, the shim and the job speak with each other.

use super::{Process, Secrets, Spec, Status, durable};
use crate::redact::{Cut, Redaction, Stream};
use serde::de::DeserializeOwned;
use std::fs::{self, DirBuilder};
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// The most bytes of a file that is read whole.
const FILE_MAX: u64 = 64 << 20;

/// Bytes of what a job told that are looked at together.
const CHUNK: usize = 64 << 10;

/// A job's directory, by convention `jobs/<name>`.
#[derive(Clone, Debug)]
pub struct JobDir {
    root: PathBuf,
}

impl JobDir {
    /// The layout below `root`, which is absolute.
    pub fn new(root: PathBuf) -> JobDir {
        JobDir { root }
    }

    /// The directory itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Exists once a shim has taken the job; nobody launches it after that.
    pub fn started(&self) -> PathBuf {
        self.root.join("started")
    }

    /// Locked while the shim lives.
    pub fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    /// Exists once somebody wants the job to stop.
    pub fn cancel(&self) -> PathBuf {
        self.root.join("cancel")
    }

    /// What the job printed.
    pub fn log(&self) -> PathBuf {
        self.root.join("log")
    }

    /// What the shim itself has to say; empty unless it is broken.
    pub fn shim_log(&self) -> PathBuf {
        self.root.join("shim.log")
    }

    /// `FLOW_ARGS`: the arguments.
    pub fn args(&self) -> PathBuf {
        self.root.join("args.json")
    }

    /// `FLOW_SECRETS`: only there while the job may need it, and only readable by its user.
    pub fn secrets(&self) -> PathBuf {
        self.root.join("secrets.json")
    }

    /// `FLOW_PROGRESS`: the job appends JSON lines.
    pub fn progress(&self) -> PathBuf {
        self.root.join("progress.jsonl")
    }

    /// `FLOW_REPORT`: the job writes its reports.
    pub fn report(&self) -> PathBuf {
        self.root.join("report.json")
    }

    /// `FLOW_OUT`: files that the reports name.
    pub fn out(&self) -> PathBuf {
        self.root.join("out")
    }

    /// `FLOW_MODEL_DIR`: a `train` leaves its model here.
    pub fn model(&self) -> PathBuf {
        self.root.join("model")
    }

    /// `FLOW_CHECKPOINT_DIR`.
    pub fn checkpoint(&self) -> PathBuf {
        self.root.join("checkpoint")
    }

    /// `TMPDIR` and `HOME`.
    pub fn tmp(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// Writes what is to be run, unless it is written already; answers whether it was new.
    ///
    /// # Errors
    /// If the directory cannot be written.
    pub fn write_spec(&self, spec: &Spec) -> io::Result<bool> {
        let json = serde_json::to_vec(spec).map_err(io::Error::other)?;
        durable::directory(&self.root)?;
        durable::create(&self.spec(), &json)
    }

    /// What is to be run; nothing if there is no such job.
    ///
    /// # Errors
    /// If the file is there and cannot be read.
    pub fn read_spec(&self) -> io::Result<Option<Spec>> {
        read(&self.spec())
    }

    /// Writes the secrets' values.
    ///
    /// # Errors
    /// If the directory cannot be written.
    pub fn write_secrets(&self, secrets: &Secrets) -> io::Result<()> {
        durable::replace(&self.secrets(), &secrets.to_json())
    }

    /// What finds the secrets' values, as long as they are there.
    ///
    /// # Errors
    /// If they are there and cannot be read.
    pub fn redaction(&self) -> io::Result<Redaction> {
        match fs::read(self.secrets()) {
            Ok(json) => Ok(Secrets::from_json(&json)?.redaction()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Redaction::default()),
            Err(error) => Err(error),
        }
    }

    /// Takes the secrets' values out of what the job has told, which is kept, then removes them. Files that it
    /// made are its own.
    ///
    /// # Errors
    /// If a file is there and can neither be rewritten nor removed.
    pub fn leave_no_secret(&self) -> io::Result<()> {
        let redaction = self.redaction()?;
        if !redaction.is_idle() {
            for told in [self.report(), self.progress()] {
                // On a full disk nothing can be rewritten. What a job told is worth less than that it ended.
                if scrub(&told, &redaction).is_err() {
                    fs::remove_file(&told)?;
                }
            }
        }
        self.forget_secrets()
    }

    /// Removes the secrets' values.
    ///
    /// # Errors
    /// If they are there and cannot be removed.
    pub fn forget_secrets(&self) -> io::Result<()> {
        match fs::remove_file(self.secrets()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// How the job ended; nothing if it has not.
    ///
    /// # Errors
    /// If the file is there and cannot be read.
    pub fn read_status(&self) -> io::Result<Option<Status>> {
        read(&self.status())
    }

    /// The process that the shim started; nothing if it has not.
    ///
    /// # Errors
    /// If the file is there and cannot be read.
    pub fn read_launched(&self) -> io::Result<Option<Process>> {
        read(&self.launched())
    }

    pub(super) fn write_status(&self, status: &Status) -> io::Result<()> {
        let json = serde_json::to_vec(status).map_err(io::Error::other)?;
        durable::replace(&self.status(), &json)
    }

    pub(super) fn write_launched(&self, leader: &Process) -> io::Result<()> {
        let json = serde_json::to_vec(leader).map_err(io::Error::other)?;
        durable::replace(&self.launched(), &json)
    }

    /// Makes what the job expects to find.
    pub(super) fn prepare(&self, spec: &Spec) -> io::Result<()> {
        for folder in [self.out(), self.model(), self.checkpoint(), self.tmp()] {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let args = serde_json::to_vec(&spec.args).map_err(io::Error::other)?;
        fs::write(self.args(), args)
    }

    /// What is to be run.
    pub fn spec(&self) -> PathBuf {
        self.root.join("spec.json")
    }

    /// How it ended; there once everything else is written.
    pub fn status(&self) -> PathBuf {
        self.root.join("status.json")
    }

    /// The process that the shim started.
    pub fn launched(&self) -> PathBuf {
        self.root.join("launched.json")
    }
}

/// Rewrites a file without secrets. What is no plain file was made by the job for itself, and nobody reads it.
fn scrub(path: &Path, redaction: &Redaction) -> io::Result<()> {
    let plain = match fs::symlink_metadata(path) {
        Ok(about) => about.is_file(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(error),
    };
    if !plain {
        return Ok(());
    }
    let mut from = fs::File::open(path)?;
    let mut to = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(path))?;
    let mut stream = Stream::new(redaction.clone());
    let mut chunk = vec![0; CHUNK];
    loop {
        match from.read(&mut chunk)? {
            0 => break,
            count => to.write_all(&stream.push(&chunk[..count], Cut::Anywhere))?,
        }
    }
    to.write_all(&stream.finish())?;
    to.as_file().sync_all()?;
    to.persist(path)?;
    Ok(())
}

fn read<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let value = serde_json::from_reader(io::BufReader::new(file.take(FILE_MAX)))?;
    Ok(Some(value))
}
