//! Issuing a token: what *Generate* calls.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use mayfly_api::leases::{IssueLeaseRequest, IssuedLease as Wire};
use mayfly_app::leases::{IssueLease, IssuedLease, Verify, issue as operation};
use mayfly_domain::{kubernetes_name::Namespace, ttl::Ttl};
use serde_json::Value;

use super::{
    super::{
        Shared,
        caller::By,
        dynamic_secrets::without_inputs,
        form::{Field, Form},
        json::Body,
        place::secret_place,
        problem::Failure,
    },
    wire::with_cluster,
};

/// Longest reason in characters.
const LONGEST_REASON: usize = 1024;

/// Issue a token. It is shown this once.
#[utoipa::path(post, path = "/api/v1/dynamic-secrets/leases", operation_id = "issueLease", tag = "Leases",
    request_body = IssueLeaseRequest, responses((status = 200, body = Wire)))]
pub(in super::super) async fn issue(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<Wire>, Failure> {
    let form = Form::body(&body);
    let place = secret_place(&form);
    let name = form.required_with("dynamicSecretName", |text| {
        text.to_lowercase().parse().map_err(|invalid: mayfly_domain::slug::InvalidSlug| invalid.to_string())
    });
    let ttl = ttl(&form);
    let namespace = namespace(&form);
    let reason = form.text("reason", LONGEST_REASON);
    let is_verified = form.boolean("verify");
    if form.get("replaces").is_some() {
        form.fault::<()>("replaces", "not_supported", "must be left out: replacing a lease is not supported yet");
    }
    let wish = form.finish(|| {
        Some(IssueLease {
            place: place?,
            name: name?,
            ttl: ttl?,
            namespace: namespace?,
            config: form.get("config").cloned(),
            reason: reason?.filter(|reason| !reason.trim().is_empty()),
            verify: if is_verified?.unwrap_or(false) { Verify::Ask } else { Verify::Skip },
        })
    })?;
    Ok(Json(wire(&operation(&shared.app, &caller, wish).await?)))
}

/// Clients send an empty text when they mean the default.
fn ttl(form: &Form<'_>) -> Field<Option<Ttl>> {
    if form.get("ttl").and_then(Value::as_str) == Some("") { Some(None) } else { form.optional("ttl") }
}

fn namespace(form: &Form<'_>) -> Field<Option<Namespace>> {
    let config = form.optional_object("config")?;
    let Some(config) = config else { return Some(None) };
    if config.get("namespace").and_then(Value::as_str) == Some("") {
        return Some(None);
    }
    config.optional("namespace")
}

fn wire(issued: &IssuedLease) -> Wire {
    Wire {
        lease: with_cluster(&issued.lease, &issued.secret),
        dynamic_secret: without_inputs(&issued.secret),
        data: BTreeMap::from([("TOKEN".to_owned(), issued.token.expose().clone())]),
    }
}
