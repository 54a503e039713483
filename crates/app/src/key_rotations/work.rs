//! Carrying rotations on, in the background.

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::{
    audit::InstallationEvent,
    caller::Caller,
    clock::Ambient,
    error::chain,
    ids::{KeyRotationId, ReplicaId},
    key_rotation::{KeyRotation, RotationKind},
};
use mayfly_store::{
    StoreError,
    key_rotations::{IS_OURS, Pass, RotationClaim, RotationClaims},
};

use super::KNOWN_BEFORE_USED;
use crate::{App, AppError};

/// How long both keys may sign after the newer one was made.
const OVERLAP: SignedDuration = SignedDuration::from_secs(2 * KNOWN_BEFORE_USED.as_secs());
/// Values in one transaction.
const BATCH: i64 = 100;
/// How long a server that stopped in the middle keeps others waiting.
const CLAIM: SignedDuration = SignedDuration::from_secs(10);
/// Values that do not open are tried again that much later.
const PAUSE: SignedDuration = SignedDuration::from_secs(60);

/// Reads keys that sign again, forgets what no longer seals, and carries on what rotations there are.
pub async fn work(app: &App) -> Result<(), AppError> {
    app.signing.refresh(&app.store, &app.ambient).await?;
    app.seals.refresh(&app.store, &app.ambient).await?;
    app.store.seal_keys().forget_private(used_since(app)).await?;
    for rotation in app.store.key_rotations().running().await? {
        carry_on(app, &rotation).await?;
    }
    Ok(())
}

/// Since when a key signs that was made by then: servers may sign with the older one until they have looked again.
fn used_since(app: &App) -> Timestamp {
    let now = app.ambient.now();
    now.saturating_sub(OVERLAP).unwrap_or(now)
}

/// Drops keys that signed tokens none of which lives any more. It reads all tokens while there is an older key.
pub async fn retire_signing_keys(app: &App) -> Result<(), AppError> {
    let retired = app.store.signing_keys().retire(used_since(app), app.ambient.now(), OVERLAP).await?;
    if retired > 0 {
        tracing::info!(retired, "old keys that signed access tokens are gone: no token needs them any more");
    }
    Ok(())
}

/// The claims of this server on one rotation.
struct Claims<'app> {
    ambient: &'app Ambient,
    rotation: KeyRotationId,
    replica: ReplicaId,
}

impl Claims<'_> {
    fn lasting(&self, duration: SignedDuration) -> RotationClaim {
        let now = self.ambient.now();
        let until = now.saturating_add(duration).unwrap_or(now);
        RotationClaim { rotation: self.rotation, replica: self.replica, until }
    }
}

impl RotationClaims for Claims<'_> {
    fn renewed(&self) -> RotationClaim {
        self.lasting(CLAIM)
    }
}

async fn carry_on(app: &App, rotation: &KeyRotation) -> Result<(), AppError> {
    let rotations = app.store.key_rotations();
    let claims = Claims { ambient: &app.ambient, rotation: rotation.id, replica: app.replica };
    if !rotations.claim(claims.renewed(), app.ambient.now()).await? {
        return Ok(());
    }
    rotations.measure(rotation).await?;
    let pass = match rotation.kind {
        RotationKind::Data => rotations.reseal(&claims, BATCH).await,
        RotationKind::Master => rotations.rewrap(&claims, BATCH).await,
        RotationKind::Signing => Ok(Pass::default()),
    };
    let pass = match pass {
        Ok(pass) => pass,
        // Another server took it over while this one was away: it goes on there.
        Err(StoreError::GuardFailed { guard }) if guard == IS_OURS => return Ok(()),
        Err(error) => {
            rotations.delay(claims.lasting(PAUSE), &told(&error)).await?;
            return Err(error.into());
        }
    };
    if pass.unreadable > 0 {
        let problem = format!("{} values do not open and keep their old key; the log names each", pass.unreadable);
        return Ok(rotations.delay(claims.lasting(PAUSE), &problem).await?);
    }
    finish(app, rotation, pass).await
}

/// What an administrator is told: which key is missing, or where to look.
fn told(error: &StoreError) -> String {
    match error {
        StoreError::Refused(why) => why.clone(),
        _ => "the server's log tells what went wrong; it is tried again".to_owned(),
    }
}

async fn finish(app: &App, rotation: &KeyRotation, pass: Pass) -> Result<(), AppError> {
    let event = InstallationEvent::FinishKeyRotation { rotation_id: rotation.id, kind: rotation.kind };
    let event = app.event(&Caller::platform(rotation.organization), None, event);
    match app.store.key_rotations().finish(rotation, app.ambient.now(), &event).await {
        Ok(true) => {}
        // Values were added meanwhile, or another server was faster.
        Ok(false) | Err(StoreError::GuardFailed { .. }) => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    tracing::info!(kind = %rotation.kind, replaced = pass.replaced, "keys were rotated: the old ones are gone");
    if let Err(error) = app.store.key_rotations().settle().await {
        tracing::error!(error = %chain(&error), "the new master key could not be put where the old one was");
    }
    Ok(())
}
