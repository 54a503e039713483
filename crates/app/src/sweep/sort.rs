//! Which of the objects that were found are explained, too young to say, strange, or orphans.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use mayfly_cluster::FoundObject;
use mayfly_domain::{
    error::{ErrorClass, chain},
    ids::LeaseId,
    lease::{Lease, LeaseState},
};

use crate::{App, AppError, leases::longest_reservation};

/// How far clocks of API server and ours may be apart, and those of our servers, and a little time to commit.
const MARGIN: SignedDuration = SignedDuration::from_secs(120);

/// An object of ours that no lease explains.
pub use mayfly_cluster::SealedObject as Orphan;

/// What was found, sorted.
#[derive(Clone, Debug, Default)]
pub(super) struct Sorted {
    /// Objects of leases that are not over.
    pub(super) explained: usize,
    /// Objects that may be explained in a moment.
    pub(super) young: usize,
    /// Objects with our label and no seal of ours.
    pub(super) strange: Vec<FoundObject>,
    /// Objects of leases that are over, or that no row knows.
    pub(super) orphans: Vec<Orphan>,
}

/// Sorts what a cluster was seen to hold, since looking `began`. The rows are read now, after the cluster.
pub(super) async fn sort(app: &App, found: Vec<FoundObject>, began: Timestamp) -> Result<Sorted, AppError> {
    let mut sorted = Sorted::default();
    // A lease has several objects, and one look explains them all.
    let mut explained: HashMap<LeaseId, bool> = HashMap::new();
    let young = longest_reservation(&app.settings).saturating_add(MARGIN);
    let keys = app.seals.public();
    for object in found {
        let Some(orphan) = keys.sealed(app.store.installation(), &object) else {
            sorted.strange.push(object);
            continue;
        };
        let is_explained = match explained.get(&orphan.lease) {
            Some(is_explained) => *is_explained,
            None => is_explained(app, orphan.lease, began).await?,
        };
        explained.insert(orphan.lease, is_explained);
        if is_explained {
            sorted.explained += 1;
        } else if is_younger(object.created_at, young, app.ambient.now()) {
            sorted.young += 1;
        } else {
            sorted.orphans.push(orphan);
        }
    }
    sorted.orphans.sort_by(|one, other| {
        (one.lease, one.object.kind, &one.object.name).cmp(&(other.lease, other.object.kind, &other.object.name))
    });
    Ok(sorted)
}

/// A row that cannot be read may be a reason: its objects stay, and the others of the cluster are looked at.
async fn is_explained(app: &App, lease: LeaseId, began: Timestamp) -> Result<bool, AppError> {
    match app.store.leases().find(lease).await {
        Ok(found) => Ok(explains(found.as_ref(), began)),
        Err(error) if error.class() == ErrorClass::Bug => {
            tracing::error!(%lease, error = %chain(&error), "a lease cannot be read: what was made for it is left");
            Ok(true)
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether a lease is a reason for its objects to have been there when looking `began` or since: until it is over, its own end
/// removes them. Where another server ended it, its clock counts.
fn explains(lease: Option<&Lease>, began: Timestamp) -> bool {
    match lease.map(|lease| &lease.state) {
        Some(LeaseState::Reserved { .. } | LeaseState::Active { .. } | LeaseState::Ending { .. }) => true,
        Some(LeaseState::Ended { ended_at, .. }) => began.duration_since(*ended_at) <= MARGIN,
        Some(LeaseState::Closed { .. }) | None => false,
    }
}

/// Whether the row of an object may still be on its way. What has no time of creation is old.
fn is_younger(created_at: Option<Timestamp>, age: SignedDuration, now: Timestamp) -> bool {
    created_at.is_some_and(|created_at| now.duration_since(created_at) < age)
}
