//! The chain of the audit log: its head, and verifying it.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use jiff::Timestamp;
use mayfly_api::audit_events::{AuditFinding, AuditHead, AuditHeadBody, AuditVerification, VerifyAuditLogRequest};
use mayfly_app::audit::chain::{self as operations, Finding, Head, Verified};
use mayfly_domain::ids::InstallationId;

use super::{
    Shared,
    caller::By,
    form::{Field, Form},
    json::Body,
    place::query_fields,
    problem::Failure,
    time,
};

/// Read the head of the audit log: the newest seal, to be kept outside.
#[utoipa::path(get, path = "/api/v1/audit-log/head", operation_id = "readAuditHead", tag = "Audit log",
    responses((status = 200, body = AuditHeadBody)))]
pub(super) async fn head(
    State(shared): State<Shared>,
    By(caller): By,
    RawQuery(query): RawQuery,
) -> Result<Json<AuditHeadBody>, Failure> {
    Form::query(&query_fields(query.as_deref())).nothing()?;
    let head = operations::head(&shared.app, &caller).await?;
    Ok(Json(AuditHeadBody { head: head.map(|head| wire_head(&head)) }))
}

/// Verify the whole audit log, also against a head that was kept outside.
#[utoipa::path(post, path = "/api/v1/audit-log/verify", operation_id = "verifyAuditLog", tag = "Audit log",
    request_body = VerifyAuditLogRequest, responses((status = 200, body = AuditVerification)))]
pub(super) async fn verify(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<AuditVerification>, Failure> {
    let form = Form::body(&body);
    form.only(&["head"]);
    let head = match form.optional_object("head") {
        Some(Some(head)) => read_head(&head).map(Some),
        Some(None) => Some(None),
        None => None,
    };
    let head = form.finish(|| head)?;
    let verified = operations::verify(&shared.app, &caller, head.as_ref()).await?;
    Ok(Json(wire(&verified)))
}

fn read_head(form: &Form<'_>) -> Field<Head> {
    form.only(&["installation", "number", "mark", "sealedAt"]);
    let installation = form.required::<InstallationId>("installation");
    let number = form.integer("number", 1..=i64::MAX);
    let mark = form.required::<String>("mark");
    let sealed_at = form.required::<Timestamp>("sealedAt");
    let number = number?.or_else(|| form.fault("number", "required", "is required".to_owned()));
    Some(Head { installation: installation?, number: number?, mark: mark?, sealed_at: sealed_at? })
}

pub(crate) fn wire_head(head: &Head) -> AuditHead {
    AuditHead {
        installation: head.installation.to_string(),
        number: head.number,
        mark: head.mark.clone(),
        sealed_at: time::text(head.sealed_at),
    }
}

/// A head that was kept outside, as our own type.
pub(crate) fn kept_head(head: &AuditHead) -> Result<Head, String> {
    Ok(Head {
        installation: head.installation.parse().map_err(|error| format!("`installation` {error}"))?,
        number: head.number,
        mark: head.mark.clone(),
        sealed_at: head.sealed_at.parse().map_err(|_| "`sealedAt` is no time".to_owned())?,
    })
}

/// As it goes out, and as `mayfly audit verify --offline` shows it.
pub(crate) fn wire(verified: &Verified) -> AuditVerification {
    AuditVerification {
        is_intact: verified.findings.is_empty(),
        events: verified.intact,
        unsealed: verified.unsealed,
        newest_seal: verified.newest.map(|(number, _)| number),
        findings: verified.findings.iter().map(finding).collect(),
        further_findings: verified.further,
        unproven: verified.unproven.clone(),
    }
}

fn finding(finding: &Finding) -> AuditFinding {
    AuditFinding {
        fault: finding.fault.name().to_owned(),
        what: finding.what.clone(),
        event_id: finding.event.clone(),
        seal: finding.seal,
        chain: finding.chain.map(|chain| chain.to_string()),
        first_number: finding.first,
        last_number: finding.last,
    }
}
