//! Reading the audit log: by page, as counts, all of a span, and as it grows.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::{
    access::operation::Operation,
    audit::EventOutcome,
    caller::{Actor, Caller},
    ids::{AuditEventId, ConnectionId, LeaseId, ProjectId},
};
use mayfly_store::{
    audit_events::StoredEvent,
    audit_reading::{EventFilter, Reading},
};

use crate::{
    App, AppError,
    page::{and_one_more, cut},
};

/// Events that are read at once for an export.
const EXPORT_PAGE: i64 = 500;

/// Events that are read at once for whoever looks on.
const LIVE_PAGE: i64 = 500;

/// An event may become visible as much later than its id says.
const LATE: SignedDuration = SignedDuration::from_secs(10);

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
    let mut facets = Facets::default();
    for count in app.store.audit_reading().counts(&filter).await? {
        *facets.outcomes.entry(EventOutcome::of(&count.kind).as_str()).or_default() += count.number;
        *facets.kinds.entry(count.kind).or_default() += count.number;
        let name = count.actor_id.unwrap_or_else(|| actor_type(&count.actor).to_owned());
        facets.actors.entry(name).or_insert((Some(count.actor), 0)).1 += count.number;
        let project = count.project.map(|id| id.to_string()).unwrap_or_default();
        *facets.projects.entry(project).or_default() += count.number;
        facets.total += count.number;
    }
    Ok(facets)
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
    })
}

/// An actor's type, as events tell it.
fn actor_type(actor: &Actor) -> &'static str {
    match actor {
        Actor::Identity { .. } => "identity",
        Actor::User { .. } => "user",
        Actor::Platform => "platform",
        Actor::Anonymous => "anonymous",
    }
}
