//! Who may hear of a change: whoever may see what it is about, where it lies.

use mayfly_domain::{
    access::{condition::Place, judge::Where, operation::Operation},
    caller::Caller,
    ids::ProjectId,
};

use super::{ChangeKind, window::Heard};
use crate::{
    App, AppError,
    access::{InProject, held_in, may_above},
    approvals, leases,
};

/// Whether `caller` may see what an event is about. That they may not is nothing that they asked for, and is not recorded.
pub(super) async fn is_visible(app: &App, caller: &Caller, heard: &Heard) -> Result<bool, AppError> {
    if heard.event.organization.is_none() || heard.event.organization != caller.organization {
        return Ok(false);
    }
    match heard.event.project {
        Some(project) => {
            let held = held_in(app, caller, project).await?;
            in_project(app, caller, heard, (project, &held)).await
        }
        None => Ok(above(caller, heard.kind)),
    }
}

/// What belongs to no project is for those who may see all of its kind.
fn above(caller: &Caller, kind: ChangeKind) -> bool {
    let needed = match kind {
        ChangeKind::ApprovalAsked | ChangeKind::ApprovalDecided => Operation::DecideOrganizationRequests,
        ChangeKind::ConnectionChanged => Operation::ListClusterConnections,
        ChangeKind::IssuingChanged => Operation::ListStops,
        ChangeKind::LeaseIssued
        | ChangeKind::LeaseFailed
        | ChangeKind::LeaseChanged
        | ChangeKind::LeaseExpired
        | ChangeKind::LeaseEnded
        | ChangeKind::DynamicSecretChanged
        | ChangeKind::ProjectChanged => return false,
    };
    caller.organization_role.is_some_and(|role| may_above(role, needed))
}

async fn in_project(
    app: &App,
    caller: &Caller,
    heard: &Heard,
    (project, held): (ProjectId, &InProject),
) -> Result<bool, AppError> {
    match heard.kind {
        ChangeKind::LeaseIssued
        | ChangeKind::LeaseFailed
        | ChangeKind::LeaseChanged
        | ChangeKind::LeaseExpired
        | ChangeKind::LeaseEnded => {
            if !held.may(Operation::GetLease) {
                return Ok(false);
            }
            let Some(lease) = heard.lease(app, project).await? else { return Ok(false) };
            if leases::holds(caller, lease) {
                return Ok(true);
            }
            let labels = if leases::depend_on_labels(held) { heard.labels(app, project).await? } else { None };
            Ok(leases::manages_labelled(held, lease, labels))
        }
        ChangeKind::ApprovalAsked | ChangeKind::ApprovalDecided => {
            if !held.may(Operation::GetApprovalRequest) {
                return Ok(false);
            }
            let Some(request) = heard.request(app).await? else { return Ok(false) };
            approvals::sees(app, caller, held, request).await
        }
        ChangeKind::DynamicSecretChanged => {
            if !held.may(Operation::ListDynamicSecrets) {
                return Ok(false);
            }
            let (environment, path) = (heard.field("environment"), heard.field("secretPath"));
            let (Some(environment), Some(path)) = (environment, path) else { return Ok(false) };
            let place = Place { environment, path, metadata: heard.labels(app, project).await? };
            Ok(held.may_at(Operation::ListDynamicSecrets, Where::At(place)))
        }
        ChangeKind::ProjectChanged => Ok(held.may(Operation::GetProject)),
        ChangeKind::ConnectionChanged | ChangeKind::IssuingChanged => Ok(above(caller, heard.kind)),
    }
}
