//! The nearest name, for repairs.

/// The most letters that a typo changes, however long the name is.
const TYPOS_MAX: usize = 8;

/// The candidate that was most likely meant by `name`: the nearest one, if it differs in at most a third of the
/// letters (swapped neighbours count once) or only in upper and lower case.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = letters(name);
    let mut most = (wanted.len() / 3).clamp(1, TYPOS_MAX);
    let mut best: Option<&str> = None;
    for candidate in candidates.into_iter().filter(|candidate| *candidate != name) {
        // Most candidates are told apart by their length alone.
        if candidate.is_ascii() && candidate.len().abs_diff(wanted.len()) > most {
            continue;
        }
        let letters = letters(candidate);
        let Some(typos) = typos(&wanted, &letters, most).filter(|typos| *typos < letters.len()) else {
            continue;
        };
        if typos < most || best.is_none_or(|best| candidate < best) {
            (most, best) = (typos, Some(candidate));
        }
    }
    best
}

fn letters(name: &str) -> Vec<char> {
    name.chars().flat_map(char::to_lowercase).collect()
}

/// How many letters are missing, added, changed or swapped with their neighbour; nothing if more than `most`. Only
/// the band of the table that can stay below that is filled in.
fn typos(a: &[char], b: &[char], most: usize) -> Option<usize> {
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[same..], &b[same..]);
    let same = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let (a, b) = (&a[..a.len() - same], &b[..b.len() - same]);
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let beyond = most + 1;
    let mut above = vec![beyond; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for at in 1..=a.len() {
        let mut row = vec![beyond; b.len() + 1];
        let (from, to) = (at.saturating_sub(most), (at + most).min(b.len()));
        if from == 0 {
            row[0] = at;
        }
        for bt in from.max(1)..=to {
            let changed = last[bt - 1] + usize::from(a[at - 1] != b[bt - 1]);
            row[bt] = changed.min(last[bt] + 1).min(row[bt - 1] + 1);
            if at > 1 && bt > 1 && a[at - 1] == b[bt - 2] && a[at - 2] == b[bt - 1] {
                row[bt] = row[bt].min(above[bt - 2] + 1);
            }
        }
        if row[from..=to].iter().all(|typos| *typos > most) {
            return None;
        }
        above = std::mem::replace(&mut last, row);
    }
    Some(last[b.len()]).filter(|typos| *typos <= most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_typo_is_repaired_and_another_word_is_not() {
        let names = ["timeout", "memory", "runtime", "a"];
        assert_eq!(nearest("timout", names), Some("timeout"));
        assert_eq!(nearest("Memory", names), Some("memory"));
        assert_eq!(nearest("emmory", names), Some("memory"));
        assert_eq!(nearest("colour", names), None);
        assert_eq!(nearest("x", names), None);
    }

    #[test]
    fn of_several_the_nearest_and_then_the_first_by_name() {
        assert_eq!(nearest("rowss", ["towns", "rows", "cows"]), Some("rows"));
        assert_eq!(nearest("bat", ["rat", "cat", "hat"]), Some("cat"));
        assert_eq!(nearest("bat", ["cat", "rat", "BAT"]), Some("BAT"));
    }

    proptest! {
        #[test]
        fn the_band_gives_what_the_whole_table_gives(a in "[abc]{0,9}", b in "[abc]{0,9}", most in 1..5_usize) {
            let whole = strsim::osa_distance(&a, &b);
            let expected = (whole <= most).then_some(whole);
            prop_assert_eq!(typos(&letters(&a), &letters(&b), most), expected);
        }
    }
}
