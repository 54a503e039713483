//! Asking others to agree, or finding that they did.

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::{
    approval::{ApprovalRequest, ApprovalState, ApprovalWish, LeaseWish, StoredPlace},
    audit::Event,
    caller::Caller,
    dynamic_secret::DynamicSecret,
    ids::{ApprovalRequestId, ProjectId},
    kubernetes_name::Namespace,
    lease::LeaseState,
    policy::{ApprovalRule, EnvironmentPolicy},
    ttl::Ttl,
};
use mayfly_store::{
    StoreError,
    approvals::{HAS_ROOM_TO_ASK, WAITING_INDEX},
};

use super::{digest, expire::expire, voters::counted};
use crate::{App, AppError};

/// Requests of one requester that wait at a time.
const MOST_WAITING: i64 = 50;
/// How long a "no" stands before the same may be asked again.
const NO_STANDS: SignedDuration = SignedDuration::from_hours(1);
/// Requests for the same that are looked at, newest first: more than are open at a time.
const LOOKED_AT: i64 = 20;

/// What others are asked to agree to.
#[derive(Debug)]
pub(crate) struct Asking {
    /// In which project; none where it is the organization's.
    pub(crate) project: Option<ProjectId>,
    pub(crate) wish: ApprovalWish,
    /// Why, in the requester's words.
    pub(crate) reason: Option<String>,
    /// Who has to agree.
    pub(crate) rule: ApprovalRule,
}

/// How it stands.
#[derive(Debug)]
pub(crate) enum Asked {
    /// They agreed: it may be used.
    Approved(ApprovalRequestId),
    /// They have not yet, or one of them refused: what the requester is told.
    Refused(AppError),
}

impl Asked {
    /// What the requester is told, of something that is never used by asking again.
    pub(crate) fn into_refusal(self) -> AppError {
        match self {
            Self::Approved(_) => AppError::ChangedMeanwhile { what: "what was asked for" },
            Self::Refused(error) => error,
        }
    }
}

/// Finds the request for exactly this, or makes it.
pub(crate) async fn ask(app: &App, caller: &Caller, asking: Asking) -> Result<Asked, AppError> {
    let digest = digest::of(&caller.actor, &asking.wish, asking.reason.as_deref());
    if let Some(asked) = known(app, &digest, &asking.rule).await? {
        return Ok(asked);
    }
    let request = new(app, caller, asking, digest)?;
    let made = Event::CreateApprovalRequest {
        approval_request_id: request.id,
        wish: request.wish.clone(),
        reason: request.reason.clone(),
    };
    let event = app.event(caller, request.project, made);
    match app.store.approvals().create(&request, MOST_WAITING, &event).await {
        Ok(()) => Ok(waits(&request)),
        Err(StoreError::Unique { index }) if index == WAITING_INDEX => {
            // Somebody sent the same twice, at once.
            let first = app.store.approvals().newest(&request.digest).await?;
            Ok(waits(first.as_ref().unwrap_or(&request)))
        }
        Err(StoreError::GuardFailed { guard: HAS_ROOM_TO_ASK }) => {
            Err(AppError::TooManyRequests { most: MOST_WAITING })
        }
        Err(other) => Err(other.into()),
    }
}

/// How the requests for this stand now; `None` where all are over and the same may be asked anew. The last "yes" that can be
/// used or "no" that stands counts before one that waits: it may have been asked for while the "yes" was in use.
async fn known(app: &App, digest: &str, rule: &ApprovalRule) -> Result<Option<Asked>, AppError> {
    let recent = app.store.approvals().recent(digest, LOOKED_AT).await?;
    for request in &recent {
        if let Some(asked) = decided(app, request, rule).await? {
            return Ok(Some(asked));
        }
    }
    for request in &recent {
        let ApprovalState::Used { lease: Some(lease), .. } = request.state else { continue };
        let lease = app.store.leases().find(lease).await?;
        if lease.is_some_and(|lease| matches!(lease.state, LeaseState::Reserved { .. })) {
            return Ok(Some(Asked::Refused(AppError::ApprovalInUse { id: request.id })));
        }
    }
    let now = app.ambient.now();
    let Some(open) = recent.iter().find(|request| request.state == ApprovalState::Pending) else { return Ok(None) };
    if open.state_at(now) == ApprovalState::Pending {
        return Ok(Some(waits(open)));
    }
    // The place of the next one is taken until somebody notes that nobody decided.
    expire(app, open).await?;
    Ok(None)
}

/// What was decided on a request, as far as it holds now.
async fn decided(app: &App, known: &ApprovalRequest, rule: &ApprovalRule) -> Result<Option<Asked>, AppError> {
    let now = app.ambient.now();
    Ok(match known.state_at(now) {
        ApprovalState::Approved { .. } => {
            // Less than what is asked for today is no approval, and what is older than counts today neither.
            let counted = counted(app, known).await?;
            let is_enough = counted.len() >= usize::from(rule.approvals);
            let is_fresh = counted.last().is_some_and(|last| now < until(last.at, rule));
            (is_enough && is_fresh).then_some(Asked::Approved(known.id))
        }
        ApprovalState::Denied { by, why, at } if now.duration_since(at) < NO_STANDS => {
            Some(Asked::Refused(AppError::ApprovalDenied { id: known.id, by, why }))
        }
        ApprovalState::Pending
        | ApprovalState::Denied { .. }
        | ApprovalState::Used { .. }
        | ApprovalState::Expired
        | ApprovalState::Cancelled => None,
    })
}

/// Until when a last word of `at` counts.
pub(super) fn until(at: Timestamp, rule: &ApprovalRule) -> Timestamp {
    let seconds = i64::try_from(rule.valid_for.seconds()).unwrap_or(i64::MAX);
    at.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

fn waits(request: &ApprovalRequest) -> Asked {
    Asked::Refused(AppError::ApprovalRequired { id: request.id, approvals: request.approvals })
}

fn new(app: &App, caller: &Caller, asking: Asking, digest: String) -> Result<ApprovalRequest, AppError> {
    let now = app.ambient.now();
    let waits = SignedDuration::from_hours(ApprovalRequest::WAITS_HOURS);
    Ok(ApprovalRequest {
        id: ApprovalRequestId::generate(&app.ambient),
        organization: App::organization(caller)?,
        project: asking.project,
        wish: asking.wish,
        digest,
        requester: caller.actor.clone(),
        origin: caller.origin.clone(),
        reason: asking.reason,
        approvals: asking.rule.approvals,
        votes: Vec::new(),
        state: ApprovalState::Pending,
        created_at: now,
        expires_at: now.saturating_add(waits).unwrap_or(Timestamp::MAX),
        updated_at: now,
    })
}

/// What leases of `secret` need the approval of: the environment's and the connection's rule, the stricter of both.
pub(super) fn rule_for(policy: &EnvironmentPolicy, secret: &DynamicSecret) -> Option<ApprovalRule> {
    let of_connection = secret.connection.sharing.as_ref().and_then(|sharing| sharing.limits.approval.as_ref());
    ApprovalRule::stricter(policy.rules.approval.as_ref(), of_connection)
}

/// What a lease was asked for with.
pub(crate) struct LeaseTerms<'a> {
    pub(crate) ttl: Option<&'a Ttl>,
    pub(crate) ttl_seconds: u64,
    pub(crate) namespace: Option<&'a Namespace>,
    pub(crate) reason: Option<&'a str>,
}

/// The approval that a lease uses up, where it needs one; refuses, and asks for it, where it is not there.
pub(crate) async fn for_lease(
    app: &App,
    caller: &Caller,
    policy: &EnvironmentPolicy,
    secret: &DynamicSecret,
    terms: LeaseTerms<'_>,
) -> Result<Option<ApprovalRequestId>, AppError> {
    let Some(rule) = rule_for(policy, secret) else { return Ok(None) };
    let wish = ApprovalWish::IssueLease(Box::new(LeaseWish {
        dynamic_secret: secret.id,
        name: secret.name.clone(),
        version: secret.version,
        connection: secret.connection.id,
        connection_version: secret.connection.version,
        place: StoredPlace::from(&secret.place),
        ttl: terms.ttl.cloned(),
        ttl_seconds: terms.ttl_seconds,
        namespace: terms.namespace.cloned(),
    }));
    let reason = terms.reason.map(str::to_owned);
    let asking = Asking { project: Some(secret.place.project), wish, reason, rule };
    match ask(app, caller, asking).await? {
        Asked::Approved(id) => Ok(Some(id)),
        Asked::Refused(error) => Err(error),
    }
}
