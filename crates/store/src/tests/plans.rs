//! What is asked for again and again, while everything is well, is found by index: among many leases that have ended.

use mayfly_testkit::postgres;
use tokio_postgres::{NoTls, SimpleQueryMessage};

use super::fixture::{open, postgres_options, sqlite_folder};
use crate::{
    connections,
    database::DatabaseOptions,
    leases::removing,
    migrations::MIGRATIONS,
    postgres::Statements,
    sql::Sql,
    sqlite::{Execution, SqliteOptions},
};

/// The index of leases that end by removing something.
const REMOVING: &str = "lease_states_removing";

/// 50 connections with two versions each, a few leases in every lane, and the thousands that have ended before.
const ROWS: &str = "
INSERT INTO connection_versions
    (connection_id, version, organization_id, project_id, address, sealed_credential, cluster, created_at)
    WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 99)
    SELECT 'connection ' || CAST(n / 2 AS TEXT), n % 2, 'one', NULL, '{}', X'00', NULL, 0 FROM numbers;
INSERT INTO lease_states
    (lease_id, dynamic_secret_id, ends_when, state, due_at, attempts, ended_at, fence, updated_at, lane)
    WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 19999)
    SELECT 'lease ' || CAST(n AS TEXT), 'secret', 'deleted',
           CASE WHEN n % 40 > 0 THEN 'ended' WHEN n % 80 = 0 THEN 'active' ELSE 'ending' END,
           CASE WHEN n % 40 > 0 THEN NULL ELSE n END, 0, CASE WHEN n % 40 > 0 THEN n END, 0, 0,
           'connection ' || CAST(n / 400 AS TEXT)
    FROM numbers;
INSERT INTO leases
    (id, organization_id, project_id, environment_id, environment_slug, folder_id, folder_path, dynamic_secret_name,
     dynamic_secret_version, connection_id, connection_version, plan, holder, holder_id, origin, expire_at, facts,
     created_at)
    SELECT lease_id, 'one', 'project', 'environment', 'dev', 'folder', '/', 'ci', 1, lane, 1, '{}', '{}', '', '{}', 0,
           '{}', 0 FROM lease_states;";

/// Those that the loop runs, with values for PostgreSQL.
const ASKED: [(&str, &str); 5] = [
    ("LANES", "20000"),
    ("RECORD_DUE", "'connection 7', 20000, 100, 'first half', '{}'"),
    ("CLAIM", "'connection 7', 20000, 100, 'first half', '{}', 30000, 'token', NULL"),
    ("CLAIMED", "'connection 7', 30000, 'token'"),
    ("DELETE_SPENT", "0"),
];

fn statement(name: &str) -> &'static Sql {
    let mut all = removing::STATEMENTS.iter().chain(connections::STATEMENTS);
    all.find(|sql| sql.name() == name).unwrap_or_else(|| panic!("there is no `{name}`"))
}

#[tokio::test]
async fn leases_to_remove_are_found_by_index_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = SqliteOptions { folder: folder.path().join("data"), execution: Execution::Inline };
    let options = DatabaseOptions::Sqlite(sqlite);
    drop(open(&options, MIGRATIONS).await.unwrap());
    let sqlite = rusqlite::Connection::open(sqlite_folder(&options).join("mayfly.db")).unwrap();
    let plan = |text: &str| -> Vec<String> {
        let mut query = sqlite.prepare(&format!("EXPLAIN QUERY PLAN {text}")).unwrap();
        (1..=query.parameter_count()).for_each(|place| query.raw_bind_parameter(place, 0).unwrap());
        let mut rows = query.raw_query();
        let mut lines = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            lines.push(row.get("detail").unwrap());
        }
        lines
    };
    let scans = |lines: &[String]| lines.iter().any(|line| line.starts_with("SCAN lease"));
    assert!(scans(&plan("SELECT * FROM lease_states WHERE fence = 7")), "a scan is not seen as one");
    // Without statistics, which is how it runs, and with them.
    for has_statistics in [false, true] {
        if has_statistics {
            sqlite.execute_batch(ROWS).unwrap();
            sqlite.execute_batch("ANALYZE").unwrap();
        }
        for (name, _) in ASKED {
            let lines = plan(statement(name).sqlite());
            assert!(!scans(&lines), "{name}: {lines:#?}");
            assert!(lines.iter().any(|line| line.contains(REMOVING)), "{name}: {lines:#?}");
            assert!(!lines.iter().any(|line| line.contains("TEMP B-TREE")), "{name} sorts: {lines:#?}");
        }
    }
}

#[tokio::test]
async fn leases_to_remove_are_found_by_index_on_postgres() {
    let scratch = postgres::scratch().await.unwrap();
    let options = DatabaseOptions::Postgres(postgres_options(scratch.url(), Statements::Prepared));
    drop(open(&options, MIGRATIONS).await.unwrap());
    let (server, connection) = tokio_postgres::connect(scratch.url(), NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    server.batch_execute(&ROWS.replace(" X'", " '\\x")).await.unwrap();
    server.batch_execute("ANALYZE").await.unwrap();
    let plan = async |text: &str| -> Vec<String> {
        let messages = server.simple_query(&format!("EXPLAIN {text}")).await.unwrap();
        let line = |message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        };
        messages.into_iter().filter_map(line).collect()
    };
    let scans = |lines: &[String]| lines.iter().any(|line| line.contains("Seq Scan on lease"));
    assert!(scans(&plan("SELECT * FROM lease_states WHERE fence = 7").await), "a scan is not seen as one");
    // A statement that was prepared is planned for its values at first, and for any after some times.
    for mode in ["force_custom_plan", "force_generic_plan"] {
        server.batch_execute(&format!("SET plan_cache_mode = {mode}")).await.unwrap();
        for (name, values) in ASKED {
            let text = statement(name).postgres();
            if text.is_empty() {
                continue;
            }
            server.batch_execute(&format!("PREPARE asked AS {text}")).await.unwrap();
            let values = if values.is_empty() { String::new() } else { format!("({values})") };
            let lines = plan(&format!("EXECUTE asked{values}")).await;
            server.batch_execute("DEALLOCATE asked").await.unwrap();
            assert!(!scans(&lines), "{name}, {mode}: {lines:#?}");
            assert!(lines.iter().any(|line| line.contains(REMOVING)), "{name}, {mode}: {lines:#?}");
        }
    }
    drop(server);
    connection.await.unwrap().unwrap();
}
