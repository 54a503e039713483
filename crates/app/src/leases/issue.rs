//! What happens when somebody presses *Generate*.
//!
//! Authorise, check the lifetime, **commit** the intent, ask the cluster, **commit** what it granted, hand the token
//! out. There is no moment at which a token exists and no row explains it. If the process dies in between, the
//! reservation's deadline passes and the loop of [`reap`](super::reap) closes it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use mayfly_cluster::{Certainty, Deadline, Issue, IssueFailed, Issued, Undelivered, Verify};
use mayfly_domain::{
    access::operation::Operation,
    audit::{LeaseEvent, LeaseFacts},
    caller::Caller,
    dynamic_secret::DynamicSecret,
    ids::{ApprovalRequestId, LeaseId},
    kubernetes_name::Namespace,
    lease::{EndReason, Lease, LeaseSource, LeaseState, Outcome, expire_at, pinned, possibly_lives_until},
    plan::OwnedObject,
    sensitive::Sensitive,
    slug::DynamicSecretName,
    ttl::{LeaseTtl, Ttl},
};
use mayfly_store::{
    StoreError,
    leases::{
        removing::{Beginning, Claimed},
        reserving::Conditions,
    },
    stops::NOT_STOPPED,
};

use super::{
    clean_up::{CleaningUp, claim_lapses, clean_up, report, sweep_up},
    conditions::{RequestKey, check_key, conditions, refusal, since_prepared, stopped},
    plan::{PlanWish, plan},
    read::find_live,
    revoke::{IsForced, end_active, end_live},
    signature::{self, Signature, Withheld},
};
use crate::{
    App, AppError, Settings,
    access_tokens::later,
    approvals::{LeaseTerms, for_lease, give_back},
    cluster_connections::check_lifetime,
    dynamic_secrets::{SecretPlaceName, find_with_target},
    policies::check_lease,
};

/// How long after its deadline a reservation still belongs to the request that made it: time to commit and to undo.
const GRACE: SignedDuration = SignedDuration::from_secs(5);

/// How long the caller of a failed issue waits for its undoing; what takes longer is the loop's.
const UNDO: Duration = Duration::from_secs(2);

/// A wish for a token.
#[derive(Clone, Debug)]
pub struct IssueLease {
    /// Where the dynamic secret is.
    pub place: SecretPlaceName,
    /// Its name.
    pub name: DynamicSecretName,
    /// How long; the secret's default when absent.
    pub ttl: Option<Ttl>,
    /// Which of the secret's namespaces; the first when absent.
    pub namespace: Option<Namespace>,
    /// What the caller sent as configuration, to be returned as it was.
    pub config: Option<serde_json::Value>,
    /// Why, in the caller's words.
    pub reason: Option<String>,
    /// Whether to try the token before handing it out.
    pub verify: Verify,
    /// Says which request it is, so that it is carried out once.
    pub key: Option<RequestKey>,
    /// The lease that ends once this one is issued.
    pub replaces: Option<String>,
}

/// A token with its lease. The token is in here only, and never stored.
#[derive(Debug)]
pub struct IssuedLease {
    /// The lease, active.
    pub lease: Lease,
    /// The dynamic secret it came from.
    pub secret: DynamicSecret,
    /// The token.
    pub token: Sensitive<String>,
    /// The lease it takes the place of, as it is now.
    pub replaced: Option<Lease>,
}

/// Issues a token.
pub async fn issue(app: &App, caller: &Caller, wish: IssueLease) -> Result<IssuedLease, AppError> {
    // All its steps together are too much for the stack of whoever waits for it.
    Box::pin(issue_step_by_step(app, caller, wish)).await
}

async fn issue_step_by_step(app: &App, caller: &Caller, wish: IssueLease) -> Result<IssuedLease, AppError> {
    let deadline = Deadline::after(&app.ambient, app.settings.issue_deadline);
    app.check_not_held()?;
    let finding = find_with_target(app, caller, Operation::IssueLease, &wish.place, &wish.name);
    let (secret, target, _) = within(app, deadline, finding).await?;
    check_verify(&secret, wish.verify)?;
    let replaced = within(app, deadline, to_replace(app, caller, &secret, &wish)).await?;
    let terms = Terms { ttl_seconds: lifetime(app, &secret, wish.ttl.as_ref())?, deadline };
    let approval = within(app, deadline, agreed(app, caller, &secret, &terms, &wish)).await?;
    let verify = wish.verify;
    let conditions = conditions(app, wish.key.clone(), (secret.id, &caller.actor), replaced.as_ref());
    let conditions = Conditions { approval, ..conditions };
    let reserved = within(app, deadline, reserve(app, caller, &secret, terms, (wish, &conditions))).await?;
    let operation = Issue { target, plan: reserved.plan.clone(), verify };
    match believed(app, operation, deadline).await {
        Ok(issued) => {
            let issued = activate(app, caller, (secret, approval), reserved, issued).await?;
            Ok(IssuedLease { replaced: end_replaced(app, caller, replaced, deadline).await, ..issued })
        }
        Err(Withheld { failed, database }) => {
            let told = give_up(app, caller, (reserved, approval), deadline, failed).await;
            Err(database.map_or(told, AppError::Store))
        }
    }
}

/// What was issued, and what is known of its signature.
async fn believed(app: &App, operation: Issue, deadline: Deadline) -> Result<(Issued, Signature), Withheld> {
    let plan = operation.plan.clone();
    let issued = app.place.issue(operation, deadline).await?;
    let signature = signature::check(app, &plan, &issued, deadline).await?;
    Ok((issued, signature))
}

/// `work`, unless the deadline of the whole request passes first. Nothing has been asked of the cluster until then.
async fn within<T>(
    app: &App,
    deadline: Deadline,
    work: impl Future<Output = Result<T, AppError>>,
) -> Result<T, AppError> {
    tokio::select! {
        // Not by chance: what was done in the last moment counts.
        biased;
        done = work => done,
        () = app.ambient.sleep(deadline.left(&app.ambient)) => Err(AppError::TooSlow),
    }
}

/// The lease that is to be replaced: live, and the caller's to end.
async fn to_replace(
    app: &App,
    caller: &Caller,
    secret: &DynamicSecret,
    wish: &IssueLease,
) -> Result<Option<Lease>, AppError> {
    let Some(id) = &wish.replaces else { return Ok(None) };
    check_key(app, &caller.actor, secret.place.project, wish.key.clone()).await?;
    let (lease, _) = find_live(app, caller, Operation::RevokeLease, &wish.place, id).await?;
    Ok(Some(lease))
}

/// Ends what was replaced. The new token is given out whatever comes of it, and in time; the answer says what did.
async fn end_replaced(app: &App, caller: &Caller, replaced: Option<Lease>, deadline: Deadline) -> Option<Lease> {
    let lease = replaced?;
    match end_live(app, caller, &lease, IsForced::No, deadline).await {
        Ok(ended) => Some(ended),
        Err(error) => {
            let error = mayfly_domain::error::chain(&error);
            tracing::warn!(lease = %lease.id, %error, "a lease that was replaced could not be ended");
            app.store.leases().find(lease.id).await.ok().flatten().or(Some(lease))
        }
    }
}

/// Only the API server's own audience makes a token that the API server accepts.
fn check_verify(secret: &DynamicSecret, verify: Verify) -> Result<(), AppError> {
    match verify {
        Verify::Ask if !secret.audiences.is_empty() => {
            let message = "cannot be combined with `audiences`: the cluster itself accepts only tokens for its own";
            Err(AppError::field(&["verify"], "not_verifiable", message))
        }
        Verify::Ask | Verify::Skip => Ok(()),
    }
}

fn lifetime(app: &App, secret: &DynamicSecret, wish: Option<&Ttl>) -> Result<u64, AppError> {
    let bounds = LeaseTtl {
        default: &secret.default_ttl,
        max: secret.max_ttl.as_ref(),
        cap_seconds: app.settings.longest_lease_seconds,
        ends_when: secret.credential.ends_when(),
    };
    check_lifetime(secret, wish.unwrap_or(&secret.default_ttl))?;
    bounds.decide(wish).map_err(AppError::Ttl)
}

/// What the environment's policy asks for is there: a reason, a lifetime within its limit, and the word of others, which the
/// lease then uses up.
async fn agreed(
    app: &App,
    caller: &Caller,
    secret: &DynamicSecret,
    terms: &Terms,
    wish: &IssueLease,
) -> Result<Option<ApprovalRequestId>, AppError> {
    let policy = app.memory.policy(app, secret.place.environment).await?;
    let (ttl, reason) = (wish.ttl.as_ref(), wish.reason.as_deref());
    check_lease(&policy, secret, ttl.unwrap_or(&secret.default_ttl), reason)?;
    let namespace = wish.namespace.as_ref();
    let terms = LeaseTerms { ttl, ttl_seconds: terms.ttl_seconds, namespace, reason };
    for_lease(app, caller, &policy, secret, terms).await
}

/// What was decided about a wish.
struct Terms {
    ttl_seconds: u64,
    deadline: Deadline,
}

/// The first commit: from here on a row explains whatever happens.
async fn reserve(
    app: &App,
    caller: &Caller,
    secret: &DynamicSecret,
    terms: Terms,
    (wish, conditions): (IssueLease, &Conditions),
) -> Result<Lease, AppError> {
    let Terms { ttl_seconds, deadline } = terms;
    let now = app.ambient.now();
    let id = LeaseId::generate(&app.ambient);
    let until = reservation_ends(deadline);
    let expire_at = later(now, i64::try_from(ttl_seconds).unwrap_or(i64::MAX));
    let planned =
        PlanWish { lease: id, namespace: wish.namespace.as_ref(), holder: &caller.actor, ttl_seconds, expire_at };
    let lease = Lease {
        id,
        source: LeaseSource {
            place: secret.place.clone(),
            dynamic_secret: secret.id,
            name: secret.name.clone(),
            version: secret.version,
            connection: secret.connection.id,
            connection_version: secret.connection.version,
        },
        plan: plan(app, secret, &planned)?,
        config: wish.config,
        holder: caller.actor.clone(),
        origin: caller.origin.clone(),
        reason: wish.reason,
        ends_when: secret.credential.ends_when(),
        expire_at,
        state: LeaseState::Reserved { deadline: until },
        created_at: now,
        updated_at: now,
    };
    match app.store.leases().reserve(&lease, until, conditions).await {
        Ok(()) => Ok(lease),
        Err(error) => Err(refusal(app, &lease, conditions, error).await),
    }
}

/// How long a reservation lasts at most: what is older than that and has no row never gets one.
pub(crate) fn longest_reservation(settings: &Settings) -> SignedDuration {
    SignedDuration::try_from(settings.issue_deadline).unwrap_or(SignedDuration::MAX).saturating_add(GRACE)
}

fn reservation_ends(deadline: Deadline) -> Timestamp {
    deadline.moment().saturating_add(GRACE).unwrap_or(Timestamp::MAX)
}

/// The second commit: only after it may the token leave.
async fn activate(
    app: &App,
    caller: &Caller,
    (secret, approval): (DynamicSecret, Option<ApprovalRequestId>),
    reserved: Lease,
    (issued, signature): (Issued, Signature),
) -> Result<IssuedLease, AppError> {
    let Issued { token, grant, granted_seconds, verified: _, undelivered, carried_out_by: _ } = issued;
    let now = app.ambient.now();
    let lease = Lease {
        plan: pinned(reserved.plan.clone(), &grant.cluster),
        expire_at: expire_at(reserved.expire_at, &grant),
        state: LeaseState::Active { grant: grant.clone() },
        updated_at: now,
        ..reserved
    };
    let made = LeaseEvent::CreateDynamicSecretLease {
        lease: LeaseFacts::from(&lease),
        reason: lease.reason.clone(),
        token_seconds_asked: lease.plan.token_seconds,
        token_seconds_granted: granted_seconds,
        approval_request_id: approval,
        role_changed: lease.is_role_changed(),
        undelivered_token_possible: undelivered == Undelivered::Possible,
        unchecked_key_id: match signature {
            Signature::NothingToSay => None,
            Signature::Unchecked { key_id } => Some(key_id),
        },
    };
    let event = app.event(caller, Some(lease.source.place.project), made);
    match app.store.leases().activate(&lease, &grant, &event).await {
        Ok(()) => Ok(IssuedLease { lease, secret, token, replaced: None }),
        Err(error) => {
            // Nobody gets the token, and the row must say that it exists. Where the commit's outcome is unknown this
            // waits for it: if the lease turns out to be active, it is ended instead.
            let outcome = Outcome::PossiblyIssued { dead_by: grant.token_expires_at };
            let why = "the grant could not be stored".to_owned();
            let failure = Failure { outcome, touched: grant.objects, approval, why };
            Box::pin(undo(app, caller, &lease, failure)).await;
            Box::pin(end_if_active(app, caller, &lease, &error)).await;
            Err(match error {
                StoreError::GuardFailed { guard: NOT_STOPPED } => {
                    stopped(app, &lease).await.unwrap_or_else(AppError::from)
                }
                StoreError::GuardFailed { .. } => refused_activation(app, &lease).await,
                other => other.into(),
            })
        }
    }
}

/// Why a reservation was not there to be activated: its secret was removed or changed meanwhile, or its time was up, or
/// somebody ended what was being issued.
async fn refused_activation(app: &App, lease: &Lease) -> AppError {
    let why = since_prepared(app, &lease.source).await;
    why.map_or_else(AppError::from, |why| why.unwrap_or(AppError::TooSlow))
}

/// After a commit of unknown outcome the lease may be active although nobody holds its token.
async fn end_if_active(app: &App, caller: &Caller, lease: &Lease, error: &StoreError) {
    if !matches!(error, StoreError::OutcomeUnknown(_)) {
        return;
    }
    match end_active(app, caller, lease, IsForced::No, Deadline::after(&app.ambient, UNDO)).await {
        Ok(_) | Err(AppError::Store(StoreError::GuardFailed { .. })) => {}
        Err(error) => {
            let error = mayfly_domain::error::chain(&error);
            tracing::error!(lease = %lease.id, %error, "a lease may be active whose token nobody received");
        }
    }
}

/// Ends the reservation of a failed call, and says what the caller is told.
async fn give_up(
    app: &App,
    caller: &Caller,
    (lease, approval): (Lease, Option<ApprovalRequestId>),
    deadline: Deadline,
    failed: IssueFailed,
) -> AppError {
    let IssueFailed { error, touched } = failed;
    let outcome = match error.certainty {
        Certainty::NeverSent | Certainty::Refused => Outcome::NeverIssued { why: error.public_text() },
        Certainty::Unknown => Outcome::PossiblyIssued {
            dead_by: error.token_expires_at().unwrap_or_else(|| possibly_lives_until(&lease.plan, deadline.moment())),
        },
    };
    let was_issued = !matches!(outcome, Outcome::NeverIssued { .. });
    Box::pin(undo(app, caller, &lease, Failure { outcome, touched, approval, why: error.to_string() })).await;
    if let Some(approval) = approval.filter(|_| !was_issued) {
        give_back(app, caller, approval, &lease).await;
    }
    AppError::from(error)
}

/// An issue that gave nobody a token.
struct Failure {
    outcome: Outcome,
    /// What may be there and has to be removed.
    touched: Vec<OwnedObject>,
    /// The approval that it used.
    approval: Option<ApprovalRequestId>,
    why: String,
}

/// Ends a reservation now, and removes what was made for it. Whatever fails of that is the loop's, once the reservation's
/// deadline has passed or the claim has lapsed.
async fn undo(app: &App, caller: &Caller, lease: &Lease, failure: Failure) {
    let Failure { outcome, touched, approval, why } = failure;
    let event = app.event(caller, Some(lease.source.place.project), failure_event(lease, &outcome, &why, approval));
    let leases = app.store.leases();
    if touched.is_empty() {
        // A guard that is not met: the lease is no longer reserved, and whoever changed it wrote its event.
        if let Err(error) = leases.abandon(lease.id, &outcome, &event).await.or_else(unless_guarded) {
            left_to_the_loop(lease, &error);
        }
        return;
    }
    let until = claim_lapses(app);
    let beginning = Beginning { reason: EndReason::Undone, undone: Some(&outcome), until };
    let fence = match leases.begin_ending(lease.id, beginning, &event).await {
        Ok(fence) => fence,
        Err(error) => {
            // Another server took the reservation over, and may have looked before all of it was there; or nothing can be
            // written, and the loop will find it gone.
            if !matches!(error, StoreError::GuardFailed { .. }) {
                left_to_the_loop(lease, &error);
            }
            return Box::pin(sweep_up(app, lease, &touched, Deadline::after(&app.ambient, UNDO))).await;
        }
    };
    let state = LeaseState::Ending {
        grant: None,
        reason: EndReason::Undone,
        undone: Some(outcome),
        began_at: event.created_at,
        attempts: 0,
        last_error: None,
        next_attempt_at: until,
    };
    let claimed = Claimed { lease: Lease { state, ..lease.clone() }, fence };
    let deadline = Deadline::after(&app.ambient, UNDO);
    report(lease, clean_up(app, claimed, CleaningUp { caller, touched: Some(touched), deadline }).await);
}

fn unless_guarded(error: StoreError) -> Result<(), StoreError> {
    match error {
        StoreError::GuardFailed { .. } => Ok(()),
        other => Err(other),
    }
}

fn left_to_the_loop(lease: &Lease, error: &StoreError) {
    let error = mayfly_domain::error::chain(error);
    tracing::warn!(lease = %lease.id, %error, "a reservation could not be ended; it will be when its time is up");
}

/// The event of an issue that gave nobody a token.
pub(super) fn failure_event(
    lease: &Lease,
    outcome: &Outcome,
    why: &str,
    approval_request_id: Option<ApprovalRequestId>,
) -> LeaseEvent {
    let possibly_issued_until = match outcome {
        Outcome::PossiblyIssued { dead_by } => Some(*dead_by),
        Outcome::Revoked | Outcome::Expired | Outcome::Forgotten { .. } | Outcome::NeverIssued { .. } => None,
    };
    LeaseEvent::FailDynamicSecretLease {
        lease: LeaseFacts::from(lease),
        why: why.to_owned(),
        possibly_issued_until,
        approval_request_id,
    }
}
