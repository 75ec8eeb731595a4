//! The limits of each platform, as data with source and date.
//!
//! A platform's file in `limits/profiles/` says what it takes as shipped; an environment of `flow.toml` may state
//! other maxima ([`Profile::effective`]), since operators change them.

mod message;
mod profile;

pub use message::Breach;
pub use profile::{Effective, Enforced, Entry, Network, Profile, Unit};

use std::sync::LazyLock;

/// Something that a platform limits for one call or one action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// How long one call may take.
    Timeout,
    /// The memory of one call.
    Memory,
    /// The log kept for one call.
    Logs,
    /// The code of an action.
    CodeSize,
    /// The values laid under the arguments of an action.
    Parameters,
    /// The arguments of one call.
    Payload,
    /// The result of one call.
    Result,
    /// Calls one after the other that are one sequence.
    SequenceLength,
    /// Tries of an action or a job in all.
    Attempts,
}

impl Limit {
    /// All of them.
    pub const ALL: [Limit; 9] = [
        Limit::Timeout,
        Limit::Memory,
        Limit::Logs,
        Limit::CodeSize,
        Limit::Parameters,
        Limit::Payload,
        Limit::Result,
        Limit::SequenceLength,
        Limit::Attempts,
    ];

    /// Its name in profiles and in the `limits` of an environment; a figure there is in milliseconds or bytes, or counts.
    pub fn name(self) -> &'static str {
        match self {
            Limit::Timeout => "timeout",
            Limit::Memory => "memory",
            Limit::Logs => "logs",
            Limit::CodeSize => "code_size",
            Limit::Parameters => "parameters",
            Limit::Payload => "payload",
            Limit::Result => "result",
            Limit::SequenceLength => "sequence_length",
            Limit::Attempts => "attempts",
        }
    }
}

/// The embedded profiles. A new platform is one file and one line here.
const TEXTS: [&str; 2] = [
    include_str!("limits/profiles/process.toml"),
    include_str!("limits/profiles/openwhisk.toml"),
];

static PROFILES: LazyLock<Vec<Profile>> = LazyLock::new(|| {
    TEXTS
        .iter()
        .map(|text| toml::from_str(text).expect("a test reads every embedded profile"))
        .collect()
});

/// All platforms.
pub fn profiles() -> &'static [Profile] {
    &PROFILES
}

/// The platform with this name.
pub fn profile(name: &str) -> Option<&'static Profile> {
    profiles().iter().find(|profile| profile.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn every_profile_knows_every_limit_and_its_source() {
        for profile in profiles() {
            assert!(profile.network.date.len() == 7 && !profile.network.source.is_empty());
            for limit in Limit::ALL {
                let entry = profile.get(limit).expect("a profile has every limit");
                assert!(entry.max > entry.min.unwrap_or(0), "{} {limit:?}", profile.name);
                assert!(entry.date.len() == 7 && !entry.source.is_empty() && !entry.repair.is_empty());
            }
        }
        let zip = 36 << 20;
        let code = profile("openwhisk")
            .and_then(|profile| profile.get(Limit::CodeSize))
            .expect("a limit");
        assert_eq!(code.counted(zip), code.max);
        assert!(code.counted(zip + 1) > code.max);
    }

    #[test]
    fn a_flow_that_fits_processes_fits_openwhisk() {
        let [process, openwhisk] = ["process", "openwhisk"].map(|name| profile(name).expect("embedded"));
        for limit in Limit::ALL {
            let [here, there] = [process, openwhisk].map(|profile| profile.get(limit).expect("a limit"));
            assert_eq!(
                (here.min, here.max, here.base64),
                (there.min, there.max, there.base64),
                "{limit:?}"
            );
        }
    }

    #[test]
    fn an_environment_states_its_own_maximum() {
        let openwhisk = profile("openwhisk").expect("embedded");
        let raised = BTreeMap::from([("timeout".to_owned(), 600_000)]);
        let timeout = openwhisk.effective(&raised, Limit::Timeout).expect("a limit");
        assert_eq!(
            (timeout.min, timeout.max, timeout.stated),
            (Some(100), 600_000, true)
        );
        let memory = openwhisk.effective(&raised, Limit::Memory).expect("a limit");
        assert_eq!((memory.max, memory.stated), (512 << 20, false));
    }
}
