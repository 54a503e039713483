//! Reading the audit log.

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::{
    access::operation::Operation,
    caller::{Caller, Origin},
    ids::ProjectId,
};
use mayfly_store::audit_events::{AuditFilter, StoredEvent};

use crate::{App, AppError, error::field};

/// Which events to read, newest first.
#[derive(Clone, Debug, Default)]
pub struct AuditLogQuery {
    /// Of this project; without one, of the whole organization.
    pub project: Option<ProjectId>,
    /// Of one of these kinds.
    pub kinds: Option<Vec<String>>,
    /// By this identity or person.
    pub actor_id: Option<String>,
    /// By this type of actor.
    pub actor_type: Option<String>,
    /// With this kind of program, one of [`AuditLogQuery::PROGRAMS`].
    pub program: Option<&'static str>,
    /// With these fields.
    pub fields: Vec<(String, String)>,
    /// Not before; the last midnight (UTC) when absent.
    pub from: Option<Timestamp>,
    /// Not after; now when absent.
    pub to: Option<Timestamp>,
    /// At most this many.
    pub limit: i64,
    /// After this many.
    pub offset: i64,
}

impl AuditLogQuery {
    /// The kinds of program that [`Origin::user_agent_type`] tells apart.
    pub const PROGRAMS: [&str; 7] =
        ["web", "cli", "k8-operator", "terraform", "InfisicalPythonSDK", "InfisicalNodeSDK", "other"];
}

/// Events read at a time when a program is looked for, and the most that are looked at: a second's work, and more than
/// a busy day. Which program it was follows from the `User-Agent` by a rule that no database knows.
const PORTION: i64 = 1_000;
const MOST_LOOKED_AT: i64 = 50_000;

/// The longest span of time one query may ask for: what existing clients know as three months.
const LONGEST_SPAN: SignedDuration = SignedDuration::from_hours(93 * 24);

/// Lists events. Without a project this needs the right in the organization.
pub async fn list(app: &App, caller: &Caller, query: AuditLogQuery) -> Result<Vec<StoredEvent>, AppError> {
    match query.project {
        Some(project) => {
            let absent = || AppError::not_found("project", &project);
            app.authorize_in(caller, Operation::ListAuditLogs, project, absent).await?;
        }
        None => app.authorize(caller, Operation::ListAuditLogs).await?,
    }
    let organization = App::organization(caller)?;
    let (from, to) = span(app, &query)?;
    let filter = AuditFilter {
        from,
        to,
        // Refusals of strangers belong to no organization; whoever reads the whole log sees them.
        organization: query.project.map(|_| organization),
        project: query.project,
        kinds: query.kinds,
        actor_id: query.actor_id,
        actor_type: query.actor_type,
        fields: query.fields,
        limit: query.limit,
        offset: query.offset,
    };
    match query.program {
        None => Ok(app.store.audit_events().list(&filter).await?),
        Some(program) => of_program(app, filter, program).await,
    }
}

/// The page of `filter` among the events of one kind of program. An event that is written meanwhile moves the portions,
/// so that one may come twice, which the order of their ids tells; none is passed over.
async fn of_program(app: &App, filter: AuditFilter, program: &str) -> Result<Vec<StoredEvent>, AppError> {
    let wanted = filter.offset.saturating_add(filter.limit);
    let mut found: Vec<StoredEvent> = Vec::new();
    let mut last = None;
    for offset in (0..MOST_LOOKED_AT).step_by(usize::try_from(PORTION).unwrap_or(1)) {
        let portion = AuditFilter { limit: PORTION, offset, ..filter.clone() };
        let events = app.store.audit_events().list(&portion).await?;
        let is_last = i64::try_from(events.len()).is_ok_and(|number| number < PORTION);
        let newest_left = last;
        last = events.last().map(|event| event.id).or(last);
        let is_new = |event: &StoredEvent| newest_left.is_none_or(|seen| event.id < seen);
        found.extend(events.into_iter().filter(|event| is_new(event) && is_of(event, program)));
        let has_all = i64::try_from(found.len()).is_ok_and(|number| number >= wanted);
        if is_last || has_all {
            return Ok(page(found, &filter));
        }
    }
    let message = format!("lies before more than {MOST_LOOKED_AT} events: name a later one, or filter by more");
    Err(query_error("startDate", &message))
}

/// What Mayfly did by itself was done with no program.
fn is_of(event: &StoredEvent, program: &str) -> bool {
    let origin = Origin { ip_address: event.ip_address, user_agent: event.user_agent.clone() };
    event.ip_address.is_some() && origin.user_agent_type() == program
}

fn page(found: Vec<StoredEvent>, filter: &AuditFilter) -> Vec<StoredEvent> {
    let (offset, limit) = (usize::try_from(filter.offset), usize::try_from(filter.limit));
    found.into_iter().skip(offset.unwrap_or(usize::MAX)).take(limit.unwrap_or(0)).collect()
}

fn span(app: &App, query: &AuditLogQuery) -> Result<(Timestamp, Timestamp), AppError> {
    let now = app.ambient.now();
    let to = query.to.unwrap_or(now);
    let from = query.from.unwrap_or_else(|| midnight(to));
    if from > to {
        return Err(query_error("startDate", "must not be after `endDate`"));
    }
    if to.duration_since(from) > LONGEST_SPAN {
        return Err(query_error("startDate", "must be at most three months before `endDate`"));
    }
    Ok((from, to))
}

fn midnight(time: Timestamp) -> Timestamp {
    const DAY: i64 = 86_400;
    Timestamp::from_second(time.as_second().div_euclid(DAY) * DAY).unwrap_or(time)
}

fn query_error(name: &str, message: &str) -> AppError {
    let mut error = field(&[name], "invalid_range", message);
    error.path = vec!["query".to_owned(), name.to_owned()];
    AppError::Fields(vec![error])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_kind_of_program_can_be_asked_for() {
        let agents = [
            "terraform",
            "k8-operator",
            "infisical-cli",
            "InfisicalPythonSDK/1",
            "InfisicalNodeSDK",
            "Mozilla/5.0",
            "",
        ];
        let told = agents.map(|agent| Origin { ip_address: None, user_agent: agent.to_owned() }.user_agent_type());
        assert_eq!(BTreeSet::from(told), BTreeSet::from(AuditLogQuery::PROGRAMS));
    }
}
