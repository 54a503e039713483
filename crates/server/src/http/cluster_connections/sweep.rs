//! The sweep of the clusters that connections lead to.

use axum::{Json, extract::State};
use mayfly_api::cluster_connections::{Sweep, SweepBody, SweepRequest};
use mayfly_app::sweep::{self as sweeping, SweepReport, SweepWish};
use mayfly_domain::plan::OwnedObject;

use super::{
    super::{Shared, caller::By, form::Form, json::Body, path::Path, problem::Failure},
    connection_id,
};

/// Look for objects in the cluster that no lease explains. Those that are approved of are removed.
#[utoipa::path(post, path = "/api/v1/cluster-connections/{connectionId}/sweep", operation_id = "sweepCluster",
    tag = "Cluster connections", params(("connectionId" = String, Path)), request_body = SweepRequest,
    responses((status = 200, body = SweepBody)))]
pub(in super::super) async fn sweep(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<SweepBody>, Failure> {
    let form = Form::body(&body);
    form.only(&["approve"]);
    let approve = form.optional("approve");
    let wish = form.finish(|| Some(approve?.map_or(SweepWish::Look, SweepWish::Approved)))?;
    let report = sweeping::sweep(&shared.app, &caller, connection_id(&id)?, wish).await?;
    Ok(Json(SweepBody { sweep: wire_sweep(report) }))
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
