//! Seeing dynamic secrets. The stored cluster token comes back only to those who may reveal it, and each time is
//! recorded.

use mayfly_domain::{
    access::{judge::Where, operation::Operation},
    audit::{DynamicSecretEvent, SecretFacts},
    caller::Caller,
    connection::Target,
    dynamic_secret::DynamicSecret,
    project::Folder,
    sensitive::Sensitive,
    slug::{DynamicSecretName, EnvironmentSlug},
};
use mayfly_store::dynamic_secrets::SecretAddress;

use super::SecretPlaceName;
use crate::{
    App, AppError,
    access::{InProject, place_of},
    environments::EnvironmentName,
    projects::{self, find_id},
};

/// A dynamic secret as a caller sees it.
#[derive(Clone, Debug)]
pub struct SecretView {
    /// The secret.
    pub secret: DynamicSecret,
    /// Its cluster token, for the caller who just sent it and for those who may reveal it.
    pub cluster_token: Option<Sensitive<String>>,
}

/// One dynamic secret.
pub async fn get(
    app: &App,
    caller: &Caller,
    place: &SecretPlaceName,
    name: &DynamicSecretName,
) -> Result<SecretView, AppError> {
    let (secret, proof) = find(app, caller, Operation::GetDynamicSecret, place, name).await?;
    // The token of a connection of the organization is not the project's to see.
    if secret.connection.owner.is_none() || !proof.may_at(Operation::RevealRootCredential, Where::At(place_of(&secret)))
    {
        return Ok(SecretView { secret, cluster_token: None });
    }
    let (secret, target, _) = find_with_target(app, caller, Operation::RevealRootCredential, place, name).await?;
    // It may have been pointed at another connection between the two looks.
    if secret.connection.owner.is_none() {
        return Ok(SecretView { secret, cluster_token: None });
    }
    let revealed = DynamicSecretEvent::RevealRootCredential { secret: SecretFacts::from(&secret) };
    app.store.audit_events().append(&app.event(caller, Some(proof.project), revealed)).await?;
    Ok(SecretView { secret, cluster_token: Some(target.credential) })
}

/// Those dynamic secrets in a folder that the caller may see, by name.
pub async fn list(app: &App, caller: &Caller, place: &SecretPlaceName) -> Result<Vec<DynamicSecret>, AppError> {
    let (folder, proof) = find_folder(app, caller, Operation::ListDynamicSecrets, place).await?;
    let secrets = app.store.dynamic_secrets().list(folder.id).await?.into_iter();
    let is_seen = |secret: &DynamicSecret| proof.may_at(Operation::ListDynamicSecrets, Where::At(place_of(secret)));
    Ok(secrets.filter(is_seen).collect())
}

/// A folder in which the caller may do `operation`.
pub(crate) async fn find_folder(
    app: &App,
    caller: &Caller,
    operation: Operation,
    place: &SecretPlaceName,
) -> Result<(Folder, InProject), AppError> {
    let (project, proof) = projects::find(app, caller, operation, &place.project).await?;
    let environment = place.environment.find_in(&project)?;
    let here = Where::InFolder { environment: environment.slug.as_str(), path: place.path.as_str() };
    app.require(caller, operation, &proof, here).await?;
    let folder = app.store.folders().get_by_path(environment.id, &place.path).await?;
    Ok((folder.ok_or_else(|| AppError::not_found("folder", &place.path))?, proof))
}

/// A dynamic secret on which the caller may do `operation`.
pub(crate) async fn find(
    app: &App,
    caller: &Caller,
    operation: Operation,
    place: &SecretPlaceName,
    name: &DynamicSecretName,
) -> Result<(DynamicSecret, InProject), AppError> {
    let proof = find_id(app, caller, operation, &place.project).await?;
    let found = match address(app, caller, operation, &proof, place).await? {
        Some(address) => app.store.dynamic_secrets().get(&address, name).await?,
        None => None,
    };
    match found {
        Some(secret) => {
            app.require(caller, operation, &proof, Where::At(place_of(&secret))).await?;
            Ok((secret, proof))
        }
        None => Err(missing(app, caller, operation, place, name).await?),
    }
}

/// The same, with its opened connection: for those who are about to speak to the cluster, and for nobody else.
pub(crate) async fn find_with_target(
    app: &App,
    caller: &Caller,
    operation: Operation,
    place: &SecretPlaceName,
    name: &DynamicSecretName,
) -> Result<(DynamicSecret, Target, InProject), AppError> {
    let proof = find_id(app, caller, operation, &place.project).await?;
    let found = match address(app, caller, operation, &proof, place).await? {
        Some(address) => app.store.dynamic_secrets().get_with_target(&address, name).await?,
        None => None,
    };
    match found {
        Some((secret, target)) => {
            app.require(caller, operation, &proof, Where::At(place_of(&secret))).await?;
            Ok((secret, target, proof))
        }
        None => Err(missing(app, caller, operation, place, name).await?),
    }
}

/// The address of a place in which the caller may do `operation`. Whoever may not learns nothing of what is there.
async fn address<'a>(
    app: &App,
    caller: &Caller,
    operation: Operation,
    proof: &InProject,
    place: &'a SecretPlaceName,
) -> Result<Option<SecretAddress<'a>>, AppError> {
    let environment: &EnvironmentSlug = match &place.environment {
        EnvironmentName::Slug(slug) => slug,
        EnvironmentName::Id(_) | EnvironmentName::Unknown(_) => return Ok(None),
    };
    let here = Where::InFolder { environment: environment.as_str(), path: place.path.as_str() };
    app.require(caller, operation, proof, here).await?;
    Ok(Some(SecretAddress { project: proof.project, environment, path: &place.path }))
}

/// Which part of an address is not there: the environment, the folder, or the secret itself.
async fn missing(
    app: &App,
    caller: &Caller,
    operation: Operation,
    place: &SecretPlaceName,
    name: &DynamicSecretName,
) -> Result<AppError, AppError> {
    find_folder(app, caller, operation, place).await?;
    Ok(AppError::not_found("dynamic secret", name))
}
