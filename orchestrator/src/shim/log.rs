//! What a job prints, kept up to a bound.

use std::fs::File;
use std::io::{self, PipeReader, Read, Write};
use std::path::Path;
use std::thread::JoinHandle;

/// The most bytes of a job's log that are kept; the rest is read and dropped.
pub const LOG_MAX: u64 = 10 << 20;

/// Carries a job's output into its log.
pub(super) struct Pump {
    thread: JoinHandle<io::Result<()>>,
}

impl Pump {
    /// Starts to read.
    pub(super) fn start(from: PipeReader, to: &Path) -> io::Result<Pump> {
        let log = File::options().append(true).create(true).open(to)?;
        let thread = std::thread::spawn(move || carry(from, log, LOG_MAX));
        Ok(Pump { thread })
    }

    /// Waits for the end of the output, which comes when the last process that could write is gone. A log
    /// that could not be written (a full disk) changes nothing about how the job ended.
    pub(super) fn finish(self) {
        let _ = self.thread.join();
    }
}

fn carry(mut from: impl Read, mut log: impl Write, max: u64) -> io::Result<()> {
    let kept = io::copy(&mut from.by_ref().take(max), &mut log);
    let mut written = Ok(());
    match kept {
        Ok(kept) if kept == max => {
            let mut next = [0];
            if from.read(&mut next)? > 0 {
                written = writeln!(log, "\n[log cut after {max} bytes]");
            }
        }
        Ok(_) => {}
        // The disk is full, say. The job goes on, and must not wait for a reader.
        Err(error) => written = Err(error),
    }
    io::copy(&mut from, &mut io::sink())?;
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_cut_after_its_bound_and_not_before() {
        let check = |printed: &str, kept: &str| {
            let mut log = Vec::new();
            carry(printed.as_bytes(), &mut log, 4).expect("writing to memory");
            assert_eq!(String::from_utf8_lossy(&log), kept);
        };
        check("", "");
        check("1234", "1234");
        check("12345", "1234\n[log cut after 4 bytes]\n");
        check("1234567890", "1234\n[log cut after 4 bytes]\n");
    }
}
