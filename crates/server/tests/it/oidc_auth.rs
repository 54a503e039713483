//! Logging in with a token of an identity provider: a real one over HTTPS, with the claims that CI systems give.

mod setting_up;

use mayfly_testkit::{
    both_databases,
    fake_cluster::{Calls, Fault, When},
    issuer::{SigningAlgorithm, TestIssuer, TokenSigner},
};
use serde_json::{Value, json};

use crate::support::{Answer, TestServer, merged};

pub(crate) const AUTH: &str = "/api/v1/auth/oidc-auth";
pub(crate) const AUDIENCE: &str = "https://mayfly.example.com";

/// An identity that a provider vouches for.
pub(crate) struct Vouched {
    pub(crate) issuer: TestIssuer,
    pub(crate) key: TokenSigner,
    pub(crate) identity: String,
}

impl Vouched {
    pub(crate) async fn new(server: &TestServer, settings: &Value) -> Self {
        let (vouched, request) = Self::unattached(server).await;
        vouched.attach(server, &merged(&request, settings)).await.ok();
        vouched
    }

    /// The same before it may sign in, and the smallest request that lets it.
    pub(crate) async fn unattached(server: &TestServer) -> (Self, Value) {
        let issuer = TestIssuer::start().await.unwrap();
        let key = TokenSigner::new("first", SigningAlgorithm::Rs256);
        issuer.set_keys(&[&key]);
        let made = server.as_admin().post("/api/v1/identities", &json!({"name": "ci"})).await.ok();
        let identity = made["identity"]["id"].as_str().unwrap().to_owned();
        let request = json!({"oidcDiscoveryUrl": issuer.url(), "boundIssuer": issuer.url(), "caCert": issuer.ca_pem(),
                             "boundAudiences": AUDIENCE, "boundSubject": "repo:acme/shop:ref:refs/heads/main"});
        (Self { issuer, key, identity }, request)
    }

    pub(crate) fn path(&self) -> String {
        format!("{AUTH}/identities/{}", self.identity)
    }

    pub(crate) async fn attach(&self, server: &TestServer, request: &Value) -> Answer {
        server.as_admin().post(&self.path(), request).await
    }

    /// What GitHub Actions says of a job.
    fn github(&self, server: &TestServer) -> Value {
        let now = server.ambient.now().as_second();
        json!({
            "jti": "6f3c9f1e", "sub": "repo:acme/shop:ref:refs/heads/main", "aud": AUDIENCE, "iss": self.issuer.url(),
            "ref": "refs/heads/main", "sha": "5f0c3a9e", "repository": "acme/shop", "repository_owner": "acme",
            "repository_owner_id": "65", "run_id": "30433642", "run_number": "23", "run_attempt": "1",
            "repository_visibility": "private", "repository_id": "74", "actor_id": "12", "actor": "octocat",
            "workflow": "deploy", "head_ref": "", "base_ref": "", "event_name": "push", "ref_type": "branch",
            "job_workflow_ref": "acme/ci/.github/workflows/deploy.yml@refs/heads/main",
            "iat": now, "nbf": now, "exp": now + 300,
        })
    }

    /// What GitLab says of a job.
    fn gitlab(&self, server: &TestServer) -> Value {
        let now = server.ambient.now().as_second();
        json!({
            "namespace_id": "72", "namespace_path": "acme", "project_id": "20", "project_path": "acme/shop",
            "user_id": "1", "user_login": "ana", "user_email": "ana@example.com", "pipeline_id": "574",
            "pipeline_source": "push", "job_id": "302", "ref": "main", "ref_type": "branch", "ref_path": "refs/heads/main",
            "ref_protected": "true", "environment": "prod", "environment_protected": "true", "runner_id": 1,
            "jti": "235b3a54", "iss": self.issuer.url(), "iat": now, "nbf": now - 5, "exp": now + 3600,
            "sub": "project_path:acme/shop:ref_type:branch:ref:main", "aud": AUDIENCE,
        })
    }

    /// A token of GitHub Actions with claims changed.
    pub(crate) fn token(&self, server: &TestServer, changes: &Value) -> String {
        self.key.token(&merged(&self.github(server), changes))
    }

    pub(crate) async fn log_in(&self, server: &TestServer, jwt: &str) -> Answer {
        let body = json!({"identityId": self.identity, "jwt": jwt});
        server.as_nobody().post(&format!("{AUTH}/login"), &body).await
    }

    async fn refused(&self, server: &TestServer, changes: &Value) {
        let answer = self.log_in(server, &self.token(server, changes)).await;
        assert_eq!(answer.refused(401, "credentials_refused"), "the credentials were not accepted", "{changes}");
    }
}

impl TestServer {
    /// Why logins were refused, as the audit log tells it.
    pub(crate) async fn reasons(&self, operation: &str) -> Vec<String> {
        let events = self.events().await;
        let metadata = events.iter().map(|event| &event["event"]["metadata"]);
        let reasons =
            metadata.filter(|told| told["operation"] == operation).map(|told| told["reason"].as_str().unwrap());
        reasons.map(str::to_owned).collect()
    }
}

both_databases! {
    async fn a_job_signs_in_by_its_subject_and_the_log_tells_who_it_was(server: TestServer) {
        let settings = json!({"accessTokenTTL": 600, "claimMetadataMapping": {"run": "run_id", "none": "absent"}});
        let vouched = Vouched::new(&server, &settings).await;
        let granted = vouched.log_in(&server, &vouched.token(&server, &json!({}))).await.ok();
        assert_eq!((&granted["expiresIn"], &granted["tokenType"]), (&json!(600), &json!("Bearer")));
        let caller = server.as_nobody().with_token(granted["accessToken"].as_str().unwrap());
        let own = caller.get("/api/v1/identities/details").await.ok();
        assert_eq!(own["identityDetails"]["id"], json!(vouched.identity));
        let events = server.events().await;
        let login = events.iter().find(|event| event["event"]["type"] == "login-identity-oidc-auth").unwrap();
        assert_eq!(login["event"]["metadata"]["subject"], "repo:acme/shop:ref:refs/heads/main");
        assert_eq!(login["event"]["metadata"]["oidcClaimsReceived"], json!({"run": "30433642"}));
        let identity = server.as_admin().get(&format!("/api/v1/identities/{}", vouched.identity)).await.ok();
        assert_eq!(identity["identity"]["identity"]["authMethods"], json!(["oidc-auth"]));

        server.as_admin().delete(&vouched.path(), &json!({})).await.ok();
        caller.get("/api/v1/workspace").await.refused(401, "access_token_refused");
        vouched.refused(&server, &json!({})).await;
        server.as_admin().get(&vouched.path()).await.refused(404, "not_found");
    }

    async fn whoever_is_refused_hears_one_text_and_the_log_has_the_reason(server: TestServer) {
        let settings = json!({"boundClaims": {"repository_owner_id": "65", "event_name": "push,workflow_dispatch"}});
        let vouched = Vouched::new(&server, &settings).await;
        let now = server.ambient.now().as_second();
        vouched.log_in(&server, &vouched.token(&server, &json!({"event_name": "workflow_dispatch"}))).await.ok();
        for (changes, reason) in [
            (json!({"sub": "repo:acme/shop:pull_request"}), "other subject"),
            (json!({"sub": "repo:evil/shop:ref:refs/heads/main"}), "other subject"),
            (json!({"event_name": "pull_request"}), "other claims"),
            (json!({"repository_owner_id": ""}), "other claims"),
            (json!({"repository_owner_id": null}), "other claims"),
            (json!({"repository_owner_id": []}), "other claims"),
            (json!({"repository_owner_id": {"65": "65"}}), "other claims"),
            (json!({"aud": "https://other.example.com"}), "other audience"),
            (json!({"aud": []}), "a claim is missing or of the wrong type"),
            (json!({"iss": "https://other.example.com"}), "other issuer"),
            (json!({"exp": now}), "expired"),
            (json!({"exp": (now + 300).to_string()}), "a claim is missing or of the wrong type"),
            (json!({"nbf": now + 3600}), "not valid yet"),
        ] {
            vouched.refused(&server, &changes).await;
            // Each reason leaves its event in the minute in which it comes first.
            let reasons = server.reasons("loginOidcAuth").await;
            assert!(reasons.iter().any(|told| told.ends_with(reason)), "{changes}: {reasons:?}");
        }
        let nobody = json!({"identityId": "018f0000-0000-7000-8000-000000000000", "jwt": "a.b.c"});
        let answer = server.as_nobody().post(&format!("{AUTH}/login"), &nobody).await;
        assert_eq!(answer.refused(401, "credentials_refused"), "the credentials were not accepted");
    }

    async fn a_token_that_counts_once_counts_once_on_every_server_and_not_when_it_is_old(server: TestServer) {
        let vouched = Vouched::new(&server, &json!({"acceptOnce": true, "maxTokenAge": 120})).await;
        let token = vouched.token(&server, &json!({}));
        vouched.log_in(&server, &token).await.ok();
        vouched.log_in(&server, &token).await.refused(401, "credentials_refused");
        if server.database() == crate::support::Database::Postgres {
            vouched.log_in(&server.second().await, &token).await.refused(401, "credentials_refused");
        }
        let second = vouched.token(&server, &json!({"jti": "another"}));
        server.advance(120);
        vouched.log_in(&server, &second).await.ok();
        let third = vouched.token(&server, &json!({"jti": "third", "iat": server.ambient.now().as_second() - 121}));
        vouched.log_in(&server, &third).await.refused(401, "credentials_refused");
        let reasons = server.reasons("loginOidcAuth").await;
        assert!(reasons.iter().any(|reason| reason == "outside token used before"), "{reasons:?}");
    }
}

#[tokio::test]
async fn a_gitlab_job_signs_in_by_its_claims() {
    let server = TestServer::sqlite().await;
    let bound = json!({"project_path": ["acme/shop", "acme/api"], "ref_protected": "true", "runner_id": "1"});
    let settings = json!({"boundSubject": "project_path:acme/*:ref_type:branch:ref:main", "boundClaims": bound});
    let vouched = Vouched::new(&server, &settings).await;
    let claims = vouched.gitlab(&server);
    vouched.log_in(&server, &vouched.key.token(&claims)).await.ok();
    for changes in [
        json!({"project_path": "evil/shop"}),
        json!({"ref_protected": "false"}),
        json!({"ref_protected": true, "runner_id": 2}),
        json!({"sub": "project_path:acme/shop:ref_type:branch:ref:dev"}),
        json!({"sub": "project_path:acme/sub/shop:ref_type:branch:ref:main"}),
    ] {
        let answer = vouched.log_in(&server, &vouched.key.token(&merged(&claims, &changes))).await;
        answer.refused(401, "credentials_refused");
    }
}

#[tokio::test]
async fn a_new_key_signs_in_after_a_minute_at_most_and_strange_ones_cost_two_fetches() {
    let server = TestServer::sqlite().await;
    let vouched = Vouched::new(&server, &json!({})).await;
    vouched.log_in(&server, &vouched.token(&server, &json!({}))).await.ok();
    let before = vouched.issuer.key_requests();
    let stranger = TokenSigner::new("x", SigningAlgorithm::Es256);
    let claims = vouched.github(&server).to_string();
    for number in 0..200 {
        let token = stranger.sign(&json!({"alg": "ES256", "kid": format!("unknown-{number}")}), &claims);
        vouched.log_in(&server, &token).await.refused(401, "credentials_refused");
    }
    assert!(vouched.issuer.key_requests() - before <= 1, "{}", vouched.issuer.key_requests());
    let second = TokenSigner::new("second", SigningAlgorithm::Es256);
    vouched.issuer.set_keys(&[&vouched.key, &second]);
    server.advance(61);
    vouched.log_in(&server, &second.token(&vouched.github(&server))).await.ok();
}

#[tokio::test]
async fn a_provider_that_is_away_or_lies_lets_nobody_in() {
    let server = TestServer::sqlite().await;
    for fault in [Fault::Close, Fault::HugeBody(2 * 1024 * 1024), Fault::redirect(302, "https://evil.example.com")] {
        let vouched = Vouched::new(&server, &json!({})).await;
        // What was read when it was set up is forgotten by then.
        server.advance(3_601);
        vouched.issuer.faults().inject(Calls::All, When::Always, fault);
        vouched.refused(&server, &json!({})).await;
        vouched.issuer.faults().clear();
        server.advance(6);
        vouched.log_in(&server, &vouched.token(&server, &json!({}))).await.ok();
    }
    assert!(server.reasons("loginOidcAuth").await.contains(&"identity provider not available".to_owned()));
}

#[tokio::test]
async fn a_disabled_identity_is_shut_out() {
    let server = TestServer::sqlite().await;
    let vouched = Vouched::new(&server, &json!({})).await;
    let path = format!("/api/v1/identities/{}", vouched.identity);
    let granted = vouched.log_in(&server, &vouched.token(&server, &json!({}))).await.ok();
    let caller = server.as_nobody().with_token(granted["accessToken"].as_str().unwrap());
    server.as_admin().patch(&path, &json!({"isDisabled": true})).await.ok();
    vouched.refused(&server, &json!({})).await;
    caller.get("/api/v1/workspace").await.refused(401, "access_token_refused");
    let renewed = json!({"accessToken": granted["accessToken"]});
    server.as_nobody().post("/api/v1/auth/token/renew", &renewed).await.refused(401, "access_token_refused");
    server.as_admin().patch(&path, &json!({"isDisabled": false})).await.ok();
    vouched.log_in(&server, &vouched.token(&server, &json!({}))).await.ok();
    caller.get("/api/v1/workspace").await.ok();
}
