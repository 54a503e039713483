//! Every statement of the crate, prepared on both databases.

use std::{fs, path::Path};

use mayfly_testkit::postgres;
use tokio_postgres::{NoTls, types::Type};

use super::fixture::{open, postgres_options, sqlite_folder};
use crate::{
    database::DatabaseOptions,
    migrations::MIGRATIONS,
    postgres::Statements,
    registry::STATEMENTS,
    sql::Sql,
    sqlite::{Execution, SqliteOptions},
};

/// The columns of a statement that gives events to be written.
const EVENT: [&str; 11] = [
    "id",
    "organization_id",
    "project_id",
    "kind",
    "metadata",
    "actor",
    "actor_id",
    "ip_address",
    "user_agent",
    "user_agent_type",
    "created_at",
];

/// What both databases must agree on.
type Shape = (usize, Vec<String>);

fn statements() -> impl Iterator<Item = &'static Sql> {
    STATEMENTS.iter().flat_map(|file| file.iter().copied())
}

#[tokio::test]
async fn both_databases_understand_every_statement_alike() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = SqliteOptions { folder: folder.path().join("data"), execution: Execution::Inline };
    let options = DatabaseOptions::Sqlite(sqlite);
    drop(open(&options, MIGRATIONS).await.unwrap());
    let sqlite = rusqlite::Connection::open(sqlite_folder(&options).join("mayfly.db")).unwrap();

    let scratch = postgres::scratch().await.unwrap();
    let options = DatabaseOptions::Postgres(postgres_options(scratch.url(), Statements::Prepared));
    drop(open(&options, MIGRATIONS).await.unwrap());
    let (server, connection) = tokio_postgres::connect(scratch.url(), NoTls).await.unwrap();
    let connection = tokio::spawn(connection);

    let mut problems = Vec::new();
    for sql in statements() {
        let on_sqlite = shape_on_sqlite(&sqlite, sql);
        if sql.postgres().is_empty() {
            let is_left_out = |columns: &[String]| columns.is_empty() || columns == EVENT;
            assert!(
                on_sqlite.is_ok_and(|(_, columns)| is_left_out(&columns)),
                "{}: its outcome is left out",
                sql.name()
            );
            continue;
        }
        let on_postgres = shape_on_postgres(&server, sql).await;
        match (on_sqlite, on_postgres) {
            (Ok(one), Ok(other)) if one == other && one.0 == sql.parameters() => {}
            // Gives the events that another step gives on SQLite: they are taken from the outcome.
            (Ok((count, none)), Ok((same, events))) if count == same && none.is_empty() && events == EVENT => {}
            different => problems.push(format!("{}: {different:?}", sql.name())),
        }
    }
    drop(server);
    connection.await.unwrap().unwrap();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

fn shape_on_sqlite(sqlite: &rusqlite::Connection, sql: &Sql) -> Result<Shape, String> {
    let statement = sqlite.prepare(sql.sqlite()).map_err(|error| error.to_string())?;
    Ok((statement.parameter_count(), statement.column_names().map(ToOwned::to_owned).collect()))
}

async fn shape_on_postgres(server: &tokio_postgres::Client, sql: &Sql) -> Result<Shape, String> {
    const COLUMNS: [Type; 4] = [Type::TEXT, Type::INT8, Type::BOOL, Type::BYTEA];
    const ARRAYS: [Type; 3] = [Type::TEXT_ARRAY, Type::INT8_ARRAY, Type::BYTEA_ARRAY];
    let refused = |error| mayfly_domain::error::chain(&error);
    let statement = server.prepare(sql.postgres()).await.map_err(refused)?;
    // Where statements are not prepared first, integers are declared as what they are in our columns.
    let declare = |kind: &Type| if *kind == Type::INT4 { Type::INT8 } else { kind.clone() };
    let declared: Vec<Type> = statement.params().iter().map(declare).collect();
    if let Some(kind) = declared.iter().find(|kind| !COLUMNS.contains(kind) && !ARRAYS.contains(kind)) {
        return Err(format!("a parameter is of type {kind}: cast it"));
    }
    server.prepare_typed(sql.postgres(), &declared).await.map_err(refused)?;
    if let Some(column) = statement.columns().iter().find(|column| !COLUMNS.contains(column.type_())) {
        return Err(format!("column `{}` is of type {}: cast it", column.name(), column.type_()));
    }
    Ok((statement.params().len(), statement.columns().iter().map(|column| column.name().to_owned()).collect()))
}

#[test]
fn names_of_result_columns_are_not_given_twice() {
    // Reading by name would take the first of them.
    let sqlite = rusqlite::Connection::open_in_memory().unwrap();
    for migration in MIGRATIONS {
        for statement in migration.statements(crate::migrations::translate::Dialect::Sqlite).unwrap() {
            sqlite.execute_batch(&statement).unwrap();
        }
    }
    for sql in statements() {
        let (_, mut names) = shape_on_sqlite(&sqlite, sql).unwrap();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "{}", sql.name());
    }
}

#[test]
fn every_file_with_statements_is_registered() {
    let found = files_with_statements(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert_eq!(found.len(), STATEMENTS.len(), "registry.rs has a line for each of {found:?}");
}

fn files_with_statements(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if matches!(name.as_str(), "tests" | "tests.rs" | "sql.rs") {
            continue;
        }
        if path.is_dir() {
            found.extend(files_with_statements(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.extend(text.lines().filter(|line| *line == "statements! {").map(|_| name.clone()));
        }
    }
    found
}
