//! Sequences: actions that hand on to each other, as an action of that name.

use super::Scene;
use super::text::{doc, notes, plain};
use crate::openwhisk::deployment::Note;
use std::fmt::Write as _;

/// Writes the sequences that can be called.
pub(super) fn write(scene: &Scene<'_>, out: &mut String) {
    let (functions, callable) = (scene.functions, scene.callable);
    for sequence in &scene.deployment.sequences {
        let package = sequence.name.package.as_deref();
        let written = format!("/_/{}", sequence.name.shown());
        let parts = callable.chain(functions, &written, package).and_then(|_| {
            let ident = |part: &String| callable.ident(functions, part, package);
            sequence.parts.iter().map(ident).collect::<Result<Vec<_>, _>>()
        });
        out.push('\n');
        match parts {
            // Who calls it calls its only part.
            Ok(parts) if parts.len() == 1 => {
                let what = format!("the name of the sequence {}", sequence.name.shown());
                let because = format!("one action is no chain: {} is called itself", parts[0]);
                out.push_str(&notes(
                    &[sequence.notes.as_slice(), &[Note::new(what, because)]].concat(),
                ));
            }
            Ok(parts) => {
                let ident = callable.ident(functions, &written, package).unwrap_or_default();
                if ident != sequence.name.name {
                    writeln!(out, "// `{}` on OpenWhisk.", plain(&sequence.name.shown()))
                        .expect("writes to a text");
                }
                out.push_str(&notes(&sequence.notes));
                out.push_str(&doc(sequence.doc.as_deref()));
                writeln!(out, "action {ident} = {}", parts.join(" |> ")).expect("writes to a text");
            }
            Err(because) => {
                let what = format!(
                    "the sequence {}, {}",
                    sequence.name.shown(),
                    sequence.parts.join(", ")
                );
                out.push_str(&notes(
                    &[sequence.notes.as_slice(), &[Note::new(what, because)]].concat(),
                ));
            }
        }
    }
}
