//! One sweep of one cluster, and of all of them.

use std::time::Duration;

use futures::{StreamExt as _, stream};
use mayfly_cluster::{Deadline, FoundObject, ListOwned, OwnedObjects, Right, Scope};
use mayfly_domain::{
    access::operation::Operation, audit::ClusterEvent, caller::Caller, error::chain, ids::ConnectionId,
    plan::OwnedObject,
};
use mayfly_store::connections::UsedConnection;

use super::{
    Orphan,
    brake::{Digest, has_to_ask},
    remove::{Removed, remove},
    sort::{Sorted, sort},
};
use crate::{
    App, AppError,
    cluster_connections::{readable, readable_one},
    leases::names,
};

/// Listing everything of ours in a cluster.
const LISTING: Duration = Duration::from_mins(1);
/// Clusters that are swept at the same time, so that one that does not answer keeps no other waiting; more would hold too
/// many lists in memory.
const SIDE_BY_SIDE: usize = 32;
/// Objects that one event names; more are only counted.
const MOST_NAMED: usize = 50;

/// What to do about orphans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SweepWish {
    /// Look only.
    Look,
    /// Remove them if they are few.
    Few,
    /// Remove them if they are exactly those that somebody has seen.
    Approved(Digest),
}

/// What a sweep found and did.
#[derive(Clone, Debug)]
pub struct SweepReport {
    /// The connection used.
    pub connection: ConnectionId,
    /// Objects with our label.
    pub found: usize,
    /// Those that a lease explains.
    pub explained: usize,
    /// Those that are too young to tell.
    pub young: usize,
    /// Those without a seal of ours: left alone.
    pub strange: Vec<OwnedObject>,
    /// Those that no lease explains.
    pub orphans: Vec<Orphan>,
    /// Approves of removing exactly these orphans.
    pub digest: Digest,
    /// Whether somebody has to approve of it first.
    pub has_to_ask: bool,
    /// Orphans that were removed.
    pub removed: Vec<String>,
    /// Orphans that were not, and why.
    pub left: Vec<String>,
    /// Where we may not look.
    pub unseen: Vec<Right>,
    /// Lists that the cluster forgot before they were read to their end; the next sweep begins anew.
    pub cut: Vec<Right>,
}

/// Sweeps the cluster of one connection for a person.
pub async fn sweep(
    app: &App,
    caller: &Caller,
    connection: ConnectionId,
    wish: SweepWish,
) -> Result<SweepReport, AppError> {
    app.authorize(caller, Operation::SweepCluster).await?;
    app.check_not_held()?;
    let used = readable_one(app, caller, connection).await?;
    sweep_one(app, caller, &used, &wish).await
}

/// Sweeps every cluster, by itself: only few orphans are removed. A cluster that cannot be asked keeps no other waiting.
pub async fn sweep_all(app: &App) -> Result<(), AppError> {
    if app.store.is_held() {
        return Ok(());
    }
    let clusters = stream::iter(by_cluster(readable(app).await?));
    clusters.for_each_concurrent(SIDE_BY_SIDE, async |cluster| sweep_by_any(app, cluster).await).await;
    Ok(())
}

/// Sweeps a cluster by those connections that lead to it, until one has seen everything.
async fn sweep_by_any(app: &App, cluster: Vec<UsedConnection>) {
    for used in cluster {
        let platform = Caller::platform(used.organization);
        match sweep_one(app, &platform, &used, &SweepWish::Few).await {
            // Who sees everything has seen what the others would.
            Ok(report) if report.unseen.is_empty() && report.cut.is_empty() => break,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(connection = %used.id, error = %chain(&error), "a cluster could not be swept");
            }
        }
    }
}

/// Connections that lead to one cluster, together.
fn by_cluster(mut all: Vec<UsedConnection>) -> Vec<Vec<UsedConnection>> {
    let mut clusters: Vec<Vec<UsedConnection>> = Vec::new();
    // The newest credential is tried first.
    all.reverse();
    for used in all {
        let same = clusters.iter_mut().find(|cluster| {
            cluster.first().is_some_and(|first| used.cluster.is_some() && first.cluster == used.cluster)
        });
        match same {
            Some(cluster) => cluster.push(used),
            None => clusters.push(vec![used]),
        }
    }
    clusters
}

async fn sweep_one(
    app: &App,
    caller: &Caller,
    used: &UsedConnection,
    wish: &SweepWish,
) -> Result<SweepReport, AppError> {
    let began = app.ambient.now();
    let OwnedObjects { found, unseen, cut } = look(app, used).await?;
    let total = found.len();
    let Sorted { explained, young, strange, orphans } = sort(app, found, began).await?;
    let (digest, has_to_ask) = (Digest::of(&orphans), has_to_ask(orphans.len(), total));
    let may_remove = match wish {
        SweepWish::Look => false,
        SweepWish::Few => !has_to_ask,
        SweepWish::Approved(seen) if *seen == digest => true,
        SweepWish::Approved(_) => {
            let message = "is of other objects than are there now; look again and approve of what you see then";
            return Err(AppError::field(&["approve"], "sweep_changed", message));
        }
    };
    let Removed { removed, left } =
        if may_remove { remove(app, &used.target, used.cluster.as_ref(), &orphans).await } else { Removed::default() };
    let report = SweepReport {
        connection: used.id,
        found: total,
        explained,
        young,
        strange: strange.into_iter().map(|FoundObject { object, .. }| object).collect(),
        orphans,
        digest,
        has_to_ask,
        removed,
        left,
        unseen,
        cut,
    };
    tell(app, caller, &report, wish).await?;
    Ok(report)
}

/// Everything of ours in the cluster; where we may not look everywhere, in the namespaces that leases are for.
async fn look(app: &App, used: &UsedConnection) -> Result<OwnedObjects, AppError> {
    let list = async |scope: Scope| {
        let operation = ListOwned { target: used.target.clone(), installation: app.store.installation(), scope };
        app.place.list_owned(operation, Deadline::after(&app.ambient, LISTING)).await
    };
    let everywhere = list(Scope::Cluster).await?;
    if everywhere.unseen.is_empty() || used.namespaces.is_empty() {
        return Ok(everywhere);
    }
    // Cluster-wide kinds were asked for already; what of them may be seen is in both answers.
    Ok(list(Scope::Namespaces(used.namespaces.clone())).await?)
}

/// Writes down what was done, and what somebody should know. By itself a sweep tells of the same thing once.
async fn tell(app: &App, caller: &Caller, report: &SweepReport, wish: &SweepWish) -> Result<(), AppError> {
    let connection_id = report.connection;
    let mut events = Vec::new();
    if !report.removed.is_empty() || !report.left.is_empty() {
        let mut lease_ids: Vec<_> = report.orphans.iter().map(|orphan| orphan.lease).collect();
        lease_ids.dedup();
        events.push(ClusterEvent::SweepCluster {
            connection_id,
            lease_ids,
            removed: report.removed.clone(),
            left: report.left.clone(),
            is_approved: matches!(wish, SweepWish::Approved(_)),
        });
    }
    if *wish == SweepWish::Few && report.has_to_ask && app.told.is_news(connection_id, &report.digest) {
        tracing::warn!(
            connection = %connection_id, orphans = report.orphans.len(), found = report.found,
            "so many objects are explained by no lease that somebody has to look: `mayfly connection sweep {connection_id}`"
        );
        events.push(ClusterEvent::HoldClusterSweep {
            connection_id,
            found: count(report.found),
            would_remove: count(report.orphans.len()),
            digest: report.digest.to_string(),
        });
    }
    let strange: Vec<OwnedObject> = report.strange.iter().take(MOST_NAMED).cloned().collect();
    if *wish == SweepWish::Few && !strange.is_empty() && app.told.is_news(connection_id, &strange) {
        events.push(ClusterEvent::ReportUnsealedObjects { connection_id, objects: names(&strange) });
    }
    for event in events {
        app.store.audit_events().append(&app.event(caller, None, event)).await?;
    }
    Ok(())
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
