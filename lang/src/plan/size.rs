//! How many bytes a value counts against a limit: one measure for the daemon, the compiler and the bound of a type.

use super::private::seal_size;
use serde::Serialize;
use serde_json::Value;
use std::io;

/// Bytes of a value's canonical JSON: without blanks, and whatever the order of its fields. What is sealed counts as
/// it is when it is opened. [`Type::bound`](super::Type::bound) is the most that this is for a value of a type.
pub fn json_size(value: &Value) -> u64 {
    text_size(value).saturating_sub(seal_size(value))
}

/// Bytes of anything that is written as JSON, with what is sealed in it as it is.
///
/// # Panics
/// If it is no JSON: it has keys that are no texts.
pub fn text_size(value: &impl Serialize) -> u64 {
    let mut count = Count(0);
    serde_json::to_writer(&mut count, value).expect("only texts are keys, and counting cannot fail");
    count.0
}

struct Count(u64);

impl io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
