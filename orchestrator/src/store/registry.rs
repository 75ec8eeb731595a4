//! Models: their versions, and which was live when.

use crate::store::record::Record;
use crate::store::{Store, StoreError};
use flow_engine::Millis;
use flow_lang::plan::ModelRef;
use serde::Serialize;
use sqlx::sqlite::SqliteRow;

/// A version that went live.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Deployment {
    /// Counts the deployments of the model, from 1.
    pub number: u64,
    /// The version.
    pub model: ModelRef,
    /// The run that deployed it.
    pub run: String,
    /// When.
    pub at: Millis,
}

/// A version in the registry.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VersionRecord {
    /// The flow.
    pub flow: String,
    /// The version.
    pub model: ModelRef,
    /// The run that made it.
    pub run: String,
    /// The step of that run.
    pub step: String,
    /// When.
    pub at: Millis,
}

/// A model that has been live.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelRecord {
    /// The flow.
    pub flow: String,
    /// Its name.
    pub name: String,
    /// What is live.
    pub live: Deployment,
    /// All that has been live, oldest first; `live` is the last of them.
    pub history: Vec<Deployment>,
    /// All versions of every `train` of which a version has been live, oldest first.
    pub versions: Vec<VersionRecord>,
}

impl Store {
    /// The models of a flow, or of all flows, of which a version has been live.
    ///
    /// # Errors
    /// The database fails, or a row does not read back.
    pub async fn models(&self, flow: Option<&str>) -> Result<Vec<ModelRecord>, StoreError> {
        let versions = self.versions(flow).await?;
        let mut models: Vec<ModelRecord> = Vec::new();
        for row in sqlx::query(HISTORY).bind(flow).fetch_all(&self.readers).await? {
            let record = Record {
                table: "deployments",
                named_by: &["flow", "name", "number"],
                row: &row,
            };
            let (flow, name): (String, String) = (record.get("flow")?, record.get("name")?);
            let live = Deployment::read(&record)?;
            match models
                .last_mut()
                .filter(|last| last.flow == flow && last.name == name)
            {
                Some(model) => {
                    model.history.push(live.clone());
                    model.live = live;
                }
                None => {
                    let history = vec![live.clone()];
                    models.push(ModelRecord {
                        flow,
                        name,
                        live,
                        history,
                        versions: Vec::new(),
                    });
                }
            }
        }
        for model in &mut models {
            let of_model = |version: &&VersionRecord| {
                let mut trains = model.history.iter().map(|live| &live.model.train);
                version.flow == model.flow && trains.any(|train| *train == version.model.train)
            };
            model.versions = versions.iter().filter(of_model).cloned().collect();
        }
        Ok(models)
    }

    /// The versions of a flow, or of all flows, in the order of their names and numbers.
    ///
    /// # Errors
    /// The database fails, or a row does not read back.
    pub async fn versions(&self, flow: Option<&str>) -> Result<Vec<VersionRecord>, StoreError> {
        let rows = sqlx::query(VERSIONS).bind(flow).fetch_all(&self.readers).await?;
        rows.iter().map(read_version).collect()
    }
}

impl Deployment {
    /// Reads a row of `deployments`.
    pub(super) fn read(record: &Record<'_>) -> Result<Deployment, StoreError> {
        Ok(Deployment {
            number: record.number("number")?,
            model: record.json("model")?,
            run: record.get("run")?,
            at: record.number("at")?,
        })
    }
}

fn read_version(row: &SqliteRow) -> Result<VersionRecord, StoreError> {
    let record = Record {
        table: "versions",
        named_by: &["flow", "train", "version"],
        row,
    };
    Ok(VersionRecord {
        flow: record.get("flow")?,
        model: record.json("model")?,
        run: record.get("run")?,
        step: record.get("step")?,
        at: record.number("at")?,
    })
}

const HISTORY: &str = "select flow, name, number, model, run, at from deployments \
     where flow = coalesce($1, flow) order by flow, name, number";

const VERSIONS: &str = "select flow, train, version, model, run, step, at from versions \
     where flow = coalesce($1, flow) order by flow, train, version";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[HISTORY, VERSIONS];
