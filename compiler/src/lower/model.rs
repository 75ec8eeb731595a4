//! Models: named places where versions go live.

use super::function;
use crate::types::properties::MODEL;
use crate::unit::Unit;
use flow_lang::ast::{self, Ident};
use flow_lang::plan::Model;

pub(super) fn lower<'a>(unit: &mut Unit<'a>, name: &'a Ident, model: &'a ast::Model) {
    let key = format!("model/{}", name.name);
    unit.marks.set(format!("{key}/input"), model.input.span);
    unit.marks.set(format!("{key}/output"), model.output.span);
    let input = unit.resolve_clear_record(&model.input, "the input of a model");
    let output = unit.resolve_clear_record(&model.output, "the output of a model");
    let settings = unit.settings(&MODEL, &key, name, &model.properties);
    let function = function::lower(unit, name, &settings, input.as_ref());
    if let (Some(input), Some(output)) = (input, output) {
        let lowered = Model {
            input,
            output,
            function,
            scale: settings.range("scale"),
            idle_ms: settings.number("idle").unwrap_or_default(),
        };
        unit.plan.models.insert(name.name.clone(), lowered);
    }
}
