//! What outlives a server process: a data folder, or a database with the key to it.

use std::{path::PathBuf, sync::Arc};

use mayfly_testkit::{
    network::Room,
    postgres::{self, ScratchDatabase},
};
use tempfile::TempDir;

use crate::mayfly::Mayfly;

/// 32 bytes that nobody would take for random.
const MASTER_KEY: &str = "dGhlIG1hc3RlciBrZXkgb2YgbWF5Zmx5J3MgdGVzdHM=";

/// A home for servers, gone with its last clone. Several servers can share one on PostgreSQL.
#[derive(Clone, Debug)]
pub struct Installation(Arc<Home>);

#[derive(Debug)]
struct Home {
    folder: TempDir,
    scratch: Option<ScratchDatabase>,
}

impl Installation {
    /// A new one with the embedded database.
    ///
    /// # Panics
    /// When the machine gives no temporary folder.
    #[expect(clippy::unused_async, reason = "the same shape as `postgres`, for tests that run on both")]
    pub async fn sqlite() -> Self {
        Self::with(None)
    }

    /// A new one on PostgreSQL.
    ///
    /// # Panics
    /// When there is no PostgreSQL, or no temporary folder.
    pub async fn postgres() -> Self {
        Self::with(Some(postgres::scratch().await.expect("PostgreSQL is found or installed")))
    }

    /// A new one on a database of one's own.
    ///
    /// # Panics
    /// When the machine gives no temporary folder.
    pub fn on(scratch: ScratchDatabase) -> Self {
        Self::with(Some(scratch))
    }

    fn with(scratch: Option<ScratchDatabase>) -> Self {
        let folder = tempfile::Builder::new().prefix("mayfly-e2e-").tempdir().expect("a temporary folder can be made");
        Self(Arc::new(Home { folder, scratch }))
    }

    /// Starts a server and waits until it serves.
    ///
    /// # Errors
    /// When the binary cannot be built, or does not start; the text has the end of its log.
    pub async fn start(&self) -> anyhow::Result<Mayfly> {
        self.start_with(&[]).await
    }

    /// The same, with settings as variables of the environment.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_with(&self, settings: &[(&str, &str)]) -> anyhow::Result<Mayfly> {
        self.start_in(&Room::machine(), settings).await
    }

    /// The same, in `room`.
    ///
    /// # Errors
    /// As [`start`](Self::start), and when the room cannot be looked into.
    pub async fn start_in(&self, room: &Room, settings: &[(&str, &str)]) -> anyhow::Result<Mayfly> {
        Mayfly::start(self, room, settings).await
    }

    /// The data folder. The first server makes it, as it must be.
    pub fn folder(&self) -> PathBuf {
        self.0.folder.path().join("data")
    }

    /// The log of all its servers so far, one after the other.
    pub fn log_file(&self) -> PathBuf {
        self.0.folder.path().join("server.log")
    }

    /// The database, unless it is the embedded one.
    pub fn database_url(&self) -> Option<&str> {
        self.0.scratch.as_ref().map(ScratchDatabase::url)
    }

    /// The key to the database, in base64. The embedded database keeps its own in the data folder.
    pub fn master_key(&self) -> Option<&'static str> {
        self.0.scratch.as_ref().map(|_| MASTER_KEY)
    }

    /// Its database, in a word.
    pub fn database_name(&self) -> &'static str {
        if self.0.scratch.is_some() { "PostgreSQL" } else { "SQLite" }
    }
}
