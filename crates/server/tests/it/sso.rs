//! Single sign-on: an identity provider that says whatever a test wants, and a browser that goes there and back.

mod administration;
mod command_line;
mod groups;
mod hostile;
mod own_links;
mod passwords;
mod signing_in;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::Method;
use mayfly_testkit::{
    fake_cluster::Calls,
    issuer::{SigningAlgorithm, TestIssuer, TokenSigner},
};
use serde_json::{Value, json};
use url::Url;

use crate::support::{Answer, Caller, TestServer, merged};

pub(crate) const CALLBACK: &str = "/api/v1/auth/sso/callback";
/// Where tests end that begin at the default address of a server.
pub(crate) const REDIRECT: &str = "https://mayfly.example.com/api/v1/auth/sso/callback";
pub(crate) const BEN: &str = "ben@example.com";

/// A provider and its key.
pub(crate) struct Idp {
    pub(crate) issuer: TestIssuer,
    pub(crate) key: TokenSigner,
}

impl Idp {
    /// One that offers what a sign-in needs, and is not known to the server.
    pub(crate) async fn new() -> Self {
        let issuer = TestIssuer::start().await.unwrap();
        let key = TokenSigner::new("first", SigningAlgorithm::Rs256);
        issuer.set_keys(&[&key]);
        let idp = Self { issuer, key };
        idp.issuer.set_discovery(idp.document());
        idp
    }

    pub(crate) fn document(&self) -> Value {
        let url = self.issuer.url();
        json!({"issuer": url, "jwks_uri": format!("{url}/keys"), "authorization_endpoint": format!("{url}/authorize"),
               "token_endpoint": format!("{url}/token"), "userinfo_endpoint": format!("{url}/userinfo"),
               "code_challenge_methods_supported": ["S256"]})
    }

    /// What the server is told of it.
    pub(crate) fn request(&self, changes: &Value) -> Value {
        let request = json!({"slug": "acme", "name": "Acme", "discoveryUrl": self.issuer.url(),
            "caCert": self.issuer.ca_pem(), "clientId": "mayfly", "clientSecret": "the secret of Mayfly there",
            "emailDomains": ["example.com"], "joining": "no-access"});
        merged(&request, changes)
    }

    /// The same, known to the server as `acme`.
    pub(crate) async fn known(server: &TestServer, changes: &Value) -> Self {
        let idp = Self::new().await;
        server.as_admin().post("/api/v1/sso/providers", &idp.request(changes)).await.ok();
        idp
    }

    /// What it says of Ben.
    pub(crate) fn claims(&self, server: &TestServer, nonce: &str) -> Value {
        let now = server.ambient.now().as_second();
        json!({"iss": self.issuer.url(), "aud": "mayfly", "sub": "ben-1", "email": BEN, "email_verified": true,
               "name": "Ben", "nonce": nonce, "iat": now, "exp": now + 300})
    }

    /// Gives this token for the next code.
    pub(crate) fn gives(&self, id_token: &str) {
        let answer = json!({"access_token": "an access token", "token_type": "Bearer", "id_token": id_token});
        self.issuer.set_answer("/token", 200, answer.to_string());
    }

    /// What was sent with the last code.
    pub(crate) fn last_exchange(&self) -> Vec<(String, String)> {
        let seen = self.issuer.requests().of(Calls::All);
        let last = seen.iter().rfind(|seen| seen.path() == "/token").expect("a code was exchanged");
        url::form_urlencoded::parse(last.request.body()).into_owned().collect()
    }

    pub(crate) fn exchanges(&self) -> usize {
        self.issuer.requests().of(Calls::All).iter().filter(|seen| seen.path() == "/token").count()
    }

    /// A sign-in from its begin to its end, in which the provider says what it says of Ben, with claims changed.
    pub(crate) async fn signs_in(&self, server: &TestServer, changes: &Value) -> Answer {
        let begun = Begun::at(server, "acme").await;
        self.gives(&self.key.token(&merged(&self.claims(server, &begun.nonce()), changes)));
        begun.back(server, &[]).await
    }

    /// Somebody who is signed in so.
    pub(crate) async fn person(&self, server: &TestServer, changes: &Value) -> Caller {
        let answer = self.signs_in(server, changes).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        server.as_nobody().with_header("cookie", &session_cookie(&answer))
    }
}

/// A sign-in that has begun in some browser.
pub(crate) struct Begun {
    pub(crate) location: Url,
    pub(crate) cookie: String,
}

impl Begun {
    pub(crate) async fn at(server: &TestServer, slug: &str) -> Self {
        Self::with(&server.as_nobody(), &format!("/api/v1/auth/sso/{slug}/start")).await
    }

    pub(crate) async fn with(caller: &Caller, path: &str) -> Self {
        let answer = caller.get(path).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        Self { location: answer.header("location").parse().unwrap(), cookie }
    }

    pub(crate) fn parameter(&self, name: &str) -> String {
        let found = self.location.query_pairs().find(|(found, _)| found == name);
        found.unwrap_or_else(|| panic!("no `{name}` in {}", self.location)).1.into_owned()
    }

    pub(crate) fn nonce(&self) -> String {
        self.parameter("nonce")
    }

    /// The browser comes back with a code, and with these parameters in place of what it should bring.
    pub(crate) async fn back(&self, server: &TestServer, changes: &[(&str, &str)]) -> Answer {
        let browser = server.as_nobody().with_header("cookie", &self.cookie);
        come_back(&browser, &self.parameter("state"), changes).await
    }
}

/// A browser comes back with this state.
pub(crate) async fn come_back(browser: &Caller, state: &str, changes: &[(&str, &str)]) -> Answer {
    let mut parameters = vec![("state", state), ("code", "the code of the provider"), ("session_state", "a&b")];
    for (name, value) in changes {
        parameters.retain(|(known, _)| known != name);
        if !value.is_empty() {
            parameters.push((name, value));
        }
    }
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    browser.send(Method::GET, &format!("{CALLBACK}?{query}"), None).await
}

/// The cookie of the session that an answer brings.
#[track_caller]
pub(crate) fn session_cookie(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-mayfly=mfs_") && cookie.contains("SameSite=Strict"), "{cookie}");
    cookie.split(';').next().unwrap().to_owned()
}

/// S256 (RFC 7636 section 4.2).
pub(crate) fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

impl TestServer {
    /// Why people were not let in, as the audit log tells it.
    pub(crate) async fn sso_refusals(&self) -> Vec<String> {
        let events = self.events().await;
        let refused = events.iter().filter(|event| event["event"]["type"] == "refuse-user-sso");
        refused.map(|event| event["event"]["metadata"]["reason"].as_str().unwrap().to_owned()).collect()
    }
}
