//! Reading the audit log: by page, as counts, all of a span, and as it grows.

mod export;
mod live;

use axum::{
    Json,
    body::Body,
    extract::{RawQuery, State},
    http::HeaderMap,
    response::Response,
};
use jiff::Timestamp;
use mayfly_api::audit_events::{ActorCount, EventFacets, LoggedEvent, LoggedEventBody, LoggedEventList};
use mayfly_app::audit::{self as operations, EventPage, EventQuery, StoredEvent};
use mayfly_domain::{
    audit::EventOutcome,
    ids::{AuditEventId, ConnectionId, DynamicSecretId, GatewayId, LeaseId},
};

use super::{
    Shared,
    audit_logs::actor,
    caller::By,
    event_stream,
    form::{Field, Form},
    path::Path,
    place::{not_empty, query_fields},
    problem::Failure,
    time,
};

/// The parameters that narrow what is read; the last two say when.
const NARROWING: [&str; 13] = [
    "projectId",
    "kind",
    "outcome",
    "actor",
    "actorType",
    "leaseId",
    "jti",
    "connectionId",
    "dynamicSecretId",
    "gatewayId",
    "q",
    "from",
    "to",
];

/// List events, newest first. With `projectId` the project's, else the whole organization's.
#[utoipa::path(get, path = "/api/v1/audit-events", operation_id = "listAuditEvents", tag = "Audit log",
    params(("projectId" = Option<String>, Query),
        ("kind" = Option<String>, Query, description = "One kind, or several with commas between them."),
        ("outcome" = Option<String>, Query, description = "`success`, `failure` or `denied`."),
        ("actor" = Option<String>, Query, description = "The id of an identity or a person."),
        ("actorType" = Option<String>, Query), ("leaseId" = Option<String>, Query), ("jti" = Option<String>, Query),
        ("connectionId" = Option<String>, Query,
            description = "Events about a cluster connection, and about the leases that it issued."),
        ("dynamicSecretId" = Option<String>, Query,
            description = "Events about a dynamic secret, about its leases, and about wishes for one."),
        ("gatewayId" = Option<String>, Query, description = "Events about a gateway."),
        ("q" = Option<String>, Query, description = "A part of who did it, what (its kind, or the name of what it is about) or why."),
        ("from" = Option<String>, Query), ("to" = Option<String>, Query),
        ("cursor" = Option<String>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = LoggedEventList)))]
pub(super) async fn list(
    State(shared): State<Shared>,
    By(caller): By,
    RawQuery(query): RawQuery,
) -> Result<Json<LoggedEventList>, Failure> {
    const USUAL: i64 = 100;
    let fields = query_fields(query.as_deref());
    let form = Form::query(&fields);
    form.only(&[NARROWING.as_slice(), &["cursor", "limit"]].concat());
    let query = narrowing(&form);
    let before = form.optional::<AuditEventId>("cursor");
    let limit = form.integer("limit", 1..=EventPage::LONGEST);
    let page = || Some(EventPage { before: before?, limit: limit?.unwrap_or(USUAL) });
    let (query, page) = form.finish(|| Some((query?, page()?)))?;
    let (events, next) = operations::page(&shared.app, &caller, &query, page).await?;
    Ok(Json(LoggedEventList { events: events.iter().map(wire).collect(), next_cursor: next.map(|id| id.to_string()) }))
}

/// Count events by kind, outcome, actor and project.
#[utoipa::path(get, path = "/api/v1/audit-events/facets", operation_id = "countAuditEvents", tag = "Audit log",
    params(("projectId" = Option<String>, Query), ("kind" = Option<String>, Query), ("outcome" = Option<String>, Query),
        ("actor" = Option<String>, Query), ("actorType" = Option<String>, Query), ("leaseId" = Option<String>, Query),
        ("jti" = Option<String>, Query), ("connectionId" = Option<String>, Query), ("dynamicSecretId" = Option<String>, Query),
        ("gatewayId" = Option<String>, Query), ("q" = Option<String>, Query), ("from" = Option<String>, Query), ("to" = Option<String>, Query)),
    responses((status = 200, body = EventFacets)))]
pub(super) async fn facets(
    State(shared): State<Shared>,
    By(caller): By,
    RawQuery(query): RawQuery,
) -> Result<Json<EventFacets>, Failure> {
    let fields = query_fields(query.as_deref());
    let form = Form::query(&fields);
    form.only(&NARROWING);
    let query = narrowing(&form);
    let query = form.finish(|| query)?;
    let facets = operations::facets(&shared.app, &caller, &query).await?;
    let actors = facets.actors.into_iter().map(|(id, (named, count))| ActorCount {
        id,
        actor: named.as_ref().map(actor),
        count,
    });
    Ok(Json(EventFacets {
        total: facets.total,
        kinds: facets.kinds,
        outcomes: facets.outcomes.into_iter().map(|(name, count)| (name.to_owned(), count)).collect(),
        actors: actors.collect(),
        projects: facets.projects,
    }))
}

/// Export events, oldest first: all of a span, streamed, one to a line.
#[utoipa::path(get, path = "/api/v1/audit-events/export", operation_id = "exportAuditEvents", tag = "Audit log",
    params(("format" = Option<String>, Query, description = "`ndjson` or `csv`; `ndjson` unless given."),
        ("projectId" = Option<String>, Query), ("kind" = Option<String>, Query), ("outcome" = Option<String>, Query),
        ("actor" = Option<String>, Query), ("actorType" = Option<String>, Query), ("leaseId" = Option<String>, Query),
        ("jti" = Option<String>, Query), ("connectionId" = Option<String>, Query), ("dynamicSecretId" = Option<String>, Query),
        ("gatewayId" = Option<String>, Query), ("q" = Option<String>, Query), ("from" = Option<String>, Query), ("to" = Option<String>, Query)),
    responses((status = 200, description = "Lines.", body = String)))]
pub(super) async fn export(
    State(shared): State<Shared>,
    By(caller): By,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response<Body>, Failure> {
    let fields = query_fields(query.as_deref());
    let form = Form::query(&fields);
    form.only(&[NARROWING.as_slice(), &["format"]].concat());
    let query = narrowing(&form);
    let format = form.optional::<export::Format>("format");
    let (query, format) = form.finish(|| Some((query?, format?.unwrap_or(export::Format::Ndjson))))?;
    export::answer(shared, caller, &headers, query, format).await
}

/// Watch events as they happen (server-sent events). After `Last-Event-ID` it goes on where it stopped; an event may come
/// twice, and has the same id then.
#[utoipa::path(get, path = "/api/v1/audit-events/live", operation_id = "watchAuditEvents", tag = "Audit log",
    params(("Last-Event-ID" = Option<String>, Header),
        ("projectId" = Option<String>, Query), ("kind" = Option<String>, Query), ("outcome" = Option<String>, Query),
        ("actor" = Option<String>, Query), ("actorType" = Option<String>, Query), ("leaseId" = Option<String>, Query),
        ("jti" = Option<String>, Query), ("connectionId" = Option<String>, Query), ("dynamicSecretId" = Option<String>, Query),
        ("gatewayId" = Option<String>, Query), ("q" = Option<String>, Query),
        ("longest" = Option<i64>, Query, description = "Seconds after which the answer ends; a day unless given.")),
    responses((status = 200, description = "A stream of events.", body = String, content_type = "text/event-stream")))]
pub(super) async fn live(
    State(shared): State<Shared>,
    By(caller): By,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response<Body>, Failure> {
    let fields = query_fields(query.as_deref());
    let form = Form::query(&fields);
    form.only(&[NARROWING.split_at(NARROWING.len() - 2).0, &["longest"]].concat());
    let query = narrowing(&form);
    let longest = event_stream::longest(&form);
    let (query, longest) = form.finish(|| Some((query?, longest?)))?;
    live::answer(shared, caller, &headers, query, longest).await
}

/// Read one event. With `projectId` one of the project's, else of the whole organization's.
#[utoipa::path(get, path = "/api/v1/audit-events/{eventId}", operation_id = "getAuditEvent", tag = "Audit log",
    params(("eventId" = String, Path), ("projectId" = Option<String>, Query)),
    responses((status = 200, body = LoggedEventBody)))]
pub(super) async fn get(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<LoggedEventBody>, Failure> {
    let fields = query_fields(query.as_deref());
    let form = Form::query(&fields);
    form.only(&["projectId"]);
    let project = form.optional("projectId");
    let project = form.finish(|| project)?;
    let found = operations::one(&shared.app, &caller, project, &id).await?;
    Ok(Json(LoggedEventBody { event: wire(&found) }))
}

fn narrowing(form: &Form<'_>) -> Field<EventQuery> {
    const LONGEST: usize = 64;
    let project = form.optional("projectId");
    let kinds = form.optional_with("kind", |text| Ok(text.split(',').map(|kind| kind.trim().to_owned()).collect()));
    let outcome = form.optional::<EventOutcome>("outcome");
    let (actor_id, actor_type) = (form.text("actor", LONGEST), form.text("actorType", LONGEST));
    let (lease, jti) = (form.optional::<LeaseId>("leaseId"), form.text("jti", LONGEST));
    let connection = form.optional::<ConnectionId>("connectionId");
    let dynamic_secret = form.optional::<DynamicSecretId>("dynamicSecretId");
    let gateway = form.optional::<GatewayId>("gatewayId");
    let text = form.optional_with("q", |text| not_empty(text).map(str::to_owned));
    let (from, to) = (form.optional::<Timestamp>("from"), form.optional::<Timestamp>("to"));
    Some(EventQuery {
        project: project?,
        kinds: kinds?,
        outcome: outcome?,
        actor_id: actor_id?,
        actor_type: actor_type?,
        lease: lease?,
        jti: jti?,
        connection: connection?,
        dynamic_secret: dynamic_secret?,
        gateway: gateway?,
        text: text?,
        from: from?,
        to: to?,
    })
}

/// An event as it goes out, here and to every sink.
pub(crate) fn wire(event: &StoredEvent) -> LoggedEvent {
    let field = |name: &str| event.metadata.get(name).and_then(|value| value.as_str()).map(str::to_owned);
    LoggedEvent {
        id: event.id.to_string(),
        kind: event.kind.clone(),
        outcome: EventOutcome::of(&event.kind).as_str().to_owned(),
        actor: actor(&event.actor),
        ip_address: event.ip_address.map(|address| address.to_string()),
        user_agent: event.user_agent_type.is_some().then(|| event.user_agent.clone()),
        project_id: event.project.map(|id| id.to_string()),
        project_name: event.project_name.clone(),
        organization_id: event.organization.map(|id| id.to_string()),
        lease_id: field("leaseId"),
        jti: field("jti"),
        metadata: event.metadata.clone(),
        created_at: time::text(event.created_at),
    }
}
