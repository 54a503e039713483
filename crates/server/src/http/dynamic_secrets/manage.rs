//! Seeing, listing and removing dynamic secrets.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::dynamic_secrets::{
    DeleteDynamicSecretRequest, DeletedDynamicSecretBody, DynamicSecretBody, DynamicSecretList,
};
use mayfly_app::dynamic_secrets::{self as operations, SecretKey};

use super::{
    super::{
        Shared,
        caller::By,
        form::Form,
        json::Body,
        leases::lease_list,
        path::Path,
        place::{query_fields, secret_place, secret_place_in_query},
        problem::Failure,
    },
    leases_then, secret_name,
    wire::{with_inputs, without_inputs},
};

/// See a dynamic secret. Its cluster token is shown to those who may reveal it, and each time is recorded.
#[utoipa::path(get, path = "/api/v1/dynamic-secrets/{name}", operation_id = "getDynamicSecret",
    tag = "Dynamic secrets",
    params(("name" = String, Path), ("projectSlug" = String, Query), ("environmentSlug" = String, Query),
        ("path" = Option<String>, Query)),
    responses((status = 200, body = DynamicSecretBody)))]
pub(in super::super) async fn get(
    State(shared): State<Shared>,
    By(caller): By,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<DynamicSecretBody>, Failure> {
    let fields = query_fields(query.as_deref());
    let form = Form::query(&fields);
    let place = secret_place_in_query(&form);
    let place = form.finish(|| place)?;
    let view = operations::get(&shared.app, &caller, &place, &secret_name(&name)?).await?;
    Ok(Json(DynamicSecretBody { dynamic_secret: with_inputs(&view), leases_left: None }))
}

/// List the dynamic secrets in a folder.
#[utoipa::path(get, path = "/api/v1/dynamic-secrets", operation_id = "listDynamicSecrets", tag = "Dynamic secrets",
    params(("projectSlug" = String, Query), ("environmentSlug" = String, Query), ("path" = Option<String>, Query)),
    responses((status = 200, body = DynamicSecretList)))]
pub(in super::super) async fn list(
    State(shared): State<Shared>,
    By(caller): By,
    RawQuery(query): RawQuery,
) -> Result<Json<DynamicSecretList>, Failure> {
    let fields = query_fields(query.as_deref());
    let form = Form::query(&fields);
    let place = secret_place_in_query(&form);
    let place = form.finish(|| place)?;
    let secrets = operations::list(&shared.app, &caller, &place).await?;
    Ok(Json(DynamicSecretList { dynamic_secrets: secrets.iter().map(without_inputs).collect() }))
}

/// Remove a dynamic secret.
///
/// Its leases end now unless `leases` says otherwise; what is left of them is named, and removing what was made for them
/// goes on until it is done, whether forced or not.
#[utoipa::path(delete, path = "/api/v1/dynamic-secrets/{name}", operation_id = "deleteDynamicSecret",
    tag = "Dynamic secrets", params(("name" = String, Path)), request_body = DeleteDynamicSecretRequest,
    responses((status = 200, body = DeletedDynamicSecretBody)))]
pub(in super::super) async fn delete(
    State(shared): State<Shared>,
    By(caller): By,
    Path(name): Path<String>,
    Body(body): Body,
) -> Result<Json<DeletedDynamicSecretBody>, Failure> {
    let form = Form::body(&body);
    let place = secret_place(&form);
    let leases = form.optional_with("leases", leases_then);
    // Nothing stands in the way that force would overcome; what is no answer is still refused.
    let is_forced = form.boolean("isForced");
    let (place, leases) = form.finish(|| Some((is_forced.and(place)?, leases?.unwrap_or_default())))?;
    let key = SecretKey { place, name: secret_name(&name)? };
    let deleted = operations::delete(&shared.app, &caller, &key, leases).await?;
    Ok(Json(DeletedDynamicSecretBody {
        dynamic_secret: without_inputs(&deleted.secret),
        leases_left: lease_list(&deleted.leases_left),
    }))
}
