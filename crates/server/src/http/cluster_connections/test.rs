//! Testing a cluster connection.

use std::time::Duration;

use axum::{Json, extract::State};
use mayfly_api::cluster_connections::{
    ClusterConnectionTest, ClusterConnectionTestBody, CreateClusterConnectionRequest, RefusedObject,
    TestClusterConnectionRequest, TestStep, TestedRight,
};
use mayfly_app::cluster_connections::{
    self as operations, CheckedRight, ConnectionTest, FailedTrial, Need, ProbeTimes,
};

use super::{
    super::{Shared, caller::By, dynamic_secrets::sample, form::Form, json::Body, path::Path, problem::Failure},
    connection_id,
    write::new_connection,
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

/// Test a cluster connection as it would be made. Nothing is made or left in the cluster; its name may be a taken one.
#[utoipa::path(post, path = "/api/v1/cluster-connections/test", operation_id = "testNewClusterConnection",
    tag = "Cluster connections", request_body = CreateClusterConnectionRequest,
    responses((status = 200, body = ClusterConnectionTestBody)))]
pub(in super::super) async fn test_new(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<ClusterConnectionTestBody>, Failure> {
    let new = new_connection(&body, shared.app.ambient().now())?;
    let test = operations::test_new(&shared.app, &caller, new).await?;
    Ok(Json(ClusterConnectionTestBody { test: wire(test) }))
}

pub(in super::super) fn wire(test: ConnectionTest) -> ClusterConnectionTest {
    let ConnectionTest { version, who, cluster, rights, refused, problem, manifest, times } = test;
    ClusterConnectionTest {
        is_passed: problem.is_none(),
        problem,
        version,
        who,
        cluster,
        rights: rights.into_iter().map(right).collect(),
        refused: refused.into_iter().map(|FailedTrial { object, why, .. }| RefusedObject { object, why }).collect(),
        manifest,
        steps: steps(times),
    }
}

fn steps(times: ProbeTimes) -> Vec<TestStep> {
    let ProbeTimes { way, who_am_i, rights } = times;
    let times = [
        ("connect", way.map(|way| way.connect)),
        ("tls", way.map(|way| way.handshake)),
        ("whoAmI", Some(who_am_i)),
        ("rights", Some(rights)),
    ];
    let milliseconds = |time: Duration| u64::try_from(time.as_millis()).ok();
    times.map(|(step, time)| TestStep { step: step.to_owned(), milliseconds: time.and_then(milliseconds) }).into()
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
