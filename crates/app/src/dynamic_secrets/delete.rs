//! Removing dynamic secrets. Their leases end with them, run out, or stand in the way, as the caller chooses; what is left of
//! them is named.

use mayfly_domain::{
    access::{judge::Where, operation::Operation},
    audit::{DynamicSecretEvent, SecretFacts},
    caller::Caller,
    dynamic_secret::DynamicSecret,
    ids::EnvironmentId,
    lease::Lease,
    project::FolderPath,
    slug::DynamicSecretName,
};
pub use mayfly_store::dynamic_secrets::LeasesThen;
use mayfly_store::{
    StoreError,
    dynamic_secrets::{HAS_NO_LIVE_LEASES, Removal},
};

use super::{SecretPlaceName, find};
use crate::{
    App, AppError,
    access::{InProject, place_of},
    error::OrWhen as _,
};

/// A dynamic secret by its place and name.
#[derive(Clone, Debug)]
pub struct SecretKey {
    /// Where.
    pub place: SecretPlaceName,
    /// Its name.
    pub name: DynamicSecretName,
}

/// A dynamic secret that was removed.
#[derive(Clone, Debug)]
pub struct DeletedSecret {
    /// What it was.
    pub secret: DynamicSecret,
    /// Its leases that are not over, newest first and at most [`DeletedSecret::MOST_NAMED`]: what ends now, what runs out,
    /// and tokens that cannot be taken back.
    pub leases_left: Vec<Lease>,
}

impl DeletedSecret {
    /// Leases that the answer names; the audit log has their number.
    pub const MOST_NAMED: i64 = 100;
}

/// Removes a dynamic secret, and does with its leases as was chosen.
pub async fn delete(
    app: &App,
    caller: &Caller,
    key: &SecretKey,
    leases: LeasesThen,
) -> Result<DeletedSecret, AppError> {
    let (secret, _) = find(app, caller, Operation::DeleteDynamicSecret, &key.place, &key.name).await?;
    app.check_not_held()?;
    let removal = Removal { leases, ..removal(app, caller, &secret).await? };
    match app.store.dynamic_secrets().delete(&removal).await {
        Err(StoreError::GuardFailed { guard: HAS_NO_LIVE_LEASES }) => return Err(AppError::HasLiveLeases),
        stored => stored.or_when_gone(|| AppError::not_found("dynamic secret", &key.name))?,
    }
    let leases_left = app.store.leases().list_unfinished(secret.id, DeletedSecret::MOST_NAMED).await?;
    Ok(DeletedSecret { secret, leases_left })
}

/// The removal of every dynamic secret in a folder and below it, each of which the caller must be allowed to remove.
pub(crate) async fn removals_below(
    app: &App,
    caller: &Caller,
    proof: &InProject,
    environment: EnvironmentId,
    path: &FolderPath,
) -> Result<Vec<Removal>, AppError> {
    let secrets = app.store.dynamic_secrets().list_below(environment, path).await?;
    let mut removals = Vec::with_capacity(secrets.len());
    for secret in &secrets {
        app.require(caller, Operation::DeleteDynamicSecret, proof, Where::At(place_of(secret))).await?;
        removals.push(removal(app, caller, secret).await?);
    }
    Ok(removals)
}

/// What is left of the leases of dynamic secrets that were removed: at most [`DeletedSecret::MOST_NAMED`] are named.
pub(crate) async fn leases_left(app: &App, removals: &[Removal]) -> Result<Vec<Lease>, AppError> {
    let mut left = Vec::new();
    for removal in removals {
        let room = DeletedSecret::MOST_NAMED - i64::try_from(left.len()).unwrap_or(i64::MAX);
        if room <= 0 {
            break;
        }
        left.extend(app.store.leases().list_unfinished(removal.id, room).await?);
    }
    Ok(left)
}

async fn removal(app: &App, caller: &Caller, secret: &DynamicSecret) -> Result<Removal, AppError> {
    let left = app.store.leases().count_unfinished(secret.id).await?;
    let deleted = DynamicSecretEvent::DeleteDynamicSecret {
        secret: SecretFacts::from(secret),
        leases_left: u64::try_from(left).unwrap_or(0),
    };
    Ok(Removal {
        id: secret.id,
        // What its leases need to end is in the versions of the connection, which stay until they have.
        connection: secret.connection.owner.map(|_| secret.connection.id),
        leases: LeasesThen::End,
        event: app.event(caller, Some(secret.place.project), deleted),
    })
}
