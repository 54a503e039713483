//! Renewal, which no Kubernetes token can have.
//!
//! An existing client keeps the old token after a *successful* renewal, and so would hold a dead one. The refusal's
//! words make it mint a fresh lease instead; every refusal by rights or of what is not there begins with them too.

use std::convert::Infallible;

use mayfly_domain::{
    access::operation::Operation,
    audit::{LeaseEvent, LeaseFacts},
    caller::Caller,
    error::ErrorClass,
};

use super::read::find_live;
use crate::{App, AppError, dynamic_secrets::SecretPlaceName};

/// Refuses, always.
pub async fn renew(app: &App, caller: &Caller, place: &SecretPlaceName, id: &str) -> Result<Infallible, AppError> {
    let found = find_live(app, caller, Operation::RenewLease, place, id).await;
    let (lease, proof) = found.map_err(|error| in_clients_words(id, error))?;
    let refused = LeaseEvent::RefuseDynamicSecretLeaseRenewal { lease: LeaseFacts::from(&lease) };
    app.store.audit_events().append(&app.event(caller, Some(proof.project), refused)).await?;
    Err(AppError::NotRenewable(lease.id))
}

fn in_clients_words(id: &str, error: AppError) -> AppError {
    match error.class() {
        ErrorClass::Denied | ErrorClass::NotFound if !matches!(error, AppError::LeaseNotFound(_)) => {
            AppError::RenewalRefused { id: id.to_owned(), reason: Box::new(error) }
        }
        ErrorClass::Denied
        | ErrorClass::NotFound
        | ErrorClass::Invalid
        | ErrorClass::Conflict
        | ErrorClass::Unavailable
        | ErrorClass::Bug => error,
    }
}
