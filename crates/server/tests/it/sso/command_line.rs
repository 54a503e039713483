//! A command line asks, a browser signs in and confirms, and the command line has a session.

use mayfly_testkit::both_databases;
use serde_json::{Value, json};

use super::{BEN, Begun, Idp};
use crate::support::{Answer, Caller, PUBLIC_URL, TestServer};

const REQUESTS: &str = "/api/v1/auth/sso/requests";

async fn ask(server: &TestServer) -> Value {
    server.as_nobody().with_agent("mayfly-cli/1").post(REQUESTS, &json!({"host": "<b>laptop</b>"})).await.ok()
}

async fn claim(server: &TestServer, asked: &Value) -> Answer {
    server.as_nobody().post(&format!("{REQUESTS}/claim"), &json!({"token": asked["token"]})).await
}

/// Opens the address that the command line shows, and signs in there.
async fn sign_in(server: &TestServer, idp: &Idp, asked: &Value) -> (Begun, Answer) {
    let path = asked["url"].as_str().unwrap().strip_prefix(PUBLIC_URL).unwrap();
    let begun = Begun::with(&server.as_nobody(), path).await;
    idp.gives(&idp.key.token(&idp.claims(server, &begun.nonce())));
    let page = begun.back(server, &[]).await;
    (begun, page)
}

async fn confirm(browser: &Caller, asked: &Value, code: &str) -> Answer {
    let path = format!("{REQUESTS}/{}/confirm", asked["requestId"].as_str().unwrap());
    let body = format!("code={code}").into_bytes();
    browser.post_bytes(&path, Some("application/x-www-form-urlencoded"), body).await
}

both_databases! {
    async fn a_command_line_gets_a_session_once_after_its_person_confirmed(server: TestServer) {
        let idp = Idp::known(&server, &json!({})).await;
        let asked = ask(&server).await;
        let code = asked["code"].as_str().unwrap();
        assert_eq!(claim(&server, &asked).await.ok(), json!({"state": "waiting"}));
        let (begun, page) = sign_in(&server, &idp, &asked).await;
        assert_eq!(page.status, 200);
        assert!(page.header("set-cookie").is_empty(), "the browser is not signed in by it");
        for shown in ["&lt;b&gt;laptop&lt;/b&gt;", "127.0.0.1", "mayfly-cli/1", BEN] {
            assert!(page.text.contains(shown), "`{shown}` is not on {}", page.text);
        }
        assert!(!page.text.contains(code), "the page tells the code");
        assert!(page.header("content-security-policy").ends_with("form-action 'self'"));
        assert_eq!(claim(&server, &asked).await.ok()["state"], "waiting", "signed in is not confirmed");
        let browser = server.as_nobody().with_header("cookie", &begun.cookie);
        // Another browser, and another code.
        confirm(&server.as_nobody(), &asked, code).await.refused(403, "sso_request_over");
        confirm(&browser, &asked, "BBBB-BBBB").await.refused(403, "sso_wrong_code");
        let page = confirm(&browser.clone().with_header("accept", "text/html"), &asked, &code.to_lowercase()).await;
        assert!(page.status == 200 && page.text.contains("is signed in"), "{}", page.text);
        confirm(&browser, &asked, code).await.refused(403, "sso_request_over");
        let granted = claim(&server, &asked).await.ok();
        let token = granted["signedIn"]["token"].as_str().unwrap();
        let own = server.as_nobody().with_token(token).get("/api/v1/users/me").await.ok();
        assert_eq!(own["user"]["email"], BEN);
        claim(&server, &asked).await.refused(403, "sso_request_over");
        for kind in ["offer-sso-request", "confirm-sso-request", "user-login-sso"] {
            assert_eq!(server.count_events(kind).await, 1, "{kind}");
        }
    }
}

#[tokio::test]
async fn a_code_is_not_guessed_and_a_request_ends() {
    let server = TestServer::sqlite().await;
    let idp = Idp::known(&server, &json!({})).await;
    let asked = ask(&server).await;
    let (begun, _) = sign_in(&server, &idp, &asked).await;
    let browser = server.as_nobody().with_header("cookie", &begun.cookie);
    for _ in 0..5 {
        confirm(&browser, &asked, "BBBB-BBBB").await.refused(403, "sso_wrong_code");
    }
    let code = asked["code"].as_str().unwrap();
    confirm(&browser, &asked, code).await.refused(403, "sso_request_over");
    claim(&server, &asked).await.refused(403, "sso_request_over");
    let asked = ask(&server).await;
    let (begun, _) = sign_in(&server, &idp, &asked).await;
    server.advance(601);
    let browser = server.as_nobody().with_header("cookie", &begun.cookie);
    confirm(&browser, &asked, asked["code"].as_str().unwrap()).await.refused(403, "sso_request_over");
    claim(&server, &asked).await.refused(403, "sso_request_over");
    let path = asked["url"].as_str().unwrap().strip_prefix(PUBLIC_URL).unwrap();
    server.as_nobody().get(path).await.refused(403, "sso_request_over");
    mayfly_app::sso::delete_over(server.app()).await.unwrap();
    assert_eq!(server.home.number("SELECT COUNT(*) FROM sso_requests").await, 0);
    assert_eq!(server.home.number("SELECT COUNT(*) FROM sso_attempts").await, 0);
}

#[tokio::test]
async fn another_site_cannot_confirm_for_a_browser() {
    let server = TestServer::sqlite().await;
    let idp = Idp::known(&server, &json!({})).await;
    let asked = ask(&server).await;
    let (begun, _) = sign_in(&server, &idp, &asked).await;
    let browser = server.as_nobody().with_header("cookie", &begun.cookie);
    let lured = browser.clone().with_header("sec-fetch-site", "cross-site");
    confirm(&lured, &asked, asked["code"].as_str().unwrap()).await.refused(403, "cross_origin");
    let own = browser.with_header("sec-fetch-site", "same-origin");
    confirm(&own, &asked, asked["code"].as_str().unwrap()).await.ok();
}

#[tokio::test]
async fn a_command_line_names_a_provider_where_there_are_several() {
    let server = TestServer::sqlite().await;
    server.as_nobody().post(REQUESTS, &json!({"host": "laptop"})).await.refused(404, "sso_no_provider");
    let idp = Idp::known(&server, &json!({})).await;
    server.as_admin().post("/api/v1/sso/providers", &idp.request(&json!({"slug": "beta"}))).await.ok();
    server.as_nobody().post(REQUESTS, &json!({"host": "laptop"})).await.refused(404, "sso_no_provider");
    let asked = server.as_nobody().post(REQUESTS, &json!({"host": "laptop", "provider": "beta"})).await.ok();
    assert_eq!(asked["provider"]["slug"], "beta");
    // The request of one provider is not signed in for at another.
    let id = asked["requestId"].as_str().unwrap();
    let path = format!("/api/v1/auth/sso/acme/start?request={id}");
    server.as_nobody().get(&path).await.refused(403, "sso_request_over");
}
