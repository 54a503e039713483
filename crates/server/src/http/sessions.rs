//! One's own sessions.

use axum::{Json, extract::State};
use mayfly_api::sign_in::{EndedSessions, Session as Wire, SessionList};
use mayfly_app::{AppError, sessions as operations};
use mayfly_domain::{
    ids::{SessionId, UserId},
    session::Session,
};

use super::{Shared, caller::By, form::Form, json::Body, path::Path, problem::Failure, time};

/// List one's own sessions, oldest first.
#[utoipa::path(get, path = "/api/v1/auth/sessions", operation_id = "listOwnSessions", tag = "Sessions",
    responses((status = 200, body = SessionList)))]
pub(super) async fn list(
    State(shared): State<Shared>,
    By(caller): By,
    axum::extract::RawQuery(query): axum::extract::RawQuery,
) -> Result<Json<SessionList>, Failure> {
    Form::query(&super::place::query_fields(query.as_deref())).nothing()?;
    let sessions = operations::list(&shared.app, &caller).await?;
    let sessions = sessions.iter().map(|session| wire(&shared, session, caller.session)).collect();
    Ok(Json(SessionList { sessions }))
}

/// End one of one's own sessions.
#[utoipa::path(delete, path = "/api/v1/auth/sessions/{sessionId}", operation_id = "endOwnSession", tag = "Sessions",
    params(("sessionId" = String, Path)), responses((status = 200, body = EndedSessions)))]
pub(super) async fn end(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<EndedSessions>, Failure> {
    Form::body(&body).nothing()?;
    let id: SessionId = id.parse().map_err(|_| AppError::NotFound { what: "session", name: id.clone() })?;
    operations::end(&shared.app, &caller, id).await?;
    Ok(Json(EndedSessions { ended: 1 }))
}

/// End all of one's own sessions but the one that is shown.
#[utoipa::path(post, path = "/api/v1/auth/sessions/end-others", operation_id = "endOtherSessions", tag = "Sessions",
    responses((status = 200, body = EndedSessions)))]
pub(super) async fn end_others(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<EndedSessions>, Failure> {
    Form::body(&body).nothing()?;
    Ok(Json(EndedSessions { ended: operations::end_others(&shared.app, &caller).await? }))
}

/// End all sessions of a person.
#[utoipa::path(post, path = "/api/v1/users/{userId}/sessions/end", operation_id = "endUserSessions", tag = "Users",
    params(("userId" = String, Path)), responses((status = 200, body = EndedSessions)))]
pub(super) async fn end_of_user(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<EndedSessions>, Failure> {
    Form::body(&body).nothing()?;
    let id: UserId = super::users::id(&id)?;
    Ok(Json(EndedSessions { ended: operations::end_of_user(&shared.app, &caller, id).await? }))
}

/// On the wire.
pub(super) fn wire(shared: &Shared, session: &Session, current: Option<SessionId>) -> Wire {
    Wire {
        id: session.id.to_string(),
        is_current: current == Some(session.id),
        ip_address: session.ip_address.map(|address| address.to_string()),
        user_agent: session.user_agent.clone(),
        created_at: time::text(session.created_at),
        last_used_at: time::text(session.seen_at),
        ends_at: time::text(session.ends_at(shared.app.settings().sessions)),
        expires_at: time::text(session.expires_at),
    }
}
