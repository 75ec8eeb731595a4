//! What a worker prints, split into lines and into calls.

use super::log::{CallLog, Stream};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{ChildStderr, ChildStdout};

/// A longer line becomes several.
const LINE_MAX: usize = 64 << 10;
/// Bytes read at a time; what a pipe holds.
const CHUNK: usize = 64 << 10;

/// The two streams of a worker.
pub(crate) struct Printed {
    stdout: Lines<ChildStdout>,
    stderr: Lines<ChildStderr>,
}

impl Printed {
    /// After each call both streams carry a line that ends with `mark`.
    pub(crate) fn new(stdout: ChildStdout, stderr: ChildStderr, mark: &str) -> Printed {
        Printed {
            stdout: Lines::new(stdout, Stream::Stdout, mark),
            stderr: Lines::new(stderr, Stream::Stderr, mark),
        }
    }

    /// Reads both streams into `log` until the call's end stands in both. A full log goes on being read, so
    /// that the worker never waits for a reader. Nothing is lost when this is dropped and called again.
    pub(crate) async fn pump(&mut self, log: &mut CallLog) {
        let (mut out, mut err) = (vec![0; CHUNK], vec![0; CHUNK]);
        let (mut out_done, mut err_done) = (false, false);
        while !(out_done && err_done) {
            tokio::select! {
                read = self.stdout.stream.read(&mut out), if !out_done => {
                    out_done = self.stdout.take(&out[..read.unwrap_or(0)], log);
                }
                read = self.stderr.stream.read(&mut err), if !err_done => {
                    err_done = self.stderr.take(&err[..read.unwrap_or(0)], log);
                }
            }
            log.flush();
        }
    }
}

struct Lines<R> {
    stream: R,
    name: Stream,
    mark: Vec<u8>,
    /// A line that has not ended yet. INVARIANT: at most `LINE_MAX` and a mark.
    begun: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    fn new(stream: R, name: Stream, mark: &str) -> Lines<R> {
        Lines {
            stream,
            name,
            mark: mark.as_bytes().to_vec(),
            begun: Vec::new(),
        }
    }

    /// Takes what was read; nothing is the end of the stream. Says whether the call's end has been seen.
    fn take(&mut self, mut bytes: &[u8], log: &mut CallLog) -> bool {
        let mut end = bytes.is_empty();
        while let Some(at) = bytes.iter().position(|byte| *byte == b'\n') {
            self.begun.extend_from_slice(&bytes[..at]);
            bytes = &bytes[at + 1..];
            match self.begun.strip_suffix(self.mark.as_slice()) {
                // What was printed last may have had no end of line of its own.
                Some(rest) => {
                    end = true;
                    if !rest.is_empty() {
                        log.line(self.name, rest);
                    }
                }
                None => log.line(self.name, &self.begun),
            }
            self.begun.clear();
        }
        self.begun.extend_from_slice(bytes);
        // The mark must stay in one piece.
        let surplus = self.begun.len().saturating_sub(self.mark.len());
        if surplus > LINE_MAX || (bytes.is_empty() && end && !self.begun.is_empty()) {
            if surplus > LINE_MAX {
                log.piece(self.name, &self.begun[..surplus]);
                self.begun.drain(..surplus);
            } else {
                log.line(self.name, &self.begun);
                self.begun.clear();
            }
        }
        end
    }
}
