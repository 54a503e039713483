//! The first administrator: made once, by whoever is on the machine or can read its disk.

use std::{fs, os::unix::fs::PermissionsExt as _};

use mayfly_testkit::both_databases;
use serde_json::{Value, json};

use crate::support::{Database, LogWatch, TestServer, TestServerOptions, paths_and_codes};

const PATH: &str = "/api/v1/admin/bootstrap";

fn request() -> Value {
    json!({"email": "Ana@Example.com", "password": "correct horse battery", "organization": "Shop"})
}

fn with_code(code: &str) -> Value {
    crate::support::merged(&request(), &json!({ "setupCode": code }))
}

async fn bare(database: Database) -> TestServer {
    TestServer::bare(TestServerOptions::new(database)).await
}

#[tokio::test]
async fn it_works_once() {
    for database in crate::support::DEFAULT_DATABASES {
        let server = bare(database).await;
        assert_eq!(server.as_nobody().get("/api/status").await.ok()["isBootstrapped"], false);
        let code = server.written_setup_code();
        let made = server.as_nobody().post(PATH, &with_code(&code)).await.ok();
        assert_eq!(made["user"]["email"], "ana@example.com");
        assert_eq!(made["organization"]["name"], "Shop");
        let token = made["identity"]["credentials"]["token"].as_str().unwrap();
        let own = server.as_nobody().with_token(token).get("/api/v1/identities/details").await.ok();
        assert_eq!(own["identityDetails"]["organization"]["id"], made["organization"]["id"]);
        for again in [request(), with_code(&code)] {
            let again = server.as_nobody().post(PATH, &again).await;
            assert!(again.refused(400, "already_bootstrapped").contains("log in"));
        }
        assert_eq!(server.as_nobody().get("/api/status").await.ok()["isBootstrapped"], true);
        assert_eq!(server.home.number("SELECT COUNT(*) FROM users").await, 1);
        let events = "SELECT COUNT(*) FROM audit_events WHERE kind = 'bootstrap-instance'";
        assert_eq!(server.home.number(events).await, 1);
    }
}

#[tokio::test]
async fn it_takes_the_code_that_lies_on_the_disk() {
    let mut server = bare(Database::Sqlite).await;
    let file = server.home.data_dir().join("setup-code");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let code = fs::read_to_string(&file).unwrap().trim().to_owned();
    assert!(code.len() >= 40, "256 bits");
    server.restart().await;
    assert_eq!(fs::read_to_string(&file).unwrap().trim(), code, "it stays the same over a restart");
    let log = LogWatch::start();
    log.look_for(&code);

    // A proxy on this machine that says nothing of itself is told from nobody else: each of them needs the code.
    let plain = server.as_nobody();
    plain.post(PATH, &request()).await.refused(403, "setup_code");
    for header in ["x-forwarded-for", "forwarded", "x-real-ip", "via"] {
        let caller = server.as_nobody().with_header(header, "127.0.0.1");
        caller.post(PATH, &request()).await.refused(403, "setup_code");
    }
    let almost = format!("{}x", code.split_at(code.len() - 1).0);
    for wrong in ["", " ", "x", &almost, &code.to_uppercase(), &format!("{code}x")] {
        server.advance(61);
        let refused = plain.post(PATH, &with_code(wrong)).await;
        refused.refused(403, "setup_code");
        assert!(!refused.text.contains(&code));
    }
    assert_eq!(server.home.number("SELECT COUNT(*) FROM users").await, 0);
    server.advance(61);
    plain.post(PATH, &with_code(&code)).await.ok();
    assert!(!file.exists(), "a spent code is removed");
    plain.post(PATH, &with_code(&code)).await.refused(400, "already_bootstrapped");
    assert_eq!(server.home.number("SELECT COUNT(*) FROM users").await, 1);
    server.restart().await;
    assert!(!file.exists(), "and none is offered again");
    assert_eq!(log.found(), Vec::<String>::new(), "its content is never logged");
}

#[tokio::test]
async fn after_five_wrong_codes_whoever_guesses_is_told_to_wait_a_minute() {
    let server = bare(Database::Sqlite).await;
    let (guesser, code) = (server.as_nobody(), server.written_setup_code());
    for _ in 0..5 {
        guesser.post(PATH, &with_code("wrong")).await.refused(403, "setup_code");
    }
    let refused = guesser.post(PATH, &with_code("wrong")).await;
    refused.refused(429, "too_many_attempts");
    assert!(refused.header("retry-after").ends_with(" GMT"), "{:?}", refused.headers);
    assert_eq!(server.home.number("SELECT COUNT(*) FROM users").await, 0);
    server.advance(61);
    guesser.post(PATH, &with_code("wrong")).await.refused(403, "setup_code");
    guesser.post(PATH, &with_code(&code)).await.ok();
    guesser.post(PATH, &with_code(&code)).await.refused(400, "already_bootstrapped");
}

#[tokio::test]
async fn of_two_servers_on_one_database_one_wins() {
    let server = bare(Database::Postgres).await;
    let second = server.second().await;
    let body = with_code(&server.written_setup_code());
    let ask = async |server: &TestServer| server.as_nobody().post(PATH, &body).await;
    let answers = tokio::join!(ask(&server), ask(&second), ask(&server), ask(&second));
    let answers = [answers.0, answers.1, answers.2, answers.3];
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(won.len(), 1, "{answers:?}");
    for answer in lost {
        answer.refused(400, "already_bootstrapped");
    }
    for table in ["organizations", "users", "identities"] {
        assert_eq!(server.home.number(&format!("SELECT COUNT(*) FROM {table}")).await, 1, "{table}");
    }
    let token = won[0].ok()["identity"]["credentials"]["token"].as_str().unwrap().to_owned();
    for server in [&server, &second] {
        server.as_nobody().with_token(&token).get("/api/v1/workspace").await.ok();
    }
}

both_databases! {
    async fn a_password_is_kept_only_as_a_slow_hash(server: TestServer) {
        let hash = server.home.text("SELECT password_hash FROM users").await;
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_field_by_field_and_nothing_is_made() {
    let server = bare(Database::Sqlite).await;
    let code = server.written_setup_code();
    let bad = json!({"email": "ana", "password": "short", "organization": ""});
    let faults = server.as_nobody().post(PATH, &bad).await.faults();
    let expected =
        [("body.email", "invalid_value"), ("body.password", "invalid_value"), ("body.organization", "invalid_value")];
    assert_eq!(paths_and_codes(&faults), expected);
    let long = json!({"password": "x".repeat(129)});
    let faults = server.as_nobody().post(PATH, &crate::support::merged(&with_code(&code), &long)).await.faults();
    assert!(faults[0].2.contains("12 to 128 characters"), "{faults:?}");
    for table in ["organizations", "users", "identities", "audit_events"] {
        assert_eq!(server.home.number(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
    }
}
