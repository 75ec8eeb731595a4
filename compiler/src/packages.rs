//! What a function asks to be installed, where that has to be packed along with its code.

use flow_lang::plan::Function;
use flow_lang::runtime::Runtime;
use flow_lang::runtime::packages::{asked, asks};
use std::collections::BTreeMap;

/// How much room the packages of a function take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packages {
    /// It asks for none.
    Nothing,
    /// So many bytes of a zip, as they are installed on this machine.
    Zipped(u64),
    /// They are not installed here.
    Unknown,
}

impl Packages {
    /// Those of `function`, with what is [installed](crate::project::Project::installed).
    pub(crate) fn of(function: &Function, installed: &BTreeMap<String, u64>) -> Packages {
        let Some(text) = &function.code.requirements else {
            return Packages::Nothing;
        };
        let Some(runtime) = Runtime::parse(&function.runtime) else {
            return Packages::Unknown;
        };
        // What cannot be read may ask for anything.
        if let Ok(false) = asks(runtime, text) {
            return Packages::Nothing;
        }
        let asked = asked(runtime, text, function.code.lock.as_deref());
        installed
            .get(&asked)
            .map_or(Packages::Unknown, |zip| Packages::Zipped(*zip))
    }
}
