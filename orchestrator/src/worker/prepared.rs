//! A batch of a prepare: its rows and the position after it, durable together.

use super::batch::Batch;
use super::core::Core;
use super::message::{IntakeError, Prepared};
use crate::store::Change;

impl Core {
    /// Adds the rows, if their run is open and nobody has moved the position: of two runs of a rule one comes first.
    pub(super) fn prepared(&mut self, batch: &mut Batch, done: Prepared) -> Result<(), IntakeError> {
        if !self.memory.runs.contains_key(&done.run) {
            return Err(IntakeError::Unknown(format!("the run `{}` has ended", done.run)));
        }
        let place = (done.flow.clone(), done.place.clone());
        self.expect_at(&place, &done.from)?;
        for row in done.rows {
            self.append(batch, row);
        }
        self.memory.cursors.insert(place, done.to.clone());
        batch.changes.push(Change::Cursor {
            flow: done.flow,
            feed: done.place,
            from: done.from,
            to: done.to,
        });
        Ok(())
    }
}
