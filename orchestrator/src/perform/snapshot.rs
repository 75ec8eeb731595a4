//! Immutable snapshots of datasets: JSON lines in the artifact store.

use super::{Parts, crashed};
use crate::worker::Answer;
use flow_engine::StepError;
use flow_lang::plan::{DatasetRef, Plan};

impl Parts {
    /// Writes the rows that are durable now, in commit order.
    pub(super) async fn snapshot(&self, plan: &Plan, dataset: &str) -> Result<Answer, StepError> {
        let scratch = self.data.scratch();
        let file = tempfile::NamedTempFile::new_in(&scratch)
            .map_err(|error| crashed(format!("snapshot: {error}")))?;
        let lines = file
            .reopen()
            .map_err(|error| crashed(format!("snapshot: {error}")))?;
        let mut lines = tokio::io::BufWriter::new(tokio::fs::File::from_std(lines));
        let rows = self
            .store
            .export(&plan.flow, dataset, None, &mut lines)
            .await
            .map_err(|error| crashed(format!("snapshot of `{dataset}`: {error}")))?;
        let stored = self
            .artifacts
            .put_file(file.path())
            .await
            .map_err(|error| crashed(format!("snapshot of `{dataset}`: {error}")))?;
        Ok(Answer::Snapshot(DatasetRef {
            digest: stored.digest,
            name: dataset.to_owned(),
            rows,
            size: stored.size,
        }))
    }
}
