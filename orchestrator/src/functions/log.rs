//! What a call printed: one file, one line of text each, `TIME stdout: text`, cut when it grows too long.

use crate::clock::Clock;
use crate::redact::{self, Cut, Redaction};
use crate::seal::Seal;
use flow_lang::units;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;

/// Which of its two streams a function printed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    Stdout,
    Stderr,
}

impl Stream {
    fn name(self) -> &'static str {
        match self {
            Stream::Stdout => "stdout",
            Stream::Stderr => "stderr",
        }
    }
}

/// The log of one call. Writing goes to the page cache, so it does not wait for a disk; a file that cannot be
/// written any more ends the log, not the call.
pub(crate) struct CallLog {
    /// Without secrets.
    stdout: redact::Stream,
    stderr: redact::Stream,
    /// Seals each line.
    seal: Option<Arc<Seal>>,
    path: PathBuf,
    /// Opened by the first line: most calls print nothing.
    file: Option<BufWriter<File>>,
    clock: Arc<dyn Clock>,
    max: u64,
    kept: u64,
    ended: bool,
}

impl CallLog {
    /// Appends to `path` and keeps at most `max` bytes of what is printed.
    pub(crate) fn new(path: PathBuf, max: u64, clock: Arc<dyn Clock>) -> CallLog {
        CallLog {
            stdout: redact::Stream::new(Redaction::default()),
            stderr: redact::Stream::new(Redaction::default()),
            seal: None,
            path,
            file: None,
            clock,
            max,
            kept: 0,
            ended: false,
        }
    }

    /// Keeps secrets out of it, and seals its lines if what is printed may be private.
    pub(crate) fn guarded(mut self, redaction: Redaction, seal: Option<Arc<Seal>>) -> CallLog {
        self.stdout = redact::Stream::new(redaction.clone());
        self.stderr = redact::Stream::new(redaction);
        self.seal = seal;
        self
    }

    /// Adds a line, given without its end.
    pub(crate) fn line(&mut self, stream: Stream, text: &[u8]) {
        if self.stream(stream).is_idle() {
            return self.keep(stream, text);
        }
        let clear = self.stream(stream).push(&[text, b"\n"].concat(), Cut::Line);
        self.lines(stream, &clear);
    }

    /// Adds a part of a line that is too long to be one; it becomes a line of its own.
    pub(crate) fn piece(&mut self, stream: Stream, text: &[u8]) {
        let clear = self.stream(stream).push(text, Cut::Anywhere);
        self.lines(stream, &clear);
    }

    /// Adds what is not the code's own word.
    pub(crate) fn tell(&mut self, text: &str) {
        self.finish();
        self.line(Stream::Stderr, text.as_bytes());
    }

    /// Adds what was held back because it might have been the beginning of a secret.
    fn finish(&mut self) {
        for stream in [Stream::Stdout, Stream::Stderr] {
            let clear = self.stream(stream).finish();
            self.lines(stream, &clear);
        }
    }

    fn stream(&mut self, stream: Stream) -> &mut redact::Stream {
        match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        }
    }

    fn lines(&mut self, stream: Stream, clear: &[u8]) {
        let text = clear.strip_suffix(b"\n").unwrap_or(clear);
        if !clear.is_empty() {
            text.split(|byte| *byte == b'\n')
                .for_each(|line| self.keep(stream, line));
        }
    }

    fn keep(&mut self, stream: Stream, text: &[u8]) {
        if self.ended {
            return;
        }
        self.kept = self.kept.saturating_add(text.len() as u64 + 1);
        if self.kept <= self.max {
            self.write(stream, &String::from_utf8_lossy(text));
        } else {
            self.write(stream, &format!("… logs cut at {}", units::size(self.max)));
            self.ended = true;
        }
    }

    /// Shows readers of the file what has come so far.
    pub(crate) fn flush(&mut self) {
        if let Some(file) = &mut self.file {
            let flushed = file.flush();
            self.note(flushed);
        }
    }

    fn write(&mut self, stream: Stream, text: &str) {
        let now = i64::try_from(self.clock.now()).unwrap_or(i64::MAX);
        let time = jiff::Timestamp::from_millisecond(now).unwrap_or(jiff::Timestamp::MAX);
        let sealed = self.seal.as_ref().map(|seal| seal.seal_line(text));
        let text = sealed.as_deref().unwrap_or(text);
        let file = self.file();
        let written = file.and_then(|file| writeln!(file, "{time:.3} {}: {text}", stream.name()));
        self.note(written);
    }

    fn file(&mut self) -> io::Result<&mut BufWriter<File>> {
        let file = match self.file.take() {
            Some(file) => file,
            None => {
                if let Some(folder) = self.path.parent() {
                    std::fs::create_dir_all(folder)?;
                }
                BufWriter::new(File::options().create(true).append(true).open(&self.path)?)
            }
        };
        Ok(self.file.insert(file))
    }

    fn note(&mut self, outcome: io::Result<()>) {
        if let Err(error) = outcome
            && !std::mem::replace(&mut self.ended, true)
        {
            tracing::warn!(%error, "the log of a call ends here: it cannot be written");
        }
    }
}

impl Drop for CallLog {
    fn drop(&mut self) {
        self.finish();
    }
}
