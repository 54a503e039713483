//! Making the next authority.

use jiff::SignedDuration;
use mayfly_domain::{
    access::operation::Operation, audit::GatewayEvent, caller::Caller, gateway_authority::counts_until,
    ids::GatewayAuthorityId,
};
use mayfly_store::{
    StoreError,
    gateway_authorities::{StoredAuthority, THERE_IS_ROOM},
};

use super::{AuthorityAndDuty, AuthorityStands, NewAuthority, digest_of, list};
use crate::{App, AppError};

/// Makes the next authority by `make`. It is believed at once, and signs a day and an hour later; where there is none, at once.
/// Says which there are now. Refused while there are two: the older one goes first.
pub async fn rotate(
    app: &App,
    caller: &Caller,
    make: impl FnOnce() -> Result<NewAuthority, AppError>,
) -> Result<Vec<AuthorityAndDuty>, AppError> {
    app.authorize(caller, Operation::RotateGatewayAuthority).await?;
    let there = list::all(app).await?;
    refuse_a_third(&there)?;
    let NewAuthority { certificate, key } = make()?;
    let (id, digest) = (GatewayAuthorityId::generate(&app.ambient), digest_of(&certificate));
    let event = app.event(caller, None, GatewayEvent::RotateGatewayAuthority { authority_id: id, digest });
    // The newest is the one that was made last, whatever the clocks of servers say.
    let after = there.first().map(|newest| newest.authority.created_at + SignedDuration::from_millis(1));
    let created_at = after.map_or(event.created_at, |after| event.created_at.max(after));
    let next = StoredAuthority { id, certificate, key, created_at };
    match app.store.gateway_authorities().create_next(&next, &event).await {
        // Two at once: each saw no other one.
        Err(StoreError::GuardFailed { guard: THERE_IS_ROOM }) => {
            refuse_a_third(&list::all(app).await?)?;
            Err(AppError::ChangedMeanwhile { what: "the authority for gateways" })
        }
        stored => {
            stored?;
            list::all(app).await
        }
    }
}

fn refuse_a_third(there: &[AuthorityAndDuty]) -> Result<(), AppError> {
    match there {
        [newest, _, ..] => Err(AuthorityStands::Changes { until: counts_until(newest.authority.created_at) }.into()),
        _ => Ok(()),
    }
}
