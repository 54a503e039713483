//! The organization, identities and what they sign in with.

use mayfly_domain::{
    access::role::{OrganizationRole, ProjectRole},
    audit::{AuditEvent, InstallationEvent},
    caller::Actor,
    identity::{
        AccessToken, AccessTokenLimits, ClientSecret, Identity, Lockout, MetadataEntry, TrustedIp, UniversalAuth, User,
    },
    ids::{
        AccessTokenId, AuditEventId, ClientSecretId, IdentityId, MembershipId, OrganizationId, UniversalAuthId, UserId,
    },
    membership::{Membership, Principal},
    outside_auth::AuthMethod,
    project::{Organization, Project},
};
use mayfly_store::{StoreError, organizations};

use super::{World, origin};
use crate::fixture::StoreFixture;

/// What the first call of an installation makes.
pub(crate) struct Beginning {
    pub(crate) organization: Organization,
    pub(crate) user: User,
    pub(crate) identity: Identity,
    pub(crate) token: AccessToken,
    pub(crate) event: AuditEvent,
}

impl Beginning {
    pub(crate) fn new(fixture: &StoreFixture) -> Self {
        let created_at = fixture.tick();
        let organization = Organization {
            id: OrganizationId::generate(&fixture.ambient),
            name: "Acme".parse().expect("a name"),
            slug: "acme-organization".parse().expect("a slug"),
            created_at,
        };
        let user = User {
            id: UserId::generate(&fixture.ambient),
            organization: organization.id,
            email: "admin@acme.example".to_owned(),
            name: None,
            role: OrganizationRole::Admin,
            is_disabled: false,
            has_second_factor: false,
            created_at,
            updated_at: created_at,
        };
        let identity = identity(fixture, organization.id, "First identity", OrganizationRole::Admin);
        let token = access_token(fixture, &identity);
        let event = AuditEvent {
            id: AuditEventId::generate(&fixture.ambient),
            organization: Some(organization.id),
            project: None,
            actor: Actor::User { user_id: user.id, email: user.email.clone() },
            origin: origin(),
            event: InstallationEvent::BootstrapInstance {
                user_id: user.id,
                email: user.email.clone(),
                identity_id: identity.id,
            }
            .into(),
            created_at,
        };
        Self { organization, user, identity, token, event }
    }

    pub(crate) async fn store(&self, fixture: &StoreFixture) -> Result<(), StoreError> {
        let beginning = organizations::Beginning {
            organization: &self.organization,
            user: &self.user,
            password_hash: "$argon2id$of-the-tests",
            identity: &self.identity,
            access_token: &self.token,
        };
        fixture.store.organizations().bootstrap(&beginning, &self.event).await
    }
}

fn identity(fixture: &StoreFixture, organization: OrganizationId, name: &str, role: OrganizationRole) -> Identity {
    let created_at = fixture.tick();
    Identity {
        id: IdentityId::generate(&fixture.ambient),
        organization,
        name: name.parse().expect("a name"),
        role,
        has_delete_protection: false,
        metadata: vec![MetadataEntry { key: "team".to_owned(), value: "öde \"quotes\"".to_owned() }],
        is_disabled: false,
        auth_methods: Vec::new(),
        created_at,
        updated_at: created_at,
    }
}

fn access_token(fixture: &StoreFixture, identity: &Identity) -> AccessToken {
    let created_at = fixture.tick();
    AccessToken {
        id: AccessTokenId::generate(&fixture.ambient),
        identity: identity.id,
        auth_method: AuthMethod::UniversalAuth,
        client_secret: None,
        is_revoked: false,
        limits: AccessTokenLimits::default(),
        uses: 0,
        trusted_ips: TrustedIp::everywhere(),
        created_at,
        renewed_at: None,
        expires_at: created_at + jiff::SignedDuration::from_hours(1),
    }
}

impl World {
    /// An identity that is not stored.
    pub(crate) fn identity(&self, name: &str) -> Identity {
        identity(&self.fixture, self.organization.id, name, OrganizationRole::Member)
    }

    pub(crate) async fn stored_identity(&self, name: &str) -> Identity {
        let identity = self.identity(name);
        let event = self.event("create-identity");
        self.store().identities().create(&identity, &event).await.expect("an identity is made");
        identity
    }

    /// An access token that is not stored.
    pub(crate) fn access_token(&self, identity: &Identity) -> AccessToken {
        access_token(&self.fixture, identity)
    }

    /// A configuration that is not stored.
    pub(crate) fn universal_auth(&self, identity: &Identity) -> UniversalAuth {
        let created_at = self.tick();
        let id = UniversalAuthId::generate(self.ambient());
        UniversalAuth {
            id,
            identity: identity.id,
            client_id: format!("client-{id}"),
            limits: AccessTokenLimits { uses: 7, ..AccessTokenLimits::default() },
            client_secret_trusted_ips: vec!["10.0.0.0/8".parse().expect("a range")],
            access_token_trusted_ips: TrustedIp::everywhere(),
            lockout: Lockout::default(),
            created_at,
            updated_at: created_at,
        }
    }

    /// The configuration of a new identity called `name`, stored.
    pub(crate) async fn stored_universal_auth(&self, name: &str) -> (Identity, UniversalAuth) {
        let identity = Identity { auth_methods: vec![AuthMethod::UniversalAuth], ..self.stored_identity(name).await };
        let auth = self.universal_auth(&identity);
        let event = self.event("create-universal-auth");
        self.store().universal_auths().create(&auth, &event).await.expect("a configuration is made");
        (identity, auth)
    }

    /// A client secret that is not stored.
    pub(crate) fn client_secret(&self, auth: &UniversalAuth) -> ClientSecret {
        let created_at = self.tick();
        ClientSecret {
            id: ClientSecretId::generate(self.ambient()),
            universal_auth: auth.id,
            description: "for the tests".to_owned(),
            prefix: "abcd".to_owned(),
            uses: 0,
            uses_limit: 0,
            ttl_seconds: 3600,
            is_revoked: false,
            created_at,
            updated_at: created_at,
        }
    }

    pub(crate) async fn stored_client_secret(&self, auth: &UniversalAuth, digest: &[u8]) -> ClientSecret {
        let secret = self.client_secret(auth);
        self.store_client_secret(&secret, digest).await;
        secret
    }

    pub(crate) async fn store_client_secret(&self, secret: &ClientSecret, digest: &[u8]) {
        let event = self.event("create-client-secret");
        self.store().client_secrets().create(secret, digest, &event).await.expect("a client secret is made");
    }

    /// A membership that is not stored.
    pub(crate) fn membership(&self, identity: &Identity, project: &Project) -> Membership {
        let created_at = self.tick();
        Membership {
            id: MembershipId::generate(self.ambient()),
            principal: Principal::Identity(identity.id),
            project: project.id,
            roles: vec![ProjectRole::Member.into(), ProjectRole::Viewer.into()],
            created_at,
            updated_at: created_at,
        }
    }
}
