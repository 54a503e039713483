//! The ends of leases that are not ordinary: very many at once, and reservations whose request is gone.

use std::time::Duration;

use mayfly_testkit::{
    both_databases, counts,
    fake_cluster::{Calls, Fault, When},
};
use serde_json::{Value, json};

use crate::support::{Database, TestServer, wait_until};

/// Far more than a machine needs that other tests keep busy: this only catches what is hopeless, and prints its figure.
/// The promise itself, two seconds from the due time, is timed on the true binary by the end-to-end tests.
const LIMIT: Duration = Duration::from_secs(40);

both_databases! {
    async fn very_many_due_at_once_end_in_time_with_one_event_each(server: TestServer) {
        let many = i64::try_from(counts::of(counts::LEASES_DUE)).unwrap();
        server.new_secret("ci").await;
        let id = server.issue(&server.as_admin(), "ci").await["lease"]["id"].as_str().unwrap().to_owned();
        copy(&server, &id, many - 1).await;
        server.advance(3600);
        #[expect(clippy::disallowed_methods, reason = "this measures the machine")]
        let began = std::time::Instant::now();
        assert_eq!(i64::try_from(server.reap().await).unwrap(), many);
        let took = began.elapsed();
        println!("ended {many} leases in {took:?}");
        assert!(took < LIMIT, "{took:?}");
        let ended = "SELECT COUNT(*) FROM lease_states WHERE state = 'ended' AND due_at IS NULL";
        assert_eq!(server.home.number(ended).await, many);
        let events = "SELECT COUNT(*) FROM audit_events WHERE kind = 'expire-dynamic-secret-lease'";
        assert_eq!(server.home.number(events).await, many, "one event each");
    }

    async fn a_reservation_whose_server_died_is_closed_with_the_truth(server: TestServer) {
        server.new_secret("ci").await;
        server.issue(&server.as_admin(), "ci").await;
        // As a server leaves it that dies between the token's making and the second commit.
        let due = server.ambient.now().as_millisecond() + 13_000;
        let died = format!("UPDATE lease_states SET state = 'reserved', token_expires_at = NULL, due_at = {due}");
        server.home.execute(&died).await;
        server.home.execute("UPDATE leases SET granted = NULL").await;
        server.home.execute("DELETE FROM audit_events WHERE kind = 'create-dynamic-secret-lease'").await;
        server.advance(12);
        assert_eq!(server.reap().await, 0, "its time is not up");
        server.advance(1);
        assert_eq!((server.reap().await, server.reap().await), (1, 0));
        is_possibly_issued(&server, server.ambient.now()).await;
    }

    async fn what_a_caller_who_left_began_is_brought_to_its_end(server: TestServer) {
        server.new_secret("ci").await;
        server.cluster.faults().inject(Calls::Token, When::Always, Fault::HangAfterAct);
        let (admin, request) = (server.as_admin(), server.lease_request("ci", &json!({})));
        let asking = tokio::spawn(async move { admin.post("/api/v1/dynamic-secrets/leases", &request).await });
        server.cluster.requests().wait_for(Calls::Token, 1).await;
        asking.abort();
        assert_eq!(only_lease(&server).await["state"], "reserved");
        server.advance(8);
        let ended = || async { only_lease(&server).await["state"] == "ended" };
        wait_until("the server has ended the lease", ended).await;
        assert_eq!(server.reap().await, 0, "nothing was left to the loop");
        is_possibly_issued(&server, server.ambient.now()).await;
    }
}

/// The only lease was made, perhaps, and can live no longer than a token that was asked for at `latest`.
async fn is_possibly_issued(server: &TestServer, latest: jiff::Timestamp) {
    const ASKED: i64 = 3600;
    /// The cluster's clock may be ahead.
    const CLOCKS_DIFFER: i64 = 60;
    let lease = only_lease(server).await;
    assert_eq!((&lease["state"], &lease["outcome"]), (&json!("ended"), &json!("possibly_issued")));
    let events = server.events().await;
    let told: Vec<&Value> =
        events.iter().filter(|event| event["event"]["metadata"]["leaseId"] == lease["id"]).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["event"]["type"], "fail-dynamic-secret-lease");
    let until = told[0]["event"]["metadata"]["possiblyIssuedUntil"].as_str().unwrap();
    let lives = until.parse::<jiff::Timestamp>().unwrap().duration_since(latest).as_secs();
    assert!((ASKED..=ASKED + CLOCKS_DIFFER).contains(&lives), "{until}");
    assert_eq!(server.cluster.token_calls().len(), 1, "it was made, and nobody holds it");
}

/// Copies a lease's rows with new ids, straight into the database.
async fn copy(server: &TestServer, id: &str, times: i64) {
    copy_row(server, ("leases", "id"), id, times).await;
    copy_row(server, ("lease_states", "lease_id"), id, times).await;
}

async fn copy_row(server: &TestServer, (table, key): (&str, &str), id: &str, times: i64) {
    let home = &server.home;
    let prefix = "01900000-0000-7000-8000-";
    let (columns, numbers, hex) = match server.database() {
        Database::Sqlite => (
            format!("SELECT group_concat(name) FROM pragma_table_info('{table}') WHERE name <> '{key}'"),
            format!(
                "(WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {times}) SELECT n FROM c)"
            ),
            "printf('%012x', n)",
        ),
        Database::Postgres => (
            format!(
                "SELECT string_agg(column_name, ',') FROM information_schema.columns
                 WHERE table_name = '{table}' AND column_name <> '{key}'"
            ),
            format!("generate_series(1, {times}) AS series (n)"),
            "lpad(to_hex(n), 12, '0')",
        ),
    };
    let columns = home.text(&columns).await;
    home.execute(&format!(
        "INSERT INTO {table} ({key}, {columns}) SELECT '{prefix}' || {hex}, {columns} FROM {table}, {numbers}
         WHERE {key} = '{id}'"
    ))
    .await;
}

async fn only_lease(server: &TestServer) -> Value {
    let history = server.as_admin().get(&format!("/api/v1/leases?projectSlug={}", server.project.slug)).await.ok();
    let leases = history["leases"].as_array().unwrap().clone();
    assert_eq!(leases.len(), 1, "{history}");
    leases[0].clone()
}
