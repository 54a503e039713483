//! Seeing, listing and removing cluster connections.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::cluster_connections::{
    ClusterConnectionBody, ClusterConnectionList, UsingSecret as UsingSecretWire, UsingSecretList,
};
use mayfly_app::cluster_connections::{self as operations, ConnectionPage, UsingSecret};

use super::{
    super::{
        Shared, caller::By, form::Form, json::Body, page::page, path::Path, place::query_fields, problem::Failure,
    },
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
    let (after, limit) = page(query.as_deref(), ConnectionPage::LONGEST)?;
    let (connections, next) = operations::list(&shared.app, &caller, ConnectionPage { after, limit }).await?;
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

/// List the dynamic secrets that are pointed at a connection, in all projects, oldest first.
#[utoipa::path(get, path = "/api/v1/cluster-connections/{connectionId}/dynamic-secrets",
    operation_id = "listSecretsOfClusterConnection", tag = "Cluster connections",
    params(("connectionId" = String, Path), ("cursor" = Option<String>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = UsingSecretList)))]
pub(in super::super) async fn secrets(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<UsingSecretList>, Failure> {
    let page = page(query.as_deref(), ConnectionPage::LONGEST)?;
    let (secrets, next) = operations::secrets(&shared.app, &caller, connection_id(&id)?, page).await?;
    Ok(Json(UsingSecretList {
        dynamic_secrets: secrets.into_iter().map(using_wire).collect(),
        next_cursor: next.map(|id| id.to_string()),
    }))
}

pub(in super::super) fn using_wire(secret: UsingSecret) -> UsingSecretWire {
    UsingSecretWire {
        dynamic_secret_id: secret.id.to_string(),
        name: secret.name,
        project_slug: secret.project,
        environment_slug: secret.environment,
        path: secret.path,
    }
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
