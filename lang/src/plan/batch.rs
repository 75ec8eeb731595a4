//! How many rows fit one call: what a model is asked with at once is as much as is proved to fit, and no more.

use super::{Graph, Model, Op, Plan, Type};

/// Rows that are predicted together at most, whatever would fit: a larger batch gains nothing, and delays the first.
pub const BATCH_ROWS_MAX: u64 = 256;

/// What the rows of one call may have together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Rows, at least one. So many answers are proved to fit the result of one call; without a bound on an answer,
    /// nothing is proved and [`BATCH_ROWS_MAX`] is tried.
    pub rows: u64,
    /// Bytes of the list of rows. They are known when it is put together, so they are counted and not estimated.
    pub bytes: u64,
}

impl Batch {
    /// For answers of type `output`, where one call may carry `payload` bytes of rows and `result` bytes of answers.
    pub fn new(output: &Type, payload: u64, result: u64) -> Batch {
        let rows = rows_that_fit(output, result).unwrap_or(BATCH_ROWS_MAX);
        Batch {
            rows: rows.clamp(1, BATCH_ROWS_MAX),
            bytes: payload,
        }
    }

    /// Whether a list of `rows` rows with `bytes` bytes of JSON is one call.
    pub fn holds(self, rows: u64, bytes: u64) -> bool {
        rows <= self.rows && bytes <= self.bytes
    }
}

impl Model {
    /// What it is asked with at once.
    pub fn batch(&self) -> Batch {
        Batch::new(&self.output, self.function.payload, self.function.result)
    }
}

/// The most rows of type `row`, whatever they are, whose list has at most `bytes` bytes of JSON; nothing if a row has
/// no bound.
pub fn rows_that_fit(row: &Type, bytes: u64) -> Option<u64> {
    // `[a,b,c]`: every row with a comma before it, but for the first, and two brackets.
    Some(bytes.saturating_sub(1) / row.bound()?.saturating_add(1))
}

/// The most rows of `input` that one call is proved to carry there and back, whatever they are; nothing if the
/// input or the output has no bound.
pub fn proved_rows(input: &Type, output: &Type, payload: u64, result: u64) -> Option<u64> {
    let there = rows_that_fit(input, payload)?;
    let back = rows_that_fit(output, result)?;
    Some(there.min(back).min(BATCH_ROWS_MAX))
}

/// How many rows of a dataset are prepared together: the most that every model which is asked on the way is proved to take
/// in one call and to answer. An action is called for each row.
pub fn rows_at_once(plan: &Plan, graph: &Graph) -> u64 {
    let mut most = BATCH_ROWS_MAX;
    for step in &graph.steps {
        if let Op::Predict { model, .. } = &step.op
            && let Some(asked) = plan.asked(model)
        {
            let there = rows_that_fit(asked.input, asked.payload).unwrap_or(BATCH_ROWS_MAX);
            let back = Batch::new(asked.output, asked.payload, asked.result).rows;
            most = most.min(there).min(back);
        }
    }
    most.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::json_size;
    use serde_json::{Value, json};

    fn text(max: u64) -> Type {
        Type::Text { max: Some(max) }
    }

    #[test]
    fn the_largest_batch_fits_and_one_row_more_does_not() {
        for (max, bytes) in [
            (1, 2),
            (1, 7),
            (10, 22),
            (10, 23),
            (10, 24),
            (10, 1000),
            (64, 1 << 20),
        ] {
            let row = text(max);
            let rows = rows_that_fit(&row, bytes).expect("a text with a bound");
            let longest = json!("\"".repeat(max as usize));
            let size = |rows: u64| json_size(&Value::from(vec![longest.clone(); rows as usize]));
            assert!(rows == 0 || size(rows) <= bytes, "{rows} of {max} in {bytes}");
            assert!(size(rows + 1) > bytes, "{rows} of {max} in {bytes}");
        }
        assert_eq!(rows_that_fit(&Type::Text { max: None }, 1 << 20), None);
        assert_eq!(rows_that_fit(&text(u64::MAX), u64::MAX), Some(0));
    }

    #[test]
    fn a_batch_is_bounded_by_its_answers_and_is_never_empty() {
        let rows = |output: &Type, result| Batch::new(output, 100, result).rows;
        assert_eq!(rows(&text(9), 1 << 20), BATCH_ROWS_MAX);
        assert_eq!(rows(&text(9), 64), 3);
        assert_eq!(rows(&text(9), 4), 1);
        assert_eq!(rows(&Type::Text { max: None }, 64), BATCH_ROWS_MAX);
        let batch = Batch::new(&text(9), 100, 64);
        assert!(batch.holds(3, 100) && !batch.holds(4, 100) && !batch.holds(3, 101));
        assert_eq!(proved_rows(&text(49), &text(9), 1000, 64), Some(3));
        assert_eq!(proved_rows(&text(49), &text(9), 1000, 1 << 20), Some(9));
        assert_eq!(proved_rows(&Type::Text { max: None }, &text(9), 1000, 64), None);
    }
}
