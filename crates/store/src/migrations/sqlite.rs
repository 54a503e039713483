//! Applying migrations to the embedded database, which nobody else uses meanwhile.

use jiff::Timestamp;
use rusqlite::{Connection, TransactionBehavior};

use super::{
    Applied, CREATE_HISTORY, Migration, pending,
    translate::{Dialect, translate},
};
use crate::error::StoreError;

/// Brings the file behind `connection` to the newest schema.
pub(crate) fn apply(connection: &mut Connection, migrations: &[Migration], now: Timestamp) -> Result<(), StoreError> {
    let create = translate(CREATE_HISTORY, Dialect::Sqlite).map_err(StoreError::Refused)?.concat();
    let applied = connection.execute_batch(&create).and_then(|()| history(connection));
    let applied = applied.map_err(|error| StoreError::Refused(format!("cannot read the schema's history: {error}")))?;
    for migration in pending(migrations, &applied)? {
        let statements = migration.statements(Dialect::Sqlite)?;
        apply_one(connection, migration, &statements, now).map_err(|error| migration.failed(&error))?;
    }
    Ok(())
}

/// Refuses a file whose schema is not this program's.
pub(crate) fn expect_applied(connection: &Connection, migrations: &[Migration]) -> Result<(), StoreError> {
    let applied = history(connection);
    let applied = applied.map_err(|error| StoreError::Refused(format!("cannot read the schema's history: {error}")))?;
    if pending(migrations, &applied)?.is_empty() {
        return Ok(());
    }
    let problem = "the database is older than this program: start the server with this program first, or use its own";
    Err(StoreError::Refused(problem.to_owned()))
}

fn history(connection: &Connection) -> rusqlite::Result<Vec<Applied>> {
    let mut statement = connection.prepare("SELECT number, digest FROM schema_migrations ORDER BY number")?;
    let rows = statement.query_map([], |row| Ok(Applied { number: row.get(0)?, digest: row.get(1)? }))?;
    rows.collect()
}

fn apply_one(
    connection: &mut Connection,
    migration: &Migration,
    statements: &[String],
    now: Timestamp,
) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for statement in statements {
        transaction.execute_batch(statement)?;
    }
    transaction.execute(
        "INSERT INTO schema_migrations (number, name, digest, applied_at) VALUES (?1, ?2, ?3, ?4)",
        (migration.number, migration.name, migration.digest(), now.as_millisecond()),
    )?;
    transaction.commit()
}
