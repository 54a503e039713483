//! Tokens by which processes enrol: told once, kept as a digest, used as often as they may, taken back at any time.

use std::time::Duration;

use mayfly_domain::{
    access::operation::Operation,
    audit::GatewayEvent,
    caller::Caller,
    gateway::{EnrolmentMethod, Gateway, GatewayToken},
    ids::{GatewayId, GatewayTokenId},
    sensitive::Sensitive,
};
use mayfly_store::{StoreError, gateway_enrolments::TOKEN_UNCHANGED};

use super::find;
use crate::{App, AppError, secret_text};

/// How long a token can be used, unless it is said otherwise.
pub const USUAL_TOKEN_LIFE: Duration = Duration::from_mins(15);

/// How long at most.
pub const LONGEST_TOKEN_LIFE: Duration = Duration::from_hours(24);

/// How many may enrol by one at most.
pub const MOST_TOKEN_USES: i64 = 20;

/// What a person says of a new token.
#[derive(Clone, Copy, Debug)]
pub struct NewToken {
    /// For how long, at most [`LONGEST_TOKEN_LIFE`].
    pub life: Duration,
    /// For how many, from 1 to [`MOST_TOKEN_USES`].
    pub uses: i64,
}

/// A token that was made.
#[derive(Clone, Debug)]
pub struct MadeToken {
    /// Its gateway.
    pub gateway: Gateway,
    /// What is known of it.
    pub token: GatewayToken,
    /// The token itself, told once.
    pub secret: Sensitive<String>,
}

/// Makes one.
pub async fn create_token(app: &App, caller: &Caller, id: GatewayId, new: NewToken) -> Result<MadeToken, AppError> {
    let gateway = find(app, caller, Operation::CreateGatewayEnrolment, id).await?;
    if gateway.enrolment != EnrolmentMethod::Token {
        return Err(AppError::NoGatewayEnrolment(
            "the processes of this gateway prove themselves by their service account",
        ));
    }
    if !gateway.standing.is_open() {
        return Err(AppError::NoGatewayEnrolment("the gateway is locked or revoked, so nobody can enrol as it"));
    }
    let (created_at, secret) = (app.ambient.now(), secret_text::generate(&app.ambient));
    let token = GatewayToken {
        id: GatewayTokenId::generate(&app.ambient),
        gateway: id,
        uses_left: new.uses.clamp(1, MOST_TOKEN_USES),
        expires_at: created_at + new.life.min(LONGEST_TOKEN_LIFE),
        created_at,
    };
    let told = GatewayEvent::CreateGatewayToken {
        gateway_id: id,
        name: gateway.name.to_string(),
        token_id: token.id,
        uses: token.uses_left,
        expires_at: token.expires_at,
    };
    let (digest, event) = (secret_text::digest_of(secret.expose()), app.event(caller, None, told));
    app.store.gateway_enrolments().create_token(&token, &digest, &event).await?;
    Ok(MadeToken { gateway, token, secret })
}

/// Takes one back: nobody enrols by it any more. Who has is not touched.
pub async fn delete_token(
    app: &App,
    caller: &Caller,
    gateway: GatewayId,
    id: GatewayTokenId,
) -> Result<GatewayToken, AppError> {
    let gateway = find(app, caller, Operation::DeleteGatewayEnrolment, gateway).await?;
    let (tokens, now) = (app.store.gateway_enrolments(), app.ambient.now());
    let no_more = || AppError::NotFound { what: "enrolment", name: id.to_string() };
    let token = tokens.find_open_token(gateway.id, id, now).await?.ok_or_else(no_more)?;
    let told = GatewayEvent::DeleteGatewayToken {
        gateway_id: gateway.id,
        name: gateway.name.to_string(),
        token_id: id,
        uses_left: token.uses_left,
    };
    let event = app.event(caller, None, told);
    match tokens.delete_token(&token, &event).await {
        Ok(()) => Ok(token),
        Err(StoreError::GuardFailed { guard: TOKEN_UNCHANGED }) => {
            Err(AppError::ChangedMeanwhile { what: "the enrolment" })
        }
        Err(error) => Err(error.into()),
    }
}
