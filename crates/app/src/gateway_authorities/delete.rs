//! Removing an authority: the one before, once nothing that it signed counts.

use mayfly_domain::{
    access::operation::Operation, audit::GatewayEvent, caller::Caller, gateway_authority::Duty, ids::GatewayAuthorityId,
};
use mayfly_store::StoreError;

use super::{AuthorityAndDuty, AuthorityStands, list};
use crate::{App, AppError};

/// What to do where certificates that it signed may count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhileNeeded {
    /// Nothing.
    Refuse,
    /// Remove it all the same: whatever came by it enrols anew.
    Remove {
        /// Why, for the audit log.
        reason: String,
    },
}

/// Removes one with its key, and says which are left; the only one always stays.
pub async fn delete(
    app: &App,
    caller: &Caller,
    id: GatewayAuthorityId,
    while_needed: WhileNeeded,
) -> Result<Vec<AuthorityAndDuty>, AppError> {
    app.authorize(caller, Operation::DeleteGatewayAuthority).await?;
    let absent = || AppError::not_found("authority for gateways", &id);
    let there = list::all(app).await?;
    let AuthorityAndDuty { authority, duty } =
        there.iter().find(|of| of.authority.id == id).cloned().ok_or_else(absent)?;
    if there.len() < 2 {
        return Err(AuthorityStands::Only.into());
    }
    let reason = match (while_needed, is_over(app, duty)) {
        (_, true) => None,
        (WhileNeeded::Remove { reason }, false) => Some(reason),
        (WhileNeeded::Refuse, false) => return Err(AuthorityStands::Counts { until: counts_until(duty) }.into()),
    };
    let told = GatewayEvent::DeleteGatewayAuthority { authority_id: id, digest: authority.digest, reason };
    let event = app.event(caller, None, told);
    match app.store.gateway_authorities().delete(id, &event).await {
        // Somebody was faster, with this one or with the other.
        Err(StoreError::GuardFailed { .. }) => Err(AppError::ChangedMeanwhile { what: "the authority for gateways" }),
        deleted => {
            deleted?;
            list::all(app).await
        }
    }
}

fn is_over(app: &App, duty: Duty) -> bool {
    counts_until(duty).is_some_and(|until| until <= app.ambient.now())
}

/// Nothing where that is not known yet.
fn counts_until(duty: Duty) -> Option<jiff::Timestamp> {
    match duty {
        Duty::Former { counts_until } => Some(counts_until),
        Duty::Next { .. } | Duty::Signing { .. } => None,
    }
}
