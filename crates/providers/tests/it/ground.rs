//! What all tests stand on: an issuer, a way to it, and a clock that stands still.

use std::time::Duration;

use mayfly_cluster::{Deadline, EgressPolicy, Https, TrustRoots};
use mayfly_domain::clock::Ambient;
use mayfly_providers::{Claims, Expected, Issuer, Providers, Unbelieved};
use mayfly_testkit::{
    clock::TestClock,
    issuer::{SigningAlgorithm, TestIssuer, TokenSigner},
};
use serde_json::{Value, json};

pub(crate) const AUDIENCE: &str = "mayfly";
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) struct Ground {
    pub(crate) clock: TestClock,
    pub(crate) ambient: Ambient,
    pub(crate) issuer: TestIssuer,
    pub(crate) key: TokenSigner,
    pub(crate) providers: Providers,
}

impl Ground {
    /// An issuer with one key.
    pub(crate) async fn new() -> Self {
        Self::with(SigningAlgorithm::Es256, "127.0.0.0/8").await
    }

    pub(crate) async fn with(algorithm: SigningAlgorithm, allow: &str) -> Self {
        let clock = TestClock::default();
        let ambient = clock.ambient(1);
        let issuer = TestIssuer::start().await.expect("a free port");
        let key = TokenSigner::new("first", algorithm);
        issuer.set_keys(&[&key]);
        let egress = EgressPolicy { allow: vec![allow.parse().unwrap()], ..EgressPolicy::default() };
        let https = Https::new(ambient.clone(), egress, TrustRoots::Only(Vec::new()));
        Self { clock, ambient, issuer, key, providers: Providers::new(https) }
    }

    pub(crate) fn trusted(&self) -> Issuer {
        Issuer { discovery_url: self.issuer.url(), ca: Some(self.issuer.ca_pem()), issuer: self.issuer.url() }
    }

    /// The claims of a good token.
    pub(crate) fn claims(&self) -> Value {
        let now = self.ambient.now().as_second();
        json!({"iss": self.issuer.url(), "aud": AUDIENCE, "sub": "repo:acme/shop:ref:refs/heads/main",
               "exp": now + 300, "iat": now, "nbf": now})
    }

    /// A good token with claims changed; `null` takes one away.
    pub(crate) fn token_with(&self, changes: &Value) -> String {
        self.key.token(&with(self.claims(), changes))
    }

    pub(crate) async fn verify(&self, token: &str) -> Result<Claims, Unbelieved> {
        self.verify_for(token, &[AUDIENCE.to_owned()]).await
    }

    pub(crate) async fn verify_for(&self, token: &str, audiences: &[String]) -> Result<Claims, Unbelieved> {
        let trusted = self.trusted();
        let expected =
            Expected { issuer: &trusted.issuer, audiences, now: self.ambient.now(), longest_age_seconds: None };
        self.providers.verify(&trusted, token, &expected, Deadline::after(&self.ambient, PATIENCE)).await
    }
}

/// `claims` with `changes` over them; `null` takes one away.
pub(crate) fn with(mut claims: Value, changes: &Value) -> Value {
    let fields = claims.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            fields.remove(name);
        } else {
            fields.insert(name.clone(), value.clone());
        }
    }
    claims
}
