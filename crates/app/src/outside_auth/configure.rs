//! Setting up how an identity signs in with outside tokens: attach, see, change, take away.

use mayfly_domain::{
    access::operation::Operation,
    audit::MachineEvent,
    caller::Caller,
    identity::{AccessTokenLimits, TrustedIp},
    ids::{IdentityId, OutsideAuthId},
    outside_auth::{AuthMethod, Freshness, OutsideAuth, ReviewBy, Trust},
    sensitive::Sensitive,
};

use super::{KubernetesChanges, OidcChanges, oidc};
use crate::{
    App, AppError,
    access_tokens::{AccessTokenChanges, names_of},
    error::{OrChanged as _, OrWhen as _},
    universal_auth::authorized,
};

/// What to set. What is `None` keeps its value, or its default where nothing was set yet.
#[derive(Clone, Debug)]
pub struct OutsideAuthChanges {
    /// Whom to believe.
    pub trust: TrustChanges,
    /// `maxTokenAge`, in seconds; 0 takes it away.
    pub longest_age_seconds: Option<i64>,
    /// `acceptOnce`.
    pub is_accepted_once: Option<bool>,
    /// What is set of its access tokens.
    pub access_token: AccessTokenChanges,
}

/// The part that is different for each method.
#[derive(Clone, Debug)]
pub enum TrustChanges {
    /// An identity provider.
    Oidc(OidcChanges),
    /// A cluster.
    Kubernetes(KubernetesChanges),
}

impl OutsideAuthChanges {
    /// Which method is meant.
    pub const fn method(&self) -> AuthMethod {
        match self.trust {
            TrustChanges::Oidc(_) => AuthMethod::OidcAuth,
            TrustChanges::Kubernetes(_) => AuthMethod::KubernetesAuth,
        }
    }

    fn names(&self) -> Vec<String> {
        let own = match &self.trust {
            TrustChanges::Oidc(changes) => changes.named(),
            TrustChanges::Kubernetes(changes) => changes.named(),
        };
        let fresh =
            [("maxTokenAge", self.longest_age_seconds.is_some()), ("acceptOnce", self.is_accepted_once.is_some())];
        names_of(&[&own[..], &fresh, &self.access_token.named()].concat())
    }

    fn freshness(&self, old: Freshness) -> Freshness {
        Freshness {
            longest_age_seconds: match self.longest_age_seconds {
                None => old.longest_age_seconds,
                Some(seconds) => (seconds > 0).then_some(seconds),
            },
            is_accepted_once: self.is_accepted_once.unwrap_or(old.is_accepted_once),
        }
    }
}

const fn word(method: AuthMethod) -> &'static str {
    match method {
        AuthMethod::OidcAuth => "OIDC auth of identity",
        AuthMethod::KubernetesAuth => "Kubernetes auth of identity",
        AuthMethod::UniversalAuth => "universal auth of identity",
    }
}

const fn operation(method: AuthMethod, oidc: Operation, kubernetes: Operation) -> Operation {
    match method {
        AuthMethod::KubernetesAuth => kubernetes,
        AuthMethod::OidcAuth | AuthMethod::UniversalAuth => oidc,
    }
}

/// Lets an identity sign in with tokens from outside.
pub async fn attach(
    app: &App,
    caller: &Caller,
    id: IdentityId,
    changes: OutsideAuthChanges,
) -> Result<OutsideAuth, AppError> {
    let method = changes.method();
    let attach = operation(method, Operation::AttachOidcAuth, Operation::AttachKubernetesAuth);
    let identity = authorized(app, caller, attach, id).await?;
    let limits = changes.access_token.limits(AccessTokenLimits::default())?;
    let freshness = changes.freshness(Freshness::default());
    let (trust, reviewer) = trusted(app, caller, changes.trust, None).await?;
    let now = app.ambient.now();
    let auth = OutsideAuth {
        id: OutsideAuthId::generate(&app.ambient),
        identity: identity.id,
        trust,
        freshness,
        limits,
        access_token_trusted_ips: changes.access_token.trusted_ips.unwrap_or_else(TrustedIp::everywhere),
        created_at: now,
        updated_at: now,
    };
    let added = match method {
        AuthMethod::KubernetesAuth => {
            MachineEvent::AddIdentityKubernetesAuth { identity_id: id, identity_kubernetes_auth_id: auth.id }
        }
        AuthMethod::OidcAuth | AuthMethod::UniversalAuth => {
            MachineEvent::AddIdentityOidcAuth { identity_id: id, identity_oidc_auth_id: auth.id }
        }
    };
    let event = app.event(caller, None, added);
    let stored = app.store.outside_auths().create(&auth, reviewer.as_ref(), &event).await;
    stored.or_when_taken("outside_auths_identity", || AppError::taken(word(method), &id, None))?;
    Ok(auth)
}

/// How an identity may sign in by `method`.
pub async fn get(app: &App, caller: &Caller, id: IdentityId, method: AuthMethod) -> Result<OutsideAuth, AppError> {
    app.authorize(caller, operation(method, Operation::GetOidcAuth, Operation::GetKubernetesAuth)).await?;
    Ok(stored(app, caller, id, method).await?.0)
}

/// Changes how an identity may sign in. Access tokens keep the limits they were made with.
pub async fn update(
    app: &App,
    caller: &Caller,
    id: IdentityId,
    changes: OutsideAuthChanges,
) -> Result<OutsideAuth, AppError> {
    let method = changes.method();
    authorized(app, caller, operation(method, Operation::UpdateOidcAuth, Operation::UpdateKubernetesAuth), id).await?;
    let (old, reviewer) = stored(app, caller, id, method).await?;
    let (updated_fields, since) = (changes.names(), old.updated_at);
    let limits = changes.access_token.limits(old.limits)?;
    let freshness = changes.freshness(old.freshness);
    let (trust, reviewer) = trusted(app, caller, changes.trust, Some((old.trust, reviewer))).await?;
    let auth = OutsideAuth {
        trust,
        freshness,
        limits,
        access_token_trusted_ips: changes.access_token.trusted_ips.unwrap_or(old.access_token_trusted_ips),
        updated_at: app.moment_after(since),
        ..old
    };
    let updated = match method {
        AuthMethod::KubernetesAuth => MachineEvent::UpdateIdentityKubernetesAuth {
            identity_id: id,
            identity_kubernetes_auth_id: auth.id,
            updated_fields,
        },
        AuthMethod::OidcAuth | AuthMethod::UniversalAuth => {
            MachineEvent::UpdateIdentityOidcAuth { identity_id: id, identity_oidc_auth_id: auth.id, updated_fields }
        }
    };
    let event = app.event(caller, None, updated);
    let written = app.store.outside_auths().update(&auth, reviewer.as_ref(), since, &event).await;
    written.or_changed("how the identity logs in")?;
    Ok(auth)
}

/// Takes it away: the access tokens that it gave are revoked.
pub async fn revoke(app: &App, caller: &Caller, id: IdentityId, method: AuthMethod) -> Result<OutsideAuth, AppError> {
    authorized(app, caller, operation(method, Operation::RevokeOidcAuth, Operation::RevokeKubernetesAuth), id).await?;
    let (auth, _) = stored(app, caller, id, method).await?;
    let revoked = match method {
        AuthMethod::KubernetesAuth => {
            MachineEvent::RevokeIdentityKubernetesAuth { identity_id: id, identity_kubernetes_auth_id: auth.id }
        }
        AuthMethod::OidcAuth | AuthMethod::UniversalAuth => {
            MachineEvent::RevokeIdentityOidcAuth { identity_id: id, identity_oidc_auth_id: auth.id }
        }
    };
    let deleted = app.store.outside_auths().delete(&auth, &app.event(caller, None, revoked)).await;
    deleted.or_when_gone(|| AppError::not_found(word(method), &id))?;
    app.memory.forget_identity(id);
    Ok(auth)
}

type Reviewer = Option<Sensitive<String>>;

/// What the changes make of what was there, looked at as far as that is possible now.
async fn trusted(
    app: &App,
    caller: &Caller,
    changes: TrustChanges,
    old: Option<(Trust, Reviewer)>,
) -> Result<(Trust, Reviewer), AppError> {
    match changes {
        TrustChanges::Oidc(changes) => {
            let old = match old {
                Some((Trust::Oidc(old), _)) => Some(old),
                Some((Trust::Kubernetes(_), _)) | None => None,
            };
            let before = old.clone();
            let trust = changes.over(old)?;
            let is_same = before.is_some_and(|before| {
                (&before.discovery_url, &before.ca, &before.issuer) == (&trust.discovery_url, &trust.ca, &trust.issuer)
            });
            if !is_same {
                oidc::check_provider(app, &trust).await?;
            }
            Ok((Trust::Oidc(trust), None))
        }
        TrustChanges::Kubernetes(changes) => {
            let old = match old {
                Some((Trust::Kubernetes(old), reviewer)) => Some((old, reviewer)),
                Some((Trust::Oidc(_), _)) | None => None,
            };
            let (trust, reviewer) = changes.over(old)?;
            if let ReviewBy::Connection { connection } = &trust.review {
                // It speaks with the connection's credential: whoever points here must be allowed to see it.
                crate::cluster_connections::get(app, caller, *connection).await?;
            }
            Ok((Trust::Kubernetes(trust), reviewer))
        }
    }
}

async fn stored(
    app: &App,
    caller: &Caller,
    id: IdentityId,
    method: AuthMethod,
) -> Result<(OutsideAuth, Reviewer), AppError> {
    let organization = App::organization(caller)?;
    let found = app.store.outside_auths().for_login(id, method).await?;
    let found = found.filter(|found| found.organization == organization);
    found.map(|found| (found.auth, found.reviewer)).ok_or_else(|| AppError::not_found(word(method), &id))
}
