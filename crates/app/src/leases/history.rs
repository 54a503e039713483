//! Leases in every state, for those who want to know what was.

use mayfly_domain::{
    access::{
        operation::Operation,
        permission::{Action, Subject, to},
    },
    caller::Caller,
    ids::LeaseId,
    lease::Lease,
};
use mayfly_store::leases::{HistoryPage, Holders};

use super::read::{check_visible, find_in, manages};
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

/// Pages read for one answer where the caller sees only some places; a shorter answer goes on with its cursor.
const MOST_PAGES: usize = 50;

/// A page of leases, and the cursor of the next one.
pub async fn history(
    app: &App,
    caller: &Caller,
    query: HistoryQuery,
) -> Result<(Vec<Lease>, Option<LeaseId>), AppError> {
    let proof = find_id(app, caller, Operation::ListLeases, &query.project).await?;
    let manages_some = proof.may(Operation::ManageLeases);
    let manages_all = manages_some && !proof.depends_on_place(to(Action::ManageLeases, Subject::DynamicSecrets));
    let holders = if manages_some { Holders::All } else { Holders::Only(&caller.actor) };
    let mut page = HistoryPage {
        project: proof.project,
        holders,
        state: query.state.as_deref(),
        before: query.before,
        limit: and_one_more(query.limit),
    };
    if manages_all || !manages_some {
        return Ok(cut(app.store.leases().history(&page).await?, query.limit, |lease| lease.id));
    }
    let wanted = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let mut seen = Vec::new();
    for _ in 0..MOST_PAGES {
        let read = app.store.leases().history(&page).await?;
        let is_last = i64::try_from(read.len()).is_ok_and(|read| read < page.limit);
        for lease in read {
            if seen.len() == wanted {
                return Ok((seen, page.before));
            }
            page.before = Some(lease.id);
            if caller.actor.is_same_as(&lease.holder) || manages(app, &proof, &lease).await? {
                seen.push(lease);
            }
        }
        if is_last {
            return Ok((seen, None));
        }
    }
    Ok((seen, page.before))
}

/// One lease, whatever became of it.
pub async fn get_from_history(app: &App, caller: &Caller, project: &ProjectName, id: &str) -> Result<Lease, AppError> {
    let proof = find_id(app, caller, Operation::GetLease, project).await?;
    let lease = find_in(app, caller, Operation::GetLease, &proof, id).await?;
    check_visible(app, caller, Operation::GetLease, &proof, &lease).await?;
    Ok(lease)
}
