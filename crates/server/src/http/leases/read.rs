//! Seeing live leases.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::leases::{Lease as Wire, LeaseBody, LeaseList};
use mayfly_app::leases as operations;

use super::{
    super::{
        Shared,
        caller::By,
        dynamic_secrets::{secret_name, without_inputs},
        form::Form,
        path::Path,
        place::{query_fields, secret_place_in_query},
        problem::Failure,
    },
    wire::lease,
};

/// List the live leases of a dynamic secret: your own, or everybody's if you manage leases.
#[utoipa::path(get, path = "/api/v1/dynamic-secrets/{name}/leases", operation_id = "listLeases", tag = "Leases",
    params(("name" = String, Path), ("projectSlug" = String, Query), ("environmentSlug" = String, Query),
        ("path" = Option<String>, Query)),
    responses((status = 200, body = LeaseList)))]
pub(in super::super) async fn list(
    State(shared): State<Shared>,
    By(caller): By,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<LeaseList>, Failure> {
    let fields = query_fields(query.as_deref());
    let form = Form::query(&fields);
    let place = secret_place_in_query(&form);
    let place = form.finish(|| place)?;
    let leases = operations::list(&shared.app, &caller, &place, &secret_name(&name)?).await?;
    Ok(Json(LeaseList { leases: leases.iter().map(lease).collect() }))
}

/// See a live lease. One that ended is not found here; its history is at `/api/v1/leases/{leaseId}`.
#[utoipa::path(get, path = "/api/v1/dynamic-secrets/leases/{leaseId}", operation_id = "getLease", tag = "Leases",
    params(("leaseId" = String, Path), ("projectSlug" = String, Query), ("environmentSlug" = String, Query),
        ("path" = Option<String>, Query)),
    responses((status = 200, body = LeaseBody)))]
pub(in super::super) async fn get(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<LeaseBody>, Failure> {
    let fields = query_fields(query.as_deref());
    let form = Form::query(&fields);
    let place = secret_place_in_query(&form);
    let place = form.finish(|| place)?;
    let view = operations::get(&shared.app, &caller, &place, &id).await?;
    let dynamic_secret = view.secret.as_ref().map(|secret| Box::new(without_inputs(secret)));
    Ok(Json(LeaseBody { lease: Wire { dynamic_secret, ..lease(&view.lease) } }))
}
