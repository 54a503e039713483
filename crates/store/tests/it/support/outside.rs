//! Ways to sign in with tokens from outside.

use std::collections::BTreeMap;

use mayfly_domain::{
    audit_stream::{AuditStream, StreamTarget},
    identity::{AccessToken, AccessTokenLimits, Identity, TrustedIp},
    ids::{AuditStreamId, LostRightId, OutsideAuthId, UniversalAuthId},
    membership::Principal,
    outside_auth::{AuthMethod, Freshness, KubernetesTrust, OidcTrust, OutsideAuth, ReviewBy, Trust},
    sensitive::Sensitive,
};
use mayfly_store::{
    login_failures::{Counting, Guess},
    lost_rights::LostRight,
    outside_auths::SeenToken,
};

use super::World;

pub(crate) fn oidc() -> Trust {
    Trust::Oidc(OidcTrust {
        discovery_url: "https://issuer.example.com".parse().unwrap(),
        ca: Some("pem".to_owned()),
        issuer: "https://issuer.example.com".to_owned(),
        audiences: vec!["mayfly".to_owned()],
        subject: Some("repo:acme/shop:ref:refs/heads/main".parse().unwrap()),
        claims: BTreeMap::from([("ref".to_owned(), vec!["refs/heads/*".parse().unwrap()])]),
        claim_metadata_mapping: BTreeMap::from([("job".to_owned(), "job_id".to_owned())]),
    })
}

pub(crate) fn kubernetes(url: &str) -> Trust {
    Trust::Kubernetes(KubernetesTrust {
        review: ReviewBy::Host { url: url.parse().unwrap(), ca: None },
        namespaces: vec!["ci".parse().unwrap()],
        names: Vec::new(),
        audience: "mayfly".to_owned(),
    })
}

pub(crate) fn outside_auth(world: &World, identity: &Identity, trust: Trust) -> OutsideAuth {
    let created_at = world.tick();
    OutsideAuth {
        id: OutsideAuthId::generate(world.ambient()),
        identity: identity.id,
        trust,
        freshness: Freshness { longest_age_seconds: Some(600), is_accepted_once: true },
        limits: AccessTokenLimits::default(),
        access_token_trusted_ips: TrustedIp::everywhere(),
        created_at,
        updated_at: created_at,
    }
}

impl World {
    /// An identity called `name` that signs in with tokens which a reviewer judges, whose own token is kept.
    pub(crate) async fn stored_outside_auth(&self, name: &str) -> Identity {
        let identity = self.stored_identity(name).await;
        let secret = Sensitive::new(format!("token of {name}"));
        let auth = outside_auth(self, &identity, kubernetes("https://kubernetes.example.com"));
        let event = self.event("add");
        self.store().outside_auths().create(&auth, Some(&secret), &event).await.expect("a method is made");
        identity
    }

    /// A stream of the log to a place outside, which is sent a secret.
    pub(crate) async fn stored_audit_stream(&self, name: &str) -> AuditStream {
        let stream = AuditStream {
            id: AuditStreamId::generate(self.ambient()),
            organization: self.organization.id,
            name: name.to_owned(),
            target: StreamTarget::Https { url: "https://collector.example.com/".to_owned(), ca: None },
            due_at: self.now(),
            attempts: 0,
            delivered: 0,
            missed: 0,
            last_error: None,
            delivered_at: None,
            created_at: self.now(),
        };
        let secret = Sensitive::new(format!("secret of {name}"));
        let made = self.event("make a stream");
        self.store().audit_streams().create(&stream, Some(&secret), &made).await.expect("a stream");
        stream
    }

    /// A row in every table that signing in fills.
    pub(crate) async fn fill_outside_auths(&self) {
        let identity = self.stored_outside_auth("pipeline").await;
        let auth = outside_auth(self, &identity, oidc());
        self.store().outside_auths().create(&auth, None, &self.event("add")).await.expect("a method is made");
        let token = AccessToken { auth_method: AuthMethod::OidcAuth, ..self.access_token(&identity) };
        let seen = SeenToken { digest: b"digest".to_vec(), expires_at: self.now() };
        let event = self.event("login");
        self.store().outside_auths().sign_in(&auth, &token, Some(&seen), &event).await.expect("a login");
        let now = self.now();
        let counting = Counting { now, quiet_since: now, window_since: now };
        let guess = Guess { client: Some(UniversalAuthId::generate(self.ambient())), source: "10.0.0.1" };
        self.store().login_failures().count(&guess, counting).await.expect("a failure is counted");
        let lost = LostRight {
            id: LostRightId::generate(self.ambient()),
            organization: self.organization.id,
            holder: Principal::Identity(identity.id),
            project: None,
            lost_at: now,
        };
        self.store().lost_rights().add(&lost).await.expect("a lost right is remembered");
    }
}
