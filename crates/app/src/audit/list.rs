//! Reading the audit log.

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::{access::operation::Operation, caller::Caller, ids::ProjectId, project::Project};
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
    /// With this kind of program, one of [`AuditLogQuery::USER_AGENT_TYPES`].
    pub user_agent_type: Option<&'static str>,
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
    /// The kinds of program that [`user_agent_type`](mayfly_domain::caller::Origin::user_agent_type) tells apart.
    pub const USER_AGENT_TYPES: [&str; 7] =
        ["web", "cli", "k8-operator", "terraform", "InfisicalPythonSDK", "InfisicalNodeSDK", "other"];
}

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
        user_agent_type: query.user_agent_type,
        fields: query.fields,
        limit: query.limit,
        offset: query.offset,
    };
    Ok(app.store.audit_events().list(&filter).await?)
}

/// The same for one project, which comes with them.
pub async fn list_of_project(
    app: &App,
    caller: &Caller,
    project: ProjectId,
    query: AuditLogQuery,
) -> Result<(Project, Vec<StoredEvent>), AppError> {
    let events = list(app, caller, AuditLogQuery { project: Some(project), ..query }).await?;
    let found = app.store.projects().get(App::organization(caller)?, project).await?;
    Ok((found.ok_or_else(|| AppError::not_found("project", &project))?, events))
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

    use mayfly_domain::caller::Origin;

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
        assert_eq!(BTreeSet::from(told), BTreeSet::from(AuditLogQuery::USER_AGENT_TYPES));
    }
}
