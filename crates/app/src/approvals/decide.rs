//! Agreeing, refusing, taking back.

use mayfly_domain::{
    access::operation::Operation,
    approval::{ApprovalRequest, ApprovalState, ApprovalWish, Vote},
    audit::Event,
    caller::{Actor, Caller},
    ids::UserId,
    policy::ApprovalRule,
};
use mayfly_store::approvals::Effect;

use super::{
    ask::{rule_for, until},
    keepers::{Bond, bond},
    loosen,
    read::{RequestKey, absent, find, may_decide},
    voters::counted,
};
use crate::{App, AppError, error::OrChanged as _};

/// Agrees to a request. With the last word that it needs it may be used, or the policy changes that it asks to change.
pub async fn approve(
    app: &App,
    caller: &Caller,
    key: &RequestKey,
    comment: Option<String>,
) -> Result<ApprovalRequest, AppError> {
    let (old, user) = to_decide(app, caller, (Operation::ApproveRequest, "approved"), key).await?;
    if old.votes.iter().any(|vote| vote.user_id == user.0) {
        return Err(AppError::NotYoursToDecide { why: "you agreed to it already" });
    }
    let rule = rule_now(app, &old).await?;
    let now = app.moment_after(old.updated_at);
    let mut votes = old.votes.clone();
    votes.push(Vote { user_id: user.0, email: user.1, comment: comment.clone(), at: now });
    // Theirs counts: it was looked at just now.
    let approvals = counted(app, &old).await?.len().saturating_add(1);
    let is_enough = approvals >= usize::from(rule.approvals);
    let approved = Event::ApproveApprovalRequest {
        approval_request_id: old.id,
        comment,
        approvals: u64::try_from(approvals).unwrap_or(u64::MAX),
        approvals_needed: u64::from(rule.approvals),
    };
    let event = app.event(caller, old.project, approved);
    let request = ApprovalRequest { votes, updated_at: now, ..old.clone() };
    match (&old.wish, is_enough) {
        (_, false) => store(app, &old, request, event).await,
        (ApprovalWish::IssueLease(_), true) => {
            let state = ApprovalState::Approved { until: until(now, &rule) };
            store(app, &old, ApprovalRequest { state, ..request }, event).await
        }
        (ApprovalWish::LoosenPolicy { .. } | ApprovalWish::LoosenConnection { .. }, true) => {
            let state = ApprovalState::Used { lease: None, at: now };
            loosen::apply(app, caller, &old, ApprovalRequest { state, ..request }, event).await
        }
    }
}

/// Refuses a request, and says why.
pub async fn deny(app: &App, caller: &Caller, key: &RequestKey, why: String) -> Result<ApprovalRequest, AppError> {
    let (old, (_, by)) = to_decide(app, caller, (Operation::DenyRequest, "denied"), key).await?;
    let at = app.moment_after(old.updated_at);
    let event =
        app.event(caller, old.project, Event::DenyApprovalRequest { approval_request_id: old.id, why: why.clone() });
    let request = ApprovalRequest { state: ApprovalState::Denied { by, why, at }, updated_at: at, ..old.clone() };
    store(app, &old, request, event).await
}

/// Takes back what the caller asked for themselves.
pub async fn cancel(app: &App, caller: &Caller, key: &RequestKey) -> Result<ApprovalRequest, AppError> {
    let (old, _) = find(app, caller, Operation::CancelRequest, key).await?;
    if !caller.actor.is_same_as(&old.requester) {
        return Err(absent(&key.id));
    }
    check_waits(app, &old, "cancelled")?;
    let updated_at = app.moment_after(old.updated_at);
    let event = app.event(caller, old.project, Event::CancelApprovalRequest { approval_request_id: old.id });
    let request = ApprovalRequest { state: ApprovalState::Cancelled, updated_at, ..old.clone() };
    store(app, &old, request, event).await
}

/// A request that waits, and the person who may decide on it.
async fn to_decide(
    app: &App,
    caller: &Caller,
    (operation, wanted): (Operation, &'static str),
    key: &RequestKey,
) -> Result<(ApprovalRequest, (UserId, String)), AppError> {
    let (request, proof) = find(app, caller, operation, key).await?;
    let is_theirs = match &proof {
        Some(proof) => may_decide(app, proof, operation, &request).await?,
        None => true,
    };
    let own = caller.actor.is_same_as(&request.requester);
    if !is_theirs && !own {
        app.record_denial(caller, request.project, operation, "the request is about another place").await;
        return Err(absent(&key.id));
    }
    let user = match &caller.actor {
        Actor::User { user_id, email } => (*user_id, email.clone()),
        Actor::Identity { .. } | Actor::Anonymous | Actor::Platform => {
            return Err(refused(app, caller, operation, &request, "only a person decides, and you are a machine").await);
        }
    };
    if own {
        return Err(refused(app, caller, operation, &request, "you asked for it yourself").await);
    }
    // A "no" harms nobody, whoever's second account it comes from.
    let bond = bond(app, user.0, &request.requester).await?;
    if let Some(bond) = bond.filter(|bond| operation == Operation::ApproveRequest || *bond == Bond::Machine) {
        return Err(refused(app, caller, operation, &request, bond.why()).await);
    }
    check_waits(app, &request, wanted)?;
    Ok((request, user))
}

async fn refused(
    app: &App,
    caller: &Caller,
    operation: Operation,
    request: &ApprovalRequest,
    why: &'static str,
) -> AppError {
    app.record_denial(caller, request.project, operation, why).await;
    AppError::NotYoursToDecide { why }
}

fn check_waits(app: &App, request: &ApprovalRequest, wanted: &'static str) -> Result<(), AppError> {
    match request.state_at(app.ambient.now()) {
        ApprovalState::Pending => Ok(()),
        over => Err(AppError::RequestIsOver { state: over.word(), wanted }),
    }
}

/// What is asked for today; of a configuration that was changed since, nobody can agree to the old one any more.
async fn rule_now(app: &App, request: &ApprovalRequest) -> Result<ApprovalRule, AppError> {
    const CHANGED: AppError = AppError::ChangedMeanwhile { what: "what the request is about" };
    match &request.wish {
        ApprovalWish::IssueLease(wish) => {
            let project = request.project.ok_or(AppError::Bug("a lease is asked for in no project"))?;
            let secret = app.store.dynamic_secrets().get_by_id(project, wish.dynamic_secret).await?.ok_or(CHANGED)?;
            if secret.version != wish.version || secret.connection.version != wish.connection_version {
                return Err(CHANGED);
            }
            let policy = app.store.policies().get(secret.place.environment).await?;
            // Where nobody's word is needed any more, one does no harm.
            Ok(rule_for(&policy, &secret).unwrap_or_else(loosen::least_rule))
        }
        ApprovalWish::LoosenPolicy { environment, version, .. } => {
            let policy = app.store.policies().get(*environment).await?;
            if policy.version != *version {
                return Err(CHANGED);
            }
            Ok(policy.rules.approval.unwrap_or_else(loosen::least_rule))
        }
        ApprovalWish::LoosenConnection { connection, updated_at, .. } => {
            let found = app.store.connections().get(request.organization, *connection).await?.ok_or(CHANGED)?;
            if *updated_at != Some(found.updated_at) {
                return Err(CHANGED);
            }
            let rule = found.sharing.and_then(|sharing| sharing.limits.approval);
            Ok(rule.unwrap_or_else(loosen::least_rule))
        }
    }
}

async fn store(
    app: &App,
    old: &ApprovalRequest,
    request: ApprovalRequest,
    event: mayfly_domain::audit::AuditEvent,
) -> Result<ApprovalRequest, AppError> {
    let stored = app.store.approvals().decide(&request, old.updated_at, &Effect::None, &[event]).await;
    stored.map_err(AppError::from).or_changed("the request")?;
    Ok(request)
}
