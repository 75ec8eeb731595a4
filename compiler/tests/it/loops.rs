//! Loops of rules: what sets itself off for ever, and what comes to rest.

mod oracle;

use crate::cases;

/// Notes in a database, which rules listen to and write into.
const NOTES: &str = "package notes = couchdb<{ id: text<64B>, state: \"new\" | \"seen\" | \"done\", tries: int, left: int<0..9>, \
     word: text<16B>?, open: bool = true }>  trigger noted from notes.changes  dataset other: Row ";

/// Checks the lines of a case: the loops that are shown in it.
fn check(rules: &str, loops: &[&str]) {
    let findings = cases::check(&format!("{NOTES}{rules}"));
    let drawn = findings
        .lines()
        .filter(|line| !line.contains(" warning "))
        .map(|line| {
            match (
                line.contains(" graph/trigger-loop "),
                line.split_once("nothing ends it: "),
            ) {
                (true, Some((_, drawn))) => drawn.split(" | ").next().unwrap_or_default(),
                _ => line,
            }
        });
    assert_eq!(drawn.collect::<Vec<_>>(), loops, "{rules}\n{findings}");
}

#[test]
fn a_loop_is_drawn_all_the_way_round() {
    check(
        "rule a: on noted(n) { notes.update({ id: n.id, state: \"seen\" }) }",
        &["a → notes.update → notes.changes → noted → a"],
    );
    check(
        "rule a: on noted(n) { append { n: 1 } to other }  \
         rule b: on other.grew(rows: 1) { notes.write({ id: \"x\", state: \"new\", tries: 0, left: 1, open: true }) }",
        &["a → append to other → other.grew(rows: 1) → b → notes.write → notes.changes → noted → a"],
    );
}

#[test]
fn a_condition_that_the_written_value_falsifies_ends_a_loop() {
    let update = |filter: &str, fields: &str| {
        format!("rule a: on noted(n) {filter} {{ notes.update({{ id: n.id, {fields} }}) }}")
    };
    let ends = |filter: &str, fields: &str| check(&update(filter, fields), &[]);
    let turns = |filter: &str, fields: &str| {
        check(
            &update(filter, fields),
            &["a → notes.update → notes.changes → noted → a"],
        );
    };
    ends("if n.state == \"new\"", "state: \"done\"");
    ends("if n.state != \"done\"", "state: \"done\"");
    ends("if n.open", "open: false");
    ends("if not (n.state == \"done\" or n.left > 4)", "left: 5");
    ends("if n.left < 5", "left: 9");
    ends("if n.left >= 5 and n.tries < 3", "left: 0");
    ends("if (n.word ?? \"none\") == \"none\"", "word: \"said\"");
    ends(
        "if n.state == \"new\"",
        "state: when n.left > 4 { \"done\" } else { \"seen\" }",
    );
    // What is written lets the next one pass, or nobody knows.
    turns("if n.state == \"new\"", "state: \"new\"");
    turns("if n.state != \"new\"", "state: \"done\"");
    turns("if n.state == \"new\"", "left: 0");
    turns("if n.state == \"new\"", "state: n.state");
    turns("if n.left < 5", "left: 4");
    turns("if n.state == \"new\" or n.left < 5", "state: \"done\"");
    turns("if n.open", "open: n.left > 4");
    turns(
        "if n.state == \"new\"",
        "state: when n.left > 4 { \"done\" } else { \"new\" }",
    );
    // A word that may be absent is then left as it was.
    turns("if (n.word ?? \"none\") == \"none\"", "word: n.word");
}

#[test]
fn a_condition_inside_a_rule_counts_too() {
    check(
        "rule a: on noted(n) { when n.state == \"new\" { notes.update({ id: n.id, state: \"done\" }) } }",
        &[],
    );
    check(
        "rule a: on noted(n) { when n.state == \"new\" { say({ message: \"x\" }) } else { notes.update({ id: n.id, state: \"new\" }) } }",
        &[],
    );
    check(
        "rule a: on noted(n) { when n.state == \"new\" { notes.update({ id: n.id, state: \"done\" }) } else { notes.update({ id: n.id, state: \"new\" }) } }",
        &["a → notes.update → notes.changes → noted → a → notes.update → notes.changes → noted → a"],
    );
    // Two rules that pass a note to and fro.
    check(
        "rule a: on noted(n) if n.state == \"new\" { notes.update({ id: n.id, state: \"seen\" }) }  \
         rule b: on noted(n) if n.state == \"seen\" { notes.update({ id: n.id, state: \"done\" }) }",
        &[],
    );
    check(
        "rule a: on noted(n) if n.state == \"new\" { notes.update({ id: n.id, state: \"seen\" }) }  \
         rule b: on noted(n) if n.state == \"seen\" { notes.update({ id: n.id, state: \"new\" }) }",
        &["a → notes.update → notes.changes → noted → b → notes.update → notes.changes → noted → a"],
    );
}

#[test]
fn a_loop_that_counts_up_to_a_bound_ends() {
    let check = |filter: &str, fields: &str, ends: bool| {
        let rule = format!("rule a: on noted(n) {filter} {{ notes.update({{ id: n.id, {fields} }}) }}");
        let drawn = ["a → notes.update → notes.changes → noted → a"];
        self::check(&rule, if ends { &[] } else { &drawn });
    };
    check("if n.tries < 5", "tries: n.tries + 1", true);
    check("if n.tries <= 5 and n.open", "tries: 1 + n.tries", true);
    check("if n.tries > 0", "tries: n.tries - 1", true);
    check("if n.tries < 5", "tries: n.tries - 1", false);
    check("if n.tries < 5", "tries: n.tries", false);
    check("if n.tries != 5", "tries: n.tries + 1", false);
    check("if n.tries < 5 or n.open", "tries: n.tries + 1", false);
    // Another rule sets the counter back.
    self::check(
        "rule a: on noted(n) if n.tries < 5 { notes.update({ id: n.id, tries: n.tries + 1 }) }  \
         rule b: on noted(n) if n.tries >= 5 { notes.update({ id: n.id, tries: 0 }) }",
        &["a → notes.update → notes.changes → noted → a"],
    );
}

#[test]
fn two_packages_at_one_place_are_one() {
    let couch = |first: &str, second: &str| {
        format!(
            "package east = couchdb<{{ id: text<64B> }}> {{ {first} }}  package west = couchdb<{{ id: text<64B> }}> {{ {second} }} \
             trigger seen from east.changes  rule a: on seen(n) {{ west.write(n) }}"
        )
    };
    let drawn = ["a → west.write → east.changes → seen → a"];
    check(&couch("database: \"x\"", "database: \"x\""), &drawn);
    check(
        &couch(
            "url: \"http://LOCALHOST:80/\", database: \"x\"",
            "url: \"http://127.0.0.1\", database: \"x\"",
        ),
        &drawn,
    );
    check(&couch("database: \"x\"", "database: \"y\""), &[]);
    check(
        &couch(
            "url: \"http://a\", database: \"x\"",
            "url: \"http://b\", database: \"x\"",
        ),
        &[],
    );
    let folders = |first: &str, second: &str| {
        format!(
            "package east = objects<{{ image: blob<\"image/png\", 1MiB> }}> {{ {first} }} \
             package west = objects<{{ image: blob<\"image/png\", 1MiB> }}> {{ url: \"{second}\" }} \
             trigger seen from east.created  job fill({{ n: int }}) {{ command: [\"python\", \"scans.py\"], code: \"jobs\", writes: [west] }} \
             rule a: on seen {{ fill({{ n: 1 }}) }}"
        )
    };
    let drawn = ["a → fill → east.created → seen → a"];
    check(&folders("", "file:./east/"), &drawn);
    check(&folders("url: \"file:in/new\"", "file:in"), &drawn);
    check(
        &folders("url: \"file:in\", fields: \"*/*.png\"", "file:in/new"),
        &drawn,
    );
    check(
        &folders("url: \"file:in\", fields: \"old/*.png\"", "file:in/new"),
        &[],
    );
    check(&folders("url: \"file:in\"", "file:in/new"), &[]);
    check(&folders("url: \"file:inner\"", "file:in"), &[]);
}

#[test]
fn rows_are_counted_through_all_rules_of_a_loop() {
    let rules = |rows: u64, appends: u64| {
        let appends = "append { n: 1 } to other  ".repeat(appends as usize);
        format!(
            "rule a: on noted(n) {{ {appends} }}  rule b: on other.grew(rows: {rows}) {{ notes.update({{ id: \"x\" }}) \
             notes.update({{ id: \"y\" }}) }}"
        )
    };
    let drawn = ["a → append to other → other.grew(rows: 6) → b → notes.update → notes.changes → noted → a"];
    check(&rules(6, 3), &drawn);
    check(&rules(7, 3), &[]);
    // A damper elsewhere does not help, a rate in the loop does, a throttle on its source does not.
    let limited = |with: &str, throttle: &str| {
        format!(
            "package box = couchdb<{{ id: text<64B> }}>  trigger put from box.changes {throttle} \
             rule a: on put(n) {with} {{ box.update(n) }}"
        )
    };
    check(&limited("with { rate: 1/h }", ""), &[]);
    check(
        &limited("with { overlap: skip }", "at most 1/h"),
        &["a → box.update → box.changes → put → a"],
    );
}

#[test]
fn what_is_published_deployed_or_failed_starts_rules() {
    let model =
        "let one = judge({ m: v.model, d: rows.snapshot() })  when one.a > 0.9 { deploy v.model to m }";
    check(
        "rule a: on fit.published(v) with { overlap: queue } { fit({ d: rows.snapshot() }) }",
        &["a → fit → fit.published → a"],
    );
    check(
        &format!("rule a: on m.deployed(v) with {{ overlap: queue }} {{ {model} }}"),
        &["a → deploy to m → m.deployed → a"],
    );
    check(
        "rule a: on noted(n) { say({ message: \"x\" }) }  rule b: on a.failed(run) { notes.update({ id: \"x\" }) }",
        &["a → a.failed → b → notes.update → notes.changes → noted → a"],
    );
    check(
        "rule a: on a.failed(run) { say({ message: \"x\" }) }",
        &["a → a.failed → a"],
    );
    check(
        &format!(
            "rule a: on fit.published(v) with {{ overlap: queue }} {{ {model} }}  rule b: on m.deployed(v) {{ say({{ message: \"x\" }}) }}"
        ),
        &[],
    );
    check(
        "rule a: on noted(n) { say({ message: \"x\" }) }  rule b: on a.failed(run) { say({ message: \"x\" }) }",
        &[],
    );
    check(
        "rule a: on a.failed(run) with { rate: 1/h } { say({ message: \"x\" }) }",
        &[],
    );
}

#[test]
fn what_is_emitted_starts_rules() {
    let again = "trigger again: { tries: int, kind: \"a\" | \"b\" }  ";
    let check = |rules: &str, loops: &[&str]| self::check(&format!("{again}{rules}"), loops);
    check("rule r: on again(e) { emit again(e) }", &["r → emit again → r"]);
    check(
        "rule r: on again(e) if e.tries < 3 { emit again(e, tries: e.tries + 1) }",
        &[],
    );
    check(
        "rule r: on again(e) if e.kind == \"a\" { emit again({ tries: 1, kind: \"b\" }) }",
        &[],
    );
    check("rule r: on again(e) with { rate: 1/h } { emit again(e) }", &[]);
    // One rule counts, and another one stops.
    let other = "trigger onward: { tries: int, kind: \"a\" | \"b\" }  rule r: on again(e) if e.tries < 3 { emit onward(e) }  ";
    check(
        &format!("{other}rule s: on onward(e) {{ emit again(e, tries: e.tries + 1) }}"),
        &[],
    );
    check(
        &format!(
            "{other}rule s: on onward(e) {{ when e.kind == \"a\" {{ emit again(e, tries: e.tries + 1) }} else {{ emit again(e) }} }}"
        ),
        &["r → emit onward → s → emit again → r"],
    );
    check(
        &format!("{other}rule s: on onward(e) {{ emit again(e, tries: e.tries - 1) }}"),
        &["r → emit onward → s → emit again → r"],
    );
    // A failure that is tried again for ever, and one that is tried three times.
    check(
        "rule r: on again(e) { say({ message: \"x\" })  on failure(err) { emit again(e) } }",
        &["r → emit again → r"],
    );
    check(
        "rule r: on again(e) if e.tries < 3 { say({ message: \"x\" })  on failure(err) { emit again(e, tries: e.tries + 1) } }",
        &[],
    );
    check(
        "rule r: on again(e) { append { n: 1 } to other }  rule s: on other.grew(rows: 2) { emit again({ tries: 0, kind: \"a\" }) }",
        &[],
    );
}

#[test]
fn rows_are_counted_through_the_rounds_of_an_each() {
    let rule = |items: &str| {
        format!("rule a: on other.grew(rows: 5) {{ each n in [{items}] {{ append {{ n: n }} to other }} }}")
    };
    check(&rule("1, 2, 3, 4"), &[]);
    check(
        &rule("1, 2, 3, 4, 5"),
        &["a → append to other → other.grew(rows: 5) → a"],
    );
    check(
        "rule a: on other.grew(rows: 5) { each n in [1, 2] { each m2 in [1, 2, 3] { append { n: m2 } to other } } }",
        &["a → append to other → other.grew(rows: 5) → a"],
    );
}
