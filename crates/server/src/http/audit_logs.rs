//! Reading the audit log.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use jiff::Timestamp;
use mayfly_api::audit_logs::{AuditActor, AuditEvent, AuditLog, AuditLogList, AuditProject};
use mayfly_app::{
    AppError,
    audit::{self as operations, AuditLogQuery, StoredEvent},
};
use mayfly_domain::caller::Actor;
use serde_json::{Value, json};

use super::{Shared, caller::By, form::Form, path::Path, place::query_fields, problem::Failure, time};

/// Read the audit log, newest first. With `projectId` the project's part of it, else the whole organization's.
#[utoipa::path(get, path = "/api/v1/organization/audit-logs", operation_id = "listAuditLogs", tag = "Audit log",
    params(("projectId" = Option<String>, Query), ("environment" = Option<String>, Query),
        ("actorType" = Option<String>, Query), ("actor" = Option<String>, Query),
        ("secretPath" = Option<String>, Query),
        ("secretKey" = Option<String>, Query,
            description = "The name of a static secret. There are none here, so that this finds nothing."),
        ("userAgentType" = Option<String>, Query, description = "The kind of program, as events tell it."),
        ("eventType" = Option<String>, Query, description = "One kind, or several with commas between them."),
        ("eventMetadata" = Option<String>, Query, description = "`key=value`, several with commas between them."),
        ("startDate" = Option<String>, Query), ("endDate" = Option<String>, Query),
        ("offset" = Option<i64>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = AuditLogList)))]
pub(super) async fn list(
    State(shared): State<Shared>,
    By(caller): By,
    RawQuery(query): RawQuery,
) -> Result<Json<AuditLogList>, Failure> {
    let query = read(query.as_deref())?;
    let events = operations::list(&shared.app, &caller, query).await?;
    Ok(Json(AuditLogList { audit_logs: events.iter().map(wire).collect() }))
}

/// Read a project's audit log, newest first, as older clients do: each event comes with its project.
#[utoipa::path(get, path = "/api/v1/workspace/{projectId}/audit-logs", operation_id = "listProjectAuditLogs",
    tag = "Audit log",
    params(("projectId" = String, Path), ("actorType" = Option<String>, Query), ("actor" = Option<String>, Query),
        ("userAgentType" = Option<String>, Query), ("eventType" = Option<String>, Query),
        ("startDate" = Option<String>, Query), ("endDate" = Option<String>, Query),
        ("offset" = Option<i64>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = AuditLogList)))]
pub(super) async fn list_of_project(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<AuditLogList>, Failure> {
    let query = read(query.as_deref())?;
    let id = id.parse().map_err(|_| AppError::NotFound { what: "project", name: id.clone() })?;
    let (project, events) = operations::list_of_project(&shared.app, &caller, id, query).await?;
    let project = AuditProject { name: project.name.to_string(), slug: project.slug.to_string() };
    let with_project = |event| AuditLog { project: Some(project.clone()), ..wire(event) };
    Ok(Json(AuditLogList { audit_logs: events.iter().map(with_project).collect() }))
}

fn read(query: Option<&str>) -> Result<AuditLogQuery, Failure> {
    const USUAL_PAGE: i64 = 20;
    const LONGEST_PAGE: i64 = 1_000;
    let fields = query_fields(query);
    let form = Form::query(&fields);
    let project = form.optional("projectId");
    let kinds =
        form.optional_with("eventType", |text| Ok(text.split(',').map(|kind| kind.trim().to_owned()).collect()));
    let (actor_id, actor_type) = (form.text("actor", 64), form.text("actorType", 64));
    let metadata = event_metadata(&form);
    let (environment, path) = (form.text("environment", 64), form.text("secretPath", 1024));
    let (key, agent) = (form.text("secretKey", 256), form.optional_with("userAgentType", user_agent_type));
    let (from, to) = (form.optional::<Timestamp>("startDate"), form.optional::<Timestamp>("endDate"));
    let limit = form.integer("limit", 1..=LONGEST_PAGE);
    let offset = form.integer("offset", 0..=i64::from(i32::MAX));
    Ok(form.finish(|| {
        // First, because the store looks at the first few only.
        let mut fields: Vec<(String, String)> = key?.map(|key| ("secretKey".to_owned(), key)).into_iter().collect();
        fields.extend(metadata?);
        fields.extend(environment?.map(|slug| ("environment".to_owned(), slug)));
        fields.extend(path?.map(|path| ("secretPath".to_owned(), path)));
        Some(AuditLogQuery {
            project: project?,
            kinds: kinds?,
            actor_id: actor_id?,
            actor_type: actor_type?,
            user_agent_type: agent?,
            fields,
            from: from?,
            to: to?,
            limit: limit?.unwrap_or(USUAL_PAGE),
            offset: offset?.unwrap_or(0),
        })
    })?)
}

fn user_agent_type(text: &str) -> Result<&'static str, String> {
    let known = AuditLogQuery::USER_AGENT_TYPES.into_iter().find(|known| *known == text);
    known.ok_or_else(|| format!("must be one of `{}`", AuditLogQuery::USER_AGENT_TYPES.join("`, `")))
}

/// `key=value,key=value`; at most two, because environment and path may come beside them.
fn event_metadata(form: &Form<'_>) -> Option<Vec<(String, String)>> {
    const MOST: usize = 2;
    let pairs = form.optional_with("eventMetadata", |text| {
        let pair = |part: &str| part.split_once('=').map(|(key, value)| (key.trim().to_owned(), value.to_owned()));
        let pairs: Option<Vec<(String, String)>> = text.split(',').map(pair).collect();
        match pairs {
            Some(pairs) if pairs.len() <= MOST => Ok(pairs),
            Some(_) => Err(format!("must have at most {MOST} pairs")),
            None => Err("must be `key=value`, several with commas between them".to_owned()),
        }
    })?;
    Some(pairs.unwrap_or_default())
}

fn wire(event: &StoredEvent) -> AuditLog {
    let created_at = time::text(event.created_at);
    AuditLog {
        id: event.id.to_string(),
        event: AuditEvent { kind: event.kind.clone(), metadata: event.metadata.clone() },
        actor: actor(&event.actor),
        ip_address: event.ip_address.map(|address| address.to_string()),
        user_agent: event.user_agent_type.is_some().then(|| event.user_agent.clone()),
        user_agent_type: event.user_agent_type.clone(),
        project_id: event.project.map(|id| id.to_string()),
        project_name: event.project_name.clone(),
        project: None,
        org_id: event.organization.map(|id| id.to_string()),
        updated_at: created_at.clone(),
        created_at,
        expires_at: None,
    }
}

pub(super) fn actor(actor: &Actor) -> AuditActor {
    let metadata = match actor {
        Actor::Identity { identity_id, name } => json!({"identityId": identity_id, "name": name}),
        Actor::User { user_id, email } => json!({"userId": user_id, "email": email, "username": email}),
        Actor::Platform | Actor::Anonymous => Value::Object(serde_json::Map::new()),
    };
    AuditActor { kind: actor.kind().to_owned(), metadata }
}
