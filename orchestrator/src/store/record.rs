//! A row on its way out of the database: every failure to read it names table, column and row.

use crate::store::StoreError;
use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Sqlite, Type};

/// One row of a known table.
pub(super) struct Record<'r> {
    pub(super) table: &'static str,
    /// The columns that name a row in an error.
    pub(super) named_by: &'static [&'static str],
    pub(super) row: &'r SqliteRow,
}

impl Record<'_> {
    /// The value of a column.
    pub(super) fn get<'r, T>(&'r self, column: &'static str) -> Result<T, StoreError>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite>,
    {
        let value = self.row.try_get(column);
        value.map_err(|error| self.unreadable(column, &error))
    }

    /// A count, a time or a number from 0.
    pub(super) fn number(&self, column: &'static str) -> Result<u64, StoreError> {
        let value: i64 = self.get(column)?;
        u64::try_from(value).map_err(|error| self.unreadable(column, &error))
    }

    /// The same where it may be absent.
    pub(super) fn number_if_any(&self, column: &'static str) -> Result<Option<u64>, StoreError> {
        let value: Option<i64> = self.get(column)?;
        let value = value.map(u64::try_from).transpose();
        value.map_err(|error| self.unreadable(column, &error))
    }

    /// A column of JSON text.
    pub(super) fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, StoreError> {
        let text: &str = self.get(column)?;
        serde_json::from_str(text).map_err(|error| self.unreadable(column, &error))
    }

    /// The error of a column that holds what we cannot use.
    pub(super) fn unreadable(&self, column: &'static str, why: &dyn std::fmt::Display) -> StoreError {
        let names = self
            .named_by
            .iter()
            .map(|name| match self.row.try_get::<&str, _>(*name) {
                Ok(text) => text.to_owned(),
                Err(_) => self
                    .row
                    .try_get::<i64, _>(*name)
                    .map_or("?".to_owned(), |n| n.to_string()),
            });
        StoreError::Decode {
            table: self.table,
            column,
            row: names.collect::<Vec<_>>().join("/"),
            why: why.to_string(),
        }
    }
}
