//! Where each part of a plan stands in the text. A plan itself has no positions; findings about it need them.

use flow_lang::span::Span;
use std::collections::BTreeMap;

/// Spans of the parts of a plan.
///
/// Keys are paths: `action/to_pixels` (the name), `action/to_pixels/timeout` (the value of a property),
/// `action/to_pixels/effect` (the word before it), `action/to_pixels/input`, `…/output`, `rule/retrain`,
/// `rule/retrain/on/0`, `rule/retrain/steps/candidate` (the step's own expression),
/// `infer/read_digit/steps/to_pixels`, `type/Pixels/pixels` (a field).
/// Parts of a step are `…/when/by` (its condition), `…/when/then`, `…/when/else`, `…/each/by` (its list), `…/each/body`;
/// a block without statements is not marked. The condition of a rule is `rule/retrain/if`.
/// Keywords are those of the declaration, except that `train` stands under `job/`.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    spans: BTreeMap<String, Span>,
}

impl Marks {
    /// Remembers where a part stands.
    pub fn set(&mut self, key: impl Into<String>, span: Span) {
        self.spans.insert(key.into(), span);
    }

    /// Where exactly this part stands, if it is there.
    pub fn own(&self, key: &str) -> Option<Span> {
        self.spans.get(key).copied()
    }

    /// Where a part stands, or the nearest part around it that has a place.
    pub fn get(&self, key: &str) -> Option<Span> {
        let mut key = key;
        loop {
            if let Some(span) = self.spans.get(key) {
                return Some(*span);
            }
            key = &key[..key.rfind('/')?];
        }
    }
}
