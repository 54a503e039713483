//! Cluster connections, and the sweep of the clusters they lead to.

use axum::{Json, extract::State};
use mayfly_api::cluster_connections::{
    Adopted, ClusterConnection, ClusterConnectionList, Sweep, SweepBody, SweepRequest,
};
use mayfly_app::{
    AppError, adopt as adoption,
    cluster_connections::{self as operations, UsedConnection},
    sweep::{self as sweeping, SweepReport, SweepWish},
};
use mayfly_domain::{ids::ConnectionId, plan::OwnedObject};

use super::{Shared, caller::By, form::Form, json::Body, path::Path, problem::Failure};

/// List the cluster connections of the organization.
#[utoipa::path(get, path = "/api/v1/cluster-connections", operation_id = "listClusterConnections",
    tag = "Cluster connections", responses((status = 200, body = ClusterConnectionList)))]
pub(super) async fn list(State(shared): State<Shared>, By(caller): By) -> Result<Json<ClusterConnectionList>, Failure> {
    let connections = operations::list(&shared.app, &caller).await?;
    Ok(Json(ClusterConnectionList { cluster_connections: connections.iter().map(wire).collect() }))
}

/// Look for objects in the cluster that no lease explains. Those that are approved of are removed.
#[utoipa::path(post, path = "/api/v1/cluster-connections/{connectionId}/sweep", operation_id = "sweepCluster",
    tag = "Cluster connections", params(("connectionId" = String, Path)), request_body = SweepRequest,
    responses((status = 200, body = SweepBody)))]
pub(super) async fn sweep(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<SweepBody>, Failure> {
    let form = Form::body(&body);
    let approve = form.optional("approve");
    let wish = form.finish(|| Some(approve?.map_or(SweepWish::Look, SweepWish::Approved)))?;
    let report = sweeping::sweep(&shared.app, &caller, connection_id(&id)?, wish).await?;
    Ok(Json(SweepBody { sweep: wire_sweep(report) }))
}

/// Go on with a database that is a copy or was restored: until then it issues and ends nothing.
#[utoipa::path(post, path = "/api/v1/admin/adopt", operation_id = "adoptDatabase", tag = "Status",
    responses((status = 200, body = Adopted)))]
pub(super) async fn adopt(State(shared): State<Shared>, By(caller): By) -> Result<Json<Adopted>, Failure> {
    let adopted = adoption::adopt(&shared.app, &caller).await?;
    Ok(Json(Adopted { was_held: adopted.was_held }))
}

fn connection_id(text: &str) -> Result<ConnectionId, AppError> {
    text.parse().map_err(|_| AppError::NotFound { what: "cluster connection", name: text.to_owned() })
}

fn wire(used: &UsedConnection) -> ClusterConnection {
    ClusterConnection {
        id: used.id.to_string(),
        url: used.target.url.to_string(),
        version: used.target.version,
        cluster: used.cluster.as_ref().map(ToString::to_string),
        dynamic_secret_id: used.owner.map(|owner| owner.to_string()),
    }
}

fn wire_sweep(report: SweepReport) -> Sweep {
    let names = |objects: &[OwnedObject]| objects.iter().map(ToString::to_string).collect();
    let orphans: Vec<OwnedObject> = report.orphans.iter().map(|orphan| orphan.object.owned(None)).collect();
    Sweep {
        cluster_connection_id: report.connection.to_string(),
        found: count(report.found),
        explained: count(report.explained),
        young: count(report.young),
        unsealed: names(&report.strange),
        orphans: names(&orphans),
        digest: report.digest.to_string(),
        needs_approval: report.has_to_ask,
        removed: report.removed,
        left: report.left,
        unseen: report.unseen.iter().chain(&report.cut).map(ToString::to_string).collect(),
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
