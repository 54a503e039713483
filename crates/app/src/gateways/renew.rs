//! A process that is here exchanges its certificate for the next one.
//!
//! Of two holders of one key, one renews first; the other then comes with a number that is behind. That is how a copy shows,
//! and from then on nobody comes until somebody has looked into it.

use jiff::Timestamp;
use mayfly_domain::{
    audit::GatewayEvent,
    caller::Caller,
    gateway::{Gateway, GatewayInstance, GatewayName, Standing},
};
use mayfly_store::{StoreError, gateway_enrolments::GENERATION_STANDS};

use super::EnrolmentRefused;
use crate::{App, AppError, error::OrChanged as _};

/// Counts the next certificate of `holder`, for the key with `key_digest`, and says in whose name it is to be signed. Locks the
/// gateway where its number is behind.
pub async fn renew(
    app: &App,
    caller: &Caller,
    holder: &GatewayName,
    key_digest: &[u8],
    certificate_expires_at: Timestamp,
) -> Result<Result<GatewayName, EnrolmentRefused>, AppError> {
    let Some(gateway) = app.store.gateways().find(holder.gateway).await? else {
        return Ok(Err(EnrolmentRefused::NoGateway));
    };
    if !gateway.standing.is_open() {
        return Ok(Err(EnrolmentRefused::NotOpen));
    }
    let enrolments = app.store.gateway_enrolments();
    let Some(was) = enrolments.instance(holder.gateway, &holder.instance).await? else {
        return Ok(Err(EnrolmentRefused::UnknownToken));
    };
    // The answer was lost, or comes late: the same key gets the same number again.
    let is_again = was.key_digest == key_digest && [holder.generation, holder.generation + 1].contains(&was.generation);
    if is_again {
        let same = GatewayInstance { certificate_expires_at, ..was.clone() };
        enrolments.renew(&was, &same).await.or_changed("gateway")?;
        return Ok(Ok(GatewayName { generation: was.generation, ..holder.clone() }));
    }
    if was.generation != holder.generation {
        lock(app, caller, &gateway, holder, was.generation).await?;
        return Ok(Err(EnrolmentRefused::NotOpen));
    }
    let generation = was.generation + 1;
    let next = GatewayInstance { generation, key_digest: key_digest.to_vec(), certificate_expires_at, ..was.clone() };
    match enrolments.renew(&was, &next).await {
        Ok(()) => Ok(Ok(GatewayName { generation, ..holder.clone() })),
        // Both holders asked at once.
        Err(StoreError::GuardFailed { guard: GENERATION_STANDS }) => {
            lock(app, caller, &gateway, holder, generation).await?;
            Ok(Err(EnrolmentRefused::NotOpen))
        }
        Err(other) => Err(other.into()),
    }
}

async fn lock(
    app: &App,
    caller: &Caller,
    gateway: &Gateway,
    holder: &GatewayName,
    newest: u64,
) -> Result<(), AppError> {
    let why = format!(
        "`{}` came with certificate {} to renew it, and had renewed it already: two hold one key (the newest is {newest})",
        holder.instance, holder.generation
    );
    let told = GatewayEvent::LockGateway {
        gateway_id: gateway.id,
        name: gateway.name.to_string(),
        instance: holder.instance.clone(),
        why: why.clone(),
    };
    let event = app.event(caller, None, told);
    let locked = Gateway { standing: Standing::Locked { at: event.created_at, why }, ..gateway.clone() };
    match app.store.gateways().lock(gateway, &locked, &event).await {
        // Somebody else locked or revoked it meanwhile.
        Err(StoreError::GuardFailed { .. }) => Ok(()),
        other => Ok(other?),
    }
}
