//! The addresses of callbacks.

use super::Parts;
use crate::worker::Answer;
use flow_engine::{ErrorKind, StepError};
use flow_lang::plan::{Type, URL_MAX};
use serde_json::json;

impl Parts {
    /// The address that somebody outside may post to. It is computed, so a second sending makes the same, and nothing has
    /// to be kept of it.
    pub(super) fn callback(&self, run: &str, step: &str) -> Result<Answer, StepError> {
        let ticket = self.seal.ticket(run, step).text();
        let url = format!("{}/v1/callbacks/{run}/{step}/{ticket}", self.url);
        if url.len() as u64 > URL_MAX {
            let message = format!(
                "its address has {} bytes, and {URL_MAX} are allowed: shorten `--url`",
                url.len()
            );
            return Err(StepError::new(ErrorKind::Limit, message));
        }
        let mut value = json!({ "url": url });
        self.seal.seal(&Type::callback(), &mut value);
        Ok(Answer::Value(value))
    }
}
