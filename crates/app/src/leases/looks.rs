//! That somebody looked at a lease, for the audit log.
//!
//! A look is told once an hour for each who looks and each lease, by each server: a page that is read anew with every change,
//! and a program that asks each minute whether its lease still lives, say nothing new.

use std::time::Duration;

use mayfly_domain::{
    audit::{LeaseEvent, LeaseFacts},
    caller::Caller,
    ids::LeaseId,
    lease::Lease,
    membership::Principal,
};

use crate::{App, AppError, recent::Recent};

/// For how long another look is the same one.
const SAME_LOOK: Duration = Duration::from_hours(1);

/// Who looked at what lately.
pub(crate) struct Looks(Recent<(Principal, LeaseId), ()>);

impl Default for Looks {
    fn default() -> Self {
        Self(Recent::lasting(SAME_LOOK))
    }
}

/// Tells of a look at a lease that the caller may see. A look that cannot be told of fails.
pub(super) async fn record_look(app: &App, caller: &Caller, lease: &Lease) -> Result<(), AppError> {
    let Some(principal) = caller.principal() else { return Ok(()) };
    let look = (principal, lease.id);
    if app.looks.0.get(&look, &app.ambient).is_some() {
        return Ok(());
    }
    // Before it is told, so that two at once are one.
    app.looks.0.put(look, (), app.ambient.now());
    let looked = LeaseEvent::GetDynamicSecretLease { lease: LeaseFacts::from(lease) };
    let told = app.store.audit_events().append(&app.event(caller, Some(lease.source.place.project), looked)).await;
    if told.is_err() {
        app.looks.0.forget(&look);
    }
    Ok(told?)
}
