//! Nothing happens that cannot be recorded: a change and its event are one transaction.

use std::collections::BTreeMap;

use mayfly_domain::access::operation::{Operation, Requirement};
use serde_json::json;

use super::{World, routes};
use crate::support::{DEFAULT_DATABASES, Database, TestServer, TestServerOptions};

/// From now on the database takes no event.
const BREAK_SQLITE: &str = "CREATE TRIGGER no_events BEFORE INSERT ON audit_events
    BEGIN SELECT RAISE(ABORT, 'the audit log is broken'); END";
const MEND_SQLITE: &str = "DROP TRIGGER no_events";
const BREAK_POSTGRES: &str = "CREATE FUNCTION no_events() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit log is broken'; END $$;
    CREATE TRIGGER no_events BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION no_events()";
const MEND_POSTGRES: &str = "DROP TRIGGER no_events ON audit_events; DROP FUNCTION no_events()";

/// Everything that a change could leave behind: the number of rows of each table, and the time of the last change.
async fn traces(server: &TestServer) -> (BTreeMap<String, i64>, i64) {
    let newest =
        "SELECT MAX(updated_at) FROM (SELECT updated_at FROM projects UNION ALL SELECT updated_at FROM identities
        UNION ALL SELECT updated_at FROM project_members UNION ALL SELECT updated_at FROM environments
        UNION ALL SELECT updated_at FROM folders UNION ALL SELECT updated_at FROM dynamic_secrets
        UNION ALL SELECT updated_at FROM universal_auths UNION ALL SELECT updated_at FROM client_secrets
        UNION ALL SELECT updated_at FROM outside_auths UNION ALL SELECT updated_at FROM users
        UNION ALL SELECT updated_at FROM custom_roles UNION ALL SELECT updated_at FROM member_groups
        UNION ALL SELECT updated_at FROM approval_requests UNION ALL SELECT updated_at FROM environment_policies
        UNION ALL SELECT updated_at FROM connections
        UNION ALL SELECT updated_at FROM lease_states WHERE state <> 'reserved') AS changes";
    let mut rows = server.home.rows().await;
    // The intent to issue is stored before anything happens, and has no event of its own: nothing was given out yet.
    let settled = server.home.number("SELECT COUNT(*) FROM lease_states WHERE state <> 'reserved'").await;
    // Attempts are counted before it is known whether they succeed.
    rows.remove("sign_in_attempts");
    // What a passkey was asked to sign is used up by the first answer, right or wrong.
    rows.remove("passkey_challenges");
    rows.insert("leases".to_owned(), settled);
    rows.insert("lease_states".to_owned(), settled);
    // So is the intent to take a right away, which ends nothing while the right is there.
    rows.remove("lost_rights");
    (rows, server.home.number(newest).await)
}

#[tokio::test]
async fn no_change_happens_without_its_event() {
    for database in DEFAULT_DATABASES {
        let server = TestServer::start(TestServerOptions::new(database)).await;
        let (broken, mended) = match database {
            Database::Sqlite => (BREAK_SQLITE, MEND_SQLITE),
            Database::Postgres => (BREAK_POSTGRES, MEND_POSTGRES),
        };
        let approver = server.person("approver@example.com", "admin").await;
        let world = World::whole(&server).await.decided_by(&server, &approver).await;
        // A gateway that is in a pool is kept by it, so that taking it out needs another one than removing it.
        let pooled = World::with_pooled_gateway(&server).await;
        server.advance(60);
        let mut before = traces(&server).await;
        server.home.execute(broken).await;
        // The only authority is not removed and beside two there is no room for a third, so that this comes last.
        let mut routes = routes();
        routes.sort_by_key(|route| route.operation == Operation::RotateGatewayAuthority);
        for route in routes {
            if route.operation == Operation::RotateGatewayAuthority {
                server.home.execute("DELETE FROM gateway_authorities").await;
                before = traces(&server).await;
            }
            // What is fetched once it is approved is issued as every lease is.
            let is_issued = route.operation == Operation::FetchApprovedLease;
            let has_own_credential = route.operation.requirement() == Requirement::OwnCredential;
            let is_silent = World::events_of(&route) == 0;
            if is_issued || has_own_credential || is_silent {
                continue;
            }
            let world = if route.operation == Operation::RemoveFromGatewayPool { &pooled } else { &world };
            let answer = route.call(&world.allowed(&server, &route), world).await;
            assert!(matches!(answer.status, 500 | 503), "{}: {}", route.name(), answer.text);
            answer.problem();
            assert!(!answer.text.contains("broken"), "{}: shows the database's words", route.name());
            assert!(!answer.text.contains("TOKEN"), "{}: hands a token out", route.name());
            assert_eq!(traces(&server).await, before, "{}: happened unrecorded", route.name());
        }
        server.home.execute(mended).await;
        server.as_admin().patch(&format!("/api/v1/projects/{}", world.project.id), &json!({"name": "Back"})).await.ok();
    }
}
