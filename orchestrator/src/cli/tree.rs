//! The steps of a run as a tree: the rounds of an `each` stand under it, and many of them are folded.

use super::look::{Look, Tone};
use super::show::{items, state, text};
use serde_json::Value;
use std::collections::BTreeMap;

/// Rounds of one `each` that are shown one by one; of more, those that need nobody are counted only.
const ROUNDS_SHOWN: usize = 6;

/// A line of the tree.
struct Line {
    depth: usize,
    name: String,
    word: String,
    detail: String,
}

/// The steps, one in a line, as wide as the look allows; rounds of which nobody has to look at one are folded if they are many.
pub(super) fn tree(steps: &Value, fold: bool, look: &Look) -> String {
    let steps: Vec<&Value> = items(steps).collect();
    let mut lines = Vec::new();
    let outside = steps.iter().filter(|step| step["within"].is_null());
    for step in outside {
        grow(step, &steps, (0, fold), &mut lines);
    }
    let shown = |line: &Line| 2 * line.depth + line.name.chars().count();
    let width = lines.iter().map(shown).chain(["STEP".len()]).max().unwrap_or(0);
    let states = lines.iter().map(|line| line.word.chars().count());
    let states = states.chain(["STATE".len()]).max().unwrap_or(0);
    let head = look.paint(Tone::Faint, &format!("{:<width$}  {:<states$}", "STEP", "STATE"));
    let mut out = vec![head.trim_end().to_owned()];
    for line in &lines {
        let indent = 2 * line.depth;
        let name = format!("{:indent$}{:<rest$}", "", line.name, rest = width - indent);
        let word = look.paint(tone(&line.word), &format!("{:<states$}", line.word));
        let left = width + states + 4;
        let detail = look.cut(&line.detail, left);
        out.push(format!("{name}  {word}  {detail}").trim_end().to_owned());
    }
    out.join("\n")
}

/// A step, and under an `each` its rounds.
fn grow(step: &Value, steps: &[&Value], (depth, fold): (usize, bool), lines: &mut Vec<Line>) {
    let (word, detail) = state(step);
    let name = text(&step["name"]);
    let mut rounds: BTreeMap<u64, Vec<&Value>> = BTreeMap::new();
    for inner in steps.iter().filter(|inner| inner["within"] == step["name"]) {
        rounds
            .entry(inner["round"].as_u64().unwrap_or_default())
            .or_default()
            .push(inner);
    }
    let detail = match rounds.is_empty() {
        true => detail,
        false => counted(&rounds, step),
    };
    lines.push(Line {
        depth,
        name,
        word,
        detail,
    });
    let is_calm = |round: &Vec<&Value>| round.iter().all(|step| is_calm(step));
    let (mut shown, mut folded) = (0, 0);
    for round in rounds.values() {
        if fold && rounds.len() > ROUNDS_SHOWN && (is_calm(round) || shown == ROUNDS_SHOWN) {
            folded += 1;
            continue;
        }
        shown += 1;
        for inner in round {
            grow(inner, steps, (depth + 1, fold), lines);
        }
    }
    if folded > 0 {
        lines.push(Line {
            depth: depth + 1,
            name: "…".to_owned(),
            word: String::new(),
            detail: format!("{folded} more rounds: `--all` shows them"),
        });
    }
}

/// `5 of 8 rounds, 2 under way, 1 failed`.
fn counted(rounds: &BTreeMap<u64, Vec<&Value>>, each: &Value) -> String {
    let all = each["state"]["each"]["items"]
        .as_u64()
        .unwrap_or(rounds.len() as u64);
    let (mut over, mut failed) = (0_u64, 0_u64);
    for round in rounds.values() {
        over += u64::from(round.iter().all(|step| has_ended(step)));
        failed += u64::from(round.iter().any(|step| is_failed(step)));
    }
    let mut said = vec![format!("{over} of {all} rounds")];
    let open = rounds.len() as u64 - over;
    if open > 0 {
        said.push(format!("{open} under way"));
    }
    if failed > 0 {
        said.push(format!("{failed} failed"));
    }
    said.join(", ")
}

/// The word of a state, as it stands in the JSON.
pub(super) fn word(step: &Value) -> &str {
    let state = &step["state"];
    let inner = state.as_object().and_then(|state| state.keys().next());
    inner.map(String::as_str).or(state.as_str()).unwrap_or_default()
}

/// Whether a step will not move any more.
pub(super) fn has_ended(step: &Value) -> bool {
    match word(step) {
        "failed" => step["state"]["failed"]["retry_at"].is_null(),
        "done" | "skipped" | "cancelled" => true,
        _ => false,
    }
}

fn is_failed(step: &Value) -> bool {
    word(step) == "failed"
}

/// Whether nobody has to look at a step.
fn is_calm(step: &Value) -> bool {
    matches!(word(step), "done" | "skipped" | "cancelled" | "waiting")
}

fn tone(word: &str) -> Tone {
    match word {
        "done" => Tone::Good,
        "failed" | "unknown" => Tone::Bad,
        "running" | "parked" | "each" => Tone::Busy,
        "sleeping" | "held" => Tone::Waits,
        _ => Tone::Faint,
    }
}

#[cfg(test)]
mod tests {
    use super::super::look::Look;
    use super::tree;
    use serde_json::{Value, json};

    /// An `each` with eight rounds, of which the fourth has failed and the last is under way.
    fn steps() -> Value {
        let round = |at: u64| {
            let state = match at {
                3 => {
                    json!({ "failed": { "error": { "kind": "crash", "message": "a long story".repeat(9) }, "retry_at": 9 } })
                }
                7 => json!({ "parked": { "generation": 1, "since": 5 } }),
                _ => json!({ "done": { "output": { "v": at } } }),
            };
            json!({ "name": format!("fit.{at}"), "state": state, "within": "all", "round": at, "progress": { "epoch": 2 } })
        };
        let mut steps = vec![
            json!({ "name": "all", "state": { "each": { "items": 9, "since": 5 } } }),
            json!({ "name": "after", "state": "waiting" }),
        ];
        steps.extend((0..8).map(round));
        json!(steps)
    }

    #[test]
    fn rounds_stand_under_their_each_and_those_that_are_well_are_folded() {
        let look = Look {
            columns: Some(60),
            colours: false,
        };
        let expected = [
            "STEP     STATE",
            "all      each     6 of 9 rounds, 2 under way, 1 failed",
            "  fit.3  failed   crash: a long storya long storya long sto…",
            "  fit.7  parked   try 1: epoch 2",
            "  …               6 more rounds: `--all` shows them",
            "after    waiting",
        ];
        assert_eq!(tree(&steps(), true, &look), expected.join("\n"));
    }

    #[test]
    fn where_nobody_reads_everything_is_told_in_whole_lines() {
        let told = tree(&steps(), false, &Look::default());
        assert_eq!(told.lines().count(), 11, "{told}");
        assert!(told.contains(&"a long story".repeat(9)) && !told.contains('\u{1b}'));
    }

    #[test]
    fn colours_change_nothing_but_colours() {
        let plain = Look {
            columns: Some(60),
            colours: false,
        };
        let coloured = tree(
            &steps(),
            true,
            &Look {
                colours: true,
                ..plain
            },
        );
        let mut bare = String::new();
        for (at, part) in coloured.split("\u{1b}[").enumerate() {
            bare.push_str(if at == 0 {
                part
            } else {
                part.split_once('m').map_or("", |(_, rest)| rest)
            });
        }
        let trimmed: Vec<&str> = bare.lines().map(str::trim_end).collect();
        assert_eq!(trimmed.join("\n"), tree(&steps(), true, &plain));
    }
}
