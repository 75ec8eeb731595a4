//! The variables of a job that follow from its declaration.

use flow_lang::plan::{Job, Type};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// `FLOW_DATA_<field>` for each dataset in the arguments (which hold local paths by now), and
/// `FLOW_PACKAGE_<name>` for each package that the job writes to. Names are as declared.
pub(super) fn of(job: &Job, args: &Value, packages: &BTreeMap<String, PathBuf>) -> BTreeMap<String, String> {
    let fields = job.input.fields().into_iter().flatten();
    let datasets = fields
        .filter(|(_, field)| matches!(field.ty.present(), Type::Dataset(_)))
        .filter_map(|(name, _)| Some((format!("FLOW_DATA_{name}"), args.get(name)?.as_str()?.to_owned())));
    let written = job.writes.iter().filter_map(|name| {
        let path = packages.get(name)?.to_str()?.to_owned();
        Some((format!("FLOW_PACKAGE_{name}"), path))
    });
    datasets.chain(written).collect()
}
