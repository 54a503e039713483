//! Ending a lease before its time.
//!
//! The token of an existing account cannot be taken back by anybody: its lease is *closed*, and the answer says until
//! when the token lives.

use mayfly_domain::{
    access::operation::Operation,
    audit::{Event, LeaseFacts},
    caller::Caller,
    lease::{Lease, LeaseState},
};

use super::read::find_live;
use crate::{App, AppError, dynamic_secrets::SecretPlaceName, error::OrWhen as _};

/// Ends a lease. `is_forced` is recorded as it was asked.
pub async fn revoke(
    app: &App,
    caller: &Caller,
    place: &SecretPlaceName,
    id: &str,
    is_forced: IsForced,
) -> Result<Lease, AppError> {
    let (lease, proof) = find_live(app, caller, Operation::RevokeLease, place, id).await?;
    let grant = lease.state.grant().cloned().ok_or(AppError::Bug("a live lease has no grant"))?;
    let closed = Event::DeleteDynamicSecretLease {
        lease: LeaseFacts::from(&lease),
        lease_status: Some("closed".to_owned()),
        is_forced: Some(is_forced == IsForced::Yes),
    };
    let event = app.event(caller, Some(proof.project), closed);
    let stored = app.store.leases().close(lease.id, &event).await;
    stored.or_when_gone(|| AppError::LeaseNotFound(id.to_owned()))?;
    let closed_at = event.created_at;
    Ok(Lease { state: LeaseState::Closed { grant, closed_at }, updated_at: closed_at, ..lease })
}

/// Whether the caller asked to force the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IsForced {
    /// They did.
    Yes,
    /// They did not.
    No,
}
