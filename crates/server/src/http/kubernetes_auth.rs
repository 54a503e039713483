//! Which service accounts of a cluster let an identity in: attach, see, change, take away.

use axum::{Json, extract::State};
use jiff::Timestamp;
use mayfly_api::outside_auth::{KubernetesAuth as Wire, KubernetesAuthBody, KubernetesAuthRequest};
use mayfly_app::{
    AppError,
    dynamic_secrets::check,
    outside_auth::{self as operations, KubernetesChanges, OutsideAuthChanges, ReviewMode, TrustChanges},
};
use mayfly_domain::{
    kubernetes_name::{Namespace, ServiceAccountName},
    outside_auth::{AuthMethod, KubernetesTrust, OutsideAuth, ReviewBy, Trust},
};
use serde_json::{Map, Value};

use super::{
    Shared,
    caller::By,
    form::Form,
    identities::identity_id,
    json::Body,
    outside_auth::{address, common, listed, wire},
    path::Path,
    problem::Failure,
};

/// Let an identity log in with tokens of service accounts.
#[utoipa::path(post, path = "/api/v1/auth/kubernetes-auth/identities/{identityId}", tag = "Kubernetes auth",
    operation_id = "attachKubernetesAuth", params(("identityId" = String, Path)),
    request_body = KubernetesAuthRequest, responses((status = 200, body = KubernetesAuthBody)))]
pub(super) async fn attach(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<KubernetesAuthBody>, Failure> {
    let changes = changes(&body, shared.app.ambient().now())?;
    Ok(shown(&operations::attach(&shared.app, &caller, identity_id(&id)?, changes).await?)?)
}

/// See which service accounts let an identity in. The reviewer's token never comes back.
#[utoipa::path(get, path = "/api/v1/auth/kubernetes-auth/identities/{identityId}", tag = "Kubernetes auth",
    operation_id = "getKubernetesAuth", params(("identityId" = String, Path)),
    responses((status = 200, body = KubernetesAuthBody)))]
pub(super) async fn get(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
) -> Result<Json<KubernetesAuthBody>, Failure> {
    Ok(shown(&operations::get(&shared.app, &caller, identity_id(&id)?, AuthMethod::KubernetesAuth).await?)?)
}

/// Change which service accounts let an identity in. A new host or CA needs a new reviewer's token.
#[utoipa::path(patch, path = "/api/v1/auth/kubernetes-auth/identities/{identityId}", tag = "Kubernetes auth",
    operation_id = "updateKubernetesAuth", params(("identityId" = String, Path)),
    request_body = KubernetesAuthRequest, responses((status = 200, body = KubernetesAuthBody)))]
pub(super) async fn update(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<KubernetesAuthBody>, Failure> {
    let changes = changes(&body, shared.app.ambient().now())?;
    Ok(shown(&operations::update(&shared.app, &caller, identity_id(&id)?, changes).await?)?)
}

/// Stop an identity from logging in with tokens of service accounts; access tokens got with them are revoked.
#[utoipa::path(delete, path = "/api/v1/auth/kubernetes-auth/identities/{identityId}", tag = "Kubernetes auth",
    operation_id = "revokeKubernetesAuth", params(("identityId" = String, Path)),
    responses((status = 200, body = KubernetesAuthBody)))]
pub(super) async fn revoke(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
) -> Result<Json<KubernetesAuthBody>, Failure> {
    Ok(shown(&operations::revoke(&shared.app, &caller, identity_id(&id)?, AuthMethod::KubernetesAuth).await?)?)
}

fn changes(body: &Map<String, Value>, now: Timestamp) -> Result<OutsideAuthChanges, Failure> {
    let form = Form::body(body);
    let mode = form.optional_with("tokenReviewMode", |text| match text {
        "api" => Ok(ReviewMode::Api),
        "pinned-keys" => Ok(ReviewMode::PinnedKeys),
        _ => Err("must be `api` or `pinned-keys`".to_owned()),
    });
    let url = address(&form, "kubernetesHost");
    let ca = form.optional_with("caCert", |pem| check::ca(pem, now).map(|()| pem.to_owned()));
    let reviewer = form.optional_with("tokenReviewerJwt", |text| check::cluster_token(text, now));
    let connection = form.optional("connectionId");
    let issuer = form.text("issuer", 2048);
    let keys = form.optional_with("publicKeys", |text| operations::check_keys(text).map(|()| text.to_owned()));
    let namespaces = form.optional_with("allowedNamespaces", check::namespaces);
    let name = |text: &str| text.parse::<ServiceAccountName>().map_err(|invalid| invalid.to_string());
    let names = form.optional_with("allowedNames", |text| listed(text, name));
    let audience = form.optional_with("allowedAudience", |text| match text {
        "" => Ok(String::new()),
        text => check::audiences(&[text.to_owned()]).map(|()| text.to_owned()),
    });
    if form.get("gatewayId").is_some_and(|id| id != "") {
        let _ = form.fault::<()>("gatewayId", "not_supported", "must be left out: there are no gateways yet");
    }
    let common = common(&form);
    let finished = form.finish(|| {
        let trust = TrustChanges::Kubernetes(KubernetesChanges {
            mode: mode?,
            url: url?,
            ca: ca?.map(|pem| Some(pem).filter(|pem| !pem.trim().is_empty())),
            reviewer: reviewer?,
            connection: connection?,
            issuer: issuer?,
            keys: keys?,
            namespaces: namespaces?,
            names: names?,
            audience: audience?,
        });
        Some(common?.with(trust))
    });
    Ok(finished?)
}

fn shown(auth: &OutsideAuth) -> Result<Json<KubernetesAuthBody>, AppError> {
    let Trust::Kubernetes(trust) = &auth.trust else { return Err(AppError::Bug("a Kubernetes auth that is none")) };
    Ok(Json(KubernetesAuthBody { identity_kubernetes_auth: fields(auth, trust) }))
}

fn fields(auth: &OutsideAuth, trust: &KubernetesTrust) -> Wire {
    let names = |names: Vec<&str>| names.join(",");
    let mut shown = Wire {
        auth: wire(auth),
        token_review_mode: "api".to_owned(),
        kubernetes_host: None,
        ca_cert: String::new(),
        has_token_reviewer_jwt: false,
        connection_id: None,
        issuer: String::new(),
        public_keys: String::new(),
        allowed_namespaces: names(trust.namespaces.iter().map(Namespace::as_str).collect()),
        allowed_names: names(trust.names.iter().map(ServiceAccountName::as_str).collect()),
        allowed_audience: trust.audience.clone(),
        gateway_id: None,
    };
    match &trust.review {
        ReviewBy::Host { url, ca } => {
            shown.kubernetes_host = Some(url.to_string());
            shown.ca_cert = ca.clone().unwrap_or_default();
            shown.has_token_reviewer_jwt = true;
        }
        ReviewBy::Connection { connection } => shown.connection_id = Some(connection.to_string()),
        ReviewBy::Keys { issuer, keys } => {
            "pinned-keys".clone_into(&mut shown.token_review_mode);
            shown.issuer.clone_from(issuer);
            shown.public_keys.clone_from(keys);
        }
    }
    shown
}
