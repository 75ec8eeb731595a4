//! The digest of a plan: the same for two texts that mean the same.

use crate::project::compile;
use flow_lang::format::format;
use flow_lang::span::SourceId;

const DIGITS: &str = include_str!("../../../examples/digits/main.flow");

fn digest(text: &str) -> String {
    compile(text).1.plan.expect("the flow has no errors").digest()
}

#[test]
fn the_digest_looks_at_the_meaning_only() {
    let plain = digest(DIGITS);
    let spaced = DIGITS.replace('\n', "\n\n").replace(": ", " :  ");
    assert_eq!(digest(&spaced), plain, "white space");
    let commented: String = DIGITS
        .lines()
        .map(|line| format!("{line}  // why not\n"))
        .collect();
    assert_eq!(digest(&commented), plain, "comments");
    let (head, rules) = DIGITS.split_once("rule begin").expect("the flow has rules");
    let (name, decls) = head
        .split_once("/// A scan")
        .expect("the flow begins with its name");
    let turned = format!("{name}rule begin{rules}\n/// A scan{decls}");
    assert_eq!(digest(&turned), plain, "the order of declarations");
    let styled = format(SourceId(0), &spaced).expect("the flow has no mistakes");
    assert_eq!(digest(&styled), plain, "style");
    let other = DIGITS.replace("0.95", "0.96");
    assert_ne!(digest(&other), plain, "another gate is another plan");
}
