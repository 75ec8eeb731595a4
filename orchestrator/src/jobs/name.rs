//! The name of a job: a function of what it is for, so that it is found again without having been written
//! down.

use std::fmt;

/// Characters after `f-`: 200 bits of the hash, 5 in each.
const LENGTH: usize = 40;

/// The name of a job: `f-` and forty lower-case letters and digits, valid on every platform.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobName(String);

impl JobName {
    /// The name for one generation of a step. Equal parts give equal names.
    pub fn new(install: &str, run: &str, step: &str, generation: u32) -> JobName {
        let mut hasher = blake3::Hasher::new();
        for part in [install, run, step] {
            // The length first, so that moving a letter from one part to the next changes the name.
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.update(&generation.to_le_bytes());
        JobName(format!("f-{}", base32(hasher.finalize().as_bytes())))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// RFC 4648 in lower case, without padding.
fn base32(bytes: &[u8]) -> String {
    let bit = |index: usize| bytes[index / 8] >> (7 - index % 8) & 1;
    let character = |index: usize| {
        let value = (0..5).fold(0, |value, offset| value << 1 | bit(index * 5 + offset));
        char::from(b"abcdefghijklmnopqrstuvwxyz234567"[usize::from(value)])
    };
    (0..LENGTH).map(character).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_is_the_one_of_the_rfc() {
        let text = base32(b"foobarfoobarfoobarfoobarfoobar!!");
        assert_eq!(text, "mzxw6ytbojtg633cmfzgm33pmjqxeztpn5rgc4tg");
    }

    #[test]
    fn each_part_counts() {
        let name = JobName::new("install", "run", "step", 1);
        assert_eq!(name, JobName::new("install", "run", "step", 1));
        assert_eq!(name.as_str().len(), 42);
        for other in [
            JobName::new("install", "run", "step", 2),
            JobName::new("install", "runs", "tep", 1),
            JobName::new("", "install", "runstep", 1),
        ] {
            assert_ne!(name, other);
        }
    }
}
