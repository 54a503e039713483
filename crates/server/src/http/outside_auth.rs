//! How an identity signs in with tokens from outside: what both methods have in common, and the logins.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use mayfly_api::{
    access_tokens::GrantedAccessToken,
    outside_auth::{OutsideAuth as Wire, OutsideLoginRequest},
};
use mayfly_app::{
    access_tokens::AccessTokenChanges,
    outside_auth::{OutsideAuthChanges, OutsideLogin, TrustChanges, login as operation},
};
use mayfly_domain::{
    access::operation::Operation, caller::Caller, connection::ClusterUrl, outside_auth::AuthMethod,
    outside_auth::OutsideAuth, sensitive::Sensitive,
};
use serde_json::{Map, Value};

use super::{
    Shared,
    access_tokens::{audited, wire as granted_wire},
    caller::By,
    form::{Field, Form, at_most},
    json::Body,
    place::not_empty,
    problem::Failure,
    time,
    universal_auth::{access_token, range},
};

/// Log in with a token of an identity provider, such as a CI system.
#[utoipa::path(post, path = "/api/v1/auth/oidc-auth/login", operation_id = "loginOidcAuth", tag = "Login",
    request_body = OutsideLoginRequest, responses((status = 200, body = GrantedAccessToken)))]
pub(super) async fn login_oidc(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<GrantedAccessToken>, Failure> {
    login(&shared, caller, &body, (AuthMethod::OidcAuth, Operation::LoginOidcAuth)).await
}

/// Log in with a token of a Kubernetes service account.
#[utoipa::path(post, path = "/api/v1/auth/kubernetes-auth/login", operation_id = "loginKubernetesAuth", tag = "Login",
    request_body = OutsideLoginRequest, responses((status = 200, body = GrantedAccessToken)))]
pub(super) async fn login_kubernetes(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<GrantedAccessToken>, Failure> {
    login(&shared, caller, &body, (AuthMethod::KubernetesAuth, Operation::LoginKubernetesAuth)).await
}

async fn login(
    shared: &Shared,
    caller: Caller,
    body: &Map<String, Value>,
    (method, named): (AuthMethod, Operation),
) -> Result<Json<GrantedAccessToken>, Failure> {
    let form = Form::body(body);
    // What is no id names nobody, and is refused in the same words.
    let identity = form.required_with("identityId", |text| not_empty(text).map(|text| text.parse().ok()));
    let jwt = form.required_with("jwt", |text| not_empty(text).map(Sensitive::from));
    let request = form.finish(|| Some(OutsideLogin { method, identity: identity?, jwt: jwt? }))?;
    let granted = operation(&shared.app, caller.origin.clone(), request).await;
    Ok(granted_wire(&audited(shared, named, caller.origin, granted).await?))
}

/// The fields that both methods have.
pub(super) struct CommonFields {
    longest_age_seconds: Option<i64>,
    is_accepted_once: Option<bool>,
    access_token: AccessTokenChanges,
}

/// Reads them.
pub(super) fn common(form: &Form<'_>) -> Field<CommonFields> {
    const DAY: i64 = 86_400;
    let age = form.integer("maxTokenAge", 0..=DAY);
    let once = form.boolean("acceptOnce");
    let access_token = access_token(form);
    Some(CommonFields { longest_age_seconds: age?, is_accepted_once: once?, access_token: access_token? })
}

impl CommonFields {
    /// Both parts of a change.
    pub(super) fn with(self, trust: TrustChanges) -> OutsideAuthChanges {
        OutsideAuthChanges {
            trust,
            longest_age_seconds: self.longest_age_seconds,
            is_accepted_once: self.is_accepted_once,
            access_token: self.access_token,
        }
    }
}

/// An address to go to. The form's own words, because it is not always a cluster.
pub(super) fn address(form: &Form<'_>, name: &str) -> Field<Option<ClusterUrl>> {
    form.optional_with(name, |text| text.parse::<ClusterUrl>().map_err(|invalid| invalid.to_string()))
}

/// Names with commas between them; an empty text is an empty list.
pub(super) fn listed<T>(text: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    const MOST: usize = 64;
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    if parts.len() > MOST {
        return Err(format!("must have at most {MOST} entries"));
    }
    if let Some(place) = parts.iter().position(|part| part.is_empty()) {
        return Err(format!("must not have an empty entry (entry {})", place + 1));
    }
    parts.into_iter().map(read).collect()
}

/// An object of texts.
pub(super) fn mapping(form: &Form<'_>, name: &str) -> Field<Option<BTreeMap<String, String>>> {
    const MOST: usize = 64;
    let Some(value) = form.get(name) else { return Some(None) };
    let Value::Object(entries) = value else { return form.fault(name, "invalid_type", "must be an object of texts") };
    if entries.len() > MOST {
        return form.fault(name, "too_long", format!("must have at most {MOST} entries"));
    }
    let mut read = BTreeMap::new();
    for (key, value) in entries {
        let text = value.as_str().filter(|text| !text.trim().is_empty() && !key.trim().is_empty());
        let (Some(text), Ok(key)) = (text, at_most(key, 255)) else {
            return form.fault(name, "invalid_entry", "must be an object of texts that are not empty");
        };
        read.insert(key, text.chars().take(255).collect());
    }
    Some(Some(read))
}

/// What both have in common, as it is shown.
pub(super) fn wire(auth: &OutsideAuth) -> Wire {
    Wire {
        id: auth.id.to_string(),
        identity_id: auth.identity.to_string(),
        max_token_age: auth.freshness.longest_age_seconds.unwrap_or(0),
        accept_once: auth.freshness.is_accepted_once,
        access_token_ttl: auth.limits.ttl_seconds,
        access_token_max_ttl: auth.limits.max_ttl_seconds,
        access_token_num_uses_limit: auth.limits.uses,
        access_token_period: auth.limits.period_seconds,
        access_token_trusted_ips: auth.access_token_trusted_ips.iter().map(range).collect(),
        created_at: time::text(auth.created_at),
        updated_at: time::text(auth.updated_at),
    }
}
