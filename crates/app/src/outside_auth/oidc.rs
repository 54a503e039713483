//! Tokens of an identity provider, such as a CI system.

use std::collections::BTreeMap;

use mayfly_cluster::Deadline;
use mayfly_domain::{
    claim_pattern::ClaimPattern,
    connection::ClusterUrl,
    error::{FieldError, chain},
    outside_auth::{Freshness, OidcTrust},
    sensitive::Sensitive,
};
use mayfly_providers::{Claims, Expected, Issuer, Unbelieved};
use serde_json::Value;

use super::{refused, unbelieved};
use crate::{
    App, AppError,
    discovery::{self, Fields},
    error::field,
};

const FIELDS: Fields = Fields { url: "oidcDiscoveryUrl", issuer: "boundIssuer", ca: "caCert" };

/// What to set. What is `None` keeps its value.
#[derive(Clone, Debug, Default)]
pub struct OidcChanges {
    /// `oidcDiscoveryUrl`.
    pub discovery_url: Option<ClusterUrl>,
    /// `caCert`; `Some(None)` takes it away.
    pub ca: Option<Option<String>>,
    /// `boundIssuer`.
    pub issuer: Option<String>,
    /// `boundAudiences`.
    pub audiences: Option<Vec<String>>,
    /// `boundSubject`; `Some(None)` takes it away.
    pub subject: Option<Option<ClaimPattern>>,
    /// `boundClaims`.
    pub claims: Option<BTreeMap<String, Vec<ClaimPattern>>>,
    /// `claimMetadataMapping`.
    pub claim_metadata_mapping: Option<BTreeMap<String, String>>,
}

impl OidcChanges {
    pub(super) fn named(&self) -> Vec<(&'static str, bool)> {
        vec![
            ("oidcDiscoveryUrl", self.discovery_url.is_some()),
            ("caCert", self.ca.is_some()),
            ("boundIssuer", self.issuer.is_some()),
            ("boundAudiences", self.audiences.is_some()),
            ("boundSubject", self.subject.is_some()),
            ("boundClaims", self.claims.is_some()),
            ("claimMetadataMapping", self.claim_metadata_mapping.is_some()),
        ]
    }

    /// What comes of `old`, with everything that has to be there.
    pub(super) fn over(self, old: Option<OidcTrust>) -> Result<OidcTrust, AppError> {
        let mut faults = Vec::new();
        let required = |name: &str| field(&[name], "required", "is required");
        let (discovery_url, issuer) = match &old {
            Some(old) => (Some(old.discovery_url.clone()), Some(old.issuer.clone())),
            None => (None, None),
        };
        let discovery_url = self.discovery_url.or(discovery_url);
        let issuer = self.issuer.or(issuer).filter(|issuer| !issuer.trim().is_empty());
        let (ca, audiences, subject, claims, mapping) = match old {
            Some(old) => (old.ca, old.audiences, old.subject, old.claims, old.claim_metadata_mapping),
            None => (None, Vec::new(), None, BTreeMap::new(), BTreeMap::new()),
        };
        let audiences = self.audiences.unwrap_or(audiences);
        let subject = self.subject.unwrap_or(subject);
        let claims = self.claims.unwrap_or(claims);
        faults.extend(discovery_url.is_none().then(|| required("oidcDiscoveryUrl")));
        faults.extend(issuer.is_none().then(|| required("boundIssuer")));
        faults.extend(bound_too_little(&audiences, subject.as_ref(), &claims));
        match (discovery_url, issuer) {
            (Some(discovery_url), Some(issuer)) if faults.is_empty() => Ok(OidcTrust {
                discovery_url,
                ca: self.ca.unwrap_or(ca),
                issuer,
                audiences,
                subject,
                claims,
                claim_metadata_mapping: self.claim_metadata_mapping.unwrap_or(mapping),
            }),
            _ => Err(AppError::Fields(faults)),
        }
    }
}

/// Issuer and audience let everybody in who has a pipeline at that provider.
fn bound_too_little(
    audiences: &[String],
    subject: Option<&ClaimPattern>,
    claims: &BTreeMap<String, Vec<ClaimPattern>>,
) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if audiences.is_empty() {
        let message = "must name at least one audience: the one that the pipeline asks its token for";
        faults.push(field(&["boundAudiences"], "required", message));
    }
    if subject.is_some_and(|subject| !subject.names_an_owner()) {
        let message = "must not have a `*` in its first two parts: they say whose the token is";
        faults.push(field(&["boundSubject"], "subject_open", message));
    }
    if subject.is_none() && claims.is_empty() {
        let message = "must bind one more claim beside issuer and audience, or give `boundSubject`";
        faults.push(field(&["boundClaims"], "required", message));
    }
    faults
}

fn issuer_of(trust: &OidcTrust) -> Issuer {
    Issuer {
        discovery_url: trust.discovery_url.as_str().to_owned(),
        ca: trust.ca.clone(),
        issuer: trust.issuer.clone(),
    }
}

/// Whether the provider is there and is who it is said to be.
pub(super) async fn check_provider(app: &App, trust: &OidcTrust) -> Result<(), AppError> {
    discovery::check(app, &issuer_of(trust), FIELDS).await
}

/// The claims of a token that `trust` admits.
pub(super) async fn verify(
    app: &App,
    trust: &OidcTrust,
    freshness: Freshness,
    jwt: &Sensitive<String>,
) -> Result<Claims, AppError> {
    let expected = Expected {
        issuer: &trust.issuer,
        audiences: &trust.audiences,
        now: app.ambient.now(),
        longest_age_seconds: freshness.longest_age_seconds,
    };
    let deadline = Deadline::after(&app.ambient, app.settings.issue_deadline);
    let claims = app.providers.verify(&issuer_of(trust), jwt.expose(), &expected, deadline).await;
    let claims = claims.map_err(|error| match error {
        Unbelieved::Token(error) => unbelieved(error),
        Unbelieved::Provider(error) => {
            tracing::warn!(url = %trust.discovery_url, error = %chain(&error), "an identity provider could not be asked");
            refused("identity provider not available")
        }
    })?;
    check_bound(trust, &claims)?;
    Ok(claims)
}

fn check_bound(trust: &OidcTrust, claims: &Claims) -> Result<(), AppError> {
    let Some(subject) = claims.text("sub") else { return Err(refused("outside token without a subject")) };
    if trust.subject.as_ref().is_some_and(|bound| !bound.matches(subject)) {
        return Err(refused("outside token: other subject"));
    }
    if trust.subject.is_none() && trust.claims.is_empty() {
        return Err(refused("nothing is bound"));
    }
    let fits = |(name, patterns): (&String, &Vec<ClaimPattern>)| {
        let texts = claims.at(name).map(texts_of).unwrap_or_default();
        texts.iter().any(|text| patterns.iter().any(|pattern| pattern.matches(text)))
    };
    if trust.claims.iter().all(fits) { Ok(()) } else { Err(refused("outside token: other claims")) }
}

/// What a claim may be compared as: a text, a number, true or false, or each of a list of those.
fn texts_of(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Number(number) => vec![number.to_string()],
        Value::Bool(answer) => vec![answer.to_string()],
        Value::Array(list) => list.iter().filter(|value| !value.is_array()).flat_map(texts_of).collect(),
        Value::Null | Value::Object(_) => Vec::new(),
    }
}

/// The claims that the audit log keeps.
pub(super) fn mapped(trust: &OidcTrust, claims: &Claims) -> BTreeMap<String, String> {
    const LONGEST: usize = 1020;
    let kept = |(name, path): (&String, &String)| {
        let text = texts_of(claims.at(path)?).join(",");
        Some((name.clone(), text.chars().take(LONGEST).collect()))
    };
    trust.claim_metadata_mapping.iter().filter_map(kept).collect()
}
