//! Any text: parsed, formatted, parsed again and checked. `CONTRIBUTING.md` says how to start it.

#![no_main]
#![allow(dead_code, reason = "the tests use more of what is shared with them")]

#[path = "../tests/it/imports.rs"]
mod imports;
#[path = "../tests/it/project.rs"]
mod project;
#[path = "../tests/it/survive.rs"]
mod survive;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| survive::survive(&String::from_utf8_lossy(bytes)));
