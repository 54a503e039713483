//! Signing in: with a cookie or a token, and nothing learnt by whoever may not.

use jiff::SignedDuration;
use mayfly_testkit::{ambient::ambient, both_databases};
use serde_json::{Value, json};

use super::{LOGIN, ME};
use crate::support::{ANA, ANAS_PASSWORD, Answer, LogWatch, PASSWORD, TestServer};

/// The one cookie that an answer sets: its name, its value, and what is said about it.
#[track_caller]
fn cookie(answer: &Answer) -> (String, String, String) {
    let line = answer.header("set-cookie");
    let (pair, attributes) = line.split_once("; ").unwrap_or((line, ""));
    let (name, value) = pair.split_once('=').unwrap_or_else(|| panic!("{}: no cookie in {line:?}", answer.asked));
    (name.to_owned(), value.to_owned(), attributes.to_owned())
}

fn anas() -> Value {
    json!({"email": ANA, "password": ANAS_PASSWORD})
}

both_databases! {
    async fn a_person_signs_in_and_may_what_their_role_allows(server: TestServer) {
        let answer = server.as_nobody().post(LOGIN, &anas()).await;
        let signed_in = answer.ok();
        assert_eq!(signed_in["user"]["email"], ANA);
        assert_eq!(signed_in["user"]["role"], "admin");
        assert_eq!(signed_in.get("token"), None, "a browser's scripts get no token");
        let (name, value, attributes) = cookie(&answer);
        assert_eq!((name.as_str(), attributes.as_str()), ("mayfly", "Path=/; HttpOnly; SameSite=Strict; Max-Age=43200"));
        let ana = server.as_nobody().with_header("cookie", &format!("theme=dark; mayfly={value}"));
        let own = ana.get(ME).await.ok();
        assert_eq!((&own["user"]["email"], &own["organizationName"]), (&json!(ANA), &json!("Shop")));
        ana.post("/api/v1/identities", &json!({"name": "ci"})).await.ok();
        let stop = json!({"scope": "everywhere", "reason": "a test"});
        ana.post("/api/v1/stops", &stop).await.ok();
        let by = server.events().await.into_iter().filter(|event| event["event"]["type"] == "create-identity");
        let by: Vec<Value> = by.map(|event| event["actor"].clone()).collect();
        assert_eq!(by.last().unwrap()["type"], "user");
        assert_eq!(by.last().unwrap()["metadata"]["email"], ANA);
        assert_eq!(server.count_events("user-login").await, 1);
    }

    async fn capitals_and_small_letters_of_an_address_are_one(server: TestServer) {
        server.sign_in("Ana@EXAMPLE.com", ANAS_PASSWORD).await;
    }
}

#[tokio::test]
async fn behind_a_proxy_the_cookie_is_bound_to_the_host_and_to_tls() {
    let server = TestServer::sqlite().await;
    let proxied = server.as_nobody().with_header("x-forwarded-for", "192.0.2.1");
    let answer = proxied.post(LOGIN, &anas()).await;
    answer.ok();
    let (name, value, attributes) = cookie(&answer);
    assert_eq!(name, "__Host-mayfly");
    assert_eq!(attributes, "Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=43200");
    let with = |name: &str| proxied.clone().with_header("cookie", &format!("{name}={value}"));
    with("__Host-mayfly").get(ME).await.ok();
    // A plain cookie can be set by whoever is between browser and server: behind a proxy it counts for nothing.
    with("mayfly").get(ME).await.refused(401, "not_signed_in");
    let twice = proxied.clone().with_header("cookie", &format!("__Host-mayfly={value}; __Host-mayfly=other"));
    twice.get(ME).await.refused(401, "malformed_credential");
    let by_name = server.as_nobody().with_header("host", "mayfly.example.com");
    let answer = by_name.post(LOGIN, &anas()).await;
    assert_eq!(cookie(&answer).0, "__Host-mayfly", "a name that is not this machine's");
}

#[tokio::test]
async fn nobody_chooses_their_own_session() {
    let server = TestServer::sqlite().await;
    let planted = format!("mfs_{}", "A".repeat(43));
    let victim = server.as_nobody().with_header("cookie", &format!("mayfly={planted}"));
    let answer = victim.post(LOGIN, &anas()).await;
    answer.ok();
    let (_, value, _) = cookie(&answer);
    assert!(value.starts_with("mfs_") && value.len() == planted.len() && value != planted, "{value}");
    victim.get(ME).await.refused(401, "session_ended");
    let second = cookie(&victim.post(LOGIN, &anas()).await).1;
    assert_ne!(second, value, "each sign-in makes a new one");
}

both_databases! {
    async fn whoever_fails_learns_nothing(server: TestServer) {
        let gone = server.person("gone@example.com", "member").await;
        server.as_admin().patch(&format!("/api/v1/users/{}", gone.id), &json!({"isDisabled": true})).await.ok();
        let attempts = [
            ("nobody@example.com", PASSWORD),
            ("gone@example.com", "a wrong password"),
            ("gone@example.com", PASSWORD),
            (ANA, "a wrong password"),
            (ANA, ""),
            (ANA, &ANAS_PASSWORD.to_uppercase()),
        ];
        let mut told: Vec<Value> = Vec::new();
        for (email, password) in attempts {
            let answer = server.try_sign_in(&server.as_nobody(), email, password).await;
            answer.refused(401, "credentials_refused");
            assert_eq!(answer.header("set-cookie"), "");
            told.push(answer.without_request_id());
        }
        told.dedup();
        assert_eq!(told.len(), 1, "{told:?}");
    }
}

#[tokio::test]
async fn time_does_not_tell_who_is_there() {
    let server = TestServer::sqlite().await;
    let (mut known, mut unknown) = (SignedDuration::MAX, SignedDuration::MAX);
    // A hash is most of the time; a path that skips it takes a tenth of it, and never comes near, however often it is tried.
    let is_alike = |known: SignedDuration, unknown: SignedDuration| unknown > known / 2 && known > unknown / 2;
    for round in 0.. {
        for (email, fastest) in [(ANA, &mut known), ("nobody@example.com", &mut unknown)] {
            let started = ambient().now();
            server
                .try_sign_in(&server.as_nobody(), email, "a wrong password")
                .await
                .refused(401, "credentials_refused");
            *fastest = ambient().now().duration_since(started).min(*fastest);
        }
        if round >= 3 && is_alike(known, unknown) {
            break;
        }
        assert!(round < 40, "known {known:?}, unknown {unknown:?}");
        server.advance(1800);
    }
}

#[tokio::test]
async fn what_people_show_is_in_no_log_no_event_and_no_row() {
    let server = TestServer::sqlite().await;
    let log = LogWatch::start();
    let ben = server.person("ben@example.com", "member").await;
    let link = server.invite("cat@example.com", "member").await;
    let wrong = "a wrong password that is long";
    for secret in [ANAS_PASSWORD, PASSWORD, ben.token.as_str(), link.as_str(), wrong] {
        log.look_for(secret);
    }
    server.try_sign_in(&server.as_nobody(), ANA, wrong).await.problem();
    server.ana().await.caller.get(ME).await.ok();
    let reset = server.as_admin().post(&format!("/api/v1/users/{}/password-reset", ben.id), &json!({})).await.ok();
    let reset = super::secret_of(&reset);
    log.look_for(&reset);
    let used = json!({"token": reset, "password": "quite another one"});
    server.as_nobody().post("/api/v1/auth/password/reset", &used).await.ok();
    assert!(log.lines() > 10, "only {} lines were looked at", log.lines());
    assert_eq!(log.found(), Vec::<String>::new());
    let events = serde_json::to_string(&server.events().await).unwrap();
    let bytes: Vec<u8> = server.home.bytes().into_iter().flat_map(|(_, bytes)| bytes).collect();
    let is_kept = |word: &str| bytes.windows(word.len()).any(|window| window == word.as_bytes());
    assert!(is_kept("ben@example.com") && events.contains("ben@example.com"), "the search finds nothing");
    for secret in [ANAS_PASSWORD, PASSWORD, ben.token.as_str(), link.as_str(), reset.as_str(), wrong] {
        assert!(!events.contains(secret) && !is_kept(secret), "{secret} was kept");
    }
}

#[tokio::test]
async fn people_who_ask_as_a_machine_are_told_where_to_ask() {
    let server = TestServer::sqlite().await;
    let ana = server.ana().await;
    let told = ana.caller.get("/api/v1/identities/details").await.refused(403, "machines_only");
    assert!(told.contains("/api/v1/users/me"), "{told}");
    server.as_nobody().get("/api/v1/identities/details").await.refused(401, "not_signed_in");
    server.as_admin().get("/api/v1/identities/details").await.ok();
}

#[tokio::test]
async fn machines_have_no_account_of_a_person() {
    let server = TestServer::sqlite().await;
    server.as_admin().get(ME).await.refused(403, "people_only");
    server.as_admin().post("/api/v1/auth/logout", &json!({})).await.refused(403, "people_only");
    let ana = server.ana().await;
    ana.caller.get("/api/v1/identities/details").await.problem();
}
