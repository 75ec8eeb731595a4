//! What a call of a declaration takes and gives.

use super::composition;
use crate::unit::Unit;
use flow_lang::ast::{Decl, DeclKind};
use flow_lang::plan::Type;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// What a call of an action, a job or a model takes and gives.
#[derive(Clone, Debug)]
pub(crate) struct Signature {
    /// The input record.
    pub(super) input: Type,
    /// Values laid under the arguments.
    pub(super) params: BTreeMap<String, Json>,
    /// What it gives; may be absent if it is a composition.
    pub(super) output: Type,
    /// How many compositions stand inside each other in it.
    pub(super) depth: usize,
}

impl Signature {
    /// Of a declaration that has one; nothing if it has an error, which is reported where it stands.
    pub(super) fn of<'a>(unit: &mut Unit<'a>, decl: &'a Decl) -> Option<Signature> {
        if let DeclKind::Composition(parts) = &decl.kind {
            return composition::signature(unit, &decl.name, parts);
        }
        let (plan, name) = (&unit.plan, decl.name.name.as_str());
        let (input, output, params) = if let Some(action) = plan.actions.get(name) {
            (&action.input, &action.output, Some(&action.function.params))
        } else if let Some(job) = plan.jobs.get(name) {
            (&job.input, &job.output, None)
        } else {
            let asked = plan.asked(name)?;
            let own = plan.models.get(name);
            (asked.input, asked.output, own.map(|model| &model.function.params))
        };
        Some(Signature {
            input: input.clone(),
            params: params.cloned().unwrap_or_default(),
            output: output.clone(),
            depth: 0,
        })
    }
}
