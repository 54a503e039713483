//! The database as somebody sees it who goes past the store: to look at every row, and to tamper with one.

use std::{collections::BTreeMap, path::PathBuf};

use rusqlite::types::ValueRef;
use tokio_postgres::{NoTls, SimpleQueryMessage};

/// A way around the store.
pub(crate) enum Raw {
    Sqlite(PathBuf),
    Postgres(String),
}

impl Raw {
    /// Runs one statement.
    pub(crate) async fn execute(&self, statement: &str) {
        self.rows(statement).await;
    }

    /// The rows that `query` gives, each as text: cells joined by bars, bytes in hexadecimal as this database writes them.
    pub(crate) async fn rows(&self, query: &str) -> Vec<String> {
        match self {
            Self::Sqlite(path) => sqlite_rows(path, query),
            Self::Postgres(url) => postgres_rows(url, query).await,
        }
    }

    /// Every row of every table, in an order that says nothing.
    pub(crate) async fn dump(&self) -> BTreeMap<String, Vec<String>> {
        let mut tables = BTreeMap::new();
        for table in self.tables().await {
            let mut rows = self.rows(&format!("SELECT * FROM {table}")).await;
            rows.sort();
            tables.insert(table, rows);
        }
        tables
    }

    /// The names of all tables.
    pub(crate) async fn tables(&self) -> Vec<String> {
        self.rows(match self {
            Self::Sqlite(_) => "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
            Self::Postgres(_) => {
                "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY 1"
            }
        })
        .await
    }

    /// Gives each of two rows what the other has in a column of bytes.
    pub(crate) async fn swap_bytes(&self, table: &str, column: &str, rows: [&str; 2]) {
        let mut values = Vec::new();
        for id in rows {
            values.extend(self.rows(&format!("SELECT {column} FROM {table} WHERE id = '{id}'")).await);
        }
        for (id, value) in rows.iter().zip(values.iter().rev()) {
            let literal = self.bytes(value);
            self.execute(&format!("UPDATE {table} SET {column} = {literal} WHERE id = '{id}'")).await;
        }
    }

    /// The literal of bytes that [`Raw::rows`] gave.
    pub(crate) fn bytes(&self, shown: &str) -> String {
        match self {
            Self::Sqlite(_) => shown.to_owned(),
            Self::Postgres(_) => format!("'{shown}'::bytea"),
        }
    }
}

fn sqlite_rows(path: &PathBuf, query: &str) -> Vec<String> {
    let connection = rusqlite::Connection::open(path).expect("the database's file opens");
    let mut statement = connection.prepare(query).unwrap_or_else(|error| panic!("{query}: {error}"));
    let columns = statement.column_count();
    let mut rows = statement.query([]).expect("the statement runs");
    let mut lines = Vec::new();
    while let Some(row) = rows.next().unwrap_or_else(|error| panic!("{query}: {error}")) {
        let cells: Vec<String> = (0..columns).map(|place| cell(row.get_ref_unwrap(place))).collect();
        lines.push(cells.join("|"));
    }
    lines
}

fn cell(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => hexadecimal(bytes),
    }
}

/// `X'00ff'`, as SQLite writes bytes.
fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let digits = bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        text
    });
    format!("X'{digits}'")
}

async fn postgres_rows(url: &str, query: &str) -> Vec<String> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the test database server is there");
    let connection = tokio::spawn(connection);
    let messages = client.simple_query(query).await.unwrap_or_else(|error| panic!("{query}: {error:?}"));
    drop(client);
    connection.await.expect("the connection's task ends").expect("the connection ends well");
    let line = |message| match message {
        SimpleQueryMessage::Row(row) => {
            let cells: Vec<&str> = (0..row.len()).map(|place| row.get(place).unwrap_or("null")).collect();
            Some(cells.join("|"))
        }
        _ => None,
    };
    messages.into_iter().filter_map(line).collect()
}
