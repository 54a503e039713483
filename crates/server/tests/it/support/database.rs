//! The database below a server: where it is, and what a test that looks inside finds there.

use std::{collections::BTreeMap, path::PathBuf};

use mayfly_domain::sensitive::Sensitive;
use mayfly_store::{DatabaseOptions, Execution, PostgresOptions, SqliteOptions, Statements};
use mayfly_testkit::{
    postgres::{self, ScratchDatabase},
    scan,
};
use tempfile::TempDir;
use tokio_postgres::NoTls;

use super::wire::Wire;

/// Which database a server gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

/// For tests that walk both by themselves.
pub(crate) const DEFAULT_DATABASES: [Database; 2] = [Database::Sqlite, Database::Postgres];

/// A folder, and a database in it or on the shared server. Gone with the last server on it.
pub(crate) struct Home {
    folder: TempDir,
    scratch: Option<ScratchDatabase>,
    wire: Option<Wire>,
}

impl Home {
    pub(super) async fn new(database: Database) -> Self {
        let scratch = match database {
            Database::Sqlite => None,
            Database::Postgres => Some(postgres::scratch().await.expect("a scratch database")),
        };
        Self { folder: tempfile::tempdir().expect("a temporary folder"), scratch, wire: None }
    }

    /// The same, with a line to PostgreSQL that listens.
    pub(super) async fn overheard(self) -> Self {
        let wire = Wire::to(self.scratch.as_ref().expect("a database that is reached by a line").url()).await;
        Self { wire: Some(wire), ..self }
    }

    /// The statements that servers on this overheard database asked for since the last call.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.wire.as_ref().expect("a database that is overheard").take()
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(super) fn options(&self) -> DatabaseOptions {
        match &self.scratch {
            None => DatabaseOptions::Sqlite(SqliteOptions { folder: self.data_dir(), execution: Execution::Threads }),
            Some(scratch) => DatabaseOptions::Postgres(PostgresOptions {
                url: Sensitive::from(self.wire.as_ref().map_or(scratch.url(), Wire::url)),
                connections: PostgresOptions::DEFAULT_CONNECTIONS,
                statements: Statements::Prepared,
            }),
        }
    }

    /// How many rows each table has.
    pub(crate) async fn rows(&self) -> BTreeMap<String, i64> {
        let count = |table: &String| format!("SELECT '{table}', COUNT(*) FROM {table}");
        let counts: Vec<String> = self.tables().await.iter().map(count).collect();
        let query = counts.join(" UNION ALL ");
        match &self.scratch {
            None => {
                let connection = self.sqlite();
                let mut statement = connection.prepare(&query).unwrap();
                let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
                rows.map(Result::unwrap).collect()
            }
            Some(scratch) => ask(scratch.url(), &query).await.iter().map(|row| (row.get(0), row.get(1))).collect(),
        }
    }

    async fn tables(&self) -> Vec<String> {
        match &self.scratch {
            None => {
                let connection = self.sqlite();
                let query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
                let mut statement = connection.prepare(query).unwrap();
                let names = statement.query_map([], |row| row.get(0)).unwrap();
                names.map(Result::unwrap).collect()
            }
            Some(scratch) => {
                let query = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
                let rows = ask(scratch.url(), query).await;
                rows.iter().map(|row| row.get::<_, String>(0)).collect()
            }
        }
    }

    /// The one number a query gives.
    pub(crate) async fn number(&self, query: &str) -> i64 {
        match &self.scratch {
            None => self.sqlite().query_row(query, [], |row| row.get(0)).unwrap(),
            Some(scratch) => ask(scratch.url(), query).await[0].get(0),
        }
    }

    /// The one text a query gives.
    pub(crate) async fn text(&self, query: &str) -> String {
        match &self.scratch {
            None => self.sqlite().query_row(query, [], |row| row.get(0)).unwrap(),
            Some(scratch) => ask(scratch.url(), query).await[0].get(0),
        }
    }

    /// Changes the database behind the server's back.
    pub(crate) async fn execute(&self, statement: &str) {
        match &self.scratch {
            None => {
                self.sqlite().execute_batch(statement).unwrap();
            }
            Some(scratch) => scratch.execute(statement).await.unwrap(),
        }
    }

    /// Every byte the database keeps: its files, or its dump.
    pub(crate) fn bytes(&self) -> Vec<(String, Vec<u8>)> {
        let mut found = scan::files(&self.data_dir()).unwrap();
        if let Some(scratch) = &self.scratch {
            found.push(("dump".to_owned(), postgres::dump(scratch.url()).unwrap().into_bytes()));
        }
        found
    }

    fn sqlite(&self) -> rusqlite::Connection {
        let connection = rusqlite::Connection::open(self.data_dir().join("mayfly.db")).unwrap();
        connection.busy_timeout(std::time::Duration::from_secs(30)).unwrap();
        connection
    }
}

async fn ask(url: &str, query: &str) -> Vec<tokio_postgres::Row> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    let work = async move { client.query(query, &[]).await.unwrap() };
    let (rows, ended) = tokio::join!(work, connection);
    ended.unwrap();
    rows
}
