//! Running one statement on one connection.

use rusqlite::{
    Connection, Statement, ToSql,
    types::{ToSqlOutput, ValueRef},
};

use super::Shared;
use crate::{
    error::{DatabaseFault, StoreError},
    row::Row,
    sql::{Columns, Sql},
    transaction::Outcome,
    value::Value,
};

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Boolean(answer) => ValueRef::Integer(i64::from(*answer)),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
            Self::Sealed(sealed) => ValueRef::Blob(sealed.bytes()),
            Self::Column(_) => {
                return Err(rusqlite::Error::ToSqlConversionFailure("SQLite takes no columns".into()));
            }
        }))
    }
}

/// Runs `sql` to its end.
pub(super) fn run(
    connection: &Connection,
    shared: &Shared,
    sql: &'static Sql,
    values: &[Value],
) -> Result<Outcome, StoreError> {
    let failed = |error: rusqlite::Error| shared.translate(sql.name(), &error);
    let mut statement = connection.prepare_cached(sql.sqlite()).map_err(failed)?;
    for (position, value) in (1..).zip(values) {
        statement.raw_bind_parameter::<usize, _>(position, value).map_err(failed)?;
    }
    if statement.column_count() == 0 {
        let changed = statement.raw_execute().map_err(failed)? as u64;
        return Ok(Outcome { changed, rows: Vec::new() });
    }
    let rows = fetch(&mut statement, sql, failed)?;
    let changed = if statement.readonly() { rows.len() as u64 } else { connection.changes() };
    Ok(Outcome { changed, rows })
}

fn fetch(
    statement: &mut Statement<'_>,
    sql: &'static Sql,
    failed: impl Fn(rusqlite::Error) -> StoreError,
) -> Result<Vec<Row>, StoreError> {
    let width = statement.column_count();
    let columns = sql.columns(&statement.column_names().collect::<Vec<_>>());
    let mut rows = Vec::new();
    let mut cursor = statement.raw_query();
    while let Some(row) = cursor.next().map_err(&failed)? {
        let mut values = Vec::with_capacity(width);
        for position in 0..width {
            values.push(value(row.get_ref(position).map_err(&failed)?).ok_or_else(|| not_ours(sql, position))?);
        }
        rows.push(Row::new(sql, Columns::clone(&columns), values));
    }
    Ok(rows)
}

/// Nothing for a kind that no column of ours has.
fn value(cell: ValueRef<'_>) -> Option<Value> {
    match cell {
        ValueRef::Null => Some(Value::Null),
        ValueRef::Integer(number) => Some(Value::Integer(number)),
        ValueRef::Text(text) => std::str::from_utf8(text).ok().map(Value::from),
        ValueRef::Blob(bytes) => Some(Value::from(bytes)),
        ValueRef::Real(_) => None,
    }
}

fn not_ours(sql: &'static Sql, position: usize) -> StoreError {
    let message = format!("column {position} is neither text, integer, boolean nor bytes");
    StoreError::Statement { statement: sql.name(), fault: DatabaseFault::new("", message) }
}
