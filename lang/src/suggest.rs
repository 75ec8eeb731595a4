//! The nearest name, for repairs.

/// The candidate that was most likely meant by `name`: the nearest one, if it differs in at most a third of the
/// letters (swapped neighbours count once) or only in upper and lower case.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typos_max = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| *candidate != name)
        .map(|candidate| {
            let (a, b) = (name.to_lowercase(), candidate.to_lowercase());
            (strsim::damerau_levenshtein(&a, &b), candidate)
        })
        .filter(|(typos, candidate)| *typos <= typos_max && *typos < candidate.chars().count())
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_typo_is_repaired_and_another_word_is_not() {
        let names = ["timeout", "memory", "runtime", "a"];
        assert_eq!(nearest("timout", names), Some("timeout"));
        assert_eq!(nearest("Memory", names), Some("memory"));
        assert_eq!(nearest("emmory", names), Some("memory"));
        assert_eq!(nearest("colour", names), None);
        assert_eq!(nearest("x", names), None);
    }
}
