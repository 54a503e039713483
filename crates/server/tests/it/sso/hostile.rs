//! What is wrong with what comes back, and who is not who they seem to be.

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use mayfly_testkit::{
    fake_cluster::{Calls, Fault, When},
    issuer::{SigningAlgorithm, TokenSigner, unsigned},
};
use serde_json::{Value, json};

use super::{BEN, Begun, Idp, come_back};
use crate::support::{ANA, TestServer, merged};

/// The provider gives this token, and the browser comes back.
async fn refused_token(server: &TestServer, idp: &Idp, token: impl FnOnce(&Value) -> String, reason: &str) {
    let begun = Begun::at(server, "acme").await;
    idp.gives(&token(&idp.claims(server, &begun.nonce())));
    begun.back(server, &[]).await.refused(403, "sso_not_believed");
    assert_eq!(server.sso_refusals().await.last().unwrap(), reason);
    server.advance(1);
}

#[tokio::test]
async fn a_token_that_is_not_the_providers_word_on_this_sign_in_lets_nobody_in() {
    let server = TestServer::sqlite().await;
    let idp = Idp::known(&server, &json!({})).await;
    let changed: [(Value, &str); 11] = [
        (json!({"nonce": "another"}), "outside token: other nonce"),
        (json!({"nonce": null}), "outside token: other nonce"),
        (json!({"aud": "another"}), "outside token: other audience"),
        (json!({"aud": ["mayfly", "another"]}), "outside token: other party"),
        (json!({"azp": "another"}), "outside token: other party"),
        (json!({"iss": "https://evil.example"}), "outside token: other issuer"),
        (json!({"exp": server.ambient.now().as_second() - 1}), "outside token expired"),
        (json!({"iat": server.ambient.now().as_second() - 900}), "outside token older than is accepted"),
        (json!({"iat": null}), "outside token: a claim is missing or of the wrong type"),
        (json!({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}), "outside token: of another access token"),
        (json!({"sub": null}), "single sign-on: no subject"),
    ];
    for (changes, reason) in &changed {
        refused_token(&server, &idp, |claims| idp.key.token(&merged(claims, changes)), reason).await;
    }
    let none = |claims: &Value| format!("{}.", unsigned(r#"{"alg":"none"}"#, &claims.to_string()));
    refused_token(&server, &idp, none, "outside token: algorithm not accepted").await;
    // With the public key as if it were a shared one (RFC 8725 section 2.1).
    let shared = |claims: &Value| {
        let signed = unsigned(r#"{"alg":"HS256","kid":"first"}"#, &claims.to_string());
        let key = hmac::Key::new(hmac::HMAC_SHA256, idp.key.public_pem().as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes())))
    };
    refused_token(&server, &idp, shared, "outside token: algorithm not accepted").await;
    let stranger = TokenSigner::new("first", SigningAlgorithm::Rs256);
    refused_token(&server, &idp, |claims| stranger.token(claims), "outside token: signature does not fit").await;
    assert_eq!(server.count_events("user-login-sso").await, 0);
    // The same with everything right, and the hash of the access token in it.
    let half = super::challenge_of("an access token");
    let half = URL_SAFE_NO_PAD.encode(&URL_SAFE_NO_PAD.decode(half).unwrap()[..16]);
    idp.person(&server, &json!({"at_hash": half, "azp": "mayfly", "aud": ["mayfly"]})).await;
}

#[tokio::test]
async fn a_state_works_once_in_the_browser_that_began_and_for_ten_minutes() {
    let server = TestServer::sqlite().await;
    let idp = Idp::known(&server, &json!({})).await;
    let begun = Begun::at(&server, "acme").await;
    let other = Begun::at(&server, "acme").await;
    idp.gives(&idp.key.token(&idp.claims(&server, &begun.nonce())));
    let state = begun.parameter("state");
    // Without the cookie, and in another browser, which has a sign-in of its own.
    for browser in [server.as_nobody(), server.as_nobody().with_header("cookie", &other.cookie)] {
        come_back(&browser, &state, &[]).await.refused(403, "sso_attempt_over");
    }
    assert_eq!(idp.exchanges(), 0, "a code of somebody else was sent");
    assert_eq!(begun.back(&server, &[]).await.status, 200, "others cannot spoil it");
    begun.back(&server, &[]).await.refused(403, "sso_attempt_over");
    for (name, value) in [("state", "made up"), ("state", "")] {
        begun.back(&server, &[(name, value)]).await.refused(403, "sso_attempt_over");
    }
    let late = Begun::at(&server, "acme").await;
    server.advance(601);
    late.back(&server, &[]).await.refused(403, "sso_attempt_over");
    assert_eq!(idp.exchanges(), 1);
}

#[tokio::test]
async fn an_answer_of_another_provider_is_not_taken() {
    let server = TestServer::sqlite().await;
    let idp = Idp::known(&server, &json!({})).await;
    let begun = Begun::at(&server, "acme").await;
    let answer = begun.back(&server, &[("iss", "https://evil.example")]).await;
    answer.refused(403, "sso_not_believed");
    assert_eq!(idp.exchanges(), 0, "the code went to the provider that did not give it");
    // One that always says who it is has to say so.
    let mut document = idp.document();
    document["authorization_response_iss_parameter_supported"] = json!(true);
    idp.issuer.set_discovery(document);
    server.as_admin().post("/api/v1/sso/providers/acme/test", &json!({})).await.ok();
    Begun::at(&server, "acme").await.back(&server, &[]).await.refused(403, "sso_not_believed");
    let begun = Begun::at(&server, "acme").await;
    idp.gives(&idp.key.token(&idp.claims(&server, &begun.nonce())));
    assert_eq!(begun.back(&server, &[("iss", &idp.issuer.url())]).await.status, 200);
    // A state of one provider, and a token of another that the server knows too.
    let mallory = Idp::new().await;
    let request = mallory.request(&json!({"slug": "mallory"}));
    server.as_admin().post("/api/v1/sso/providers", &request).await.ok();
    let begun = Begun::at(&server, "acme").await;
    idp.gives(&mallory.key.token(&mallory.claims(&server, &begun.nonce())));
    let answer = begun.back(&server, &[("iss", &idp.issuer.url())]).await;
    answer.refused(403, "sso_not_believed");
}

#[tokio::test]
async fn an_address_lets_nobody_in_whom_the_provider_is_not_believed_for() {
    let server = TestServer::sqlite().await;
    let idp = Idp::known(&server, &json!({"linking": "by-domain"})).await;
    let cases = [
        (json!({"email_verified": false}), "sso_email_not_verified"),
        (json!({"email_verified": null}), "sso_email_not_verified"),
        (json!({"email": "ben@evil.example"}), "sso_other_domain"),
        (json!({"email": "ben@example.com.evil.example"}), "sso_other_domain"),
        (json!({"email": 7}), "sso_no_email"),
        (json!({"email": "ben"}), "sso_no_email"),
        (json!({"_claim_names": {"groups": "src1"}}), "sso_groups_left_out"),
    ];
    for (changes, code) in cases {
        idp.signs_in(&server, &changes).await.refused(403, code);
    }
    let events = server.events().await;
    let refused: Vec<&Value> = events.iter().filter(|event| event["event"]["type"] == "refuse-user-sso").collect();
    assert_eq!(refused.len(), 7);
    assert_eq!(refused[0]["event"]["metadata"]["subject"], "ben-1", "{}", refused[0]);
    assert_eq!(server.count_events("join-user-sso").await, 0);
}

#[tokio::test]
async fn an_account_is_nobody_elses_unless_an_administrator_lets_its_domain_be_linked() {
    let server = TestServer::sqlite().await;
    let idp = Idp::known(&server, &json!({})).await;
    let ana = json!({"sub": "ana-1", "email": ANA});
    idp.signs_in(&server, &ana).await.refused(403, "sso_account_is_there");
    let path = "/api/v1/sso/providers/acme";
    server.as_admin().patch(path, &json!({"linking": "by-domain"})).await.ok();
    let own = idp.person(&server, &ana).await.get("/api/v1/users/me").await.ok();
    assert_eq!((&own["user"]["email"], &own["user"]["role"]), (&json!(ANA), &json!("admin")));
    assert_eq!(server.count_events("link-user-sso").await, 1);
    // Somebody else there has the address by now.
    idp.signs_in(&server, &json!({"sub": "mallory-1", "email": ANA})).await.refused(403, "sso_other_subject");
    let user = own["user"]["id"].as_str().unwrap();
    server.as_admin().delete(&format!("{path}/links/{user}"), &json!({})).await.ok();
    server.as_admin().patch(path, &json!({"linking": "refused"})).await.ok();
    idp.signs_in(&server, &ana).await.refused(403, "sso_account_is_there");
}

#[tokio::test]
async fn whoever_is_disabled_or_uninvited_stays_outside() {
    let server = TestServer::sqlite().await;
    let idp = Idp::known(&server, &json!({"joining": "refused"})).await;
    idp.signs_in(&server, &json!({})).await.refused(403, "sso_nobody_here");
    server.advance(1);
    server.as_admin().patch("/api/v1/sso/providers/acme", &json!({"joining": "member"})).await.ok();
    let ben = idp.person(&server, &json!({})).await;
    let id = ben.get("/api/v1/users/me").await.ok()["user"]["id"].as_str().unwrap().to_owned();
    server.as_admin().patch(&format!("/api/v1/users/{id}"), &json!({"isDisabled": true})).await.ok();
    ben.get("/api/v1/users/me").await.refused(401, "session_ended");
    idp.signs_in(&server, &json!({})).await.refused(403, "sso_disabled");
    assert_eq!(server.sso_refusals().await, ["single sign-on: nobody here", "single sign-on: disabled"]);
}

#[tokio::test]
async fn a_provider_that_fails_lets_nobody_in_and_says_nothing_of_itself() {
    let server = TestServer::sqlite().await;
    let idp = Idp::known(&server, &json!({})).await;
    for (status, text) in [(400, "{\"error\":\"invalid_grant\"}"), (200, "no JSON"), (200, "{}"), (302, "")] {
        let begun = Begun::at(&server, "acme").await;
        idp.issuer.set_answer("/token", status, text);
        begun.back(&server, &[]).await.refused(503, "sso_provider_unavailable");
    }
    let begun = Begun::at(&server, "acme").await;
    idp.issuer.set_answer("/token", 200, format!("{{\"id_token\":\"{}\"}}", "a".repeat(2 * 1024 * 1024)));
    begun.back(&server, &[]).await.refused(503, "sso_provider_unavailable");
    let told = begun.back(&server, &[("error", "access_denied"), ("error_description", "<b>planted</b>")]).await;
    told.refused(403, "sso_attempt_over");
    let begun = Begun::at(&server, "acme").await;
    let told = begun.back(&server, &[("error", "access_denied"), ("code", ""), ("error_description", "planted")]).await;
    assert!(!told.refused(403, "sso_refused_by_provider").contains("planted"));
    idp.issuer.faults().inject(Calls::All, When::Always, Fault::Close);
    server.advance(3_601);
    let answer = server.as_nobody().get("/api/v1/auth/sso/acme/start").await;
    let told = answer.refused(503, "sso_provider_unavailable");
    assert!(!told.contains("127.0.0.1"), "{told}");
    server.as_nobody().get("/api/v1/auth/sso/nobody/start").await.refused(404, "sso_no_provider");
}

#[tokio::test]
async fn secrets_of_a_sign_in_are_in_no_row_and_in_no_event() {
    let server = TestServer::sqlite().await;
    let idp = Idp::known(&server, &json!({})).await;
    let begun = Begun::at(&server, "acme").await;
    let secret = begun.cookie.split_once('=').unwrap().1.to_owned();
    idp.gives(&idp.key.token(&merged(&idp.claims(&server, &begun.nonce()), &json!({"email": "ben@evil.example"}))));
    begun.back(&server, &[]).await.refused(403, "sso_other_domain");
    let verifier = idp.last_exchange().into_iter().find(|(name, _)| name == "code_verifier").unwrap().1;
    let events = json!(server.events().await).to_string();
    let shown = server.as_admin().get("/api/v1/sso/providers/acme").await.ok().to_string();
    let planted =
        [&secret, &verifier, &begun.parameter("state"), "the code of the provider", "the secret of Mayfly there"];
    for text in planted {
        assert!(!events.contains(text) && !shown.contains(text), "{text}");
    }
    assert!(events.contains("ben@evil.example") && !events.contains(BEN));
}
