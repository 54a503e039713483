//! The schema is the same on both databases, and its history is kept.

use std::collections::BTreeSet;

use futures::future::join_all;
use mayfly_testkit::{both_databases, postgres};
use tokio_postgres::NoTls;

use super::fixture::{Fixture, MIGRATIONS as TEST_MIGRATIONS, open, postgres_options, sqlite_folder};
use crate::{
    database::DatabaseOptions,
    migrations::{MIGRATIONS, Migration},
    postgres::Statements,
    sqlite::{Execution, SqliteOptions},
};

/// Both queries give the same lines: `column table place name type null`, `index table name unique partial columns`,
/// `reference table columns to`.
const SQLITE_SCHEMA: &str = "
WITH tables AS (SELECT name FROM sqlite_schema WHERE type = 'table')
SELECT concat_ws(' ', 'column', tables.name, columns.cid + 1, columns.name,
                 CASE columns.type WHEN 'INTEGER' THEN 'bigint' WHEN 'INT' THEN 'boolean' WHEN 'BLOB' THEN 'bytea'
                                   WHEN 'TEXT' THEN 'text' ELSE 'foreign type' END,
                 CASE columns.\"notnull\" WHEN 1 THEN 'NO' ELSE 'YES' END,
                 columns.dflt_value)
  FROM tables, pragma_table_info(tables.name) AS columns
UNION ALL
SELECT concat_ws(' ', 'index', tables.name,
                 CASE indexes.origin WHEN 'pk' THEN tables.name || '_pkey' ELSE indexes.name END,
                 indexes.\"unique\", indexes.partial,
                 (SELECT string_agg(coalesce(parts.name, 'expression'), ',' ORDER BY parts.seqno)
                    FROM pragma_index_info(indexes.name) AS parts))
  FROM tables, pragma_index_list(tables.name) AS indexes
UNION ALL
-- A key that is the number of the row needs no index.
SELECT concat_ws(' ', 'index', tables.name, tables.name || '_pkey', 1, 0, columns.name)
  FROM tables, pragma_table_info(tables.name) AS columns
 WHERE columns.pk > 0 AND NOT EXISTS (SELECT 1 FROM pragma_index_list(tables.name) WHERE origin = 'pk')
UNION ALL
SELECT concat_ws(' ', 'reference', tables.name, string_agg(keys.\"from\", ',' ORDER BY keys.seq), keys.\"table\",
                 string_agg(keys.\"to\", ',' ORDER BY keys.seq), keys.on_update, keys.on_delete)
  FROM tables, pragma_foreign_key_list(tables.name) AS keys GROUP BY tables.name, keys.id";

const POSTGRES_SCHEMA: &str = "
SELECT concat_ws(' ', 'column', table_name, ordinal_position, column_name, data_type, is_nullable,
                 regexp_replace(column_default, '::.*', ''))
  FROM information_schema.columns WHERE table_schema = current_schema()
UNION ALL
SELECT concat_ws(' ', 'index', tables.relname, indexes.relname, indisunique::int, (indpred IS NOT NULL)::int,
                 (SELECT string_agg(coalesce(attname, 'expression'), ',' ORDER BY place)
                    FROM unnest(indkey) WITH ORDINALITY AS keys (number, place)
                    LEFT JOIN pg_attribute ON attrelid = indrelid AND attnum = keys.number AND attnum > 0))
  FROM pg_index JOIN pg_class AS indexes ON indexes.oid = indexrelid JOIN pg_class AS tables ON tables.oid = indrelid
 WHERE tables.relnamespace = current_schema()::regnamespace
UNION ALL
SELECT concat_ws(' ', 'reference', conrelid::regclass,
                 (SELECT string_agg(attname, ',' ORDER BY place) FROM unnest(conkey) WITH ORDINALITY AS keys (number, place)
                    JOIN pg_attribute ON attrelid = conrelid AND attnum = number),
                 confrelid::regclass,
                 (SELECT string_agg(attname, ',' ORDER BY place) FROM unnest(confkey) WITH ORDINALITY AS keys (number, place)
                    JOIN pg_attribute ON attrelid = confrelid AND attnum = number),
                 CASE confupdtype WHEN 'a' THEN 'NO ACTION' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' ELSE 'OTHER' END,
                 CASE confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' ELSE 'OTHER' END)
  FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace";

const POSTGRES_COLLATIONS: &str = "
SELECT concat_ws('.', table_name, column_name) FROM information_schema.columns
 WHERE table_schema = current_schema() AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'";

/// Without the name of the one action that is the default.
fn on_sqlite(folder: &std::path::Path) -> BTreeSet<String> {
    let connection = rusqlite::Connection::open(folder.join("mayfly.db")).unwrap();
    let mut statement = connection.prepare(SQLITE_SCHEMA).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

async fn on_postgres(url: &str, query: &str) -> BTreeSet<String> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    let lines = client.query(query, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    drop(client);
    connection.await.unwrap().unwrap();
    lines
}

/// The schema of a database, a line for each column, index and reference.
pub(super) async fn lines(options: &DatabaseOptions) -> BTreeSet<String> {
    match options {
        DatabaseOptions::Sqlite(options) => on_sqlite(&options.folder),
        DatabaseOptions::Postgres(options) => on_postgres(options.url.expose(), POSTGRES_SCHEMA).await,
    }
}

#[tokio::test]
async fn both_databases_have_the_same_tables_indexes_and_references() {
    for migrations in [MIGRATIONS, TEST_MIGRATIONS] {
        let folder = tempfile::tempdir().unwrap();
        let sqlite = SqliteOptions { folder: folder.path().join("data"), execution: Execution::Inline };
        let options = DatabaseOptions::Sqlite(sqlite);
        drop(open(&options, migrations).await.unwrap());
        let scratch = postgres::scratch().await.unwrap();
        let server = DatabaseOptions::Postgres(postgres_options(scratch.url(), Statements::Prepared));
        drop(open(&server, migrations).await.unwrap());

        let (one, other) = (on_sqlite(&sqlite_folder(&options)), on_postgres(scratch.url(), POSTGRES_SCHEMA).await);
        let different: Vec<_> = one.symmetric_difference(&other).collect();
        assert!(different.is_empty(), "{different:#?}");
        assert!(
            one.iter().any(|line| line.starts_with("index")) && one.iter().any(|line| line.starts_with("reference"))
        );
        let unsorted = on_postgres(scratch.url(), POSTGRES_COLLATIONS).await;
        assert!(unsorted.is_empty(), "these do not sort by bytes: {unsorted:?}");
    }
}

#[tokio::test]
async fn unique_keys_have_names_of_their_own_that_errors_can_tell() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = SqliteOptions { folder: folder.path().join("data"), execution: Execution::Inline };
    let options = DatabaseOptions::Sqlite(sqlite);
    drop(open(&options, MIGRATIONS).await.unwrap());
    let mut keys = BTreeSet::new();
    for line in on_sqlite(&sqlite_folder(&options)) {
        let words: Vec<&str> = line.split(' ').collect();
        if let ["index", table, name, "1", _, columns] = words[..] {
            assert!(!name.starts_with("sqlite_autoindex"), "name it with CREATE UNIQUE INDEX: {line}");
            // SQLite tells an error by table and columns only.
            assert!(columns == "expression" || keys.insert((table.to_owned(), columns.to_owned())), "{line}");
        }
    }
}

const SECOND: Migration =
    Migration { number: 2, name: "more", text: "CREATE TABLE more (id TEXT NOT NULL PRIMARY KEY);" };

fn with(more: &[Migration]) -> Vec<Migration> {
    [TEST_MIGRATIONS, more].concat()
}

/// Opens the database of `fixture` again, as another start would.
async fn reopen(fixture: Fixture, migrations: &[Migration]) -> Result<Fixture, String> {
    let Fixture { database, options, place } = fixture;
    drop(database);
    let database = open(&options, migrations).await.map_err(|error| error.to_string())?;
    Ok(Fixture { database, options, place })
}

both_databases! {
    async fn only_what_is_new_is_applied(fixture: Fixture) {
        let fixture = reopen(fixture, TEST_MIGRATIONS).await.unwrap();
        let fixture = reopen(fixture, &with(&[SECOND])).await.unwrap();
        reopen(fixture, &with(&[SECOND])).await.unwrap();
    }

    async fn a_newer_database_is_not_touched(fixture: Fixture) {
        let fixture = reopen(fixture, &with(&[SECOND])).await.unwrap();
        let refusal = reopen(fixture, TEST_MIGRATIONS).await.err().unwrap();
        assert!(refusal.contains("newer than this program") && refusal.contains("migration 2"), "{refusal}");
    }

    async fn an_altered_migration_is_refused(fixture: Fixture) {
        let altered = Migration { text: "CREATE TABLE other (id TEXT);", ..TEST_MIGRATIONS[0] };
        let refusal = reopen(fixture, &[altered]).await.err().unwrap();
        assert!(refusal.contains("migration 1 `things` is not the text that was applied"), "{refusal}");
    }

    async fn a_failing_migration_leaves_nothing(fixture: Fixture) {
        let text = "CREATE TABLE more (id TEXT NOT NULL PRIMARY KEY); INSERT INTO nowhere VALUES (1);";
        let options = fixture.options.clone();
        drop(fixture.database);
        let error = open(&options, &with(&[Migration { text, ..SECOND }])).await.err().unwrap().to_string();
        assert!(error.contains("migration 2 `more` failed"), "{error}");
        // It would fail if the table were there.
        open(&options, &with(&[SECOND])).await.unwrap();
    }
}

#[tokio::test]
async fn servers_that_start_together_migrate_once() {
    let scratch = postgres::scratch().await.unwrap();
    let options = DatabaseOptions::Postgres(postgres_options(scratch.url(), Statements::Prepared));
    let starts = join_all((0..6).map(|_| open(&options, MIGRATIONS))).await;
    assert!(starts.iter().all(Result::is_ok));
    let applied = on_postgres(scratch.url(), "SELECT name FROM schema_migrations").await;
    assert_eq!(applied.len(), MIGRATIONS.len());
}
