//! Testing a cluster connection.

use axum::{Json, extract::State};
use mayfly_api::cluster_connections::{
    ClusterConnectionTest, ClusterConnectionTestBody, RefusedObject, TestClusterConnectionRequest, TestedRight,
};
use mayfly_app::cluster_connections::{self as operations, CheckedRight, ConnectionTest, FailedTrial, Need};

use super::{
    super::{Shared, caller::By, dynamic_secrets::sample, form::Form, json::Body, path::Path, problem::Failure},
    connection_id,
};

/// Test a cluster connection, and what leases of a sample credential would take. Nothing is left in the cluster.
#[utoipa::path(post, path = "/api/v1/cluster-connections/{connectionId}/test", operation_id = "testClusterConnection",
    tag = "Cluster connections", params(("connectionId" = String, Path)),
    request_body = TestClusterConnectionRequest, responses((status = 200, body = ClusterConnectionTestBody)))]
pub(in super::super) async fn test(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<ClusterConnectionTestBody>, Failure> {
    let form = Form::body(&body);
    form.only(&["credential"]);
    let credential = match form.optional_object("credential") {
        Some(Some(fields)) => sample(&fields).map(Some),
        Some(None) => Some(None),
        None => None,
    };
    let sample = form.finish(|| credential)?;
    let test = operations::test(&shared.app, &caller, connection_id(&id)?, sample).await?;
    Ok(Json(ClusterConnectionTestBody { test: wire(test) }))
}

fn wire(test: ConnectionTest) -> ClusterConnectionTest {
    let ConnectionTest { version, who, cluster, rights, refused, problem, manifest } = test;
    ClusterConnectionTest {
        is_passed: problem.is_none(),
        problem,
        version,
        who,
        cluster,
        rights: rights.into_iter().map(right).collect(),
        refused: refused.into_iter().map(|FailedTrial { object, why, .. }| RefusedObject { object, why }).collect(),
        manifest,
    }
}

fn right(checked: CheckedRight) -> TestedRight {
    let CheckedRight { right, need, is_held } = checked;
    TestedRight {
        verb: right.verb,
        resource: right.resource,
        group: right.group,
        namespace: right.namespace,
        name: right.name,
        is_required: need == Need::Required,
        is_held,
    }
}
