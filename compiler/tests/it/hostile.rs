//! Any bytes: never a panic, never a hang, and what is wrong with an encoding has a name and a place.

use crate::doubling::soaks;
use crate::project::findings;
use crate::survive::survive;
use flow_lang::parse::parse;
use flow_lang::span::SourceId;
use flowc::load::load;
use std::fs;
use std::path::{Path, PathBuf};

/// Mutations of all seeds together, in every run and in a long one.
const MUTATIONS: u64 = 1_500;
const MUTATIONS_SOAKED: u64 = 2_000_000;
/// A text of more bytes is cut: sixty small ones tell more.
const SEED_BYTES_MAX: usize = 6_000;

#[test]
fn what_is_wrong_with_an_encoding_has_a_name_and_a_place() {
    let check = |text: &str, expected: &str| {
        let found = findings(text);
        let first = found.lines().next().unwrap_or_default();
        assert!(first.starts_with(expected), "{text:?}\n{found}");
    };
    check(
        "flow a\n// \u{202e}x",
        "2:4 syntax/encoding an invisible character that changes the direction",
    );
    check(
        "flow a\n// \u{2066}x",
        "2:4 syntax/encoding an invisible character that changes the direction",
    );
    check(
        "flow a type T = \"\u{200b}\"",
        "1:18 syntax/encoding an invisible character (U+200B)",
    );
    check("flow \u{430}", "1:6 syntax/");
    check("flow a\nsecret k\u{435}y", "2:9 syntax/");
    check("flow a secret \u{ff4b}ey", "1:15 syntax/");
    check(
        "\u{feff}flow a\n\u{feff}",
        "2:1 syntax/encoding a byte order mark in the middle",
    );
    check("flow a\u{0}", "1:7 syntax/encoding a NUL character");
    check(
        "flow a\n// x\ry",
        "2:5 syntax/encoding a carriage return without a line feed",
    );
    check(
        "flow a\r",
        "1:7 syntax/encoding a carriage return without a line feed",
    );
    check("flow a \u{7}", "1:8 syntax/encoding a control character (U+0007)");
    check(
        "flow a // \u{2028}",
        "1:11 syntax/encoding a line break that editors",
    );
    check("flow a\u{a0}", "1:7 syntax/");
    check("flow a secret k\u{301}", "1:16 syntax/");
    check("flow a secret s \u{1f600}", "1:17 syntax/");
}

#[test]
fn what_editors_write_is_read() {
    for text in [
        "\u{feff}flow a\r\nsecret\tk\n",
        "flow a\r\n\r\nsecret k\r\n",
        "flow a secret k // \u{43f}\u{440}\u{438}",
    ] {
        let (_, found) = parse(SourceId(0), text);
        assert_eq!(found, [], "{text:?}");
    }
    let long = format!("flow a // {}", "x".repeat(990_000));
    assert_eq!(parse(SourceId(0), &long).1, []);
}

#[test]
fn bytes_that_are_no_text_are_told_with_their_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("main.flow");
    fs::write(&file, b"flow a\n// \xff\xfe").expect("the folder can be written");
    let project = load(&file).expect("a file that can be read is loaded");
    let found = &project.syntax.findings;
    let at = project.sources.start(found[0].span);
    assert_eq!(
        (found[0].code.info().id, at.line, at.column),
        ("syntax/encoding", 2, 4)
    );
}

#[test]
fn any_bytes_end_with_findings_or_a_plan() {
    let seeds = seeds();
    assert!(seeds.len() > 60, "only {} seeds", seeds.len());
    let words: Vec<&[u8]> = seeds
        .iter()
        .flat_map(|seed| seed.split(|byte| byte.is_ascii_whitespace()))
        .collect();
    let count = if soaks() { MUTATIONS_SOAKED } else { MUTATIONS };
    for number in 0..count {
        let mut chance = Chance(number);
        let mut bytes = seeds[chance.below(seeds.len())].clone();
        for _ in 0..1 + chance.below(4) {
            mutate(&mut bytes, &mut chance, &seeds, &words);
        }
        survive(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn what_once_broke_is_read_again() {
    for seed in seeds() {
        survive(&String::from_utf8_lossy(&seed));
    }
}

#[test]
fn any_configuration_ends_with_a_project_or_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("main.flow"), "flow a secret k").expect("the folder can be written");
    let seed = fs::read(root().join("examples/digits/flow.toml")).expect("the example has one");
    let words: Vec<&[u8]> = seed.split(|byte| byte.is_ascii_whitespace()).collect();
    let seeds = [seed.clone()];
    for number in 0..if soaks() {
        MUTATIONS_SOAKED / 10
    } else {
        MUTATIONS / 5
    } {
        let mut chance = Chance(number);
        let mut bytes = seed.clone();
        mutate(&mut bytes, &mut chance, &seeds, &words);
        fs::write(folder.path().join("flow.toml"), &bytes).expect("the folder can be written");
        if let Ok(project) = load(folder.path()) {
            for env in project.envs.keys() {
                flowc::check(&project, env);
            }
        }
    }
}

/// Examples, the blocks of the manual, the pages about findings, and what once broke.
fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    let mut open = [
        "examples",
        "docs",
        "lang/src/report/explain",
        "compiler/tests/corpus",
    ]
    .map(|name| root().join(name))
    .to_vec();
    while let Some(folder) = open.pop() {
        let entries = fs::read_dir(&folder).expect("a folder of the tree");
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        for path in paths {
            let ending = path.extension().unwrap_or_default().to_owned();
            if path.is_dir() {
                open.push(path);
            } else if ending == "flow" {
                seeds.push(fs::read(&path).expect("a file of the tree"));
            } else if ending == "md" {
                let page = fs::read_to_string(&path).expect("a page is text");
                let blocks = page
                    .split("```flow")
                    .skip(1)
                    .filter_map(|rest| rest.split_once('\n'));
                seeds.extend(
                    blocks.filter_map(|(_, rest)| Some(rest.split_once("```")?.0.as_bytes().to_vec())),
                );
            }
        }
    }
    seeds.retain(|seed| seed.len() <= SEED_BYTES_MAX);
    seeds
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Numbers that look random and come again with the same seed, by SplitMix64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % end.max(1) as u64).expect("less than a size")
    }
}

/// One change: a byte, a range taken out or doubled, a word of any seed put in, a piece of another seed, an end.
fn mutate(bytes: &mut Vec<u8>, chance: &mut Chance, seeds: &[Vec<u8>], words: &[&[u8]]) {
    const SIGNS: [&str; 16] = [
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "\"",
        ",",
        ":",
        ".",
        "\n",
        "\u{0}",
        "\u{202e}",
        "\r",
        "999999999999999999999",
        "\u{e9}",
    ];
    let at = chance.below(bytes.len());
    let to = (at + chance.below(40)).min(bytes.len());
    match chance.below(7) {
        0 if at < bytes.len() => bytes[at] = chance.below(256) as u8,
        1 => drop(bytes.drain(at..to)),
        2 => {
            let copy = bytes[at..to].to_vec();
            bytes.splice(at..at, copy);
        }
        3 => {
            let word = words[chance.below(words.len())];
            bytes.splice(at..to, [b" ", word, b" "].concat());
        }
        4 => {
            let other = &seeds[chance.below(seeds.len())];
            let from = chance.below(other.len());
            let piece = &other[from..(from + chance.below(200)).min(other.len())];
            bytes.splice(at..at, piece.iter().copied());
        }
        5 => bytes.truncate(at),
        _ => drop(bytes.splice(at..at, SIGNS[chance.below(SIGNS.len())].bytes())),
    }
}
