//! A fresh store for each test, on either database.

use std::time::Duration;

use jiff::Timestamp;
use mayfly_domain::{clock::Ambient, sensitive::Sensitive};
use mayfly_store::{
    DatabaseOptions, Execution, MasterKeySource, PostgresOptions, SqliteOptions, Statements, Store, StoreError,
    StoreOptions,
};
use mayfly_testkit::{
    clock::TestClock,
    postgres::{self, ScratchDatabase},
};
use tempfile::TempDir;

use crate::support::raw::Raw;

/// 32 bytes that nobody would take for random.
pub(crate) const MASTER_KEY: &str = "dGhlIG1hc3RlciBrZXkgb2YgbWF5Zmx5J3MgdGVzdHM=";

/// A store with its clock. Take one by `both_databases! { async fn name(fixture: StoreFixture) { … } }`.
pub(crate) struct StoreFixture {
    pub(crate) store: Store,
    /// The clock that `ambient` tells.
    pub(crate) clock: TestClock,
    /// Time and chance, as the store has them.
    pub(crate) ambient: Ambient,
    /// How the store was opened: open another one with it, or the same again.
    pub(crate) database: DatabaseOptions,
    home: Home,
}

/// Where the database lives; gone with the test.
enum Home {
    Folder(TempDir),
    Server(ScratchDatabase),
}

impl StoreFixture {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database = sqlite_options(&folder);
        Self::open(database, Home::Folder(folder)).await
    }

    pub(crate) async fn postgres() -> Self {
        let scratch = postgres::scratch().await.expect("a scratch database");
        let database = DatabaseOptions::Postgres(PostgresOptions {
            url: Sensitive::from(scratch.url()),
            connections: PostgresOptions::DEFAULT_CONNECTIONS,
            statements: Statements::Prepared,
        });
        Self::open(database, Home::Server(scratch)).await
    }

    async fn open(database: DatabaseOptions, home: Home) -> Self {
        const SEED: u64 = 1;
        let clock = TestClock::default();
        let ambient = clock.ambient(SEED);
        let store = open(&database, &ambient).await.expect("a new store opens");
        Self { store, clock, ambient, database, home }
    }

    /// The same place after the store is closed.
    pub(crate) fn closed(self) -> impl Drop {
        drop(self.store);
        Box::new(self.home)
    }

    /// The database without the store.
    pub(crate) fn raw(&self) -> Raw {
        match &self.home {
            Home::Folder(folder) => Raw::Sqlite(folder.path().join("data/mayfly.db")),
            Home::Server(scratch) => Raw::Postgres(scratch.url().to_owned()),
        }
    }

    /// Lets a millisecond pass, the least that ids and times tell apart. Says what time it is then.
    pub(crate) fn tick(&self) -> Timestamp {
        self.clock.advance(Duration::from_millis(1));
        self.ambient.now()
    }
}

/// Opens a store with the tests' master key.
pub(crate) async fn open(database: &DatabaseOptions, ambient: &Ambient) -> Result<Store, StoreError> {
    let master_key = Some(MasterKeySource::Base64(Sensitive::from(MASTER_KEY)));
    Store::open(StoreOptions { database: database.clone(), master_key, ambient: ambient.clone() }).await
}

/// An embedded database in a folder of its own below `folder`.
pub(crate) fn sqlite_options(folder: &TempDir) -> DatabaseOptions {
    DatabaseOptions::Sqlite(SqliteOptions { folder: folder.path().join("data"), execution: Execution::Threads })
}
