//! Tokens of service accounts: the cluster says whose they are, or its public keys do.

use jiff::Timestamp;
use mayfly_cluster::{Deadline, Review, Reviewed};
use mayfly_domain::{
    connection::{ClusterUrl, Target, Verification},
    ids::ConnectionId,
    kubernetes_name::{Namespace, ServiceAccountName},
    outside_auth::{AccountName, Freshness, KubernetesTrust, ReviewBy},
    sensitive::Sensitive,
};
use mayfly_providers::{
    Claims, Expected, KeySet,
    token::{check_age, claims_of},
};
use mayfly_store::outside_auths::OutsideLogin as Stored;

use super::{refused, unbelieved};
use crate::{App, AppError, error::field};

/// Who says whose a token is, as a request names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewMode {
    /// `api`: an API server, by address or connection.
    Api,
    /// `pinned-keys`: nobody; the keys are known.
    PinnedKeys,
}

/// What to set. What is `None` keeps its value.
#[derive(Clone, Debug, Default)]
pub struct KubernetesChanges {
    /// `tokenReviewMode`.
    pub mode: Option<ReviewMode>,
    /// `kubernetesHost`.
    pub url: Option<ClusterUrl>,
    /// `caCert`; `Some(None)` takes it away.
    pub ca: Option<Option<String>>,
    /// `tokenReviewerJwt`.
    pub reviewer: Option<Sensitive<String>>,
    /// `connectionId`.
    pub connection: Option<ConnectionId>,
    /// `issuer`.
    pub issuer: Option<String>,
    /// `publicKeys`.
    pub keys: Option<String>,
    /// `allowedNamespaces`.
    pub namespaces: Option<Vec<Namespace>>,
    /// `allowedNames`.
    pub names: Option<Vec<ServiceAccountName>>,
    /// `allowedAudience`.
    pub audience: Option<String>,
}

impl KubernetesChanges {
    pub(super) fn named(&self) -> Vec<(&'static str, bool)> {
        vec![
            ("tokenReviewMode", self.mode.is_some()),
            ("kubernetesHost", self.url.is_some()),
            ("caCert", self.ca.is_some()),
            ("tokenReviewerJwt", self.reviewer.is_some()),
            ("connectionId", self.connection.is_some()),
            ("issuer", self.issuer.is_some()),
            ("publicKeys", self.keys.is_some()),
            ("allowedNamespaces", self.namespaces.is_some()),
            ("allowedNames", self.names.is_some()),
            ("allowedAudience", self.audience.is_some()),
        ]
    }

    /// What comes of `old`, with everything that has to be there, and the reviewer's token that belongs to it.
    pub(super) fn over(
        mut self,
        old: Option<(KubernetesTrust, Option<Sensitive<String>>)>,
    ) -> Result<(KubernetesTrust, Option<Sensitive<String>>), AppError> {
        let mut faults = Vec::new();
        let (old, old_reviewer) = old.unzip();
        let (namespaces, names, audience) = match &old {
            Some(old) => (old.namespaces.clone(), old.names.clone(), old.audience.clone()),
            None => Default::default(),
        };
        let (namespaces, names) = (self.namespaces.take().unwrap_or(namespaces), self.names.take().unwrap_or(names));
        let audience = self.audience.take().unwrap_or(audience);
        if namespaces.is_empty() && names.is_empty() {
            let message = "must name at least one namespace, or give `allowedNames`: at least one limit is required";
            faults.push(field(&["allowedNamespaces"], "required", message));
        }
        if audience.trim().is_empty() {
            let message = "is required: the audience that the token is made for, such as this server's address";
            faults.push(field(&["allowedAudience"], "required", message));
        }
        let review = self.review(old.map(|old| old.review), old_reviewer.flatten());
        match review {
            Ok((review, reviewer)) if faults.is_empty() => {
                Ok((KubernetesTrust { review, namespaces, names, audience }, reviewer))
            }
            Ok(_) => Err(AppError::Fields(faults)),
            Err(AppError::Fields(more)) => Err(AppError::Fields([more, faults].concat())),
            Err(error) => Err(error),
        }
    }

    /// Who is asked.
    fn review(self, old: Option<ReviewBy>, old_reviewer: Reviewer) -> Result<(ReviewBy, Reviewer), AppError> {
        let was_pinned = matches!(old, Some(ReviewBy::Keys { .. }));
        let is_pinned = self.mode.map_or(was_pinned, |mode| mode == ReviewMode::PinnedKeys);
        if is_pinned {
            return by_keys(old, (self.issuer, self.keys));
        }
        match (self.connection, old) {
            (Some(_), _) if self.url.is_some() || self.reviewer.is_some() => {
                let message =
                    "must be left out beside `kubernetesHost` and `tokenReviewerJwt`: the connection has its own";
                Err(AppError::field(&["connectionId"], "invalid_value", message))
            }
            (Some(connection), _) => Ok((ReviewBy::Connection { connection }, None)),
            (None, Some(by @ ReviewBy::Connection { .. })) if self.url.is_none() => Ok((by, None)),
            (None, old) => self.by_host(old, old_reviewer),
        }
    }

    /// A stored token goes to the address it was given for and nowhere else: a new address or CA brings a new token.
    fn by_host(self, old: Option<ReviewBy>, old_reviewer: Reviewer) -> Result<(ReviewBy, Reviewer), AppError> {
        let (old_url, old_ca) = match &old {
            Some(ReviewBy::Host { url, ca }) => (Some(url.clone()), ca.clone()),
            Some(ReviewBy::Connection { .. } | ReviewBy::Keys { .. }) | None => (None, None),
        };
        let Some(url) = self.url.or(old_url) else {
            let message = "is required, or else `connectionId`, or `tokenReviewMode: pinned-keys` with `publicKeys`";
            return Err(AppError::field(&["kubernetesHost"], "required", message));
        };
        let review = ReviewBy::Host { url, ca: self.ca.unwrap_or(old_ca) };
        let is_bound_elsewhere = old.and_then(|old| old.bind_text()) != review.bind_text();
        match (self.reviewer, old_reviewer) {
            (Some(reviewer), _) => Ok((review, Some(reviewer))),
            (None, Some(reviewer)) if !is_bound_elsewhere => Ok((review, Some(reviewer))),
            (None, Some(_)) => {
                let message =
                    "must be given again with a new `kubernetesHost` or `caCert`: the stored one is bound to the old";
                Err(AppError::field(&["tokenReviewerJwt"], "required", message))
            }
            (None, None) => {
                let message = "is required: the token of an account that may create `tokenreviews`; the caller's own is never used";
                Err(AppError::field(&["tokenReviewerJwt"], "required", message))
            }
        }
    }
}

type Reviewer = Option<Sensitive<String>>;

fn by_keys(
    old: Option<ReviewBy>,
    (issuer, keys): (Option<String>, Option<String>),
) -> Result<(ReviewBy, Reviewer), AppError> {
    let (old_issuer, old_keys) = match old {
        Some(ReviewBy::Keys { issuer, keys }) => (Some(issuer), Some(keys)),
        Some(ReviewBy::Host { .. } | ReviewBy::Connection { .. }) | None => (None, None),
    };
    let issuer = issuer.or(old_issuer).filter(|issuer| !issuer.trim().is_empty());
    match (issuer, keys.or(old_keys)) {
        (Some(issuer), Some(keys)) => Ok((ReviewBy::Keys { issuer, keys }, None)),
        (issuer, keys) => {
            let required = |name: &str| field(&[name], "required", "is required with `tokenReviewMode: pinned-keys`");
            let missing = [("issuer", issuer.is_none()), ("publicKeys", keys.is_none())];
            let faults = missing.iter().filter(|(_, is_missing)| *is_missing).map(|(name, _)| required(name));
            Err(AppError::Fields(faults.collect()))
        }
    }
}

/// The account whose token it is, if `trust` admits it.
pub(super) async fn verify(
    app: &App,
    trust: &KubernetesTrust,
    stored: &Stored,
    jwt: &Sensitive<String>,
) -> Result<AccountName, AppError> {
    let freshness = stored.auth.freshness;
    let name = match &trust.review {
        ReviewBy::Keys { issuer, keys } => by_pinned_keys(app, trust, (issuer, keys), freshness, jwt)?,
        ReviewBy::Host { .. } | ReviewBy::Connection { .. } => {
            // What is no token at all is not sent anywhere.
            let claims = claims_of(jwt.expose()).map_err(unbelieved)?;
            check_before_asking(&claims, trust, freshness, app.ambient.now())?;
            by_review(app, trust, target(app, trust, stored).await?, jwt).await?
        }
    };
    let account: AccountName = name.parse().map_err(|_| refused("outside token is of no service account"))?;
    if trust.admits(&account) { Ok(account) } else { Err(refused("service account not admitted")) }
}

fn by_pinned_keys(
    app: &App,
    trust: &KubernetesTrust,
    (issuer, keys): (&str, &str),
    freshness: Freshness,
    jwt: &Sensitive<String>,
) -> Result<String, AppError> {
    let keys = KeySet::from_text(keys).map_err(|_| AppError::Bug("stored keys cannot be read"))?;
    let audiences = [trust.audience.clone()];
    let now = app.ambient.now();
    let expected = Expected { issuer, audiences: &audiences, now, longest_age_seconds: freshness.longest_age_seconds };
    let claims = mayfly_providers::verify(jwt.expose(), &keys, &expected).map_err(unbelieved)?;
    claims.text("sub").map(str::to_owned).ok_or(refused("outside token without a subject"))
}

/// Refuses what would be refused anyway, so that no cluster is asked for it, and the time of an answer tells a stranger less.
/// Tokens of old may have neither end nor audience; the cluster judges them.
fn check_before_asking(
    claims: &Claims,
    trust: &KubernetesTrust,
    freshness: Freshness,
    now: Timestamp,
) -> Result<(), AppError> {
    if claims.get("aud").is_some() && !claims.audiences().map_err(unbelieved)?.contains(&trust.audience.as_str()) {
        return Err(refused("outside token: other audience"));
    }
    if claims.time("exp").map_err(unbelieved)?.is_some_and(|end| end <= now) {
        return Err(refused("outside token expired"));
    }
    check_age(claims, now, freshness.longest_age_seconds).map_err(unbelieved)
}

async fn by_review(
    app: &App,
    trust: &KubernetesTrust,
    target: Target,
    jwt: &Sensitive<String>,
) -> Result<String, AppError> {
    let review = Review { target, token: jwt.clone(), audience: trust.audience.clone() };
    let deadline = Deadline::after(&app.ambient, app.settings.issue_deadline);
    match app.place.review(review, deadline).await {
        Ok(Reviewed::User { name }) => Ok(name),
        Ok(Reviewed::Unknown) => Err(refused("the cluster does not know the token")),
        Ok(Reviewed::OtherAudience) => Err(refused("outside token: other audience")),
        Err(error) => {
            // Only how far it got: a hostile answer may repeat the token that was asked about.
            tracing::warn!(server = error.server, step = %error.step, "a cluster could not be asked whose a token is");
            Err(refused("the cluster could not be asked"))
        }
    }
}

async fn target(app: &App, trust: &KubernetesTrust, stored: &Stored) -> Result<Target, AppError> {
    match (&trust.review, &stored.reviewer) {
        (ReviewBy::Host { url, ca }, Some(reviewer)) => Ok(Target {
            connection: ConnectionId::from_uuid(*stored.auth.id.as_uuid()),
            version: stored.auth.updated_at.as_millisecond(),
            url: url.clone(),
            ca: ca.clone(),
            verification: Verification::Full,
            credential: reviewer.clone(),
            token_file: None,
            route: mayfly_domain::connection::Route::Direct,
        }),
        (ReviewBy::Connection { connection }, _) => {
            let found = app.store.connections().get_with_target(stored.organization, *connection).await?;
            found.map(|(_, target)| target).ok_or(refused("the cluster connection is gone"))
        }
        (ReviewBy::Host { .. } | ReviewBy::Keys { .. }, _) => Err(refused("no reviewer's token is stored")),
    }
}
