//! Flows of a known size, as people write them: records, actions with their properties, rules that call them in chains.

use std::fmt::Write;

/// Lines of one task: its type, its action, and its share of a rule.
const TASKS_OF_A_RULE: usize = 10;

/// A flow of so many tasks, each an action of its own that one rule calls.
pub(crate) fn tasks(count: usize) -> String {
    let mut text = String::from("flow parts\n\n");
    for first in (0..count).step_by(TASKS_OF_A_RULE) {
        chain(&mut text, "t", first, TASKS_OF_A_RULE.min(count - first));
    }
    text
}

/// One of the files of a flow, of about so many lines; `part` tells its names from those of the other files.
pub(crate) fn part(part: usize, lines: usize) -> String {
    let mut text = String::new();
    if part == 0 {
        text += "flow parts\n\n";
    }
    let prefix = format!("p{part}_");
    let (mut first, mut written) = (0, 0);
    while written < lines {
        let from = text.len();
        chain(&mut text, &prefix, first, TASKS_OF_A_RULE);
        written += text
            .as_bytes()
            .iter()
            .skip(from)
            .filter(|byte| **byte == b'\n')
            .count();
        first += TASKS_OF_A_RULE;
    }
    text
}

/// A trigger, so many tasks, and the rule that calls one after the other.
fn chain(text: &mut String, prefix: &str, first: usize, count: usize) {
    let mut line = |line: &str| writeln!(text, "{line}").expect("a String takes what is written");
    line(&format!("/// What comes in for tasks {first} and up."));
    line(&format!(
        "type Row_{prefix}{first} {{ n: int<0..1000>, label: text<64B> }}"
    ));
    line(&format!(
        "trigger fired_{prefix}{first}: Row_{prefix}{first} at most 40/min"
    ));
    line("");
    for task in first..first + count {
        line(&format!(
            "idempotent action {prefix}{task}({{ n: int<0..1000>, label: text<64B> }}) -> Row_{prefix}{first} {{"
        ));
        line("  runtime: \"python:3\", code: \"functions\", entry: \"work.run\"");
        line("  memory: 256MiB, timeout: 10s");
        line("}");
        line("");
    }
    line(&format!(
        "rule run_{prefix}{first}: on fired_{prefix}{first}(row) with {{ deadline: 1h }} {{"
    ));
    for step in 0..count {
        let named = if step + 1 < count {
            format!("let s{step} = ")
        } else {
            String::new()
        };
        let task = format!("{prefix}{}", first + step);
        if step == 0 {
            line(&format!("  {named}{task}(row)"));
            continue;
        }
        let before = format!("s{}", step - 1);
        line(&format!("  {named}when {before}.n > {step} {{"));
        line(&format!("    {task}({{ n: {before}.n, label: row.label }})"));
        line(&format!("  }} else {{ {task}({before}) }}"));
    }
    line("}");
    line("");
}
