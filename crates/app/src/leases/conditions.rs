//! What must hold before a lease is reserved, and how a refusal is told.

use aws_lc_rs::digest::{SHA256, digest};
use mayfly_domain::{
    hex::hex,
    lease::{Lease, LeaseState},
};
use mayfly_store::{
    StoreError,
    leases::reserving::{Conditions, HOLDER_HAS_ROOM, IdempotencyKey, KEYS, SECRET_HAS_ROOM},
    stops::NOT_STOPPED,
};

use crate::{App, AppError};

/// The route that keys are for.
const ROUTE: &str = "issueLease";

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

/// What must hold for a lease that takes the place of `replaced` others.
pub(super) fn conditions(app: &App, key: Option<RequestKey>, replaced: u32) -> Conditions {
    let cap = |most: Option<u32>| most.map(|most| most.saturating_add(replaced));
    Conditions {
        most_of_secret: cap(app.settings.most_leases_of_secret),
        most_of_holder: cap(app.settings.most_leases_of_holder),
        key: key.map(|key| IdempotencyKey { route: ROUTE, value: key.value, body_digest: key.body_digest }),
    }
}

/// Why `lease` was not reserved.
pub(super) async fn refusal(app: &App, lease: &Lease, conditions: &Conditions, error: StoreError) -> AppError {
    let told = match &error {
        StoreError::GuardFailed { guard } if *guard == NOT_STOPPED => stopped(app, lease).await,
        StoreError::GuardFailed { guard } if *guard == SECRET_HAS_ROOM => {
            Ok(too_many("this dynamic secret has", conditions.most_of_secret))
        }
        StoreError::GuardFailed { guard } if *guard == HOLDER_HAS_ROOM => {
            Ok(too_many("you have", conditions.most_of_holder))
        }
        StoreError::GuardFailed { .. } => Ok(AppError::not_found("dynamic secret", &lease.source.name)),
        StoreError::Unique { index } if index == KEYS => used_before(app, lease, conditions.key.as_ref()).await,
        _ => return error.into(),
    };
    told.unwrap_or_else(AppError::from)
}

fn too_many(whose: &'static str, most: Option<u32>) -> AppError {
    AppError::TooManyLeases { whose, most: most.unwrap_or(0) }
}

async fn stopped(app: &App, lease: &Lease) -> Result<AppError, StoreError> {
    // Lifted meanwhile: as good a reason to try again as any.
    let Some(stop) = app.store.stops().find(&lease.source).await? else { return Ok(AppError::TooSlow) };
    Ok(AppError::IssuingStopped { scope: stop.scope.to_string(), reason: stop.reason })
}

/// Tells what became of the first request with this key; never its token.
async fn used_before(app: &App, lease: &Lease, key: Option<&IdempotencyKey>) -> Result<AppError, StoreError> {
    let Some(key) = key else { return Ok(AppError::Bug("a request without a key has none")) };
    let Some(used) = app.store.leases().used_key(lease, key).await? else { return Ok(AppError::KeyStillUsed) };
    if used.body_digest != key.body_digest {
        return Ok(AppError::KeyOfAnotherRequest);
    }
    let first = app.store.leases().find(used.lease).await?;
    let is_running = first.is_some_and(|first| matches!(first.state, LeaseState::Reserved { .. }));
    Ok(if is_running { AppError::KeyStillUsed } else { AppError::KeyUsed { lease: used.lease } })
}
