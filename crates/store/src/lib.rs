//! MEMORY: the only crate that knows SQL.
//!
//! One file for each noun says what can be read and changed of it; every change is a [`transaction::Transaction`],
//! data that [`database::Database`] runs on SQLite or PostgreSQL. Statements are declared with [`sql::statements`] and
//! listed in [`registry`], the schema grows in [`migrations`].

mod database;
mod error;
mod migrations;
mod registry;
mod row;
mod sql;
mod sqlite;
mod transaction;
mod value;

use std::sync::Arc;

use mayfly_domain::clock::Ambient;

use self::database::Database;
pub use self::{
    database::DatabaseOptions,
    error::{DatabaseFault, StoreError},
    sqlite::{Execution, SqliteOptions},
};

/// How to open a store.
#[derive(Debug)]
pub struct StoreOptions {
    /// Which database.
    pub database: DatabaseOptions,
    /// Time and chance, for what the store itself makes.
    pub ambient: Ambient,
}

/// An open store. Clones share it; it closes with the last of them.
#[derive(Clone)]
pub struct Store {
    database: Arc<Database>,
}

impl Store {
    /// Opens the database, or makes it, and brings it to the newest schema.
    pub async fn open(options: StoreOptions) -> Result<Self, StoreError> {
        let database = Database::open(&options.database, migrations::MIGRATIONS, options.ambient.now()).await?;
        Ok(Self { database: Arc::new(database) })
    }

    /// Completes when the database can no longer be trusted, with the reason: the process must stop then, because only
    /// a new start reads what is really on disk. Never, if that cannot happen.
    pub async fn failed(&self) -> StoreError {
        self.database.failed().await
    }
}
