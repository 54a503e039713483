//! Whose word counts now. A vote is looked at again whenever votes are counted: whoever gave it may have been shut out since,
//! may have lost the right to decide there, or may have come to stand behind whoever asked.

use mayfly_domain::{
    access::operation::Operation,
    approval::{ApprovalRequest, Vote},
    caller::Actor,
    identity::User,
    ids::UserId,
    membership::Principal,
};

use super::{keepers::bond, read::may_decide};
use crate::{
    App, AppError,
    access::{may_above, may_now, rights_of, role_now},
};

/// Somebody who can still sign in.
pub(super) async fn person(app: &App, request: &ApprovalRequest, id: UserId) -> Result<Option<User>, AppError> {
    let found = app.store.users().get(request.organization, id).await?;
    Ok(found.map(|facts| facts.user).filter(|user| !user.is_disabled))
}

/// Whether `user` has the right to decide where the request is about.
async fn has_right(app: &App, request: &ApprovalRequest, user: &User) -> Result<bool, AppError> {
    match request.project {
        Some(project) => {
            let proof = rights_of(app, user, project).await?;
            may_decide(app, &proof, Operation::ApproveRequest, request).await
        }
        None => Ok(may_above(user.role, Operation::DecideOrganizationRequests)),
    }
}

/// Whether the word of `user` would count: they may decide there, and do not stand behind whoever asked.
pub(super) async fn may_speak(app: &App, request: &ApprovalRequest, user: &User) -> Result<bool, AppError> {
    Ok(has_right(app, request, user).await? && bond(app, user.id, &request.requester).await?.is_none())
}

/// The votes that count at this moment, oldest first.
pub(super) async fn counted<'a>(app: &App, request: &'a ApprovalRequest) -> Result<Vec<&'a Vote>, AppError> {
    let mut counted = Vec::with_capacity(request.votes.len());
    for vote in &request.votes {
        let Some(user) = person(app, request, vote.user_id).await? else { continue };
        if may_speak(app, request, &user).await? {
            counted.push(vote);
        }
    }
    Ok(counted)
}

/// Whether whoever asked may still do by themselves what they asked others to agree to.
pub(super) async fn may_still_ask(
    app: &App,
    request: &ApprovalRequest,
    operation: Operation,
) -> Result<bool, AppError> {
    let principal = match &request.requester {
        Actor::User { user_id, .. } => Principal::User(*user_id),
        Actor::Identity { identity_id, .. } => Principal::Identity(*identity_id),
        Actor::Anonymous | Actor::Platform => return Ok(false),
    };
    match role_now(app, request.organization, principal).await? {
        Some(role) => may_now(app, (principal, role), operation, request.project).await,
        None => Ok(false),
    }
}
