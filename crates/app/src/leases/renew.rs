//! Renewal, which no Kubernetes token can have.
//!
//! An existing client keeps the old token after a *successful* renewal, and so would hold a dead one. The refusal's
//! words make it mint a fresh lease instead.

use std::convert::Infallible;

use mayfly_domain::{
    access::operation::Operation,
    audit::{Event, LeaseFacts},
    caller::Caller,
};

use super::read::find_live;
use crate::{App, AppError, dynamic_secrets::SecretPlaceName};

/// Refuses, always.
pub async fn renew(app: &App, caller: &Caller, place: &SecretPlaceName, id: &str) -> Result<Infallible, AppError> {
    let (lease, proof) = find_live(app, caller, Operation::RenewLease, place, id).await?;
    let refused = Event::RefuseDynamicSecretLeaseRenewal { lease: LeaseFacts::from(&lease) };
    app.store.audit_events().append(&app.event(caller, Some(proof.project), refused)).await?;
    Err(AppError::NotRenewable(lease.id))
}
