//! The way there and back, and who somebody is then.

use mayfly_testkit::both_databases;
use serde_json::json;

use super::{BEN, Begun, Idp, REDIRECT, challenge_of, session_cookie};
use crate::support::TestServer;

both_databases! {
    async fn a_person_signs_in_and_is_the_same_one_the_next_time(server: TestServer) {
        let idp = Idp::known(&server, &json!({})).await;
        let listed = server.as_nobody().get("/api/v1/auth/sso").await.ok();
        assert_eq!(listed, json!({"providers": [{"slug": "acme", "name": "Acme"}]}));
        let ben = idp.person(&server, &json!({})).await;
        let own = ben.get("/api/v1/users/me").await.ok();
        assert_eq!((&own["user"]["email"], &own["user"]["name"]), (&json!(BEN), &json!("Ben")));
        assert_eq!(own["user"]["role"], "no-access");
        // Their address changes there, even to one of another domain; who they are does not.
        let moved = json!({"email": "ben@elsewhere.example", "email_verified": false});
        let again = idp.person(&server, &moved).await.get("/api/v1/users/me").await.ok();
        assert_eq!(again["user"]["id"], own["user"]["id"]);
        assert_eq!(again["user"]["email"], BEN, "the address here stays");
        let links = server.as_admin().get("/api/v1/sso/providers/acme/links").await.ok();
        assert_eq!(links["links"][0]["userId"], own["user"]["id"]);
        assert_eq!(links["links"][0]["email"], "ben@elsewhere.example");
        for (kind, count) in [("join-user-sso", 1), ("user-login-sso", 2), ("link-user-sso", 0)] {
            assert_eq!(server.count_events(kind).await, count, "{kind}");
        }
    }

    async fn two_of_one_company_are_two(server: TestServer) {
        let idp = Idp::known(&server, &json!({})).await;
        let ben = idp.person(&server, &json!({})).await.get("/api/v1/users/me").await.ok();
        let cara = idp.person(&server, &json!({"sub": "cara-1", "email": "Cara@Example.com"})).await;
        let cara = cara.get("/api/v1/users/me").await.ok();
        assert_ne!(cara["user"]["id"], ben["user"]["id"]);
        assert_eq!(cara["user"]["email"], "cara@example.com");
    }
}

#[tokio::test]
async fn what_is_sent_along_proves_who_asked_and_leaks_nothing() {
    let server = TestServer::sqlite().await;
    let idp = Idp::known(&server, &json!({})).await;
    let begun = Begun::at(&server, "acme").await;
    assert!(begun.location.as_str().starts_with(&format!("{}/authorize?", idp.issuer.url())));
    let expected = [
        ("response_type", "code"),
        ("client_id", "mayfly"),
        ("redirect_uri", REDIRECT),
        ("scope", "openid email profile"),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in expected {
        assert_eq!(begun.parameter(name), value);
    }
    assert!(begun.cookie.starts_with("mayfly-sso="), "{}", begun.cookie);
    let secret = begun.cookie.split_once('=').unwrap().1;
    assert!(!begun.location.as_str().contains(secret), "the browser's secret is in an address");
    idp.gives(&idp.key.token(&idp.claims(&server, &begun.nonce())));
    let answer = begun.back(&server, &[]).await;
    session_cookie(&answer);
    let sent = idp.last_exchange();
    let sent = |name: &str| sent.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
    assert_eq!(challenge_of(sent("code_verifier").unwrap()), begun.parameter("code_challenge"));
    assert_eq!(sent("redirect_uri"), Some(REDIRECT));
    assert_eq!(
        (sent("code"), sent("client_secret")),
        (Some("the code of the provider"), None),
        "the secret is a header"
    );
    let dump = server.home.number("SELECT COUNT(*) FROM sso_attempts").await;
    assert_eq!(dump, 0, "an attempt that was used is kept");
}

#[tokio::test]
async fn whoever_signs_in_goes_on_where_they_came_from_and_nowhere_else() {
    let server = TestServer::sqlite().await;
    let idp = Idp::known(&server, &json!({})).await;
    let browser = server.as_nobody().with_header("accept", "text/html");
    let begun = Begun::with(&browser, "/api/v1/auth/sso/acme/start?returnPath=%2Fprojects%3Fa%3D1%26b").await;
    idp.gives(&idp.key.token(&idp.claims(&server, &begun.nonce())));
    let page = begun.back(&server, &[]).await;
    assert!(page.text.contains("content=\"0; url=/projects?a=1&amp;b\""), "{}", page.text);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
    assert!(!page.text.contains("<script") && page.header("cache-control") == "no-store");
    for path in ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a%0d%0ab"] {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("returnPath", path).finish();
        let answer = server.as_nobody().get(&format!("/api/v1/auth/sso/acme/start?{query}")).await;
        if path.contains('%') {
            assert_eq!(answer.status, 303, "an encoded byte stays one");
        } else {
            assert_eq!(answer.faults()[0].0, "query.returnPath", "{path}");
        }
    }
    let (kind, form) = ("application/x-www-form-urlencoded", b"returnPath=%2Fhere".to_vec());
    let by_form = server.as_nobody().post_bytes("/api/v1/auth/sso/acme/start", Some(kind), form).await;
    assert_eq!(by_form.status, 303);
}

#[tokio::test]
async fn a_session_begins_anew_whatever_a_browser_showed_before() {
    let server = TestServer::sqlite().await;
    let idp = Idp::known(&server, &json!({})).await;
    let first = session_cookie(&idp.signs_in(&server, &json!({})).await);
    let begun = Begun::at(&server, "acme").await;
    idp.gives(&idp.key.token(&idp.claims(&server, &begun.nonce())));
    let browser = server.as_nobody().with_header("cookie", &format!("{}; {first}", begun.cookie));
    let second = session_cookie(&super::come_back(&browser, &begun.parameter("state"), &[]).await);
    assert_ne!(first, second);
}

#[tokio::test]
async fn two_tabs_of_one_browser_both_come_back() {
    let server = TestServer::sqlite().await;
    let idp = Idp::known(&server, &json!({})).await;
    let first = Begun::at(&server, "acme").await;
    let browser = server.as_nobody().with_header("cookie", &first.cookie);
    let second = Begun::with(&browser, "/api/v1/auth/sso/acme/start").await;
    assert_eq!(second.cookie, first.cookie);
    assert_ne!(second.nonce(), first.nonce());
    for begun in [second, first] {
        idp.gives(&idp.key.token(&idp.claims(&server, &begun.nonce())));
        session_cookie(&begun.back(&server, &[]).await);
    }
}

#[tokio::test]
async fn what_the_token_leaves_out_is_asked_for() {
    let server = TestServer::sqlite().await;
    let idp = Idp::known(&server, &json!({})).await;
    let short = json!({"email": null, "email_verified": null, "name": null});
    let told = json!({"sub": "ben-1", "email": BEN, "email_verified": true, "name": "Ben"});
    idp.issuer.set_answer("/userinfo", 200, told.to_string());
    let own = idp.person(&server, &short).await.get("/api/v1/users/me").await.ok();
    assert_eq!(own["user"]["email"], BEN);
    // About somebody else, it is not believed.
    idp.issuer.set_answer("/userinfo", 200, json!({"sub": "cara-1", "email": BEN, "email_verified": true}).to_string());
    idp.signs_in(&server, &json!({"email": null, "sub": "dan-1"})).await.refused(503, "sso_provider_unavailable");
}
