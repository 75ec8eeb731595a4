//! Plans, active and older.

use crate::store::record::Record;
use crate::store::{Store, StoreError};
use flow_lang::plan::Plan;

impl Store {
    /// The plan of a flow with this digest, if it was ever deployed here.
    ///
    /// # Errors
    /// The database fails, or the plan does not read back.
    pub async fn plan(&self, flow: &str, digest: &str) -> Result<Option<Plan>, StoreError> {
        let query = sqlx::query(ONE).bind(flow).bind(digest);
        let Some(row) = query.fetch_optional(&self.readers).await? else {
            return Ok(None);
        };
        Record {
            table: "plans",
            named_by: &["flow", "digest"],
            row: &row,
        }
        .json("plan")
        .map(Some)
    }
}

const ONE: &str = "select flow, digest, plan from plans where flow = $1 and digest = $2";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[ONE];
