//! A database with two small tables.

use std::path::PathBuf;

use mayfly_domain::sensitive::Sensitive;
use mayfly_testkit::{
    clock::TestClock,
    postgres::{self, ScratchDatabase},
};
use tempfile::TempDir;

use crate::{
    database::{Database, DatabaseOptions},
    migrations::Migration,
    postgres::{PostgresOptions, Statements},
    row::Row,
    sql::{Sql, statements},
    sqlite::{Execution, SqliteOptions},
    value::{Value, values},
};

pub(super) static MIGRATIONS: &[Migration] = &[Migration {
    number: 1,
    name: "things",
    text: "
        CREATE TABLE boxes (id TEXT NOT NULL PRIMARY KEY);
        CREATE TABLE things (
            id TEXT NOT NULL PRIMARY KEY,
            box TEXT REFERENCES boxes (id),
            place TEXT NOT NULL,
            name TEXT NOT NULL,
            amount BIGINT NOT NULL CHECK (amount >= 0),
            open BOOLEAN NOT NULL,
            body BYTEA
        );
        CREATE UNIQUE INDEX things_place_name ON things (place, name);
        CREATE UNIQUE INDEX things_lower_name ON things (lower(name)) WHERE NOT open;
        CREATE INDEX things_box ON things (box);",
}];

statements! {
    pub(super) INSERT_BOX = "INSERT INTO boxes (id) VALUES (?1)";
    pub(super) DELETE_BOX = "DELETE FROM boxes WHERE id = ?1";
    pub(super) INSERT_THING = "
        INSERT INTO things (id, box, place, name, amount, open, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    pub(super) TAKE = "UPDATE things SET amount = amount - ?2 WHERE id = ?1 AND amount >= ?2";
    pub(super) TAKE_RETURNING = "
        UPDATE things SET amount = amount - ?2 WHERE id = ?1 AND amount >= ?2 RETURNING id, amount";
    pub(super) TAKE_BLINDLY = "UPDATE things SET amount = amount - ?2 WHERE id = ?1";
    pub(super) ADD_IF_FEWER = "
        INSERT INTO things (id, place, name, amount, open)
        SELECT CAST(?1 AS TEXT), 'here', CAST(?1 AS TEXT), 0, FALSE WHERE (SELECT count(*) FROM things) < ?2";
    pub(super) THING = "SELECT id, box, place, name, amount, open, body FROM things WHERE id = ?1";
    pub(super) THING_STAR = "SELECT * FROM things WHERE id = ?1";
    pub(super) COUNT = "SELECT count(*) AS number FROM things";
    pub(super) AMOUNTS = "SELECT CAST(sum(amount) AS BIGINT) AS number FROM things";
    pub(super) IDS = "SELECT id FROM things ORDER BY id";
    pub(super) LIKE = "SELECT id FROM things WHERE name LIKE ?1 ESCAPE '\\' ORDER BY id";
    pub(super) AVERAGE = "SELECT avg(amount) AS number FROM things";
    pub(super) BROKEN = "SELECT nothing FROM nowhere";
}

/// A database, and what it lives in.
pub(super) struct Fixture {
    pub(super) database: Database,
    pub(super) options: DatabaseOptions,
    pub(super) place: Place,
}

/// Gone with the test.
pub(super) enum Place {
    #[expect(dead_code, reason = "it is held for its end")]
    Folder(TempDir),
    #[expect(dead_code, reason = "it is held for its end")]
    Server(ScratchDatabase),
}

// Some are wrong on purpose, so that the list goes to no test.
const _: &[&Sql] = STATEMENTS;

impl Fixture {
    pub(super) async fn sqlite() -> Self {
        Self::sqlite_with(MIGRATIONS, Execution::Threads).await
    }

    pub(super) async fn inline() -> Self {
        Self::sqlite_with(MIGRATIONS, Execution::Inline).await
    }

    pub(super) async fn postgres() -> Self {
        Self::postgres_with(MIGRATIONS, Statements::Prepared).await
    }

    pub(super) async fn sqlite_with(migrations: &[Migration], execution: Execution) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteOptions { folder: folder.path().join("data"), execution };
        Self::open(DatabaseOptions::Sqlite(options), Place::Folder(folder), migrations).await
    }

    pub(super) async fn postgres_with(migrations: &[Migration], statements: Statements) -> Self {
        let scratch = postgres::scratch().await.unwrap();
        let options = postgres_options(scratch.url(), statements);
        Self::open(DatabaseOptions::Postgres(options), Place::Server(scratch), migrations).await
    }

    async fn open(options: DatabaseOptions, place: Place, migrations: &[Migration]) -> Self {
        let database = open(&options, migrations).await.unwrap();
        Self { database, options, place }
    }

    pub(super) async fn number(&self, sql: &'static Sql) -> i64 {
        self.database.read(sql, values![]).await.unwrap()[0].integer("number").unwrap()
    }

    pub(super) async fn thing(&self, id: &str) -> Option<Row> {
        self.database.read_one(&THING, values![id]).await.unwrap()
    }

    pub(super) async fn amount(&self, id: &str) -> i64 {
        self.thing(id).await.expect("the thing is there").integer("amount").unwrap()
    }
}

pub(super) fn postgres_options(url: &str, statements: Statements) -> PostgresOptions {
    PostgresOptions { url: Sensitive::from(url), connections: PostgresOptions::DEFAULT_CONNECTIONS, statements }
}

pub(super) async fn open(
    options: &DatabaseOptions,
    migrations: &[Migration],
) -> Result<Database, crate::error::StoreError> {
    use mayfly_domain::clock::Clock as _;
    Database::open(options, migrations, TestClock::default().now()).await
}

/// A thing without a box.
pub(super) fn thing(id: &str, amount: i64) -> Vec<Value> {
    values![id, None::<String>, "here", format!("name of {id}"), amount, true, None::<Vec<u8>>]
}

pub(super) fn sqlite_folder(options: &DatabaseOptions) -> PathBuf {
    match options {
        DatabaseOptions::Sqlite(options) => options.folder.clone(),
        DatabaseOptions::Postgres(_) => panic!("not on SQLite"),
    }
}

/// A connection of somebody else who changes a row and takes his time.
pub(super) struct BlockedRow {
    client: tokio_postgres::Client,
    connection: tokio::task::JoinHandle<Result<(), tokio_postgres::Error>>,
}

/// Keeps everybody from changing the thing `id` until it is released.
pub(super) async fn block_row(options: &DatabaseOptions, id: &str) -> BlockedRow {
    let DatabaseOptions::Postgres(options) = options else { panic!("SQLite has no rows to block") };
    let (client, connection) = tokio_postgres::connect(options.url.expose(), tokio_postgres::NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    client.batch_execute("BEGIN").await.unwrap();
    client.execute("UPDATE things SET amount = amount WHERE id = $1", &[&id]).await.unwrap();
    BlockedRow { client, connection }
}

impl BlockedRow {
    pub(super) async fn somebody_waits(&self) {
        const WAITING: &str = "SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while self.client.query_one(WAITING, &[]).await.unwrap().get::<_, i64>(0) == 0 {
            // Within a transaction the first look is kept.
            self.client.batch_execute("SELECT pg_stat_clear_snapshot()").await.unwrap();
        }
    }

    pub(super) async fn release(self) {
        self.client.batch_execute("ROLLBACK").await.unwrap();
        drop(self.client);
        self.connection.await.unwrap().unwrap();
    }
}
