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
pub use mayfly_store::leases::HistoryFilter;
use mayfly_store::leases::{HistoryPage, Holders};

use super::{
    looks::record_look,
    read::{check_visible, find_in, sees},
};
use crate::{
    App, AppError,
    access::{InProject, held_in},
    page::{and_one_more, cut},
    projects::{self, ProjectName, find_id},
};

/// Which leases to read, newest first.
#[derive(Clone, Debug)]
pub struct HistoryQuery {
    /// The project's, or those of all projects that the caller is a member of.
    pub project: Option<ProjectName>,
    /// Only these.
    pub filter: HistoryFilter,
    /// Only those before this one: the cursor of the page before.
    pub before: Option<LeaseId>,
    /// At most this many, at most [`HistoryQuery::LONGEST_PAGE`].
    pub limit: i64,
}

impl HistoryQuery {
    /// Enough for a screen and a script; more is on the next page.
    pub const LONGEST_PAGE: i64 = 100;
}

/// A page of leases.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Newest first.
    pub leases: Vec<Lease>,
    /// After which the list goes on; absent when it does not.
    pub next: Option<LeaseId>,
    /// How many there are on all pages, counted up to 10,000; absent where each has to be looked at to know.
    pub total: Option<i64>,
}

/// Nobody reads further.
const MOST_COUNTED: i64 = 10_000;

/// Pages read for one answer where the caller sees only some places; a shorter answer goes on with its cursor.
const MOST_PAGES: usize = 50;

/// A page of leases.
pub async fn history(app: &App, caller: &Caller, query: HistoryQuery) -> Result<History, AppError> {
    match &query.project {
        Some(project) => in_project(app, caller, project, &query).await,
        None => everywhere(app, caller, &query).await,
    }
}

/// Of all projects where the caller may see leases. Refused where there are projects, and it may in none of them.
async fn everywhere(app: &App, caller: &Caller, query: &HistoryQuery) -> Result<History, AppError> {
    let projects = projects::list(app, caller).await?;
    let mut pages = Vec::new();
    for project in &projects {
        let held = held_in(app, caller, project.id).await?;
        if held.may(Operation::ListLeases) {
            pages.push(visible(app, caller, &held, query).await?);
        }
    }
    if let (Some(first), true) = (projects.first(), pages.is_empty()) {
        find_id(app, caller, Operation::ListLeases, &ProjectName::Id(first.id)).await?;
    }
    Ok(joined(pages, query.limit))
}

/// Pages of several lists as one of all of them. What is older than where one of them goes on is for a later page.
fn joined(pages: Vec<History>, limit: i64) -> History {
    let floor = pages.iter().filter_map(|page| page.next).max();
    let total = pages.iter().try_fold(0_i64, |sum, page| Some(sum.saturating_add(page.total?)));
    let mut leases: Vec<Lease> = pages.into_iter().flat_map(|page| page.leases).collect();
    leases.retain(|lease| floor.is_none_or(|floor| lease.id >= floor));
    leases.sort_unstable_by_key(|lease| std::cmp::Reverse(lease.id));
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_cut = leases.len() > most;
    leases.truncate(most);
    let next = if is_cut { leases.last().map(|lease| lease.id) } else { floor };
    History { leases, next, total: total.map(|total| total.min(MOST_COUNTED)) }
}

async fn in_project(
    app: &App,
    caller: &Caller,
    project: &ProjectName,
    query: &HistoryQuery,
) -> Result<History, AppError> {
    let proof = find_id(app, caller, Operation::ListLeases, project).await?;
    visible(app, caller, &proof, query).await
}

/// The leases of a project that the caller may see there.
async fn visible(app: &App, caller: &Caller, proof: &InProject, query: &HistoryQuery) -> Result<History, AppError> {
    let manages_some = proof.may(Operation::ManageLeases);
    let manages_all = manages_some && !proof.depends_on_place(to(Action::ManageLeases, Subject::DynamicSecrets));
    let holders = if manages_some { Holders::All } else { Holders::Only(&caller.actor) };
    let page = HistoryPage {
        project: proof.project,
        holders,
        filter: query.filter.clone(),
        before: query.before,
        limit: and_one_more(query.limit),
    };
    if manages_some && !manages_all {
        return of_some_places(app, caller, proof, page, query.limit).await;
    }
    let (leases, next) = cut(app.store.leases().history(&page).await?, query.limit, |lease| lease.id);
    let whole = HistoryPage { before: None, limit: MOST_COUNTED, ..page };
    Ok(History { leases, next, total: Some(app.store.leases().count_history(&whole).await?) })
}

/// Those that the caller holds or manages, where that depends on where each was issued.
async fn of_some_places(
    app: &App,
    caller: &Caller,
    proof: &InProject,
    mut page: HistoryPage<'_>,
    limit: i64,
) -> Result<History, AppError> {
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut leases = Vec::new();
    for _ in 0..MOST_PAGES {
        let read = app.store.leases().history(&page).await?;
        let is_last = i64::try_from(read.len()).is_ok_and(|read| read < page.limit);
        for lease in read {
            if leases.len() == wanted {
                return Ok(History { leases, next: page.before, total: None });
            }
            page.before = Some(lease.id);
            if sees(app, caller, proof, &lease).await? {
                leases.push(lease);
            }
        }
        if is_last {
            return Ok(History { leases, next: None, total: None });
        }
    }
    Ok(History { leases, next: page.before, total: None })
}

/// One lease, whatever became of it.
pub async fn get_from_history(app: &App, caller: &Caller, project: &ProjectName, id: &str) -> Result<Lease, AppError> {
    let proof = find_id(app, caller, Operation::GetLease, project).await?;
    let lease = find_in(app, caller, Operation::GetLease, &proof, id).await?;
    check_visible(app, caller, Operation::GetLease, &proof, &lease).await?;
    record_look(app, caller, &lease).await?;
    Ok(lease)
}
