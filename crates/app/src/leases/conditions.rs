//! What must hold before a lease is reserved, and how a refusal is told.

use aws_lc_rs::digest::{SHA256, digest};
use mayfly_domain::{
    caller::Actor,
    hex::hex,
    ids::{DynamicSecretId, ProjectId},
    lease::{Lease, LeaseSource, LeaseState},
};
use mayfly_store::{
    StoreError,
    approvals::IS_APPROVED,
    leases::reserving::{Conditions, HOLDER_HAS_ROOM, IdempotencyKey, KEYS, SECRET_HAS_ROOM, UsedKey},
    stops::NOT_STOPPED,
};

use crate::{App, AppError};

/// The route that keys are for.
const ROUTE: &str = "issueLease";

const CHANGED: AppError = AppError::ChangedMeanwhile { what: "the dynamic secret" };

/// A key that the caller gave a request, so that sending it twice issues once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestKey {
    /// The key, 1 to [`RequestKey::LONGEST`] characters.
    pub value: String,
    /// SHA-256 of the request's body, in hex.
    pub body_digest: String,
}

impl RequestKey {
    /// Longest key in characters.
    pub const LONGEST: usize = 128;

    /// A key that came with `body`.
    pub fn new(value: String, body: &[u8]) -> Self {
        Self { value, body_digest: hex(digest(&SHA256, body).as_ref()) }
    }
}

/// Forgets keys that are a day old.
pub async fn forget_old_keys(app: &App) -> Result<(), AppError> {
    app.store.leases().forget_old_keys(app.ambient.now()).await?;
    Ok(())
}

/// What must hold for a lease of `secret` that `holder` asks for. One that takes the place of another of the same is not one
/// more.
pub(super) fn conditions(
    app: &App,
    key: Option<RequestKey>,
    (secret, holder): (DynamicSecretId, &Actor),
    replaced: Option<&Lease>,
) -> Conditions {
    let cap = |most: Option<u32>, is_same: bool| most.map(|most| most.saturating_add(u32::from(is_same)));
    let same_secret = replaced.is_some_and(|lease| lease.source.dynamic_secret == secret);
    let same_holder = replaced.is_some_and(|lease| lease.holder == *holder);
    Conditions {
        most_of_secret: cap(app.settings.most_leases_of_secret, same_secret),
        most_of_holder: cap(app.settings.most_leases_of_holder, same_holder),
        key: key.map(stored),
        approval: None,
    }
}

fn stored(key: RequestKey) -> IdempotencyKey {
    IdempotencyKey { route: ROUTE, value: key.value, body_digest: key.body_digest }
}

/// Why `lease` was not reserved.
pub(super) async fn refusal(app: &App, lease: &Lease, conditions: &Conditions, error: StoreError) -> AppError {
    let told = match &error {
        StoreError::GuardFailed { guard } if *guard == NOT_STOPPED => stopped(app, lease).await,
        StoreError::GuardFailed { guard } if *guard == IS_APPROVED => {
            Ok(AppError::ChangedMeanwhile { what: "the approval" })
        }
        StoreError::GuardFailed { guard } if *guard == SECRET_HAS_ROOM => {
            Ok(too_many("this dynamic secret has", conditions.most_of_secret))
        }
        StoreError::GuardFailed { guard } if *guard == HOLDER_HAS_ROOM => {
            Ok(too_many("you have", conditions.most_of_holder))
        }
        StoreError::GuardFailed { .. } => since_prepared(app, &lease.source).await.map(|why| why.unwrap_or(CHANGED)),
        StoreError::Unique { index } if index == KEYS => used_before(app, lease, conditions.key.as_ref()).await,
        _ => return error.into(),
    };
    told.unwrap_or_else(AppError::from)
}

/// How the dynamic secret of a lease is not what it was when the lease was prepared, if that is so.
pub(super) async fn since_prepared(app: &App, source: &LeaseSource) -> Result<Option<AppError>, StoreError> {
    let now = app.store.dynamic_secrets().get_by_id(source.place.project, source.dynamic_secret).await?;
    Ok(match now {
        None => Some(AppError::not_found("dynamic secret", &source.name)),
        Some(now) if now.version != source.version => Some(CHANGED),
        Some(_) => None,
    })
}

fn too_many(whose: &'static str, most: Option<u32>) -> AppError {
    AppError::TooManyLeases { whose, most: most.unwrap_or(0) }
}

pub(super) async fn stopped(app: &App, lease: &Lease) -> Result<AppError, StoreError> {
    // Lifted meanwhile: as good a reason to try again as any.
    let Some(stop) = app.store.stops().find(&lease.source).await? else {
        return Ok(AppError::ChangedMeanwhile { what: "what stops issuing" });
    };
    Ok(AppError::IssuingStopped { scope: stop.scope.to_string(), reason: stop.reason })
}

/// Refuses a request whose key was used in `project` before: what it would replace may be over because of the first one.
pub(super) async fn check_key(
    app: &App,
    holder: &Actor,
    project: ProjectId,
    key: Option<RequestKey>,
) -> Result<(), AppError> {
    let Some(key) = key.map(stored) else { return Ok(()) };
    match app.store.leases().used_key(holder, project, &key).await? {
        None => Ok(()),
        Some(used) => Err(answered(app, &key, &used).await?),
    }
}

/// Tells what became of the first request with this key; never its token.
async fn used_before(app: &App, lease: &Lease, key: Option<&IdempotencyKey>) -> Result<AppError, StoreError> {
    let Some(key) = key else { return Ok(AppError::Bug("a request without a key has none")) };
    match app.store.leases().used_key(&lease.holder, lease.source.place.project, key).await? {
        None => Ok(AppError::KeyStillUsed),
        Some(used) => answered(app, key, &used).await,
    }
}

async fn answered(app: &App, key: &IdempotencyKey, used: &UsedKey) -> Result<AppError, StoreError> {
    if used.body_digest != key.body_digest {
        return Ok(AppError::KeyOfAnotherRequest);
    }
    let first = app.store.leases().find(used.lease).await?;
    Ok(match first.map(|first| first.state) {
        Some(LeaseState::Reserved { .. }) => AppError::KeyStillUsed,
        state => AppError::KeyUsed { lease: used.lease, was_issued: state.is_none_or(|state| state.grant().is_some()) },
    })
}
