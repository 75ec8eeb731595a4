//! Which effects have ended for sure before a step starts.

use super::touch::Touch;
use flow_lang::plan::{Step, StepIx};

/// The most bits of one relation. In a graph with more effects on one thing none is told.
const BITS_MAX: usize = 1 << 26;

/// For each step the effects of one group that have ended when it starts.
pub(super) struct Before {
    words: usize,
    rows: Vec<u64>,
}

impl Before {
    /// Nothing if the graph is too large. Every step stands behind those that it needs, and an `each` before its body.
    pub(super) fn of(steps: &[Step], group: &[Touch<'_>]) -> Option<Before> {
        let words = group.len().div_ceil(64);
        let size = steps.len().saturating_mul(words);
        if group.len() < 2 || size.saturating_mul(64) > BITS_MAX {
            return None;
        }
        let mut started = vec![0u64; size];
        // An `each` has ended when its body has.
        let mut ended = vec![0u64; size];
        let mut effects = group.iter().enumerate().peekable();
        for (ix, step) in steps.iter().enumerate() {
            let row = ix * words..(ix + 1) * words;
            let within = step
                .within
                .map(|each| started[each * words..(each + 1) * words].to_vec());
            let mut now = within.unwrap_or_else(|| vec![0; words]);
            for need in &step.needs {
                join(&mut now, &ended[need * words..(need + 1) * words]);
            }
            started[row.clone()].copy_from_slice(&now);
            if let Some((at, _)) = effects.next_if(|(_, touch)| touch.step == ix) {
                now[at / 64] |= 1 << (at % 64);
            }
            ended[row].copy_from_slice(&now);
            let mut around = step.within;
            while let Some(each) = around {
                join(&mut ended[each * words..(each + 1) * words], &now);
                around = steps[each].within;
            }
        }
        Some(Before { words, rows: started })
    }

    /// Whether the effect at this place of the group has ended when the step starts.
    pub(super) fn is_before(&self, effect: usize, step: StepIx) -> bool {
        self.rows[step * self.words + effect / 64] >> (effect % 64) & 1 == 1
    }
}

fn join(into: &mut [u64], from: &[u64]) {
    into.iter_mut().zip(from).for_each(|(into, from)| *into |= from);
}
