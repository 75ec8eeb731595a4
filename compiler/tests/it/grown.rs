//! Flows of any size that are hard to read in one way each: what takes the square of its text shows itself in them.

// The benchmark has this file too, from another folder.
#[path = "grown/bodies.rs"]
mod bodies;
#[path = "grown/broken.rs"]
mod broken;
#[path = "grown/declared.rs"]
mod declared;

/// A way in which a flow grows.
pub(crate) struct Family {
    pub(crate) name: &'static str,
    /// A flow of about so many bytes.
    pub(crate) text: fn(usize) -> String,
}

/// A family as it is listed.
type Named = (&'static str, fn(usize) -> String);

/// All of them.
pub(crate) fn families() -> Vec<Family> {
    let all = [declared::FAMILIES, bodies::FAMILIES, broken::FAMILIES]
        .into_iter()
        .flatten();
    all.map(|(name, text)| Family { name, text: *text }).collect()
}

/// What the others speak of.
const HEAD: &str = "flow grown\n\
    type Row { n: int<0..9> }\n\
    trigger fired: Row\n\
    dataset rows: Row\n\
    pure action f({ n: int<0..9> }) -> { n: int<0..9> } { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }\n";

/// `part(0)`, `part(1)`, … between two texts, up to so many bytes.
fn repeated(bytes: usize, before: &str, part: impl Fn(usize) -> String, after: &str) -> String {
    let mut text = format!("{HEAD}{before}");
    let mut count = 0;
    while text.len() < bytes {
        text += &part(count);
        count += 1;
    }
    text + after
}
