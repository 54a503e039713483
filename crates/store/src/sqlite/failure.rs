//! What SQLite's errors mean.

use std::collections::HashMap;

use rusqlite::{Connection, Error, ErrorCode, ffi};

use crate::error::{DatabaseFault, StoreError};

/// From the columns that SQLite names when a key is taken, `projects.organization_id, projects.slug`, to the name of
/// the index, which is what PostgreSQL says.
#[derive(Debug, Default)]
pub(super) struct IndexNames(HashMap<String, String>);

const UNIQUE_INDEXES: &str = "
    SELECT tables.name, indexes.name, indexes.origin,
           (SELECT string_agg(tables.name || '.' || columns.name, ', ' ORDER BY columns.seqno)
              FROM pragma_index_info(indexes.name) AS columns)
      FROM sqlite_schema AS tables, pragma_index_list(tables.name) AS indexes
     WHERE tables.type = 'table' AND indexes.\"unique\"";

const PREFIX: &str = "UNIQUE constraint failed: ";

impl IndexNames {
    pub(super) fn read(connection: &Connection) -> Result<Self, StoreError> {
        let mut names = HashMap::new();
        let mut read = || -> rusqlite::Result<()> {
            let mut statement = connection.prepare(UNIQUE_INDEXES)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let (table, index, origin): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
                let name = if origin == "pk" { format!("{table}_pkey") } else { index };
                // An index over an expression has no columns to be named by.
                if let Some(columns) = row.get(3)? {
                    names.insert(columns, name);
                }
            }
            Ok(())
        };
        read().map_err(|error| StoreError::Refused(format!("cannot read the database's indexes: {error}")))?;
        Ok(Self(names))
    }

    /// The index that `message` is about.
    fn of(&self, message: &str) -> String {
        let columns = message.strip_prefix(PREFIX).unwrap_or(message);
        // An index over an expression is named by SQLite itself: `index 'name'`.
        if let Some(name) = columns.strip_prefix("index '").and_then(|rest| rest.strip_suffix('\'')) {
            return name.to_owned();
        }
        // A table whose key is its row number has no index to be found.
        let row_number = || columns.split_once('.').map(|(table, _)| format!("{table}_pkey"));
        self.0.get(columns).cloned().or_else(row_number).unwrap_or_else(|| columns.to_owned())
    }
}

/// What `error` of `statement` means to the caller.
pub(super) fn translate(statement: &'static str, error: &Error, names: &IndexNames) -> StoreError {
    let Error::SqliteFailure(code, message) = error else {
        return StoreError::Statement { statement, fault: fault(error) };
    };
    if is_trouble(*code) {
        return StoreError::Unavailable(fault(error));
    }
    match (code.code, code.extended_code) {
        (_, ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID) => {
            StoreError::Unique { index: names.of(message.as_deref().unwrap_or_default()) }
        }
        (_, ffi::SQLITE_CONSTRAINT_FOREIGNKEY) => StoreError::ForeignKey { statement },
        // A write or a flush: what we hold in memory may not be what a new start would read.
        (ErrorCode::SystemIoFailure, _) => StoreError::Failed(fault(error)),
        _ => StoreError::Statement { statement, fault: fault(error) },
    }
}

/// The file system's or the machine's trouble, which may pass.
fn is_trouble(code: ffi::Error) -> bool {
    matches!(
        code.code,
        ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::DiskFull
            | ErrorCode::OutOfMemory
            | ErrorCode::OperationInterrupted
            | ErrorCode::CannotOpen
            | ErrorCode::ReadOnly
    ) || matches!(code.extended_code, ffi::SQLITE_IOERR_READ | ffi::SQLITE_IOERR_SHORT_READ)
}

/// SQLite's messages name tables and columns, and no values.
pub(super) fn fault(error: &Error) -> DatabaseFault {
    let code = error.sqlite_error().map(|code| code.extended_code.to_string());
    DatabaseFault::new(code.unwrap_or_default(), error.to_string())
}
