//! An installation's database while no server runs on it.

use mayfly_domain::{clock::Ambient, sensitive::Sensitive};
use mayfly_e2e::Installation;
use mayfly_store::{
    DatabaseOptions, Execution, MasterKeySource, PostgresOptions, SqliteOptions, Statements, Store, StoreOptions,
};

/// Opens it as a server would. On SQLite nobody else can have it open.
pub(crate) async fn open(home: &Installation, ambient: &Ambient) -> Store {
    let database = match home.database_url() {
        Some(url) => DatabaseOptions::Postgres(PostgresOptions {
            url: Sensitive::from(url),
            connections: PostgresOptions::DEFAULT_CONNECTIONS,
            statements: Statements::Prepared,
        }),
        None => DatabaseOptions::Sqlite(SqliteOptions { folder: home.folder(), execution: Execution::Threads }),
    };
    let master_key = home.master_key().map(|key| MasterKeySource::Base64(Sensitive::from(key)));
    Store::open(StoreOptions { database, master_key, ambient: ambient.clone() }).await.unwrap()
}
