//! Applying migrations to PostgreSQL, where several servers may start at once.
//!
//! Each one is a transaction that first takes a lock, then looks again at what is there: whoever comes second finds the
//! work done. Everything goes over the unnamed statement and in transactions, so that poolers do not mind.

use jiff::Timestamp;
use tokio_postgres::{Client, Error, types::Type};

use super::{
    Applied, CREATE_HISTORY, Migration, pending,
    translate::{Dialect, translate},
};
use crate::error::StoreError;

/// The lock is "mayfly" and a number, as one integer: nobody else takes it by accident. It may take as long as the other
/// server's migration.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
    SET LOCAL statement_timeout = 0;
    SET LOCAL lock_timeout = 0;
    SELECT pg_advisory_xact_lock(7881714303688572929)";

/// Brings the database to the newest schema.
pub(crate) async fn apply(client: &Client, migrations: &[Migration], now: Timestamp) -> Result<(), StoreError> {
    let create = translate(CREATE_HISTORY, Dialect::Postgres).map_err(StoreError::Refused)?.concat();
    loop {
        client.batch_execute(BEGIN).await.map_err(|error| unreadable(&error))?;
        let applied = match client.batch_execute(&create).await {
            Ok(()) => history(client).await,
            Err(error) => Err(error),
        };
        let applied = applied.map_err(|error| unreadable(&error))?;
        let Some(migration) = pending(migrations, &applied)?.first() else {
            return client.batch_execute("COMMIT").await.map_err(|error| unreadable(&error));
        };
        let statements = migration.statements(Dialect::Postgres)?;
        apply_one(client, migration, &statements, now).await.map_err(|error| migration.failed(&error))?;
    }
}

fn unreadable(error: &Error) -> StoreError {
    StoreError::Refused(format!("cannot read the schema's history: {}", mayfly_domain::error::chain(error)))
}

async fn history(client: &Client) -> Result<Vec<Applied>, Error> {
    let rows = client.query_typed("SELECT number, digest FROM schema_migrations ORDER BY number", &[]).await?;
    rows.iter().map(|row| Ok(Applied { number: row.try_get(0)?, digest: row.try_get(1)? })).collect()
}

async fn apply_one(client: &Client, migration: &Migration, statements: &[String], now: Timestamp) -> Result<(), Error> {
    for statement in statements {
        client.batch_execute(statement).await?;
    }
    let (name, digest, now) = (migration.name, migration.digest(), now.as_millisecond());
    let values: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 4] =
        [(&migration.number, Type::INT8), (&name, Type::TEXT), (&digest, Type::TEXT), (&now, Type::INT8)];
    client
        .query_typed(
            "INSERT INTO schema_migrations (number, name, digest, applied_at) VALUES ($1, $2, $3, $4)",
            &values,
        )
        .await?;
    client.batch_execute("COMMIT").await
}
