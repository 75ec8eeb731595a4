//! Immutable snapshots of datasets: JSON lines in the artifact store.

use super::{Parts, crashed};
use crate::worker::Answer;
use flow_engine::StepError;
use flow_lang::plan::{DatasetRef, Plan};
use serde_json::json;
use std::fmt::Display;
use std::path::Path;
use tempfile::NamedTempFile;
use tokio::fs::File;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, BufWriter};

/// Shares are counted in ten-thousandths.
const WHOLE: u64 = 10_000;

impl Parts {
    /// Writes the rows that are durable now, in commit order.
    pub(super) async fn snapshot(&self, plan: &Plan, dataset: &str) -> Result<Answer, StepError> {
        let (file, rows) = self.export(plan, dataset).await?;
        let snapshot = self.store_rows(file.path(), dataset, rows).await?;
        Ok(Answer::Value(json!(snapshot)))
    }

    /// Writes them in two parts. Equal rows come to the same part, now and in every later split.
    pub(super) async fn split(&self, plan: &Plan, dataset: &str, test: u32) -> Result<Answer, StepError> {
        let failed = |error: &dyn Display| crashed(format!("split of `{dataset}`: {error}"));
        let (file, _) = self.export(plan, dataset).await?;
        let mut lines =
            BufReader::new(File::open(file.path()).await.map_err(|error| failed(&error))?).lines();
        let (train_file, mut train) = self.draft(dataset)?;
        let (test_file, mut tests) = self.draft(dataset)?;
        let (mut train_rows, mut test_rows) = (0, 0);
        while let Some(line) = lines.next_line().await.map_err(|error| failed(&error))? {
            let (part, rows) = if is_test(&line, test) {
                (&mut tests, &mut test_rows)
            } else {
                (&mut train, &mut train_rows)
            };
            *rows += 1;
            let written = part.write_all(format!("{line}\n").as_bytes()).await;
            written.map_err(|error| failed(&error))?;
        }
        train.flush().await.map_err(|error| failed(&error))?;
        tests.flush().await.map_err(|error| failed(&error))?;
        let train = self.store_rows(train_file.path(), dataset, train_rows).await?;
        let test = self.store_rows(test_file.path(), dataset, test_rows).await?;
        Ok(Answer::Value(json!({ "train": train, "test": test })))
    }

    async fn export(&self, plan: &Plan, dataset: &str) -> Result<(NamedTempFile, u64), StepError> {
        let (file, mut lines) = self.draft(dataset)?;
        let rows = self
            .store
            .export(&plan.flow, dataset, None, &mut lines)
            .await
            .map_err(|error| crashed(format!("snapshot of `{dataset}`: {error}")))?;
        Ok((file, rows))
    }

    fn draft(&self, dataset: &str) -> Result<(NamedTempFile, BufWriter<File>), StepError> {
        let failed = |error| crashed(format!("snapshot of `{dataset}`: {error}"));
        let file = NamedTempFile::new_in(self.data.scratch()).map_err(failed)?;
        let lines = BufWriter::new(File::from_std(file.reopen().map_err(failed)?));
        Ok((file, lines))
    }

    async fn store_rows(&self, path: &Path, dataset: &str, rows: u64) -> Result<DatasetRef, StepError> {
        let stored = self.artifacts.put_file(path).await;
        let stored = stored.map_err(|error| crashed(format!("snapshot of `{dataset}`: {error}")))?;
        Ok(DatasetRef {
            digest: stored.digest,
            name: dataset.to_owned(),
            rows,
            size: stored.size,
        })
    }
}

/// Whether a row is kept for tests, by its content alone.
fn is_test(line: &str, test: u32) -> bool {
    let hash = blake3::hash(line.as_bytes());
    let head = hash.as_bytes().first_chunk().expect("a hash has 32 bytes");
    u64::from_le_bytes(*head) % WHOLE < u64::from(test)
}

#[cfg(test)]
mod tests {
    use super::is_test;

    #[test]
    fn about_the_share_is_kept_and_a_larger_share_keeps_what_a_smaller_kept() {
        let rows: Vec<String> = (0..10_000).map(|row| format!("{{\"row\":{row}}}")).collect();
        let kept = |test| rows.iter().filter(|row| is_test(row, test)).count();
        assert!((1_900..2_100).contains(&kept(2_000)), "{}", kept(2_000));
        assert!(rows.iter().all(|row| !is_test(row, 500) || is_test(row, 2_000)));
    }
}
