//! Connections and their settings.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use crate::error::StoreError;

/// Versions before this one can corrupt a log that two connections use (the "WAL-reset" defect, fixed in 3.51.3).
const OLDEST_VERSION: i32 = 3_051_003;

/// Only a checkpoint or a backup can hold us up: the folder is locked against other processes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// More than there are statements, so that none is ever prepared twice.
const STATEMENT_CACHE: usize = 512;

/// `synchronous=FULL`: a commit is on disk when it is answered. `fullfsync` makes that true on Apple's systems too, and
/// does nothing on others. `case_sensitive_like` because PostgreSQL's `LIKE` is. `wal_autocheckpoint` in pages, half of the
/// log's limit: a batch of many rows would otherwise write the same index pages to the database file again and again.
const SETTINGS: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA foreign_keys = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
    PRAGMA case_sensitive_like = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA wal_autocheckpoint = 8192;
    PRAGMA cache_size = -16384;
";

pub(super) fn check_version(version: i32) -> Result<(), StoreError> {
    if version >= OLDEST_VERSION {
        return Ok(());
    }
    Err(StoreError::Refused(format!("SQLite {version} is too old: {OLDEST_VERSION} or later is needed")))
}

/// The one connection that may change the file.
pub(super) fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    open(path, SETTINGS).map_err(|error| cannot_open(path, &error))
}

/// A connection that cannot change the file.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    open(path, &format!("{SETTINGS} PRAGMA query_only = ON;")).map_err(|error| cannot_open(path, &error))
}

fn open(path: &Path, settings: &str) -> rusqlite::Result<Connection> {
    // Without SQLITE_OPEN_CREATE (the folder made the file) and without URIs in file names.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // "text in double quotes" is a name, as in PostgreSQL, and never a literal.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.execute_batch(settings)?;
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    Ok(connection)
}

fn cannot_open(path: &Path, error: &rusqlite::Error) -> StoreError {
    StoreError::Refused(format!("cannot open the database `{}`: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_with_the_log_defect_are_refused() {
        assert!(check_version(3_051_002).is_err());
        check_version(3_051_003).unwrap();
        check_version(rusqlite::version_number()).unwrap();
    }

    #[test]
    fn settings_take_effect() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let connection = open_writer(file.path()).unwrap();
        let setting = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
        let journal: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!((journal.as_str(), setting("synchronous"), setting("foreign_keys")), ("wal", 2, 1));
        assert!(connection.execute_batch("SELECT \"text\"").is_err(), "double quotes make a literal");
        let reader = open_reader(file.path()).unwrap();
        assert!(reader.execute_batch("CREATE TABLE t (a INTEGER) STRICT").is_err(), "a reader could write");
    }
}
