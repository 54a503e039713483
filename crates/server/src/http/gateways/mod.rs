//! Gateways, as people see and change them.

mod enrolments;
mod existing;
mod method;
mod wire;

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::gateways::{CreateGateway, GatewayBody, GatewayDetails, GatewayInstance, GatewayList, UpdateGateway};
use mayfly_app::{
    AppError,
    gateways::{self as operations, GatewayChanges, NewGateway},
};
use mayfly_domain::{gateway::EnrolmentMethod, ids::GatewayId, slug::DisplayName};

use super::{
    Shared, caller::By, form::Form, json::Body, page::page, path::Path, place::query_fields, problem::Failure, time,
};
pub(super) use enrolments::{__path_create_enrolment, __path_delete_enrolment, create_enrolment, delete_enrolment};
pub(super) use existing::{__path_list_all, __path_list_resources, __path_remove, list_all, list_resources, remove};
use method::{FOLLOWS, OF_ENROLMENT, enrolment, key_changes};
pub(super) use wire::resources;
use wire::{Counts, wire, wire_token};

/// Gateways on one page at most.
const LONGEST_PAGE: i64 = 100;

/// List the gateways, with how they are.
#[utoipa::path(get, path = "/api/v1/gateways", operation_id = "listGatewaysInPages", tag = "Gateways",
    params(("cursor" = Option<String>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = GatewayList)))]
pub(super) async fn list(
    State(shared): State<Shared>,
    By(caller): By,
    RawQuery(query): RawQuery,
) -> Result<Json<GatewayList>, Failure> {
    let (after, limit) = page(query.as_deref(), LONGEST_PAGE)?;
    let (found, next) = operations::list(&shared.app, &caller, after, limit).await?;
    let counts = operations::counts(&shared.app, &caller).await?;
    Ok(Json(GatewayList {
        gateways: found.iter().map(|gateway| wire(&shared, gateway, &counts)).collect(),
        next_cursor: next.map(|id| id.to_string()),
    }))
}

/// Make a gateway. It is nowhere until a process of it enrols.
#[utoipa::path(post, path = "/api/v1/gateways", operation_id = "createGateway", tag = "Gateways",
    request_body = CreateGateway, responses((status = 200, body = GatewayBody)))]
pub(super) async fn create(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<GatewayBody>, Failure> {
    let (form, now) = (Form::body(&body), shared.app.ambient().now());
    form.only(&[["name", FOLLOWS].as_slice(), &OF_ENROLMENT].concat());
    let name = form.required::<DisplayName>("name");
    let (enrolment, key_changes) = (enrolment(&form, now), key_changes(&form));
    if form.has(FOLLOWS) && !form.has("method") {
        form.fault::<()>(FOLLOWS, "invalid_value", "goes with `method` as `service-account`");
    }
    let new = form.finish(|| {
        let enrolment = enrolment?.unwrap_or(EnrolmentMethod::Token).following(key_changes?.unwrap_or_default());
        Some(NewGateway { name: name?, enrolment })
    })?;
    let made = operations::create(&shared.app, &caller, new).await?;
    Ok(Json(GatewayBody { gateway: wire(&shared, &made, &Counts::new()) }))
}

/// See a gateway, its processes and what it lets itself be asked.
#[utoipa::path(get, path = "/api/v1/gateways/{gatewayId}", operation_id = "getGateway", tag = "Gateways",
    params(("gatewayId" = String, Path)), responses((status = 200, body = GatewayDetails)))]
pub(super) async fn get(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<GatewayDetails>, Failure> {
    Form::query(&query_fields(query.as_deref())).nothing()?;
    let found = operations::get(&shared.app, &caller, gateway_id(&id)?).await?;
    let instances = found.instances.iter().map(|instance| GatewayInstance {
        name: instance.name.to_string(),
        generation: i64::try_from(instance.generation).unwrap_or(i64::MAX),
        certificate_expires_at: time::text(instance.certificate_expires_at),
        enrolled_at: time::text(instance.enrolled_at),
    });
    let counts = operations::counts(&shared.app, &caller).await?;
    let enrolment_text = match found.gateway.enrolment {
        EnrolmentMethod::Token => None,
        EnrolmentMethod::ServiceAccount(_) => {
            let (text, _) = shared.gateways.enrolment(found.gateway.id, None).await?;
            Some(text.expose().clone())
        }
    };
    Ok(Json(GatewayDetails {
        enrolment_text,
        gateway: wire(&shared, &found.gateway, &counts),
        instances: instances.collect(),
        enrolments: found.tokens.iter().map(wire_token).collect(),
    }))
}

/// Rename a gateway, change how its processes prove themselves, or unlock it.
#[utoipa::path(patch, path = "/api/v1/gateways/{gatewayId}", operation_id = "updateGateway", tag = "Gateways",
    params(("gatewayId" = String, Path)), request_body = UpdateGateway, responses((status = 200, body = GatewayBody)))]
pub(super) async fn update(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<GatewayBody>, Failure> {
    let (form, now) = (Form::body(&body), shared.app.ambient().now());
    form.only(&[["name", "unlock", FOLLOWS].as_slice(), &OF_ENROLMENT].concat());
    let (name, unlock) = (form.optional::<DisplayName>("name"), form.boolean("unlock"));
    let (enrolment, key_changes) = (enrolment(&form, now), key_changes(&form));
    let changes = form.finish(|| {
        let (key_changes, unlock) = (key_changes?, unlock?.unwrap_or(false));
        Some(GatewayChanges { name: name?, enrolment: enrolment?, key_changes, unlock })
    })?;
    let gateway = operations::update(&shared.app, &caller, gateway_id(&id)?, changes).await?;
    let counts = operations::counts(&shared.app, &caller).await?;
    Ok(Json(GatewayBody { gateway: wire(&shared, &gateway, &counts) }))
}

/// Let nobody come as a gateway any more: its tunnels are cut within two seconds, and its certificates count no more.
#[utoipa::path(post, path = "/api/v1/gateways/{gatewayId}/revoke", operation_id = "revokeGateway", tag = "Gateways",
    params(("gatewayId" = String, Path)), responses((status = 200, body = GatewayBody)))]
pub(super) async fn revoke(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<GatewayBody>, Failure> {
    Form::body(&body).nothing()?;
    let revoked = operations::revoke(&shared.app, &caller, gateway_id(&id)?).await?;
    shared.gateways.cut(revoked.id);
    let counts = operations::counts(&shared.app, &caller).await?;
    Ok(Json(GatewayBody { gateway: wire(&shared, &revoked, &counts) }))
}

/// Remove a gateway, with its processes and enrolments.
#[utoipa::path(delete, path = "/api/v1/gateways/{gatewayId}", operation_id = "deleteGateway", tag = "Gateways",
    params(("gatewayId" = String, Path)), responses((status = 200, body = GatewayBody)))]
pub(super) async fn delete(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<GatewayBody>, Failure> {
    Form::body(&body).nothing()?;
    let gone = operations::delete(&shared.app, &caller, gateway_id(&id)?).await?;
    shared.gateways.cut(gone.id);
    Ok(Json(GatewayBody { gateway: wire(&shared, &gone, &Counts::new()) }))
}

pub(super) fn gateway_id(id: &str) -> Result<GatewayId, AppError> {
    id.parse().map_err(|_| AppError::NotFound { what: "gateway", name: id.to_owned() })
}
