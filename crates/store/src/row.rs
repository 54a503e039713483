//! Rows, read by column name into our own types.

use std::str::FromStr;

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use crate::{
    error::StoreError,
    sql::{Columns, Sql},
    value::Value,
};

/// One row of a result.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    sql: &'static Sql,
    columns: Columns,
    values: Vec<Value>,
}

/// A getter per kind, and the same for columns that may be null. Each refuses what it was not made for with
/// [`StoreError::Corrupt`], which names statement, column and the row's `id`, and never a value.
impl Row {
    pub(crate) const fn new(sql: &'static Sql, columns: Columns, values: Vec<Value>) -> Self {
        Self { sql, columns, values }
    }

    /// All values, in the order of the columns.
    pub(crate) fn into_values(self) -> Vec<Value> {
        self.values
    }

    pub(crate) fn text(&self, column: &str) -> Result<&str, StoreError> {
        self.optional_text(column)?.ok_or_else(|| self.corrupt(column, "is null"))
    }

    pub(crate) fn optional_text(&self, column: &str) -> Result<Option<&str>, StoreError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            other @ (Value::Integer(_) | Value::Boolean(_) | Value::Bytes(_) | Value::Sealed(_) | Value::Column(_)) => {
                Err(self.unexpected(column, other))
            }
        }
    }

    pub(crate) fn integer(&self, column: &str) -> Result<i64, StoreError> {
        self.optional_integer(column)?.ok_or_else(|| self.corrupt(column, "is null"))
    }

    pub(crate) fn optional_integer(&self, column: &str) -> Result<Option<i64>, StoreError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Integer(number) => Ok(Some(*number)),
            other @ (Value::Text(_) | Value::Boolean(_) | Value::Bytes(_) | Value::Sealed(_) | Value::Column(_)) => {
                Err(self.unexpected(column, other))
            }
        }
    }

    pub(crate) fn boolean(&self, column: &str) -> Result<bool, StoreError> {
        match self.value(column)? {
            Value::Boolean(answer) => Ok(*answer),
            Value::Integer(0) => Ok(false),
            Value::Integer(1) => Ok(true),
            other @ (Value::Null
            | Value::Text(_)
            | Value::Integer(_)
            | Value::Bytes(_)
            | Value::Sealed(_)
            | Value::Column(_)) => Err(self.unexpected(column, other)),
        }
    }

    pub(crate) fn bytes(&self, column: &str) -> Result<&[u8], StoreError> {
        self.optional_bytes(column)?.ok_or_else(|| self.corrupt(column, "is null"))
    }

    pub(crate) fn optional_bytes(&self, column: &str) -> Result<Option<&[u8]>, StoreError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Bytes(bytes) => Ok(Some(bytes)),
            Value::Sealed(sealed) => Ok(Some(sealed.bytes())),
            other @ (Value::Text(_) | Value::Integer(_) | Value::Boolean(_) | Value::Column(_)) => {
                Err(self.unexpected(column, other))
            }
        }
    }

    pub(crate) fn timestamp(&self, column: &str) -> Result<Timestamp, StoreError> {
        self.optional_timestamp(column)?.ok_or_else(|| self.corrupt(column, "is null"))
    }

    pub(crate) fn optional_timestamp(&self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        self.optional_integer(column)?
            .map(|number| Timestamp::from_millisecond(number).map_err(|_| self.corrupt(column, "is not a time")))
            .transpose()
    }

    /// Ids, enums and everything else that is stored as its text.
    pub(crate) fn parsed<T: FromStr>(&self, column: &str) -> Result<T, StoreError> {
        self.optional_parsed(column)?.ok_or_else(|| self.corrupt(column, "is null"))
    }

    pub(crate) fn optional_parsed<T: FromStr>(&self, column: &str) -> Result<Option<T>, StoreError> {
        self.optional_text(column)?
            .map(|text| text.parse().map_err(|_| self.corrupt(column, "is not of its type")))
            .transpose()
    }

    pub(crate) fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        self.optional_json(column)?.ok_or_else(|| self.corrupt(column, "is null"))
    }

    pub(crate) fn optional_json<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>, StoreError> {
        self.optional_text(column)?
            .map(|text| serde_json::from_str(text).map_err(|_| self.corrupt(column, "is not the JSON of its type")))
            .transpose()
    }

    /// The error of a value that has the right kind and yet cannot be what was stored.
    pub(crate) fn corrupt(&self, column: &str, problem: &'static str) -> StoreError {
        StoreError::Corrupt {
            statement: self.sql.name(),
            column: column.to_owned(),
            id: self.cell("id").and_then(id_text),
            problem,
        }
    }

    fn value(&self, column: &str) -> Result<&Value, StoreError> {
        self.cell(column).ok_or_else(|| self.corrupt(column, "is not among the columns read"))
    }

    fn cell(&self, column: &str) -> Option<&Value> {
        let position = self.columns.iter().position(|name| name.as_ref() == column)?;
        self.values.get(position)
    }

    fn unexpected(&self, column: &str, value: &Value) -> StoreError {
        self.corrupt(
            column,
            match value {
                Value::Null => "is null",
                Value::Text(_) => "is text",
                Value::Integer(_) => "is an integer",
                Value::Boolean(_) => "is a boolean",
                Value::Bytes(_) | Value::Sealed(_) => "is bytes",
                Value::Column(_) => "is a column",
            },
        )
    }
}

fn id_text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Null | Value::Integer(_) | Value::Boolean(_) | Value::Bytes(_) | Value::Sealed(_) | Value::Column(_) => {
            None
        }
    }
}
