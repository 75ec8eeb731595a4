//! Single mistakes in one flow as people write them: each is one finding, of the rule and on the line that are expected,
//! and where the repair is known it leaves the flow clean.

use crate::project::compile;
use flow_lang::report::{edited, together};
use flow_lang::span::SourceId;

const FLOW: &str = include_str!("mistakes/sorting.flow");

/// What is written wrong: the right text, the wrong one, the rule, a text of the line that is told.
type Mistake = (&'static str, &'static str, &'static str, &'static str);

/// How many there are at least, and how many of them can be repaired.
const MISTAKES_MIN: usize = 40;
const REPAIRS_MIN: usize = 15;

const BRACKETS: &[Mistake] = &[
    (
        "append clean(scan) to samples }",
        "append clean(scan) to samples",
        "syntax/unclosed",
        "rule collect",
    ),
    (
        "type Pixels { pixels: [float<0..1>; 64] }",
        "type Pixels { pixels: [float<0..1>; 64 }",
        "syntax/unclosed",
        "type Pixels",
    ),
    (
        "\"pixels.to_pixels\"",
        "\"pixels.to_pixels",
        "syntax/unclosed",
        "pixels.to_pixels",
    ),
    (
        "fit({ data: parts.train })",
        "fit({ data: parts.train }",
        "syntax/unclosed",
        "parts.train",
    ),
    (
        "letter.kind == \"letter\"",
        "letter.kind = \"letter\"",
        "syntax/unexpected",
        "rule sort",
    ),
    (
        "let pause = sleep 5m",
        "let pause = sleep 5m;",
        "syntax/unexpected",
        "let pause",
    ),
    (
        "on samples.grew(rows: 700) with",
        "on samples.grew(rows: 700)",
        "syntax/unexpected",
        "rule retrain",
    ),
    (
        "when seen.score > 0.8 {",
        "if seen.score > 0.8 {",
        "syntax/unexpected",
        "if seen.score",
    ),
    (
        "and new.accuracy >",
        "&& new.accuracy >",
        "syntax/unexpected",
        "&& new.accuracy",
    ),
    (
        "retention: 365d",
        "retention: 365days",
        "syntax/literal",
        "365days",
    ),
    (
        "import model digits",
        "// \u{202e}\nimport model digits",
        "syntax/encoding",
        "// \u{202e}",
    ),
];

const NAMES: &[Mistake] = &[
    (
        "(Pixels) -> Label on",
        "(Pixels) -> Lable on",
        "names/unknown",
        "infer read_digit",
    ),
    (
        "on scanned(scan)",
        "on scaned(scan)",
        "names/unknown",
        "rule collect",
    ),
    ("{ ring(letter) }", "{ rign(letter) }", "names/unknown", "rign"),
    (
        "clean(scan) to samples",
        "clean(scan) to sample",
        "names/unknown",
        "rule collect",
    ),
    (
        "from inbox.created",
        "from inbx.created",
        "names/unknown",
        "trigger scanned",
    ),
    (
        "from inbox.created",
        "from inbox.creatd",
        "names/unknown",
        "trigger scanned",
    ),
    ("samples.grew", "samples.grow", "names/unknown", "rule retrain"),
    (
        "secrets: [depot_key]",
        "secrets: [depot_kye]",
        "names/unknown",
        "secrets",
    ),
    (
        "deploy candidate to reader",
        "deploy candidate to raeder",
        "names/unknown",
        "deploy candidate",
    ),
    (
        "deploy candidate to",
        "deploy candidat to",
        "names/unknown",
        "deploy candidat",
    ),
    ("objects<Scan>", "object<Scan>", "names/unknown", "package inbox"),
    (
        "emit unclear({ id: letter.id, tries: 1 })",
        "emit unclaer({ id: letter.id, tries: 1 })",
        "names/unknown",
        "unclaer",
    ),
    (
        "import model digits from \"../digits\"",
        "",
        "names/unknown",
        "let first",
    ),
    (
        "from \"../digits\"",
        "from \"../digit\"",
        "names/import-missing",
        "import model",
    ),
    ("rule sweep:", "rule count:", "names/duplicate", "on nightly"),
    (
        "let candidate = fit(",
        "let parts     = samples.split(test: 30%)\n  let candidate = fit(",
        "names/duplicate",
        "test: 30%",
    ),
    ("let parts     =", "let when      =", "names/illegal", "let when"),
    (
        "route({ id: letter.id,",
        "let sent = route({ id: letter.id,",
        "names/unused",
        "let sent",
    ),
];

const TYPES: &[Mistake] = &[
    (
        "letter.kind ==",
        "letter.kinds ==",
        "types/unknown-field",
        "rule sort",
    ),
    ("lane: lane }", "lan: lane }", "types/unknown-field", "each lane"),
    ("fragile: true", "fragil: true", "types/unknown-field", "fragil:"),
    ("lane: lane }", "lane: \"one\" }", "types/mismatch", "each lane"),
    (
        "route({ id: letter.id, lane: seen.digit + 1 })",
        "route({ id: letter.id, lane: seen.digit })",
        "types/mismatch",
        "route({ id: letter.id",
    ),
    (
        "(old.accuracy ?? 0.0)",
        "old.accuracy",
        "types/mismatch",
        "when new.accuracy",
    ),
    (
        "from_: private text<64B> }) {",
        "from_: text<64B> }) {",
        "types/mismatch",
        "on failure",
    ),
    (
        "  return { pixels: seen.pixels, digit: digit }\n",
        "  return seen\n",
        "types/missing-field",
        "return seen",
    ),
    (
        "emit unclear({ id: letter.id, tries: 1 })",
        "emit nightly",
        "types/mismatch",
        "emit nightly",
    ),
    (
        "route({ id: \"sweep\", lane: lane })",
        "route({ id: \"sweep\" })",
        "types/missing-field",
        "each lane",
    ),
    (
        "reader({ pixels: letter.pixels })",
        "reader({ pixels: letter.pixels }, 3)",
        "types/arity",
        "let seen  =",
    ),
    (
        "samples.split(test: 20%)",
        "samples.split()",
        "types/arity",
        "samples.split",
    ),
    (
        "append clean(scan) to samples }",
        "samples(clean(scan)) }",
        "types/not-callable",
        "rule collect",
    ),
    (
        "when seen.score > 0.8",
        "when seen.score",
        "types/condition",
        "when seen.score",
    ),
    ("timeout: 10s", "timout: 10s", "types/property", "timout"),
    ("overlap: queue, ", "", "types/property", "rule retrain"),
    (
        "  entry:   \"pixels.to_pixels\"\n",
        "",
        "types/property",
        "pure action to_pixels",
    ),
    ("timeout: 10s", "timeout: 10", "types/unit", "timeout: 10"),
    ("memory:  256MiB", "memory:  256s", "types/unit", "256s"),
    ("sleep 5m", "sleep 5", "types/unit", "sleep 5"),
];

const RULES: &[Mistake] = &[
    ("timeout: 10s", "timeout: 10m", "limits/timeout", "timeout: 10m"),
    ("memory:  256MiB", "memory:  4GiB", "limits/memory", "4GiB"),
    ("attempts: 5", "attempts: 50", "limits/retry", "attempts: 50"),
    (
        " if letter.tries < 3 {",
        " {",
        "graph/trigger-loop",
        "rule ask_again",
    ),
    (
        " { deploy candidate to reader }",
        " { route({ id: \"new\", lane: 1 }) }\n  deploy candidate to reader",
        "ml/ungated-deploy",
        "  deploy candidate",
    ),
    (
        "runtime: \"python:3\"\n",
        "runtime: \"pyton:3\"\n",
        "code/runtime",
        "pyton",
    ),
    (
        "\"pixels.to_pixels\"",
        "\"pixel.to_pixels\"",
        "code/missing",
        "pixel.to_pixels",
    ),
    (
        "\"pixels.to_pixels\"",
        "\"pixels.to_pixel\"",
        "code/entry",
        "pixels.to_pixel",
    ),
    (
        "action ring({ id: text<36B>,",
        "action ring({ id: text<36B>, pages: bytes<2MiB>?,",
        "limits/payload",
        "action ring",
    ),
    (
        "action route({",
        "action route({ why: text?,",
        "limits/payload-unproved",
        "action route",
    ),
    (
        "entry: \"mail.notify\" }",
        "entry: \"mail.notify\", attempts: 2 }",
        "effects/retry-not-idempotent",
        "attempts: 2",
    ),
];

#[test]
fn the_flow_without_a_mistake_is_clean() {
    let (_, checked) = compile(FLOW);
    assert_eq!(checked.report.findings, []);
}

#[test]
fn a_single_mistake_is_one_finding_on_its_line_and_its_repair_repairs_it() {
    let (mut count, mut repaired, mut wrong) = (0, 0, Vec::new());
    for (right, mistaken, id, line) in [BRACKETS, NAMES, TYPES, RULES].concat() {
        count += 1;
        assert_eq!(FLOW.matches(right).count(), 1, "`{right}` is there once");
        let text = FLOW.replacen(right, mistaken, 1);
        let (_, checked) = compile(&text);
        let told = checked.report.findings.iter().map(|finding| {
            let start = finding.span.start as usize;
            let from = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
            let at = text[from..].lines().next().unwrap_or_default();
            (finding.code.info().id, at, finding)
        });
        let told: Vec<_> = told.collect();
        let [(found, at, finding)] = told.as_slice() else {
            let told: Vec<_> = told
                .iter()
                .map(|(id, at, finding)| format!("{id}: {} | {at}", finding.message))
                .collect();
            wrong.push(format!(
                "`{mistaken}` is {} findings\n  {}",
                told.len(),
                told.join("\n  ")
            ));
            continue;
        };
        if *found != id || !at.contains(line) {
            wrong.push(format!("`{mistaken}` is {found}: {} | {at}", finding.message));
        }
        // `lane` is `"one"`, expected `int<1..20>`: there is nothing to add.
        if finding.help.is_none() && !finding.message.contains("expected") {
            wrong.push(format!(
                "`{mistaken}`: nothing is said about what to do: {}",
                finding.message
            ));
        }
        if finding.edits.is_empty() {
            continue;
        }
        repaired += 1;
        let repair = edited(&text, &together([*finding])[&SourceId(0)]);
        let (_, left) = compile(&repair);
        if !left.report.findings.is_empty() {
            wrong.push(format!("`{mistaken}` is repaired to {:?}", left.report.findings));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= MISTAKES_MIN, "only {count} mistakes");
    assert!(repaired >= REPAIRS_MIN, "only {repaired} repairs");
}
