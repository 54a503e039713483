//! Issuing a token: what *Generate* calls.

use std::collections::BTreeMap;

use axum::{Extension, Json, extract::State};
use http::HeaderMap;
use mayfly_api::leases::{IssueLeaseRequest, IssuedLease as Wire};
use mayfly_app::leases::{IssueLease, IssuedLease, RequestKey, Verify, issue as operation};
use mayfly_domain::{caller::Caller, kubernetes_name::Namespace, ttl::Ttl};
use serde_json::{Map, Value};

use super::{
    super::{
        Shared,
        caller::By,
        dynamic_secrets::without_inputs,
        form::{Field, Form},
        json::Body,
        place::secret_place,
        problem::Failure,
        undelivered::HandedOut,
    },
    reason::optional_reason,
    wire::{lease, with_cluster},
};

/// Longest id in characters: more is none.
const LONGEST_ID: usize = 64;

/// Issue a token. It is shown this once.
#[utoipa::path(post, path = "/api/v1/dynamic-secrets/leases", operation_id = "issueLease", tag = "Leases",
    params(("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128,
        description = "Visible ASCII characters. Remembered for 24 hours for the caller and the project: the same request, \
            sent again with the same key, issues once, and is answered with 409: `idempotency_key_in_use` while the first \
            is being answered, `idempotency_key_used` with the lease's id in `details.leaseId` afterwards, \
            `idempotency_key_reused` where the body is another.")),
    request_body = IssueLeaseRequest, responses((status = 200, body = Wire)))]
pub(in super::super) async fn issue(
    State(shared): State<Shared>,
    By(caller): By,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<(Extension<HandedOut>, Json<Wire>), Failure> {
    let form = Form::body(&body);
    let place = secret_place(&form);
    let name = form.required_with("dynamicSecretName", |text| {
        text.to_lowercase().parse().map_err(|invalid: mayfly_domain::slug::InvalidSlug| invalid.to_string())
    });
    let ttl = ttl(&form);
    let namespace = namespace(&form);
    let reason = optional_reason(&form);
    let is_verified = form.boolean("verify");
    let replaces = form.text("replaces", LONGEST_ID);
    let key = key(&form, &headers, &body);
    let wish = form.finish(|| {
        Some(IssueLease {
            place: place?,
            name: name?,
            ttl: ttl?,
            namespace: namespace?,
            config: form.get("config").cloned(),
            reason: reason?,
            verify: if is_verified?.unwrap_or(false) { Verify::Ask } else { Verify::Skip },
            key: key?,
            replaces: replaces?.filter(|id| !id.is_empty()),
        })
    })?;
    let issued = operation(&shared.app, &caller, wish).await?;
    Ok(handed_out(caller, issued))
}

/// The answer that carries a token, with what ends its lease should nobody receive it.
pub(in super::super) fn handed_out(caller: Caller, issued: IssuedLease) -> (Extension<HandedOut>, Json<Wire>) {
    let answer = Json(wire(&issued));
    (Extension(HandedOut { caller, lease: issued.lease }), answer)
}

/// The header `Idempotency-Key`, as the IETF draft of that name has it: the same request, sent again, issues once.
/// <https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/>
fn key(form: &Form<'_>, headers: &HeaderMap, body: &Map<String, Value>) -> Field<Option<RequestKey>> {
    let Some(value) = headers.get("idempotency-key") else { return Some(None) };
    let text = value.to_str().unwrap_or_default().trim();
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if text.is_empty() || text.len() > RequestKey::LONGEST || !is_plain {
        let message = format!("must be 1 to {} visible ASCII characters", RequestKey::LONGEST);
        return form.fault("Idempotency-Key", "invalid_value", message);
    }
    let body = serde_json::to_vec(body).unwrap_or_default();
    Some(Some(RequestKey::new(text.to_owned(), &body)))
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
        replaced: issued.replaced.as_ref().map(lease),
        data: BTreeMap::from([("TOKEN".to_owned(), issued.token.expose().clone())]),
    }
}
