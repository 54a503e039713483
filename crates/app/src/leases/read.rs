//! Seeing live leases: one's own, or everybody's for those who manage them.

use mayfly_domain::{
    access::{
        judge::Where,
        operation::Operation,
        permission::{Action, Subject, to},
    },
    caller::Caller,
    dynamic_secret::DynamicSecret,
    identity::MetadataEntry,
    ids::LeaseId,
    lease::Lease,
    slug::DynamicSecretName,
};
use mayfly_store::leases::Holders;

use super::looks::record_look;
use crate::{
    App, AppError,
    access::{InProject, at, place_of},
    dynamic_secrets::{SecretPlaceName, find, find_folder},
};

/// A live lease with its dynamic secret.
#[derive(Clone, Debug)]
pub struct LeaseView {
    /// The lease.
    pub lease: Lease,
    /// The secret, while it is there.
    pub secret: Option<DynamicSecret>,
}

/// The live leases of a dynamic secret, newest first.
pub async fn list(
    app: &App,
    caller: &Caller,
    place: &SecretPlaceName,
    name: &DynamicSecretName,
) -> Result<Vec<Lease>, AppError> {
    let (secret, proof) = find(app, caller, Operation::ListLeases, place, name).await?;
    let manages = proof.may_at(Operation::ManageLeases, Where::At(place_of(&secret)));
    let holders = if manages { Holders::All } else { Holders::Only(&caller.actor) };
    Ok(app.store.leases().list_live(secret.id, holders).await?)
}

/// A live lease of a dynamic secret in a place.
pub async fn get(app: &App, caller: &Caller, place: &SecretPlaceName, id: &str) -> Result<LeaseView, AppError> {
    let (lease, proof) = find_live(app, caller, Operation::GetLease, place, id).await?;
    let secret = app.store.dynamic_secrets().get_by_id(proof.project, lease.source.dynamic_secret).await?;
    record_look(app, caller, &lease).await?;
    Ok(LeaseView { lease, secret })
}

/// A live lease on which the caller may do `operation`. A lease of another project, folder or holder is as absent as
/// one that never was.
pub(super) async fn find_live(
    app: &App,
    caller: &Caller,
    operation: Operation,
    place: &SecretPlaceName,
    id: &str,
) -> Result<(Lease, InProject), AppError> {
    let absent = || AppError::LeaseNotFound(id.to_owned());
    let (folder, proof) = find_folder(app, caller, operation, place).await?;
    let lease = find_in(app, caller, operation, &proof, id).await?;
    if lease.source.place.folder != folder.id || !lease.is_live() {
        return Err(absent());
    }
    check_visible(app, caller, operation, &proof, &lease).await?;
    Ok((lease, proof))
}

/// A lease of the project that the caller may do `operation` in. To ask for another project's is recorded.
pub(super) async fn find_in(
    app: &App,
    caller: &Caller,
    operation: Operation,
    proof: &InProject,
    id: &str,
) -> Result<Lease, AppError> {
    let absent = || AppError::LeaseNotFound(id.to_owned());
    let Ok(id) = id.parse::<LeaseId>() else { return Err(absent()) };
    if let Some(lease) = app.store.leases().get(proof.project, id).await? {
        return Ok(lease);
    }
    if app.store.leases().exists(id).await? {
        app.record_denial(caller, Some(proof.project), operation, "the lease is another project's").await;
    }
    Err(absent())
}

/// Refuses, and records, the look at a lease that is somebody else's.
pub(super) async fn check_visible(
    app: &App,
    caller: &Caller,
    operation: Operation,
    proof: &InProject,
    lease: &Lease,
) -> Result<(), AppError> {
    if sees(app, caller, proof, lease).await? {
        return Ok(());
    }
    app.record_denial(caller, Some(proof.project), operation, "the lease is somebody else's").await;
    Err(AppError::LeaseNotFound(lease.id.to_string()))
}

/// Whether the caller, who may see leases in the project, may see this one.
pub(crate) async fn sees(app: &App, caller: &Caller, proof: &InProject, lease: &Lease) -> Result<bool, AppError> {
    Ok(holds(caller, lease) || manages(app, proof, lease).await?)
}

/// Whether the lease is the caller's own.
pub(crate) fn holds(caller: &Caller, lease: &Lease) -> bool {
    caller.actor.is_same_as(&lease.holder)
}

/// Whether the labels of secrets have to be known to say which leases the caller manages in the project.
pub(crate) fn depend_on_labels(proof: &InProject) -> bool {
    proof.may(Operation::ManageLeases) && proof.depends_on_place(to(Action::ManageLeases, Subject::DynamicSecrets))
}

/// Whether the caller may see and end this lease whoever holds it. Labels are those its secret has now.
pub(super) async fn manages(app: &App, proof: &InProject, lease: &Lease) -> Result<bool, AppError> {
    let secret = if depend_on_labels(proof) {
        app.store.dynamic_secrets().get_by_id(proof.project, lease.source.dynamic_secret).await?
    } else {
        None
    };
    Ok(manages_labelled(proof, lease, secret.as_ref().map(|secret| secret.metadata.as_slice())))
}

/// As [`manages`], with the labels that the lease's secret has now, where they have to be known.
pub(crate) fn manages_labelled(proof: &InProject, lease: &Lease, labels: Option<&[MetadataEntry]>) -> bool {
    proof.may(Operation::ManageLeases)
        && proof.may_at(Operation::ManageLeases, Where::At(at(&lease.source.place, labels)))
}
