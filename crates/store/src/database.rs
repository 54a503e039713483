//! The database, whichever it is: two calls, `write` and `read`, the same for both.

use jiff::Timestamp;
use mayfly_domain::ids::DataKeyId;

use crate::{
    audit_chain::link::Chains,
    error::{DatabaseFault, StoreError},
    migrations::Migration,
    postgres::{Postgres, PostgresOptions},
    row::Row,
    sealed::columns::{KEY_IS_THERE, KEY_STANDS},
    sql::Sql,
    sqlite::{Sqlite, SqliteOptions},
    transaction::{Outcome, Step, Transaction},
    value::{Value, values},
};

/// Which database to open, and how.
#[derive(Clone, Debug)]
pub enum DatabaseOptions {
    /// The embedded one.
    Sqlite(SqliteOptions),
    /// A server, which several of us may share.
    Postgres(PostgresOptions),
}

/// An open database with the newest schema.
pub(crate) enum Database {
    Sqlite(Box<Sqlite>),
    Postgres(Box<Postgres>),
}

impl Database {
    /// The chains that this server writes events to.
    pub(crate) fn chains(&self) -> &Chains {
        match self {
            Self::Sqlite(sqlite) => sqlite.chains(),
            Self::Postgres(postgres) => postgres.chains(),
        }
    }

    /// Opens the database and applies what is missing of `migrations`.
    pub(crate) async fn open(
        options: &DatabaseOptions,
        migrations: &[Migration],
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        match options {
            DatabaseOptions::Sqlite(options) => Sqlite::open(options, migrations, now).map(Box::new).map(Self::Sqlite),
            DatabaseOptions::Postgres(options) => {
                Postgres::open(options, migrations, now).await.map(Box::new).map(Self::Postgres)
            }
        }
    }

    /// Opens a database that servers may be using. PostgreSQL serves several anyway.
    pub(crate) async fn visit(
        options: &DatabaseOptions,
        migrations: &[Migration],
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        match options {
            DatabaseOptions::Sqlite(options) => Sqlite::visit(options, migrations).map(Box::new).map(Self::Sqlite),
            DatabaseOptions::Postgres(_) => Self::open(options, migrations, now).await,
        }
    }

    /// Does all of `transaction` or nothing. The answer comes after the commit is durable: one outcome for each step
    /// that this database needs.
    ///
    /// A caller that stops waiting cannot know whether it happened.
    pub(crate) async fn write(&self, transaction: Transaction) -> Result<Vec<Outcome>, StoreError> {
        #[cfg(feature = "watch")]
        if let Some(watcher) = crate::watch::watcher() {
            return self.write_watched(transaction, watcher.as_ref()).await;
        }
        self.write_unseen(transaction).await
    }

    #[cfg(feature = "watch")]
    async fn write_watched(
        &self,
        mut transaction: Transaction,
        watcher: &dyn crate::watch::Watcher,
    ) -> Result<Vec<Outcome>, StoreError> {
        let name = crate::watch::name_of(&transaction);
        crate::watch::spoil(&mut transaction, watcher.before(name).await);
        let outcomes = self.write_unseen(transaction).await;
        watcher.after(name).await;
        outcomes
    }

    async fn write_unseen(&self, mut transaction: Transaction) -> Result<Vec<Outcome>, StoreError> {
        for step in &transaction.steps {
            check(step.sql, &step.values)?;
        }
        let guards = key_guards(&transaction);
        let guarding = guards.len();
        transaction.steps.extend(guards);
        let mut outcomes = match self {
            Self::Sqlite(sqlite) => sqlite.write(transaction).await?,
            Self::Postgres(postgres) => {
                transaction.steps.retain(|step| !step.sql.postgres().is_empty());
                postgres.write(&transaction).await?
            }
        };
        outcomes.truncate(outcomes.len() - guarding);
        Ok(outcomes)
    }

    /// The rows that `sql` finds among what is committed.
    pub(crate) async fn read(&self, sql: &'static Sql, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        check(sql, &values)?;
        match self {
            Self::Sqlite(sqlite) => sqlite.read(sql, values).await,
            Self::Postgres(postgres) => postgres.read(sql, values).await,
        }
    }

    /// [`Database::read`] where there is one row at most.
    pub(crate) async fn read_one(&self, sql: &'static Sql, values: Vec<Value>) -> Result<Option<Row>, StoreError> {
        Ok(self.read(sql, values).await?.into_iter().next())
    }

    /// Completes when the database can no longer be trusted, with the reason; never, if that cannot happen to it.
    pub(crate) async fn failed(&self) -> StoreError {
        match self {
            Self::Sqlite(sqlite) => sqlite.failed().await,
            // The server looks after its own disk, and tells us as an error.
            Self::Postgres(_) => std::future::pending().await,
        }
    }

    /// What tells this database from a copy or a restored backup of it.
    pub(crate) async fn identity(&self) -> Result<String, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.identity(),
            Self::Postgres(postgres) => postgres.identity().await,
        }
    }
}

/// A step for each key that sealed a value of `transaction`: a value must not be written whose key was retired meanwhile.
fn key_guards(transaction: &Transaction) -> Vec<Step> {
    let mut keys: Vec<DataKeyId> = Vec::new();
    for value in transaction.steps.iter().flat_map(|step| &step.values) {
        if let Value::Sealed(sealed) = value
            && !keys.contains(&sealed.key())
        {
            keys.push(sealed.key());
        }
    }
    keys.iter().map(|key| Step::new(&KEY_STANDS, values![key]).expecting_one(KEY_IS_THERE)).collect()
}

/// What one database would refuse and the other not is refused before it is sent.
fn check(sql: &'static Sql, values: &[Value]) -> Result<(), StoreError> {
    let statement = sql.name();
    if values.len() != sql.parameters() {
        let message = format!("{} values for {} parameters", values.len(), sql.parameters());
        return Err(StoreError::Statement { statement, fault: DatabaseFault::new("", message) });
    }
    let has_nul = |value: &Value| matches!(value, Value::Text(text) if text.as_bytes().contains(&0));
    if values.iter().any(has_nul) {
        return Err(StoreError::Unstorable { statement });
    }
    Ok(())
}
