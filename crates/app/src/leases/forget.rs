//! Giving up on a lease whose objects cannot be removed: a named person's act, with a reason, that lists what stays.

use mayfly_domain::{
    access::operation::Operation,
    audit::{LeaseEvent, LeaseFacts},
    caller::{Actor, Caller},
    lease::{Lease, LeaseState, Outcome},
};

use super::{
    clean_up::{names, objects_of},
    read::{check_visible, find_in},
};
use crate::{
    App, AppError,
    error::OrWhen as _,
    projects::{ProjectName, find_id},
};

/// Stops trying to remove what was made for a lease. The sweep still does, should it find it one day; of an anchor it cannot
/// know, because nobody lists Secrets.
pub async fn forget(
    app: &App,
    caller: &Caller,
    project: &ProjectName,
    id: &str,
    reason: String,
) -> Result<Lease, AppError> {
    let proof = find_id(app, caller, Operation::ForgetLease, project).await?;
    app.check_not_held()?;
    let lease = find_in(app, caller, Operation::ForgetLease, &proof, id).await?;
    check_visible(app, caller, Operation::ForgetLease, &proof, &lease).await?;
    let LeaseState::Ending { grant, attempts, last_error, .. } = &lease.state else {
        return Err(AppError::NothingToForget(lease.id));
    };
    // Before the first attempt nobody knows whether there is anything to give up on. In a lane that is shut an attempt of
    // another lease is enough.
    if *attempts == 0 && last_error.is_none() {
        return Err(AppError::NothingToForget(lease.id));
    }
    let left = objects_of(&lease);
    let forgotten =
        LeaseEvent::ForgetDynamicSecretLease { lease: LeaseFacts::from(&lease), reason, left: names(&left) };
    let event = app.event(caller, Some(lease.source.place.project), forgotten);
    let outcome = Outcome::Forgotten { by: named(&caller.actor), left };
    let stored = app.store.leases().forget(lease.id, &outcome, &event).await;
    stored.or_when_gone(|| AppError::NothingToForget(lease.id))?;
    let state = LeaseState::Ended { grant: grant.clone(), outcome, ended_at: event.created_at };
    Ok(Lease { state, updated_at: event.created_at, ..lease })
}

fn named(actor: &Actor) -> String {
    match actor {
        Actor::Identity { identity_id, name } => format!("{name} ({identity_id})"),
        Actor::User { email, .. } => email.clone(),
        Actor::Platform | Actor::Anonymous => String::new(),
    }
}
