//! Removing orphans: lease by lease, each in the order of removal, each object only as long as it is the one we saw.

use std::time::Duration;

use futures::{StreamExt as _, stream};
use mayfly_cluster::{Deadline, Doomed, Revoke};
use mayfly_domain::{
    connection::{ClusterIdentity, Target},
    plan::OwnedObject,
};

use super::Orphan;
use crate::{App, leases::names};

/// Leases whose orphans are removed at the same time.
const BUDGET: usize = 8;
/// One lease's attempt.
const ATTEMPT: Duration = Duration::from_secs(15);

/// What became of orphans.
#[derive(Clone, Debug, Default)]
pub(super) struct Removed {
    /// Objects that are gone now.
    pub(super) removed: Vec<String>,
    /// Objects that are not, and why.
    pub(super) left: Vec<String>,
}

/// Removes `orphans`, which are in the order of their leases, from the cluster that `target` leads to.
pub(super) async fn remove(
    app: &App,
    target: &Target,
    cluster: Option<&ClusterIdentity>,
    orphans: &[Orphan],
) -> Removed {
    let each_lease = orphans.chunk_by(|one, other| one.lease == other.lease);
    let attempts: Vec<_> = each_lease.map(|of_one| remove_of_lease(app, target, cluster, of_one)).collect();
    stream::iter(attempts)
        .buffered(BUDGET)
        .fold(Removed::default(), async |mut all, of_one| {
            all.removed.extend(of_one.removed);
            all.left.extend(of_one.left);
            all
        })
        .await
}

async fn remove_of_lease(app: &App, target: &Target, cluster: Option<&ClusterIdentity>, orphans: &[Orphan]) -> Removed {
    let objects: Vec<OwnedObject> =
        orphans.iter().map(|orphan| orphan.object.owned(Some(orphan.uid.clone()))).collect();
    let doomed = orphans.iter().map(|orphan| Doomed { object: orphan.object.clone(), uid: Some(orphan.uid.clone()) });
    // They were just listed there.
    let (target, cluster) = (target.clone(), cluster.cloned());
    let operation = Revoke { target, cluster, is_same_address: true, objects: doomed.collect() };
    match app.place.revoke(operation, Deadline::after(&app.ambient, ATTEMPT)).await {
        Ok(revoked) => Removed {
            removed: names(&revoked.removed),
            left: revoked.left.iter().map(|left| describe(&left.object, &left.why.public_text())).collect(),
        },
        Err(why) => Removed {
            removed: Vec::new(),
            left: objects.iter().map(|object| describe(object, &why.public_text())).collect(),
        },
    }
}

fn describe(object: &OwnedObject, why: &str) -> String {
    format!("{object}: {why}")
}
