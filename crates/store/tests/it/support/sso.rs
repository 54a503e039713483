//! Identity providers of people, and sign-ins by them.

use std::collections::BTreeSet;

use mayfly_domain::{
    access::role::OrganizationRole,
    identity::User,
    ids::{GroupId, SsoAttemptId, SsoProviderId, SsoRequestId},
    sensitive::Sensitive,
    sso::{ClaimNames, EmailTrust, GroupMapping, Joining, Linking, PasswordUse, SsoEndpoint, SsoProvider, SsoTerms},
};
use mayfly_store::{
    StoreError,
    sessions::NewSession,
    sso_attempts::SsoAttempt,
    sso_links::{Coming, Gives, SsoLink, SsoSignIn},
    sso_requests::SsoRequest,
};

use super::{World, sign_in::seconds_after};

impl World {
    /// A provider that is not stored.
    pub(crate) fn sso_provider(&self, slug: &str) -> SsoProvider {
        let now = self.tick();
        SsoProvider {
            id: SsoProviderId::generate(self.ambient()),
            organization: self.organization.id,
            slug: slug.parse().expect("a slug"),
            name: "Acme".parse().expect("a name"),
            terms: SsoTerms {
                endpoint: SsoEndpoint {
                    discovery_url: "https://id.example.com".parse().expect("an address"),
                    ca: Some("pem".to_owned()),
                    issuer: "https://id.example.com".to_owned(),
                    client_id: slug.to_owned(),
                },
                scopes: vec!["openid".to_owned()],
                claims: ClaimNames::default(),
                mappings: Vec::<GroupMapping>::new(),
                email_domains: vec!["example.com".parse().expect("a domain")],
                email_trust: EmailTrust::Verified,
                joining: Joining::Member,
                linking: Linking::ByDomain,
                passwords: PasswordUse::Refused,
            },
            is_enabled: true,
            created_at: now,
            updated_at: now,
        }
    }

    /// A provider with a client secret.
    pub(crate) async fn stored_sso_provider(&self, slug: &str) -> SsoProvider {
        let provider = self.sso_provider(slug);
        let secret = Sensitive::new(format!("secret of {slug}"));
        let made = self.store().sso_providers().create(&provider, Some(&secret), &self.event("make")).await;
        made.expect("a provider is made");
        provider
    }

    /// An attempt for ten minutes that is not stored.
    pub(crate) fn sso_attempt(&self, provider: &SsoProvider, state: &[u8]) -> SsoAttempt {
        let now = self.tick();
        SsoAttempt {
            id: SsoAttemptId::generate(self.ambient()),
            provider: provider.id,
            state_digest: state.to_vec(),
            browser_digest: b"browser".to_vec(),
            request: None,
            return_path: Some("/projects".parse().expect("a path")),
            created_at: now,
            expires_at: seconds_after(now, 600),
        }
    }

    /// A request of a command line that nobody has signed in for.
    pub(crate) async fn stored_sso_request(&self, provider: &SsoProvider, token: &[u8]) -> SsoRequest {
        let now = self.tick();
        let request = SsoRequest {
            id: SsoRequestId::generate(self.ambient()),
            provider: provider.id,
            token_digest: token.to_vec(),
            code_digest: b"code".to_vec(),
            host: "laptop".to_owned(),
            ip_address: Some("10.0.0.1".parse().expect("an address")),
            user_agent: "a command line".to_owned(),
            tries: 0,
            user: None,
            browser_digest: None,
            confirmed_at: None,
            created_at: now,
            expires_at: seconds_after(now, 600),
        };
        self.store().sso_requests().create(&request).await.expect("a request is kept");
        request
    }

    /// Somebody comes, with a session or the right to confirm a request.
    pub(crate) async fn comes(
        &self,
        (provider, user, coming): (&SsoProvider, &User, Coming),
        (joins, leaves): (&BTreeSet<GroupId>, &BTreeSet<GroupId>),
        offer: Option<SsoRequestId>,
    ) -> Result<SsoLink, StoreError> {
        let (session, now) = (self.session(user), self.now());
        let digest = session.id.to_string();
        let link = SsoLink {
            provider: provider.id,
            subject: format!("subject of {}", user.email),
            user: user.id,
            email: Some(user.email.clone()),
            created_at: now,
            signed_in_at: now,
        };
        let gives = match offer {
            None => Gives::Session(NewSession { session: &session, digest: digest.as_bytes() }),
            Some(request) => Gives::Offer(request, b"browser"),
        };
        let sign_in = SsoSignIn { provider, user, coming, link: &link, joins, leaves, gives };
        self.store().sso_links().sign_in(&sign_in, &[self.event("sign in")]).await.map(|()| link)
    }

    /// A row in every table of single sign-on.
    pub(crate) async fn fill_sso(&self) {
        let provider = self.stored_sso_provider("acme").await;
        let group = self.stored_group("of-acme").await;
        let user = self.person("fay@example.com", OrganizationRole::NoAccess);
        let (joins, none) = (BTreeSet::from([group.id]), BTreeSet::new());
        self.comes((&provider, &user, Coming::Joined), (&joins, &none), None).await.expect("somebody joins");
        let request = self.stored_sso_request(&provider, b"token").await;
        let offered = self.comes((&provider, &user, Coming::Known), (&none, &none), Some(request.id)).await;
        offered.expect("a request is offered");
        let attempt = self.sso_attempt(&provider, b"state");
        self.store().sso_attempts().create(&attempt).await.expect("an attempt is kept");
    }
}
