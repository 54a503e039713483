//! Who signed a token of a gateway's cluster: held against the keys that are known of it, or those that it publishes.

use std::time::Duration;

use mayfly_cluster::Deadline;
use mayfly_domain::gateway::{ClusterKeys, EnrolmentMethod, Gateway, PublishedKeys, ServiceAccountTrust, TrustedKeys};
use mayfly_providers::{Claims, Expected, Issuer, KeySet, TokenRefused, Unbelieved, check_signer, verify};

use crate::{
    App, AppError,
    discovery::{self, Fields},
};

const FIELDS: Fields = Fields { url: "discoveryUrl", issuer: "issuer", ca: "discoveryCaCert" };

/// How long an enrolment waits for keys that a cluster publishes: it holds one of few places meanwhile.
const ENROLMENT_PATIENCE: Duration = Duration::from_secs(3);

/// The claims of a token, if the cluster that is trusted signed it and it is for one of `audiences`.
pub(super) async fn verified(
    app: &App,
    (trust, keys): (&ServiceAccountTrust, TrustedKeys<'_>),
    token: &str,
    expected: &Expected<'_>,
) -> Result<Claims, Unbelieved> {
    match keys {
        TrustedKeys::Known(text) => Ok(verify(token, &read(text)?, expected)?),
        TrustedKeys::Published(published) => {
            let deadline = Deadline::after(&app.ambient, ENROLMENT_PATIENCE);
            app.providers.verify(&issuer_of(trust, published), token, expected, deadline).await
        }
    }
}

/// Whether a gateway's cluster signed `token`. Nothing is against it where no keys of that cluster are trusted.
pub(crate) async fn check_signed(
    app: &App,
    gateway: &Gateway,
    token: &str,
    deadline: Deadline,
) -> Result<(), Unbelieved> {
    match gateway.trusted() {
        None => Ok(()),
        Some((trust, TrustedKeys::Known(text))) => Ok(check_signer(token, &read(text)?, &trust.issuer)?),
        Some((trust, TrustedKeys::Published(published))) => {
            app.providers.check_signer(&issuer_of(trust, published), token, deadline).await
        }
    }
}

/// Whether the keys are where somebody says that the cluster publishes them. What was said before and stays is not looked at again.
pub(super) async fn check_published(
    app: &App,
    was: Option<&EnrolmentMethod>,
    next: &EnrolmentMethod,
) -> Result<(), AppError> {
    match published_by(next) {
        Some(issuer) if was.and_then(published_by).as_ref() != Some(&issuer) => {
            discovery::check(app, &issuer, FIELDS).await
        }
        _ => Ok(()),
    }
}

fn published_by(enrolment: &EnrolmentMethod) -> Option<Issuer> {
    let EnrolmentMethod::ServiceAccount(trust) = enrolment else { return None };
    let ClusterKeys::Published(published) = &trust.keys else { return None };
    Some(issuer_of(trust, published))
}

/// Keys are read when they are saved, so these were.
fn read(text: &str) -> Result<KeySet, TokenRefused> {
    KeySet::from_text(text).map_err(|_| TokenRefused::UnknownKey)
}

fn issuer_of(trust: &ServiceAccountTrust, published: &PublishedKeys) -> Issuer {
    Issuer {
        discovery_url: published.discovery_url.as_str().to_owned(),
        ca: published.ca.clone(),
        issuer: trust.issuer.clone(),
    }
}
