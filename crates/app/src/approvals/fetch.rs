//! Using what others agreed to.

use mayfly_cluster::Verify;
use mayfly_domain::{
    access::operation::Operation,
    approval::{ApprovalRequest, ApprovalState, ApprovalWish},
    audit::Event,
    caller::Caller,
    error::chain,
    ids::ApprovalRequestId,
    lease::Lease,
    project::FolderPath,
};
use mayfly_store::StoreError;

use super::read::{RequestKey, absent, find};
use crate::{
    App, AppError, dynamic_secrets::SecretPlaceName, environments::EnvironmentName, leases::IssueLease,
    projects::ProjectName,
};

/// The wish of a request as it was sent: whoever sends it again gets what was agreed to.
pub async fn wish_of(app: &App, caller: &Caller, key: &RequestKey) -> Result<IssueLease, AppError> {
    let (request, _) = find(app, caller, Operation::FetchApprovedLease, key).await?;
    if !caller.actor.is_same_as(&request.requester) {
        return Err(absent(&key.id));
    }
    let ApprovalWish::IssueLease(wish) = &request.wish else {
        return Err(AppError::RequestIsOver { state: "about a policy", wanted: "fetched as a lease" });
    };
    let project = request.project.ok_or(AppError::Bug("a lease is asked for in no project"))?;
    let path = FolderPath::parse(&wish.place.path).map_err(|_| AppError::Bug("a stored path is none"))?;
    Ok(IssueLease {
        place: SecretPlaceName {
            project: ProjectName::Id(project),
            environment: EnvironmentName::Slug(wish.place.environment_slug.clone()),
            path,
        },
        name: wish.name.clone(),
        ttl: wish.ttl.clone(),
        namespace: wish.namespace.clone(),
        config: wish.namespace.as_ref().map(|namespace| serde_json::json!({ "namespace": namespace })),
        reason: request.reason.clone(),
        verify: Verify::Skip,
        key: None,
        replaces: None,
    })
}

/// Gives an approval back that was used for a lease nobody got. A failure leaves it used: whoever asked asks again.
pub(crate) async fn give_back(app: &App, caller: &Caller, approval: ApprovalRequestId, lease: &Lease) {
    if let Err(error) = try_give_back(app, caller, approval, lease).await {
        tracing::warn!(request = %approval, error = %chain(&error), "an approval stays used up by a lease that was not issued");
    }
}

async fn try_give_back(app: &App, caller: &Caller, approval: ApprovalRequestId, lease: &Lease) -> Result<(), AppError> {
    let found = app.store.approvals().get(lease.source.place.organization, approval).await?;
    let Some(request) = found else { return Ok(()) };
    let until = app.store.approvals().usable_until(approval).await?;
    let Some(until) = until else { return Ok(()) };
    let state = ApprovalState::Approved { until };
    let updated_at = app.moment_after(request.updated_at);
    let given_back = Event::GiveBackApprovalRequest { approval_request_id: approval, lease_id: lease.id };
    let event = app.event(caller, request.project, given_back);
    let request = ApprovalRequest { state, updated_at, ..request };
    match app.store.approvals().give_back(&request, (lease.id, lease.created_at), &event).await {
        Ok(()) | Err(StoreError::GuardFailed { .. }) => Ok(()),
        Err(other) => Err(other.into()),
    }
}
