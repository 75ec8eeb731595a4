//! The message of every limit: the value, the limit, who set it, where the figure stands, whether it can be
//! raised, and what to write instead.

use super::{Effective, Profile};

/// A value that does not fit a limit.
#[derive(Clone, Copy, Debug)]
pub struct Breach<'a> {
    /// The fact with the value, as a clause: "`to_pixels` may take 10m".
    pub fact: &'a str,
    /// The value, in the limit's unit.
    pub value: u64,
    /// The environment.
    pub env: &'a str,
    /// Its platform.
    pub profile: &'a Profile,
    /// The limit.
    pub limit: Effective,
}

impl Breach<'_> {
    /// Whether the value is out of the limit at all.
    pub fn is_real(&self) -> bool {
        self.value > self.limit.max || self.is_below()
    }

    fn is_below(&self) -> bool {
        self.limit.min.is_some_and(|min| self.value < min)
    }

    /// The fact: "`to_pixels` may take 10m, but `prod` (openwhisk) allows 5m".
    pub fn message(&self) -> String {
        let (env, platform, unit) = (self.env, &self.profile.name, self.limit.entry.unit);
        let fact = self.fact;
        match self.limit.min {
            Some(min) if self.is_below() => {
                format!(
                    "{fact}, but `{env}` ({platform}) wants at least {}",
                    unit.show(min)
                )
            }
            _ => format!(
                "{fact}, but `{env}` ({platform}) allows {}",
                unit.show(self.limit.max)
            ),
        }
    }

    /// Whose figure it is, whether it can be raised, and what to write instead.
    pub fn help(&self) -> String {
        let entry = self.limit.entry;
        if self.is_below() {
            return format!(
                "the least is {} ({}: {}, {}): ask for that much",
                entry.unit.show(entry.min.unwrap_or(0)),
                self.profile.title,
                entry.source,
                entry.date,
            );
        }
        let figure = entry.unit.show(self.limit.max);
        let whose = if self.limit.stated {
            format!(
                "{figure} is stated by `[env.{}]` in `flow.toml` and can be changed there ({} ships with {}: {}, {})",
                self.env,
                self.profile.title,
                entry.unit.show(entry.max),
                entry.source,
                entry.date,
            )
        } else {
            let raise = match entry.raised_by_operator {
                true => "an operator can raise it",
                false => "no operator can raise it",
            };
            format!(
                "{figure} is the limit of {} ({}, {}; {raise})",
                self.profile.title, entry.source, entry.date
            )
        };
        format!("{whose}: {}", entry.repair)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{Limit, profile};
    use std::collections::BTreeMap;

    fn check(fact: &str, value: u64, limit: Limit, stated: &[(&str, u64)], says: [&str; 2]) {
        let profile = profile("openwhisk").expect("embedded");
        let stated: BTreeMap<_, _> = stated
            .iter()
            .map(|(name, max)| ((*name).to_owned(), *max))
            .collect();
        let breach = Breach {
            fact,
            value,
            env: "prod",
            profile,
            limit: profile.effective(&stated, limit).expect("a limit"),
        };
        assert!(breach.is_real());
        assert_eq!([breach.message(), breach.help()], says);
    }

    #[test]
    fn a_limit_message_says_who_set_it_and_what_to_write_instead() {
        check(
            "`to_pixels` may take 10m",
            600_000,
            Limit::Timeout,
            &[],
            [
                "`to_pixels` may take 10m, but `prod` (openwhisk) allows 5m",
                "5m is the limit of Apache OpenWhisk (application.conf, whisk.time-limit, 2026-08; \
                 an operator can raise it): work this long is a `job`",
            ],
        );
        check(
            "`to_pixels` may take 20m",
            1_200_000,
            Limit::Timeout,
            &[("timeout", 600_000)],
            [
                "`to_pixels` may take 20m, but `prod` (openwhisk) allows 10m",
                "10m is stated by `[env.prod]` in `flow.toml` and can be changed there (Apache OpenWhisk ships with \
                 5m: application.conf, whisk.time-limit, 2026-08): work this long is a `job`",
            ],
        );
        check(
            "`to_pixels` asks for 64MiB",
            64 << 20,
            Limit::Memory,
            &[],
            [
                "`to_pixels` asks for 64MiB, but `prod` (openwhisk) wants at least 128MiB",
                "the least is 128MiB (Apache OpenWhisk: application.conf, whisk.memory, 2026-08): ask for that much",
            ],
        );
    }
}
