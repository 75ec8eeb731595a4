//! Models that come from elsewhere: what a file holds becomes the folder of a version.

use super::{Parts, crashed, refused};
use crate::artifacts::archive::{self, Packing};
use crate::artifacts::{ArtifactError, paths};
use crate::worker::Answer;
use flow_engine::{ErrorKind, StepError};
use flow_lang::plan::BlobRef;
use std::fmt::Display;

/// The most bytes that the files of a registered model have together.
const MODEL_BYTES_MAX: u64 = 8 << 30;

impl Parts {
    /// Unpacks a file and stores what is in it. The same file is the same model, however often this is done.
    pub(super) async fn register(&self, step: &str, blob: BlobRef) -> Result<Answer, StepError> {
        let failed = |error: &dyn Display| crashed(format!("`{step}` cannot be registered: {error}"));
        let place = self.artifacts.path(&blob.digest).await;
        let place = place.map_err(|error| told(step, &error))?;
        let draft = tempfile::tempdir_in(self.data.scratch()).map_err(|error| failed(&error))?;
        let folder = draft.path().to_owned();
        let unpacked = tokio::task::spawn_blocking(move || {
            let file = paths::open_plain(&place)?;
            archive::unpack(file, Packing::of(&blob.mime), &folder, MODEL_BYTES_MAX)
        });
        let unpacked = unpacked
            .await
            .expect("unpacking does not panic and is not aborted");
        unpacked.map_err(|error| told(step, &error))?;
        let stored = self.artifacts.put_dir(draft.path()).await;
        let stored = stored.map_err(|error| told(step, &error))?;
        Ok(Answer::Registered {
            digest: stored.digest,
            size: stored.size,
        })
    }
}

/// What is wrong with a file is wrong with it again the next time; what is wrong with this machine may not be.
fn told(step: &str, error: &ArtifactError) -> StepError {
    let message = format!("`{step}` cannot be registered: {error}");
    match error {
        ArtifactError::TooLarge { .. } => StepError::new(ErrorKind::Limit, message),
        ArtifactError::Refused { .. }
        | ArtifactError::Archive { .. }
        | ArtifactError::NotAReference { .. } => StepError::new(ErrorKind::Type, message),
        ArtifactError::Unsupported { .. }
        | ArtifactError::NotADigest { .. }
        | ArtifactError::Unknown { .. } => refused(message),
        ArtifactError::Damaged { .. }
        | ArtifactError::Changed { .. }
        | ArtifactError::Io { .. }
        | ArtifactError::Store(_) => crashed(message),
    }
}
