//! The embedded database: one file, one writer that commits waiting transactions together, a few readers.
//!
//! [`writer`] holds the only connection that changes anything, [`readers`] the others; both run on threads of their own
//! or, under [`Execution::Inline`], on the caller's. [`folder`] guards the file: private to its owner, on a local disk,
//! used by one process. Statements are run in [`run`], failures translated in [`failure`].

mod connection;
mod failure;
mod folder;
mod health;
mod readers;
mod run;
mod writer;

use std::{path::PathBuf, sync::Arc};

use self::{failure::IndexNames, folder::Folder, health::Health, readers::Readers, writer::Writer};
use crate::{
    audit_chain::link::Chains,
    error::StoreError,
    migrations::{self, Migration},
    row::Row,
    sql::Sql,
    transaction::{Outcome, Transaction},
    value::Value,
};

/// Where statements run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Execution {
    /// On the store's own threads: a caller never waits for the disk on a thread of its runtime.
    #[default]
    Threads,
    /// On the caller's thread, one after the other: for tests under a deterministic scheduler.
    Inline,
}

/// How to open the embedded database.
#[derive(Clone, Debug)]
pub struct SqliteOptions {
    /// The data folder; made if missing. It must be on a local disk and closed to other users.
    pub folder: PathBuf,
    /// Where statements run.
    pub execution: Execution,
}

/// The embedded database, open. Dropping it waits for what is being written.
pub(crate) struct Sqlite {
    chains: Arc<Chains>,
    // In this order: writer and readers close their connections before the lock is let go.
    writer: Writer,
    readers: Readers,
    health: Health,
    folder: Folder,
}

impl Sqlite {
    /// Opens the file in `options.folder`, or makes it, and brings it to the newest schema.
    pub(crate) fn open(
        options: &SqliteOptions,
        migrations: &[Migration],
        now: jiff::Timestamp,
    ) -> Result<Self, StoreError> {
        connection::check_version(rusqlite::version_number())?;
        let folder = Folder::open(&options.folder)?;
        let mut first = connection::open_writer(folder.database())?;
        migrations::sqlite::apply(&mut first, migrations, now)?;
        Self::start(options, folder, first)
    }

    /// Opens a file that a server may be using, and changes nothing of its schema: SQLite itself keeps two processes apart
    /// for the length of a transaction. Only for a short visit: the server waits for us meanwhile.
    pub(crate) fn visit(options: &SqliteOptions, migrations: &[Migration]) -> Result<Self, StoreError> {
        connection::check_version(rusqlite::version_number())?;
        let folder = Folder::visit(&options.folder)?;
        let first = connection::open_writer(folder.database())?;
        migrations::sqlite::expect_applied(&first, migrations)?;
        Self::start(options, folder, first)
    }

    fn start(options: &SqliteOptions, folder: Folder, first: rusqlite::Connection) -> Result<Self, StoreError> {
        let chains = Arc::<Chains>::default();
        let names = Arc::new(IndexNames::read(&first)?);
        let shared = Shared { names, health: Health::default(), chains: Arc::clone(&chains) };
        let open_reader = || connection::open_reader(folder.database());
        Ok(Self {
            chains,
            readers: Readers::start(options.execution, open_reader, &shared)?,
            health: shared.health.clone(),
            writer: Writer::start(options.execution, first, shared)?,
            folder,
        })
    }

    pub(crate) fn chains(&self) -> &Chains {
        &self.chains
    }

    pub(crate) async fn write(&self, transaction: Transaction) -> Result<Vec<Outcome>, StoreError> {
        self.health.check()?;
        self.writer.write(transaction).await
    }

    pub(crate) async fn read(&self, sql: &'static Sql, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        self.health.check()?;
        self.readers.read(sql, values).await
    }

    /// Completes when the disk has failed and the store refuses everything.
    pub(crate) async fn failed(&self) -> StoreError {
        self.health.failed().await
    }

    /// What tells this file from a copy of it.
    pub(crate) fn identity(&self) -> Result<String, StoreError> {
        self.folder.identity()
    }
}

/// What every thread that touches the file shares.
#[derive(Clone)]
struct Shared {
    names: Arc<IndexNames>,
    health: Health,
    chains: Arc<Chains>,
}

impl Shared {
    /// The error to give for `error` of `statement`; remembers that the disk failed, if it did.
    fn translate(&self, statement: &'static str, error: &rusqlite::Error) -> StoreError {
        let translated = failure::translate(statement, error, &self.names);
        if let StoreError::Failed(fault) = &translated {
            self.health.fail(fault.clone());
        }
        translated
    }
}
