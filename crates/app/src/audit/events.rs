//! Reading the audit log: by page, as counts, all of a span, and as it grows.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::{
    access::operation::Operation,
    audit::EventOutcome,
    caller::{Actor, Caller},
    ids::{AuditEventId, ConnectionId, DynamicSecretId, GatewayId, LeaseId, ProjectId},
};
use mayfly_store::{
    audit_events::StoredEvent,
    audit_reading::{EventCount, EventFilter, Reading},
};

use crate::{
    App, AppError,
    page::{and_one_more, cut},
};

/// Events that are read at once for an export.
const EXPORT_PAGE: i64 = 500;

/// Events that are read at once for whoever looks on.
const LIVE_PAGE: i64 = 500;

/// Groups of events that are read at once to be counted. Where there are more, what is told of actors and projects is of the
/// largest.
const MOST_GROUPS: i64 = 5_000;

/// An event may become visible as much later than its id says.
pub(crate) const LATE: SignedDuration = SignedDuration::from_secs(10);

/// Which events to read.
#[derive(Clone, Debug, Default)]
pub struct EventQuery {
    /// Of this project; without one, of the whole organization.
    pub project: Option<ProjectId>,
    /// Of one of these kinds.
    pub kinds: Option<Vec<String>>,
    /// That came out like this.
    pub outcome: Option<EventOutcome>,
    /// By this identity or person.
    pub actor_id: Option<String>,
    /// By this type of actor.
    pub actor_type: Option<String>,
    /// About this lease.
    pub lease: Option<LeaseId>,
    /// About the lease whose token has this `jti`.
    pub jti: Option<String>,
    /// About this cluster connection, or leases that it issued.
    pub connection: Option<ConnectionId>,
    /// About this dynamic secret, its leases, or a wish for one.
    pub dynamic_secret: Option<DynamicSecretId>,
    /// About this gateway.
    pub gateway: Option<GatewayId>,
    /// With this text in who did it, what, or why; see [`EventFilter::text`].
    pub text: Option<String>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Not after.
    pub to: Option<Timestamp>,
}

/// Which part of them, newest first.
#[derive(Clone, Copy, Debug)]
pub struct EventPage {
    /// Only those before this one: the last of the page before.
    pub before: Option<AuditEventId>,
    /// At most this many, at most [`EventPage::LONGEST`].
    pub limit: i64,
}

impl EventPage {
    /// Enough for a screen and a script; more is on the next page.
    pub const LONGEST: i64 = 500;
}

/// How many events there are.
#[derive(Clone, Debug, Default)]
pub struct Facets {
    /// Of each kind.
    pub kinds: BTreeMap<String, i64>,
    /// Of each actor: its id, or its type where it has none, with what it is called.
    pub actors: BTreeMap<String, (Option<Actor>, i64)>,
    /// In each project; those of none are under the empty text.
    pub projects: BTreeMap<String, i64>,
    /// That came out each way.
    pub outcomes: BTreeMap<&'static str, i64>,
    /// In all.
    pub total: i64,
}

/// A page of events, newest first, and the cursor of the next one.
pub async fn page(
    app: &App,
    caller: &Caller,
    query: &EventQuery,
    page: EventPage,
) -> Result<(Vec<StoredEvent>, Option<AuditEventId>), AppError> {
    let filter = allowed(app, caller, query).await?;
    let found = app.store.audit_reading().page(&filter, Reading::Back(page.before), and_one_more(page.limit)).await?;
    Ok(cut(found, page.limit, |event| event.id))
}

/// How many events of each kind, actor, project and outcome there are.
pub async fn facets(app: &App, caller: &Caller, query: &EventQuery) -> Result<Facets, AppError> {
    let filter = allowed(app, caller, query).await?;
    let reading = app.store.audit_reading();
    let counts = reading.counts(&filter, MOST_GROUPS).await?;
    let is_all = i64::try_from(counts.len()).is_ok_and(|groups| groups < MOST_GROUPS);
    let kinds = if is_all { None } else { Some(reading.kinds(&filter).await?) };
    Ok(Facets::of(counts, kinds))
}

impl Facets {
    /// By groups of events; `kinds` says how many of each kind there are where those are not all groups.
    fn of(counts: Vec<EventCount>, kinds: Option<BTreeMap<String, i64>>) -> Self {
        let mut facets = Self::default();
        for count in counts {
            *facets.kinds.entry(count.kind).or_default() += count.number;
            let name = count.actor_id.unwrap_or_else(|| count.actor.kind().to_owned());
            facets.actors.entry(name).or_insert((Some(count.actor), 0)).1 += count.number;
            let project = count.project.map(|id| id.to_string()).unwrap_or_default();
            *facets.projects.entry(project).or_default() += count.number;
        }
        facets.kinds = kinds.unwrap_or(facets.kinds);
        for (kind, number) in &facets.kinds {
            *facets.outcomes.entry(EventOutcome::of(kind).as_str()).or_default() += number;
            facets.total += number;
        }
        facets
    }
}

/// The next events of an export, oldest first; none when there are no more.
pub async fn export_page(
    app: &App,
    caller: &Caller,
    query: &EventQuery,
    after: Option<AuditEventId>,
) -> Result<Vec<StoredEvent>, AppError> {
    let filter = allowed(app, caller, query).await?;
    Ok(app.store.audit_reading().page(&filter, Reading::On(after), EXPORT_PAGE).await?)
}

/// Events that are new since `moment`, oldest first: those that became visible late are among them again. It is a page of
/// them, after `after`, and the cursor of the next one where there may be one.
pub async fn since(
    app: &App,
    caller: &Caller,
    query: &EventQuery,
    moment: Timestamp,
    after: Option<AuditEventId>,
) -> Result<(Vec<StoredEvent>, Option<AuditEventId>), AppError> {
    let filter = allowed(app, caller, query).await?;
    let filter = EventFilter { from: moment - LATE, ..filter };
    let found = app.store.audit_reading().page(&filter, Reading::On(after), and_one_more(LIVE_PAGE)).await?;
    Ok(cut(found, LIVE_PAGE, |event| event.id))
}

/// One event, of a project or of the whole organization. What is no id is the id of nothing.
pub async fn one(app: &App, caller: &Caller, project: Option<ProjectId>, id: &str) -> Result<StoredEvent, AppError> {
    let filter = allowed(app, caller, &EventQuery { project, ..EventQuery::default() }).await?;
    let found = match id.parse() {
        Ok(id) => app.store.audit_reading().one(&filter, id).await?,
        Err(_) => None,
    };
    found.ok_or_else(|| AppError::not_found("audit event", &id))
}

/// What of `query` the caller may read. Without a project this needs the right in the organization.
async fn allowed(app: &App, caller: &Caller, query: &EventQuery) -> Result<EventFilter, AppError> {
    match query.project {
        Some(project) => {
            let absent = || AppError::not_found("project", &project);
            app.authorize_in(caller, Operation::ListAuditLogs, project, absent).await?;
        }
        None => app.authorize(caller, Operation::ListAuditLogs).await?,
    }
    let organization = App::organization(caller)?;
    Ok(EventFilter {
        from: query.from.unwrap_or(Timestamp::UNIX_EPOCH),
        to: query.to.unwrap_or_else(|| app.ambient.now() + SignedDuration::from_hours(24)),
        // Refusals of strangers belong to no organization; whoever reads the whole log sees them.
        organization: query.project.map(|_| organization),
        project: query.project,
        kinds: query.kinds.clone(),
        outcome: query.outcome,
        actor_id: query.actor_id.clone(),
        actor_type: query.actor_type.clone(),
        lease: query.lease,
        jti: query.jti.clone(),
        connection: query.connection,
        dynamic_secret: query.dynamic_secret,
        gateway: query.gateway,
        text: query.text.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_are_called_as_events_call_them_and_the_total_is_of_all() {
        let refused = EventCount {
            kind: "anonymous-access-denied".to_owned(),
            actor: Actor::Anonymous,
            actor_id: None,
            project: None,
            number: 3,
        };
        let some = Facets::of(vec![refused.clone()], None);
        assert_eq!((some.total, some.actors["unknownUser"].1, some.outcomes["denied"]), (3, 3, 3));
        let kinds = BTreeMap::from([(refused.kind.clone(), 7), ("create-identity".to_owned(), 2)]);
        let cut = Facets::of(vec![refused], Some(kinds));
        assert_eq!((cut.total, cut.outcomes["denied"], cut.outcomes["success"]), (9, 7, 2));
    }
}
