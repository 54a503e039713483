//! Stopping to issue: everywhere, in an environment, by a connection or by a dynamic secret, until somebody lifts it.
//!
//! A request that had reserved its lease before may still be answered; ending leases since a moment before the stop ends
//! those too.

use mayfly_domain::{
    access::operation::Operation,
    audit::LeaseEvent,
    caller::Caller,
    ids::StopId,
    stop::{Stop, StopScope},
};
use mayfly_store::{StoreError, stops::TARGETS};

use crate::{
    App, AppError,
    error::OrWhen as _,
    page::{and_one_more, cut},
};

/// Stops issuing.
pub async fn create(app: &App, caller: &Caller, scope: StopScope, reason: String) -> Result<Stop, AppError> {
    app.authorize(caller, Operation::StopIssuing).await?;
    let organization = App::organization(caller)?;
    let id = StopId::generate(&app.ambient);
    let event = LeaseEvent::StopIssuing { stop_id: id, scope, reason: reason.clone() };
    let event = app.event(caller, None, event);
    let stop = Stop { id, organization, scope, reason, made_by: caller.actor.clone(), created_at: event.created_at };
    match app.store.stops().create(&stop, &event).await {
        Err(StoreError::GuardFailed { .. }) => Err(AppError::not_found(scope.name(), &scope.target())),
        stored => stored.or_when_taken(TARGETS, || AppError::StoppedAlready).map(|()| stop),
    }
}

/// Which part of the list to read.
#[derive(Clone, Copy, Debug)]
pub struct StopPage {
    /// Only those after this one: the last of the page before.
    pub after: Option<StopId>,
    /// At most this many, at most [`StopPage::LONGEST`].
    pub limit: i64,
}

impl StopPage {
    /// Enough for a screen and a script; more is on the next page.
    pub const LONGEST: i64 = 100;
}

/// A page of what is stopped, and the cursor of the next one.
pub async fn list(app: &App, caller: &Caller, page: StopPage) -> Result<(Vec<Stop>, Option<StopId>), AppError> {
    app.authorize(caller, Operation::ListStops).await?;
    let organization = App::organization(caller)?;
    let found = app.store.stops().page(organization, page.after, and_one_more(page.limit)).await?;
    Ok(cut(found, page.limit, |stop| stop.id))
}

/// Lifts a stop.
pub async fn lift(app: &App, caller: &Caller, id: StopId) -> Result<Stop, AppError> {
    app.authorize(caller, Operation::LiftStop).await?;
    let organization = App::organization(caller)?;
    let absent = || AppError::not_found("stop", &id);
    let stop = app.store.stops().get(organization, id).await?.ok_or_else(absent)?;
    let event = app.event(caller, None, LeaseEvent::LiftStop { stop_id: id, scope: stop.scope });
    app.store.stops().delete(organization, id, &event).await.or_when_gone(absent)?;
    Ok(stop)
}
