//! Enrolments of gateways: made, shown once, and taken back.

use std::time::Duration;

use axum::{Json, extract::State};
use mayfly_api::gateways::{CreateGatewayEnrolment, GatewayEnrolmentBody, MadeGatewayEnrolment};
use mayfly_app::{
    AppError,
    gateways::{self as operations, LONGEST_TOKEN_LIFE, MOST_TOKEN_USES, NewToken, USUAL_TOKEN_LIFE},
};

use super::{
    super::{Shared, caller::By, form::Form, json::Body, path::Path, problem::Failure},
    gateway_id,
    wire::wire_token,
};

/// The shortest enrolment, in seconds.
const SHORTEST_TOKEN_SECONDS: i64 = 60;

/// Make an enrolment: what a process needs to become a part of a gateway, shown once.
#[utoipa::path(post, path = "/api/v1/gateways/{gatewayId}/enrolments", operation_id = "createGatewayEnrolment",
    tag = "Gateways", params(("gatewayId" = String, Path)), request_body = CreateGatewayEnrolment,
    responses((status = 200, body = MadeGatewayEnrolment)))]
pub(in super::super) async fn create_enrolment(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<MadeGatewayEnrolment>, Failure> {
    let form = Form::body(&body);
    form.only(&["ttlSeconds", "uses"]);
    let longest = i64::try_from(LONGEST_TOKEN_LIFE.as_secs()).unwrap_or(i64::MAX);
    let seconds = form.integer("ttlSeconds", SHORTEST_TOKEN_SECONDS..=longest);
    let uses = form.integer("uses", 1..=MOST_TOKEN_USES);
    let (seconds, uses) = form.finish(|| Some((seconds?, uses?.unwrap_or(1))))?;
    let life = seconds.and_then(|seconds| u64::try_from(seconds).ok()).map_or(USUAL_TOKEN_LIFE, Duration::from_secs);
    let made = operations::create_token(&shared.app, &caller, gateway_id(&id)?, NewToken { life, uses }).await?;
    let (text, authority) = shared.gateways.enrolment(made.gateway.id, Some(made.secret.clone())).await?;
    Ok(Json(MadeGatewayEnrolment {
        enrolment: wire_token(&made.token),
        enrolment_text: text.expose().clone(),
        authority,
    }))
}

/// Take an enrolment back: nobody becomes a part of the gateway by it any more.
#[utoipa::path(delete, path = "/api/v1/gateways/{gatewayId}/enrolments/{enrolmentId}",
    operation_id = "deleteGatewayEnrolment", tag = "Gateways",
    params(("gatewayId" = String, Path), ("enrolmentId" = String, Path)),
    responses((status = 200, body = GatewayEnrolmentBody)))]
pub(in super::super) async fn delete_enrolment(
    State(shared): State<Shared>,
    By(caller): By,
    Path((id, enrolment)): Path<(String, String)>,
    Body(body): Body,
) -> Result<Json<GatewayEnrolmentBody>, Failure> {
    Form::body(&body).nothing()?;
    let unknown = |_| AppError::NotFound { what: "enrolment", name: enrolment.clone() };
    let token = enrolment.parse().map_err(unknown)?;
    let gone = operations::delete_token(&shared.app, &caller, gateway_id(&id)?, token).await?;
    Ok(Json(GatewayEnrolmentBody { enrolment: wire_token(&gone) }))
}
