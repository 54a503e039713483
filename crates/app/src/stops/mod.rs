//! Stopping to issue: everywhere, in an environment, by a connection or by a dynamic secret, until somebody lifts it.
//!
//! A request that had reserved its lease before may still be answered; ending leases since a moment before the stop ends
//! those too.

use mayfly_domain::{
    access::operation::Operation,
    audit::Event,
    caller::Caller,
    ids::StopId,
    stop::{Stop, StopScope},
};
use mayfly_store::{StoreError, stops::TARGETS};

use crate::{App, AppError, error::OrWhen as _};

/// Stops issuing.
pub async fn create(app: &App, caller: &Caller, scope: StopScope, reason: String) -> Result<Stop, AppError> {
    app.authorize(caller, Operation::StopIssuing).await?;
    let organization = App::organization(caller)?;
    let id = StopId::generate(&app.ambient);
    let event = Event::StopIssuing { stop_id: id, scope, reason: reason.clone() };
    let event = app.event(caller, None, event);
    let stop = Stop { id, organization, scope, reason, made_by: caller.actor.clone(), created_at: event.created_at };
    match app.store.stops().create(&stop, &event).await {
        Err(StoreError::GuardFailed { .. }) => Err(AppError::not_found(scope.name(), &scope.target())),
        stored => stored.or_when_taken(TARGETS, || AppError::StoppedAlready).map(|()| stop),
    }
}

/// Everything that is stopped.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<Stop>, AppError> {
    app.authorize(caller, Operation::ListStops).await?;
    Ok(app.store.stops().list(App::organization(caller)?).await?)
}

/// Lifts a stop.
pub async fn lift(app: &App, caller: &Caller, id: StopId) -> Result<Stop, AppError> {
    app.authorize(caller, Operation::LiftStop).await?;
    let organization = App::organization(caller)?;
    let absent = || AppError::not_found("stop", &id);
    let all = app.store.stops().list(organization).await?;
    let stop = all.into_iter().find(|stop| stop.id == id).ok_or_else(absent)?;
    let event = app.event(caller, None, Event::LiftStop { stop_id: id, scope: stop.scope });
    app.store.stops().delete(organization, id, &event).await.or_when_gone(absent)?;
    Ok(stop)
}
