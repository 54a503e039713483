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
        self.rows_of_each(&[query]).await.remove(0)
    }

    /// The rows that each of `queries` gives, all over one connection: a new one costs PostgreSQL a process.
    async fn rows_of_each(&self, queries: &[impl AsRef<str> + Sync]) -> Vec<Vec<String>> {
        let queries = queries.iter().map(AsRef::as_ref);
        match self {
            Self::Sqlite(path) => sqlite_rows(path, queries),
            Self::Postgres(url) => postgres_rows(url, queries).await,
        }
    }

    /// Every row of every table, in an order that says nothing.
    pub(crate) async fn dump(&self) -> BTreeMap<String, Vec<String>> {
        let tables = self.tables().await;
        let queries: Vec<String> = tables.iter().map(|table| format!("SELECT * FROM {table}")).collect();
        let mut rows_of_each = self.rows_of_each(&queries).await;
        for rows in &mut rows_of_each {
            rows.sort();
        }
        tables.into_iter().zip(rows_of_each).collect()
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

fn sqlite_rows<'text>(path: &PathBuf, queries: impl Iterator<Item = &'text str>) -> Vec<Vec<String>> {
    let connection = rusqlite::Connection::open(path).expect("the database's file opens");
    queries.map(|query| sqlite_lines(&connection, query).unwrap_or_else(|error| panic!("{query}: {error}"))).collect()
}

fn sqlite_lines(connection: &rusqlite::Connection, query: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(query)?;
    let columns = statement.column_count();
    let line = |row: &rusqlite::Row<'_>| {
        let cells: Vec<String> = (0..columns).map(|place| cell(row.get_ref_unwrap(place))).collect();
        Ok(cells.join("|"))
    };
    statement.query_map([], line)?.collect()
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

async fn postgres_rows<'text>(url: &str, queries: impl Iterator<Item = &'text str> + Send) -> Vec<Vec<String>> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the test database server is there");
    let connection = tokio::spawn(connection);
    let mut rows_of_each = Vec::new();
    for query in queries {
        let messages = client.simple_query(query).await.unwrap_or_else(|error| panic!("{query}: {error:?}"));
        rows_of_each.push(messages.iter().filter_map(postgres_line).collect());
    }
    drop(client);
    connection.await.expect("the connection's task ends").expect("the connection ends well");
    rows_of_each
}

fn postgres_line(message: &SimpleQueryMessage) -> Option<String> {
    let SimpleQueryMessage::Row(row) = message else { return None };
    let cells: Vec<&str> = (0..row.len()).map(|place| row.get(place).unwrap_or("null")).collect();
    Some(cells.join("|"))
}
