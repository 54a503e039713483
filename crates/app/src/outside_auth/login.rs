//! Signing in with a token that somebody outside signed.
//!
//! Whoever fails learns nothing but that they failed; the reason is in the audit log.

use mayfly_domain::{
    audit::MachineEvent,
    caller::{Actor, Caller, Origin},
    ids::{AccessTokenId, IdentityId},
    outside_auth::{AuthMethod, OutsideAuth, Trust},
    sensitive::Sensitive,
};
use mayfly_providers::token::{claims_of, signed_part};
use mayfly_store::{
    StoreError,
    outside_auths::{NOT_SEEN, OutsideLogin as Stored, SeenToken},
};

use super::{kubernetes, oidc, refused, unbelieved};
use crate::{
    App, AppError,
    access_tokens::{GrantedToken, NewToken, NotLetIn, new_token},
    secret_text::digest_of,
};

/// What a machine shows.
#[derive(Debug)]
pub struct OutsideLogin {
    /// Which kind of token it is.
    pub method: AuthMethod,
    /// The identity it wants to be. What is no id names nobody.
    pub identity: Option<IdentityId>,
    /// The token.
    pub jwt: Sensitive<String>,
}

/// Gives an access token for an outside token.
pub async fn login(app: &App, origin: Origin, request: OutsideLogin) -> Result<GrantedToken, NotLetIn> {
    let identity = request.identity.ok_or(refused("unknown identity"))?;
    let stored = app.store.outside_auths().for_login(identity, request.method).await?;
    let stored = stored.ok_or(refused("identity without this method"))?;
    login_of(app, stored, origin, request).await.map_err(NotLetIn::of(identity))
}

async fn login_of(app: &App, stored: Stored, origin: Origin, request: OutsideLogin) -> Result<GrantedToken, AppError> {
    if stored.is_disabled {
        return Err(refused("identity disabled"));
    }
    let jwt = &request.jwt;
    let auth = &stored.auth;
    let new = NewToken {
        identity: auth.identity,
        auth_method: request.method,
        client_secret: None,
        limits: auth.limits,
        trusted_ips: auth.access_token_trusted_ips.clone(),
    };
    let signed_in = match &auth.trust {
        Trust::Oidc(trust) => {
            let claims = oidc::verify(app, trust, auth.freshness, jwt).await?;
            let subject = claims.text("sub").unwrap_or_default().chars().take(LONGEST_SUBJECT).collect();
            SignedIn::Oidc { subject, received: oidc::mapped(trust, &claims) }
        }
        Trust::Kubernetes(trust) => {
            SignedIn::Kubernetes { subject: kubernetes::verify(app, trust, &stored, jwt).await?.to_string() }
        }
    };
    let now = app.ambient.now();
    let token = new_token(new, &app.ambient, now);
    let event = app.event(&machine(&stored, origin), None, signed_in.event(auth, token.id));
    let seen = if auth.freshness.is_accepted_once { Some(seen(jwt)?) } else { None };
    match app.store.outside_auths().sign_in(auth, &token, seen.as_ref(), &event).await {
        Err(StoreError::GuardFailed { guard: NOT_SEEN }) => return Err(refused("outside token used before")),
        Err(StoreError::GuardFailed { .. }) => return Err(refused("the method was changed meanwhile")),
        written => written?,
    }
    GrantedToken::of(app, &token, now)
}

/// Longest subject that the audit log keeps, in characters.
const LONGEST_SUBJECT: usize = 1024;

enum SignedIn {
    Oidc { subject: String, received: std::collections::BTreeMap<String, String> },
    Kubernetes { subject: String },
}

impl SignedIn {
    fn event(self, auth: &OutsideAuth, token: AccessTokenId) -> MachineEvent {
        match self {
            Self::Oidc { subject, received } => MachineEvent::LoginIdentityOidcAuth {
                identity_id: auth.identity,
                identity_oidc_auth_id: auth.id,
                identity_access_token_id: token,
                subject,
                oidc_claims_received: received,
            },
            Self::Kubernetes { subject } => MachineEvent::LoginIdentityKubernetesAuth {
                identity_id: auth.identity,
                identity_kubernetes_auth_id: auth.id,
                identity_access_token_id: token,
                subject,
            },
        }
    }
}

/// What is remembered of a token that counts once. A signature may be written in several ways; what is signed may not.
fn seen(jwt: &Sensitive<String>) -> Result<SeenToken, AppError> {
    let claims = claims_of(jwt.expose()).map_err(unbelieved)?;
    let expires_at = claims.time("exp").map_err(unbelieved)?.ok_or(refused("outside token without an end"))?;
    Ok(SeenToken { digest: digest_of(signed_part(jwt.expose())), expires_at })
}

fn machine(stored: &Stored, origin: Origin) -> Caller {
    Caller {
        actor: Actor::Identity { identity_id: stored.auth.identity, name: stored.name.clone() },
        organization: Some(stored.organization),
        organization_role: None,
        access_token: None,
        session: None,
        origin,
    }
}
