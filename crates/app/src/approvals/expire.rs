//! Noting that nobody agreed, or nobody used it, in time.

use mayfly_domain::{approval::ApprovalRequest, audit::Event, caller::Caller};
use mayfly_store::StoreError;

use crate::{App, AppError};

/// Requests looked at in one round.
const BATCH: i64 = 100;

/// Notes those that ran out; what is not noted yet counts as over all the same.
pub async fn expire_overdue(app: &App) -> Result<(), AppError> {
    for request in app.store.approvals().overdue(app.ambient.now(), BATCH).await? {
        expire(app, &request).await?;
    }
    Ok(())
}

/// Notes it of one that ran out.
pub(super) async fn expire(app: &App, request: &ApprovalRequest) -> Result<(), AppError> {
    let expired = Event::ExpireApprovalRequest { approval_request_id: request.id };
    let event = app.event(&Caller::platform(request.organization), request.project, expired);
    match app.store.approvals().expire(request, &event).await {
        // Another server was faster, or somebody just decided.
        Ok(()) | Err(StoreError::GuardFailed { .. }) => Ok(()),
        Err(other) => Err(other.into()),
    }
}
