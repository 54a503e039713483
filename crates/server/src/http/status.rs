//! `/api/status`.

use axum::{Json, extract::State};
use mayfly_api::status::Status;
use mayfly_app::status::status as operation;

use super::{Shared, problem::Failure, time};

/// Is the server up?
#[utoipa::path(get, path = "/api/status", operation_id = "getStatus", tag = "Status",
    responses((status = 200, body = Status), (status = 503, description = "The database is not available.")))]
pub(super) async fn status(State(shared): State<Shared>) -> Result<Json<Status>, Failure> {
    let status = operation(&shared.app).await?;
    Ok(Json(Status {
        date: time::text(status.now),
        message: "Ok".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        is_bootstrapped: status.is_bootstrapped,
        is_held: status.is_held,
        email_configured: false,
        invite_only_signup: true,
        redis_configured: false,
        secret_scanning_configured: false,
        audit_log_storage_disabled: false,
    }))
}
