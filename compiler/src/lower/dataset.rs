//! Datasets: growing collections of rows.

use crate::types::properties::DATASET;
use crate::unit::Unit;
use flow_lang::ast::{self, Ident};
use flow_lang::plan::Dataset;

pub(super) fn lower<'a>(unit: &mut Unit<'a>, name: &'a Ident, dataset: &'a ast::Dataset) {
    let key = format!("dataset/{}", name.name);
    unit.marks.set(format!("{key}/row"), dataset.row.span);
    let row = unit.resolve_clear_record(&dataset.row, "a row of a dataset");
    let settings = unit.settings(&DATASET, &key, name, &dataset.properties);
    if let Some(row) = row {
        let retention_ms = settings.number("retention");
        let lowered = Dataset { row, retention_ms };
        unit.plan.datasets.insert(name.name.clone(), lowered);
    }
}
