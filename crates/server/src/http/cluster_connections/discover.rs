//! What there is in the cluster of a connection.

use std::fmt::Display;

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::cluster_connections::{
    AccountListing, Listing as WireListing, NamespaceListing, Preview, PreviewBody, PreviewSource, RoleListing,
};
use mayfly_app::{
    AppError,
    cluster_connections::{self as operations, Listing, More, PowerSource, Powers, PowersOf, Unseen},
};
use mayfly_domain::{
    kubernetes_name::{Namespace, RoleName, ServiceAccountName},
    plan::RoleKind,
};

use super::{
    super::{Shared, caller::By, form::Form, path::Path, place::query_fields, problem::Failure},
    connection_id,
};

/// List the namespaces of the cluster, as far as the connection's token may.
#[utoipa::path(get, path = "/api/v1/cluster-connections/{connectionId}/namespaces",
    operation_id = "listClusterNamespaces", tag = "Cluster connections", params(("connectionId" = String, Path)),
    responses((status = 200, body = NamespaceListing)))]
pub(in super::super) async fn namespaces(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<NamespaceListing>, Failure> {
    Form::query(&query_fields(query.as_deref())).nothing()?;
    let found = operations::discover(&shared.app, &caller, connection_id(&id)?, None, More::Accounts).await?;
    Ok(Json(NamespaceListing { namespaces: listing(found.namespaces) }))
}

/// List the service accounts of a namespace, as far as the connection's token may.
#[utoipa::path(get, path = "/api/v1/cluster-connections/{connectionId}/accounts",
    operation_id = "listClusterAccounts", tag = "Cluster connections",
    params(("connectionId" = String, Path), ("namespace" = String, Query)),
    responses((status = 200, body = AccountListing)))]
pub(in super::super) async fn accounts(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<AccountListing>, Failure> {
    let namespace = Some(only_namespace(query.as_deref())?);
    let found = operations::discover(&shared.app, &caller, connection_id(&id)?, namespace, More::Accounts).await?;
    Ok(Json(AccountListing { service_accounts: listing(there(found.accounts)?) }))
}

/// List the roles of a namespace and those of the cluster, as far as the connection's token may.
#[utoipa::path(get, path = "/api/v1/cluster-connections/{connectionId}/roles", operation_id = "listClusterRoles",
    tag = "Cluster connections", params(("connectionId" = String, Path), ("namespace" = String, Query)),
    responses((status = 200, body = RoleListing)))]
pub(in super::super) async fn roles(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<RoleListing>, Failure> {
    let namespace = Some(only_namespace(query.as_deref())?);
    let found = operations::discover(&shared.app, &caller, connection_id(&id)?, namespace, More::Roles).await?;
    let (roles, cluster_roles) = (there(found.roles)?, there(found.cluster_roles)?);
    Ok(Json(RoleListing { roles: listing(roles), cluster_roles: listing(cluster_roles) }))
}

/// See what a service account or a role may do.
///
/// It is resolved from the roles and bindings that the connection's token may read.
#[utoipa::path(get, path = "/api/v1/cluster-connections/{connectionId}/preview", operation_id = "previewAccess",
    tag = "Cluster connections",
    params(("connectionId" = String, Path), ("namespace" = String, Query),
        ("serviceAccountName" = Option<String>, Query), ("roleType" = Option<String>, Query),
        ("role" = Option<String>, Query)),
    responses((status = 200, body = PreviewBody)))]
pub(in super::super) async fn preview(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<PreviewBody>, Failure> {
    let fields = query_fields(query.as_deref());
    let form = Form::query(&fields);
    form.only(&["namespace", "serviceAccountName", "roleType", "role"]);
    let (namespace, of) = (form.required::<Namespace>("namespace"), powers_of(&form));
    let (namespace, of) = form.finish(|| Some((namespace?, of?)))?;
    let more = More::Powers(of);
    let found = operations::discover(&shared.app, &caller, connection_id(&id)?, Some(namespace), more).await?;
    Ok(Json(PreviewBody { preview: wire(there(found.powers)?) }))
}

fn powers_of(form: &Form<'_>) -> Option<PowersOf> {
    let account = form.optional::<ServiceAccountName>("serviceAccountName")?;
    let role = form.optional::<RoleName>("role")?;
    let kind = form.optional_with("roleType", |text| match text {
        "role" => Ok(RoleKind::Role),
        "cluster-role" => Ok(RoleKind::ClusterRole),
        _ => Err("must be `role` or `cluster-role`".to_owned()),
    })?;
    match (account, role) {
        (Some(account), None) => Some(PowersOf::Account(account)),
        (None, Some(role)) => Some(PowersOf::Role(kind.unwrap_or(RoleKind::Role), role)),
        (Some(_), Some(_)) => form.fault("role", "invalid_value", "must not be given beside `serviceAccountName`"),
        (None, None) => form.fault("serviceAccountName", "required", "is required, or else `role`"),
    }
}

fn only_namespace(query: Option<&str>) -> Result<Namespace, AppError> {
    let fields = query_fields(query);
    let form = Form::query(&fields);
    form.only(&["namespace"]);
    let namespace = form.required("namespace");
    form.finish(|| namespace)
}

fn there<T>(found: Option<T>) -> Result<T, AppError> {
    found.ok_or(AppError::Bug("what was asked of a cluster is not in its answer"))
}

fn listing<T: Display>(listing: Listing<T>) -> WireListing {
    let is_cut = matches!(listing, Listing::Cut { .. });
    let (items, missing) = match listing {
        Listing::Complete { items } | Listing::Cut { items } => (items, None),
        Listing::NotAllowed { missing } => (Vec::new(), Some(missing.to_string())),
    };
    let is_complete = !is_cut && missing.is_none();
    WireListing { items: items.iter().map(ToString::to_string).collect(), is_complete, is_cut, missing }
}

fn wire(powers: Powers) -> Preview {
    let Powers { sources, unseen } = powers;
    let missing = unseen.iter().filter_map(|unseen| match unseen {
        Unseen::NotAllowed(right) => Some(right.to_string()),
        Unseen::Cut => None,
    });
    Preview {
        source: "rbac".to_owned(),
        is_complete: unseen.is_empty(),
        is_cut: unseen.contains(&Unseen::Cut),
        missing: missing.collect(),
        grants: sources.into_iter().map(source).collect(),
    }
}

fn source(source: PowerSource) -> PreviewSource {
    let PowerSource { role, binding, namespace, rules } = source;
    PreviewSource { role, binding, namespace, rules: serde_json::to_value(rules).unwrap_or_default() }
}
