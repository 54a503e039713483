//! Leases in every state, for those who want to know what was.

use mayfly_domain::{access::operation::Operation, caller::Caller, ids::LeaseId, lease::Lease};
use mayfly_store::leases::HistoryPage;

use super::read::{check_visible, find_in, holders};
use crate::{
    App, AppError,
    page::{and_one_more, cut},
    projects::{ProjectName, find_id},
};

/// Which part of a project's leases to read, newest first.
#[derive(Clone, Debug)]
pub struct HistoryQuery {
    /// The project.
    pub project: ProjectName,
    /// Only those in this state.
    pub state: Option<String>,
    /// Only those before this one: the last of the page before.
    pub before: Option<LeaseId>,
    /// At most this many, at most [`HistoryQuery::LONGEST_PAGE`].
    pub limit: i64,
}

impl HistoryQuery {
    /// Enough for a screen and a script; more is on the next page.
    pub const LONGEST_PAGE: i64 = 100;
}

/// A page of leases, and the cursor of the next one.
pub async fn history(
    app: &App,
    caller: &Caller,
    query: HistoryQuery,
) -> Result<(Vec<Lease>, Option<LeaseId>), AppError> {
    let proof = find_id(app, caller, Operation::ListLeases, &query.project).await?;
    let page = HistoryPage {
        project: proof.project,
        holders: holders(&proof, caller),
        state: query.state.as_deref(),
        before: query.before,
        limit: and_one_more(query.limit),
    };
    Ok(cut(app.store.leases().history(&page).await?, query.limit, |lease| lease.id))
}

/// One lease, whatever became of it.
pub async fn get_from_history(app: &App, caller: &Caller, project: &ProjectName, id: &str) -> Result<Lease, AppError> {
    let proof = find_id(app, caller, Operation::GetLease, project).await?;
    let lease = find_in(app, caller, Operation::GetLease, &proof, id).await?;
    check_visible(app, caller, Operation::GetLease, &proof, &lease).await?;
    Ok(lease)
}
