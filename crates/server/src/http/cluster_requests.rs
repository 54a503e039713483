//! A cluster's own audit log coming in, and what a lease's token did.

use std::time::Duration;

use axum::{
    Json,
    extract::{RawQuery, Request, State},
};
use jiff::Timestamp;
use mayfly_api::cluster_requests::{
    AuditIntake, AuditIntakeBody, AuditIntakeRequest, ClusterRequest, ClusterRequestList, ImportedRequests,
    MadeAuditIntake, RequestImport,
};
use mayfly_app::{
    AppError,
    cluster_requests::{self as operations, EventList, Intake, KeptRequest, Received, RequestPage, Sender},
    projects::ProjectName,
};
use mayfly_domain::{access::operation::Operation, caller::Origin, ids::ConnectionId};
use serde_json::Value;

use super::{
    Shared,
    access_table::record,
    arrival::Admitted,
    caller::{By, Shown, shown},
    cookie,
    form::Form,
    json::Body,
    path::Path,
    place::query_fields,
    problem::Failure,
    time,
};

/// Bytes of events at once. An API server sends 400 of them at most, and 10 MiB, unless it is told otherwise.
const LARGEST: usize = 16 * 1024 * 1024;

/// How long they may take to come.
const DEADLINE: Duration = Duration::from_secs(30);

/// Let a cluster send its audit log. The answer's kubeconfig is for the API server's `--audit-webhook-config-file`, and
/// holds the only copy of its token; a former token counts no more.
#[utoipa::path(post, path = "/api/v1/cluster-connections/{connectionId}/audit-intake", operation_id = "createAuditIntake",
    tag = "Cluster connections", params(("connectionId" = String, Path)), request_body = AuditIntakeRequest,
    responses((status = 200, body = MadeAuditIntake)))]
pub(super) async fn create_intake(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<MadeAuditIntake>, Failure> {
    let form = Form::body(&body);
    form.only(&["serverUrl", "serverCa"]);
    let url = form.required_with("serverUrl", server_url);
    let ca = form.text("serverCa", 64 * 1024);
    let (url, ca) = form.finish(|| Some((url?, ca?)))?;
    let made = operations::create_intake(&shared.app, &caller, connection(&id)?, &url, ca.as_deref()).await?;
    Ok(Json(MadeAuditIntake { intake: wire_intake(&made.intake), kubeconfig: made.kubeconfig.expose().clone() }))
}

fn server_url(text: &str) -> Result<String, String> {
    let is_plain = |url: &http::Uri| {
        let host = url.authority().is_some_and(|authority| !authority.as_str().contains('@'));
        matches!(url.scheme_str(), Some("https" | "http")) && host && url.query().is_none()
    };
    match text.parse::<http::Uri>() {
        Ok(url) if is_plain(&url) => Ok(text.trim_end_matches('/').to_owned()),
        _ => Err("must be an address such as `https://mayfly.example.com`".to_owned()),
    }
}

/// See who may send a cluster's audit log, and what came of it.
#[utoipa::path(get, path = "/api/v1/cluster-connections/{connectionId}/audit-intake", operation_id = "getAuditIntake",
    tag = "Cluster connections", params(("connectionId" = String, Path)), responses((status = 200, body = AuditIntakeBody)))]
pub(super) async fn get_intake(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<AuditIntakeBody>, Failure> {
    Form::query(&query_fields(query.as_deref())).nothing()?;
    let intake = operations::read_intake(&shared.app, &caller, connection(&id)?).await?;
    Ok(Json(AuditIntakeBody { intake: intake.as_ref().map(wire_intake) }))
}

/// Let a cluster send its audit log no more.
#[utoipa::path(delete, path = "/api/v1/cluster-connections/{connectionId}/audit-intake",
    operation_id = "revokeAuditIntake", tag = "Cluster connections", params(("connectionId" = String, Path)),
    responses((status = 200, body = AuditIntakeBody)))]
pub(super) async fn revoke_intake(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<AuditIntakeBody>, Failure> {
    Form::body(&body).nothing()?;
    operations::revoke_intake(&shared.app, &caller, connection(&id)?).await?;
    Ok(Json(AuditIntakeBody { intake: None }))
}

/// Send events of a cluster's audit log (`audit.k8s.io/v1`), with the token of the connection's intake.
#[utoipa::path(post, path = "/api/v1/cluster-connections/{connectionId}/audit-events",
    operation_id = "receiveClusterAudit", tag = "Cluster connections", params(("connectionId" = String, Path)),
    request_body = RequestImport, responses((status = 200, body = ImportedRequests)))]
pub(super) async fn receive(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<ImportedRequests>, Failure> {
    let Shown::Token(token) = shown(request.headers(), cookie::Kind::Secure) else {
        return Err(AppError::NotSignedIn.into());
    };
    let checked = match id.parse() {
        Ok(id) => operations::check_sender(&shared.app, id, &token).await,
        Err(_) => Err(AppError::TokenRefused),
    };
    // Before anything of the body is read, and again afterwards: that takes up to half a minute.
    let origin = caller.origin;
    sender(&shared, checked, &origin).await?;
    let list = list(&shared, request).await?;
    let checked = operations::check_sender(&shared.app, connection(&id)?, &token).await;
    let sender = sender(&shared, checked, &origin).await?;
    Ok(Json(wire_received(operations::receive(&shared.app, sender, list).await?)))
}

/// A sender who is none is refused, and that is recorded.
async fn sender(shared: &Shared, checked: Result<Sender, AppError>, origin: &Origin) -> Result<Sender, AppError> {
    if let Err(error) = &checked {
        record(shared, Operation::ReceiveClusterAudit, origin.clone(), error).await;
    }
    checked
}

/// Read a file of a cluster's audit log. Reading it again changes nothing.
#[utoipa::path(post, path = "/api/v1/cluster-connections/{connectionId}/audit-import",
    operation_id = "importClusterAudit", tag = "Cluster connections", params(("connectionId" = String, Path)),
    request_body = RequestImport, responses((status = 200, body = ImportedRequests)))]
pub(super) async fn import(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<ImportedRequests>, Failure> {
    let id = connection(&id)?;
    operations::may_import(&shared.app, &caller, id).await?;
    let (at, operation) = (shared.app.ambient().now(), Operation::ImportClusterAudit);
    let shown = shown(request.headers(), cookie::Kind::of(&shared, request.headers(), &caller.origin));
    let admitted = Admitted { caller, shown, operation, at };
    let list = list(&shared, request).await?;
    let caller = admitted.now(&shared).await?;
    Ok(Json(wire_received(operations::import(&shared.app, &caller, id, list).await?)))
}

/// The events of an `EventList`; its other fields say nothing to us.
async fn list(shared: &Shared, request: Request) -> Result<EventList, Failure> {
    let unreadable =
        || AppError::field(&["items"], "invalid_value", "must come within 30 seconds, and have 16 MiB at most");
    let bytes = tokio::select! {
        bytes = axum::body::to_bytes(request.into_body(), LARGEST) => bytes.map_err(|_| unreadable())?,
        () = shared.app.ambient().sleep(DEADLINE) => return Err(unreadable().into()),
    };
    let list = EventList::read(&bytes)?;
    let fields = list.fields.iter().map(|name| (name.clone(), Value::Null)).collect();
    let form = Form::body(&fields);
    form.only(&["kind", "apiVersion", "metadata", "items"]);
    form.finish(|| Some(()))?;
    Ok(list)
}

/// See what a lease's token did in its cluster, oldest first: as far as the cluster's audit log was sent here.
#[utoipa::path(get, path = "/api/v1/leases/{leaseId}/requests", operation_id = "listLeaseRequests", tag = "Leases",
    params(("leaseId" = String, Path), ("projectSlug" = String, Query), ("cursor" = Option<String>, Query),
        ("limit" = Option<i64>, Query)),
    responses((status = 200, body = ClusterRequestList)))]
pub(super) async fn of_lease(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<ClusterRequestList>, Failure> {
    let fields = query_fields(query.as_deref());
    let form = Form::query(&fields);
    form.only(&["projectSlug", "cursor", "limit"]);
    let slug =
        |text: &str| if text.is_empty() { Err("must not be empty".to_owned()) } else { Ok(ProjectName::slug(text)) };
    let project = form.required_with("projectSlug", slug);
    let after = form.optional_with("cursor", cursor);
    let limit = form.integer("limit", 1..=RequestPage::LONGEST);
    let page = || Some(RequestPage { project: project?, after: after?, limit: limit?.unwrap_or(RequestPage::LONGEST) });
    let page = form.finish(page)?;
    let found = operations::of_lease(&shared.app, &caller, &id, page).await?;
    let next_cursor = found.requests.last().filter(|_| found.has_more);
    let next_cursor = next_cursor.map(|last| format!("{}~{}", last.at.as_millisecond(), last.audit_id));
    let requests = found.requests.iter().map(wire).collect();
    Ok(Json(ClusterRequestList { requests, is_cut: found.is_cut, next_cursor }))
}

fn cursor(text: &str) -> Result<(Timestamp, String), String> {
    let parts = text.split_once('~').and_then(|(at, id)| Some((at.parse().ok()?, id)));
    let moment = parts.and_then(|(at, id)| Some((Timestamp::from_millisecond(at).ok()?, id.to_owned())));
    moment.ok_or_else(|| "must be the `nextCursor` of an answer".to_owned())
}

fn connection(id: &str) -> Result<ConnectionId, AppError> {
    id.parse().map_err(|_| AppError::NotFound { what: "cluster connection", name: id.to_owned() })
}

fn wire(request: &KeptRequest) -> ClusterRequest {
    let facts = request.facts.clone();
    ClusterRequest {
        audit_id: request.audit_id.clone(),
        at: time::text(request.at),
        verb: facts.verb,
        uri: facts.uri,
        api_group: facts.api_group,
        resource: facts.resource,
        subresource: facts.subresource,
        namespace: facts.namespace,
        name: facts.name,
        status: facts.status,
        source_ip: facts.source_ip,
        user_agent: facts.user_agent,
    }
}

fn wire_intake(intake: &Intake) -> AuditIntake {
    AuditIntake {
        connection_id: intake.connection.to_string(),
        created_at: time::text(intake.created_at),
        last_heard_at: intake.last_heard_at.map(time::text),
        events: intake.events,
        joined: intake.joined,
    }
}

const fn wire_received(received: Received) -> ImportedRequests {
    ImportedRequests { events: received.events, joined: received.joined }
}
