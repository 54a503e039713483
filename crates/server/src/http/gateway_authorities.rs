//! Authorities for gateways: seeing which there are, making the next one, removing the one before.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::gateway_authorities::{DeleteGatewayAuthority, GatewayAuthority as Wire, GatewayAuthorityList};
use mayfly_app::{
    AppError,
    gateway_authorities::{self as operations, AuthorityAndDuty, WhileNeeded},
};
use mayfly_domain::{gateway_authority::Duty, ids::GatewayAuthorityId};

use super::{
    Shared,
    caller::By,
    form::{Field, Form},
    json::Body,
    leases::reason,
    path::Path,
    place::query_fields,
    problem::Failure,
    time,
};

/// List the authorities for gateways, with what each is for now.
#[utoipa::path(get, path = "/api/v1/gateway-authorities", operation_id = "listGatewayAuthorities", tag = "Gateways",
    responses((status = 200, body = GatewayAuthorityList)))]
pub(super) async fn list(
    State(shared): State<Shared>,
    By(caller): By,
    RawQuery(query): RawQuery,
) -> Result<Json<GatewayAuthorityList>, Failure> {
    Form::query(&query_fields(query.as_deref())).nothing()?;
    Ok(Json(wire(&operations::list(&shared.app, &caller).await?)))
}

/// Make the next authority for gateways. It is believed at once, and signs 25 hours later, when every gateway was given it.
#[utoipa::path(post, path = "/api/v1/gateway-authorities", operation_id = "rotateGatewayAuthority", tag = "Gateways",
    responses((status = 200, body = GatewayAuthorityList)))]
pub(super) async fn rotate(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<GatewayAuthorityList>, Failure> {
    Form::body(&body).nothing()?;
    Ok(Json(wire(&shared.gateways.rotate_authority(&caller).await?)))
}

/// Remove an authority for gateways, with its key: refused while gateways are believed by it, unless forced. The other one stays.
#[utoipa::path(delete, path = "/api/v1/gateway-authorities/{authorityId}", operation_id = "deleteGatewayAuthority",
    tag = "Gateways", params(("authorityId" = String, Path)), request_body = DeleteGatewayAuthority,
    responses((status = 200, body = GatewayAuthorityList)))]
pub(super) async fn delete(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<GatewayAuthorityList>, Failure> {
    let form = Form::body(&body);
    form.only(&["isForced", "reason"]);
    let while_needed = while_needed(&form);
    let while_needed = form.finish(|| while_needed)?;
    let absent = || AppError::NotFound { what: "authority for gateways", name: id.clone() };
    let id: GatewayAuthorityId = id.parse().map_err(|_| absent())?;
    Ok(Json(wire(&shared.gateways.delete_authority(&caller, id, while_needed).await?)))
}

fn while_needed(form: &Form<'_>) -> Field<WhileNeeded> {
    if form.boolean("isForced")?.unwrap_or(false) {
        return reason(form).map(|reason| WhileNeeded::Remove { reason });
    }
    if form.has("reason") {
        return form.fault("reason", "invalid_value", "is for what is forced: send `isForced`, too");
    }
    Some(WhileNeeded::Refuse)
}

fn wire(there: &[AuthorityAndDuty]) -> GatewayAuthorityList {
    GatewayAuthorityList { gateway_authorities: there.iter().map(one).collect() }
}

fn one(AuthorityAndDuty { authority, duty }: &AuthorityAndDuty) -> Wire {
    let (signs_from, signs_until, removable_from) = match *duty {
        Duty::Next { signs_from } => (Some(signs_from), None, None),
        Duty::Signing { until } => (None, until, None),
        Duty::Former { counts_until } => (None, None, Some(counts_until)),
    };
    Wire {
        id: authority.id.to_string(),
        digest: authority.digest.clone(),
        state: duty.name().to_owned(),
        signs_from: signs_from.map(time::text),
        signs_until: signs_until.map(time::text),
        removable_from: removable_from.map(time::text),
        created_at: time::text(authority.created_at),
    }
}
