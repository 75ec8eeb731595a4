//! The names of time zones: those of the IANA tables in the program, so that a flow is right on one machine when
//! it is on another.

use flow_lang::suggest::nearest;
use jiff::tz::TimeZoneDatabase;
use std::collections::BTreeSet;
use std::sync::LazyLock;

static NAMES: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let names = TimeZoneDatabase::bundled();
    names.available().map(|name| name.to_string()).collect()
});

/// Whether there is a zone of this name.
pub(crate) fn is_known(name: &str) -> bool {
    NAMES.contains(name)
}

/// The zone that was most likely meant: one of nearly the same name, or that of a city.
pub(crate) fn near(name: &str) -> Option<&'static str> {
    let names = || NAMES.iter().map(String::as_str);
    let city = |zone: &&str| {
        let last = zone.rsplit('/').next().unwrap_or_default();
        last.eq_ignore_ascii_case(&name.replace(' ', "_"))
    };
    nearest(name, names()).or_else(|| names().find(city))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_found_by_its_name_a_typo_of_it_and_its_city() {
        assert!(is_known("Asia/Taipei") && is_known("UTC") && !is_known("asia/taipei"));
        for (name, meant) in [
            ("Asia/Taipe", Some("Asia/Taipei")),
            ("europe/berlin", Some("Europe/Berlin")),
            ("New York", Some("America/New_York")),
            ("The Moon", None),
        ] {
            assert_eq!(near(name), meant, "{name}");
        }
    }
}
