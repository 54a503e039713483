//! Removing dynamic secrets. Their leases are closed: their tokens live until they expire, and the answer says so.

use mayfly_domain::{
    access::operation::Operation,
    audit::{Event, SecretFacts},
    caller::Caller,
    dynamic_secret::DynamicSecret,
    ids::EnvironmentId,
    project::FolderPath,
    slug::DynamicSecretName,
};
use mayfly_store::dynamic_secrets::Removal;

use super::{SecretPlaceName, SecretView, find};
use crate::{App, AppError, error::OrWhen as _};

/// A dynamic secret by its place and name.
#[derive(Clone, Debug)]
pub struct SecretKey {
    /// Where.
    pub place: SecretPlaceName,
    /// Its name.
    pub name: DynamicSecretName,
}

/// Removes a dynamic secret.
pub async fn delete(app: &App, caller: &Caller, key: &SecretKey) -> Result<SecretView, AppError> {
    let (secret, _) = find(app, caller, Operation::DeleteDynamicSecret, &key.place, &key.name).await?;
    let removal = removal(app, caller, &secret).await?;
    let stored = app.store.dynamic_secrets().delete(&removal).await;
    stored.or_when_gone(|| AppError::not_found("dynamic secret", &key.name))?;
    Ok(SecretView { secret, cluster_token: None })
}

/// The removal of every dynamic secret in a folder and below it.
pub(crate) async fn removals_below(
    app: &App,
    caller: &Caller,
    environment: EnvironmentId,
    path: &FolderPath,
) -> Result<Vec<Removal>, AppError> {
    let secrets = app.store.dynamic_secrets().list_below(environment, path).await?;
    let mut removals = Vec::with_capacity(secrets.len());
    for secret in &secrets {
        removals.push(removal(app, caller, secret).await?);
    }
    Ok(removals)
}

async fn removal(app: &App, caller: &Caller, secret: &DynamicSecret) -> Result<Removal, AppError> {
    let left = app.store.leases().count_unfinished(secret.id).await?;
    let deleted =
        Event::DeleteDynamicSecret { secret: SecretFacts::from(secret), leases_left: u64::try_from(left).unwrap_or(0) };
    Ok(Removal {
        id: secret.id,
        connection: secret.connection.owner.map(|_| secret.connection.id),
        event: app.event(caller, Some(secret.place.project), deleted),
    })
}
