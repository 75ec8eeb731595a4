//! What will run: the plan that the compiler lowers a flow to and the orchestrator carries out.
//!
//! A plan is self-contained data: names are resolved, types are structural, defaults are filled in and no
//! position of the source text has a part in its digest. It uses ordered collections only, so that a
//! difference between two plans reads well and the digest is stable.

mod asked;
pub mod batch;
mod bound;
mod check;
mod digest;
mod endpoint;
mod expr;
mod fill;
pub mod graph;
mod name;
mod parts;
pub mod private;
mod secret;
mod show;
mod size;
mod source;
mod steps;
mod ty;
mod validate;
mod value;

pub use asked::Asked;
pub use digest::CodeDigest;
pub use endpoint::{ENDPOINTS_MAX, Endpoint, Host, NoEndpoint};
pub use expr::Expr;
pub use name::{NAME_MAX, STEP_NAME_MAX};
pub use parts::*;
pub use secret::{SECRET_BYTES_MAX, secret_type};
pub use size::{json_size, text_size};
pub use source::{Missed, Source};
pub use steps::*;
pub use ty::{Field, INT_MAX, Length, Type, URL_MAX};
pub use validate::Flaw;
pub use value::{
    BLOB_REF_BYTES_MAX, BlobRef, DATASET_REF_BYTES_MAX, DatasetRef, MODEL_REF_BYTES_MAX, Misfit, ModelRef,
};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the plan format that this crate writes and reads.
pub const PLAN_VERSION: u32 = 1;

/// One flow, compiled for one environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// [`PLAN_VERSION`].
    pub version: u32,
    /// The flow's name.
    pub flow: String,
    /// The environment's name.
    pub env: String,
    /// Collections of outside things that feed the flow.
    pub packages: BTreeMap<String, Package>,
    /// Where events come in.
    pub triggers: BTreeMap<String, Trigger>,
    /// Secrets and where their values are found.
    pub secrets: BTreeMap<String, String>,
    /// The people who may approve, by group: names of users of the machine.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: BTreeMap<String, Vec<String>>,
    /// Short functions.
    pub actions: BTreeMap<String, Action>,
    /// Chains of actions and models with a name, by the names of their parts; for what shows a plan. Whoever calls
    /// one has its steps already.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub compositions: BTreeMap<String, Vec<String>>,
    /// Long work; `train` is a job whose result is a model.
    pub jobs: BTreeMap<String, Job>,
    /// Growing collections of rows.
    pub datasets: BTreeMap<String, Dataset>,
    /// Prepares over datasets, as `clean.raw.samples`; one that is given a row is laid into what calls it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub prepares: BTreeMap<String, Prepare>,
    /// Places where model versions go live.
    pub models: BTreeMap<String, Model>,
    /// Models of other flows that this one asks.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub imports: BTreeMap<String, Import>,
    /// HTTP routes that answer from memory.
    pub infers: BTreeMap<String, Infer>,
    /// What was true about earlier requests.
    pub feedbacks: BTreeMap<String, Feedback>,
    /// On an event, run a graph.
    pub rules: BTreeMap<String, Rule>,
    /// `file:line` of each declaration and step (`rule/step`); for messages, no part of the digest.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub positions: BTreeMap<String, String>,
}
