//! What a job prints, kept up to a bound and without its secrets.

use crate::redact::{Cut, Redaction, Stream};
use std::fs::File;
use std::io::{self, ErrorKind, PipeReader, Read, Write};
use std::path::Path;
use std::thread::JoinHandle;

/// The most bytes of a job's log that are kept; the rest is read and dropped.
pub const LOG_MAX: u64 = 10 << 20;

/// Bytes read at a time; what a pipe holds.
const CHUNK: usize = 64 << 10;

/// Carries a job's output into its log.
pub(super) struct Pump {
    thread: JoinHandle<io::Result<()>>,
}

impl Pump {
    /// Starts to read.
    pub(super) fn start(from: PipeReader, to: &Path, redaction: Redaction) -> io::Result<Pump> {
        let log = File::options().append(true).create(true).open(to)?;
        let thread = std::thread::spawn(move || carry(from, log, LOG_MAX, redaction));
        Ok(Pump { thread })
    }

    /// Waits for the end of the output, which comes when the last process that could write is gone. A log
    /// that could not be written (a full disk) changes nothing about how the job ended.
    pub(super) fn finish(self) {
        let _ = self.thread.join();
    }
}

fn carry(mut from: impl Read, log: impl Write, max: u64, redaction: Redaction) -> io::Result<()> {
    let mut log = Bounded { log, left: max, max };
    let mut stream = Stream::new(redaction);
    let mut chunk = vec![0; CHUNK];
    let mut written = Ok(());
    loop {
        let out = match from.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => stream.push(&chunk[..count], Cut::Anywhere),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        // The disk is full, say. The job goes on, and must not wait for a reader.
        if written.is_ok() {
            written = log.write(&out);
        }
    }
    written.and_then(|()| log.write(&stream.finish()))
}

/// A log that ends at its bound.
struct Bounded<W> {
    log: W,
    left: u64,
    max: u64,
}

impl<W: Write> Bounded<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let room = usize::try_from(self.left).unwrap_or(usize::MAX);
        let kept = &bytes[..bytes.len().min(room)];
        self.log.write_all(kept)?;
        self.left -= kept.len() as u64;
        // Once: after that the bound itself says that it was passed.
        if kept.len() < bytes.len() && self.max > 0 {
            let max = std::mem::take(&mut self.max);
            writeln!(self.log, "\n[log cut after {max} bytes]")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::Secrets;

    fn check(printed: &str, max: u64, redaction: &Redaction, kept: &str) {
        let mut log = Vec::new();
        carry(printed.as_bytes(), &mut log, max, redaction.clone()).expect("writing to memory");
        assert_eq!(String::from_utf8_lossy(&log), kept);
    }

    #[test]
    fn a_log_is_cut_after_its_bound_and_not_before() {
        let nothing = Redaction::default();
        check("", 4, &nothing, "");
        check("1234", 4, &nothing, "1234");
        check("12345", 4, &nothing, "1234\n[log cut after 4 bytes]\n");
        check("1234567890", 4, &nothing, "1234\n[log cut after 4 bytes]\n");
    }

    #[test]
    fn a_log_holds_no_secret_wherever_it_is_read_or_cut() {
        let secrets = Secrets::new([("key".to_owned(), "hunter22".to_owned())].into());
        let redaction = secrets.redaction();
        check("a hunter22 b", 100, &redaction, "a [secret key] b");
        check("a hunter22 b", 6, &redaction, "a [sec\n[log cut after 6 bytes]\n");
        let long = format!("{}hunter22", "x".repeat(CHUNK - 3));
        check(
            &long,
            1 << 20,
            &redaction,
            &format!("{}[secret key]", "x".repeat(CHUNK - 3)),
        );
    }
}
