//! Seeing, listing and removing cluster connections.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::cluster_connections::{ClusterConnectionBody, ClusterConnectionList};
use mayfly_app::cluster_connections::{self as operations, ConnectionPage};
use mayfly_domain::ids::ConnectionId;

use super::{
    super::{Shared, caller::By, form::Form, json::Body, path::Path, place::query_fields, problem::Failure},
    connection_id,
    wire::wire,
};

/// List the cluster connections of the organization, oldest first: those of dynamic secrets too.
#[utoipa::path(get, path = "/api/v1/cluster-connections", operation_id = "listClusterConnections",
    tag = "Cluster connections", params(("cursor" = Option<String>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = ClusterConnectionList)))]
pub(in super::super) async fn list(
    State(shared): State<Shared>,
    By(caller): By,
    RawQuery(query): RawQuery,
) -> Result<Json<ClusterConnectionList>, Failure> {
    let fields = query_fields(query.as_deref());
    let form = Form::query(&fields);
    form.only(&["cursor", "limit"]);
    let after = form.optional::<ConnectionId>("cursor");
    let limit = form.integer("limit", 1..=ConnectionPage::LONGEST);
    let page =
        form.finish(|| Some(ConnectionPage { after: after?, limit: limit?.unwrap_or(ConnectionPage::LONGEST) }))?;
    let (connections, next) = operations::list(&shared.app, &caller, page).await?;
    Ok(Json(ClusterConnectionList {
        cluster_connections: connections.iter().map(wire).collect(),
        next_cursor: next.map(|id| id.to_string()),
    }))
}

/// See a cluster connection. Its token never comes back.
#[utoipa::path(get, path = "/api/v1/cluster-connections/{connectionId}", operation_id = "getClusterConnection",
    tag = "Cluster connections", params(("connectionId" = String, Path)),
    responses((status = 200, body = ClusterConnectionBody)))]
pub(in super::super) async fn get(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<ClusterConnectionBody>, Failure> {
    Form::query(&query_fields(query.as_deref())).nothing()?;
    let connection = operations::get(&shared.app, &caller, connection_id(&id)?).await?;
    Ok(Json(ClusterConnectionBody { cluster_connection: wire(&connection) }))
}

/// Remove a cluster connection. Refused, with the list of what uses it, while something does.
#[utoipa::path(delete, path = "/api/v1/cluster-connections/{connectionId}", operation_id = "deleteClusterConnection",
    tag = "Cluster connections", params(("connectionId" = String, Path)),
    responses((status = 200, body = ClusterConnectionBody)))]
pub(in super::super) async fn delete(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<ClusterConnectionBody>, Failure> {
    Form::body(&body).nothing()?;
    let connection = operations::delete(&shared.app, &caller, connection_id(&id)?).await?;
    Ok(Json(ClusterConnectionBody { cluster_connection: wire(&connection) }))
}
