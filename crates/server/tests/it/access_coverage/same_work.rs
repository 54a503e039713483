//! What is not for a caller, and what is not there, are told in the same words and cost the same work: the very same
//! statements are asked for. Statements are counted, and never time.

use mayfly_domain::access::operation::Requirement;
use serde_json::json;

use super::{Route, routes, world::World};
use crate::support::{ANA, Caller, Database, TestServer, TestServerOptions};

/// Longer than anything is remembered, in seconds.
const FORGETTING: u64 = 3;

/// Routes that name a thing by its id alone, which nobody guesses (74 random bits). This list may only shrink.
const BY_ID_ALONE: &[&str] = &[
    "GET /api/v1/folders/{folderId}",
    "GET /api/v1/workspace/environments/{environmentId}",
    "GET /api/v2/folders/{folderId}",
    "GET /api/v2/workspace/identity-memberships/{membershipId}",
];

async fn overheard() -> TestServer {
    TestServer::start(TestServerOptions { is_overheard: true, ..TestServerOptions::new(Database::Postgres) }).await
}

/// What one call asks of the database when nothing is remembered.
async fn asked(server: &TestServer, route: &Route, caller: &Caller, world: &World) -> Vec<String> {
    server.advance(FORGETTING);
    server.home.asked();
    let answer = route.call(caller, world).await;
    assert_eq!(answer.status, 404, "{}: {}", answer.asked, answer.text);
    server.home.asked()
}

#[tokio::test]
async fn a_foreign_project_and_a_missing_one_cost_the_same() {
    let server = overheard().await;
    let (world, stranger) = (World::whole(&server).await, server.as_stranger().await);
    let is_in_project = |route: &Route| matches!(route.operation.requirement(), Requirement::InProject(_));
    let mut walked = 0;
    for route in routes().iter().filter(|route| is_in_project(route)) {
        let foreign = asked(&server, route, &stranger, &world).await;
        let missing = asked(&server, route, &stranger, &world.absent()).await;
        assert!(foreign.iter().any(|statement| statement.contains("INSERT INTO audit_events")), "{foreign:#?}");
        assert!(foreign.iter().any(|statement| statement.contains("FROM project_members")), "{foreign:#?}");
        let name = route.name();
        assert_eq!(foreign == missing, !BY_ID_ALONE.contains(&name.as_str()), "{name}: {foreign:#?} {missing:#?}");
        walked += 1;
    }
    assert!(walked > 30, "{walked}");
    // What was remembered a moment ago is as much for the one as for the other.
    server.advance(FORGETTING);
    stranger.get("/api/v1/identities/details").await.ok();
    for slug in [&server.project.slug, "nothing-here"] {
        let path = format!("/api/v2/workspace/{slug}");
        let mut told = Vec::new();
        for _ in 0..2 {
            server.home.asked();
            stranger.get(&path).await.refused(404, "not_found");
            told.push(server.home.asked().len());
        }
        assert_eq!(told[0], told[1] + 1, "{slug}: the second time, the membership is remembered");
    }
}

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_client_id_cost_the_same() {
    let server = overheard().await;
    let machine = server.lone_machine("no-access", &json!({"lockoutThreshold": 30})).await;
    let unknown = "018f0000-0000-7000-8000-000000000000";
    let mut told = Vec::new();
    // The first of its minute leaves an event, whatever it was.
    for client_id in [unknown, machine.client_id.as_str(), unknown, machine.client_id.as_str(), "", "x"] {
        server.home.asked();
        let body = json!({"clientId": client_id, "clientSecret": "wrong"});
        let answer = server.as_nobody().post("/api/v1/auth/universal-auth/login", &body).await;
        told.push((answer.status, answer.without_request_id(), server.home.asked()));
    }
    let (known, of_known) = (&told[1], &told[1].2);
    for part in ["FROM universal_auths", "FROM client_secrets WHERE digest", "INSERT INTO login_failures"] {
        assert!(of_known.iter().any(|statement| statement.contains(part)), "{part}: {of_known:#?}");
    }
    assert_eq!((&told[2], &told[3], &told[5]), (known, known, known));
    assert_eq!((told[4].0, told[4].2.len()), (422, 0), "what is empty is not asked for");
}

#[tokio::test]
async fn a_wrong_password_of_a_guarded_account_costs_the_same_whether_anybody_has_it() {
    let server = overheard().await;
    let mut told = Vec::new();
    for _ in 0..2 {
        for email in [ANA, "nobody@example.com"] {
            // The first of a window tells of the attack, if there is anybody to tell of.
            server
                .try_sign_in(&server.as_nobody(), email, "a wrong password")
                .await
                .refused(401, "credentials_refused");
            server.home.execute("UPDATE sign_in_attempts SET number = 105 WHERE id LIKE 'account:%'").await;
            server.home.asked();
            let answer = server.try_sign_in(&server.as_nobody(), email, "a wrong password").await;
            told.push((answer.status, answer.without_request_id(), server.home.asked()));
        }
    }
    let [_, _, known, nobody] = &told[..] else { panic!("{told:#?}") };
    assert!(known.2.iter().any(|statement| statement.contains("SELECT id FROM sign_in_attempts")), "{known:#?}");
    assert_eq!(known, nobody);
}
