//! Seeing requests: one's own, and those one may decide on.

use std::collections::{BTreeMap, BTreeSet};

use mayfly_domain::{
    access::{condition::Place, judge::Where, operation::Operation},
    approval::{ApprovalRequest, ApprovalWish, LeaseWish},
    caller::Caller,
    identity::MetadataEntry,
    ids::{ApprovalRequestId, DynamicSecretId},
};
use mayfly_store::approvals::RequestFilter;

use crate::{
    App, AppError,
    access::InProject,
    page::and_one_more,
    projects::{ProjectName, find_id},
};

/// Whose requests.
#[derive(Clone, Debug)]
pub enum RequestScope {
    /// A project's.
    Project(ProjectName),
    /// The organization's own, which are about cluster connections.
    Organization,
}

/// One request.
#[derive(Clone, Debug)]
pub struct RequestKey {
    /// Whose.
    pub scope: RequestScope,
    /// Its id, as it was sent.
    pub id: String,
}

/// A part of a list, newest first.
#[derive(Clone, Debug)]
pub struct RequestPage {
    /// Whose.
    pub scope: RequestScope,
    /// Only those in this stored state.
    pub state: Option<String>,
    /// Only those before this one: the last of the page before.
    pub before: Option<ApprovalRequestId>,
    /// At most this many, at most [`RequestPage::LONGEST`].
    pub limit: i64,
}

impl RequestPage {
    /// More than a screen shows.
    pub const LONGEST: i64 = 100;
}

/// Pages read for one answer; a shorter answer goes on with its cursor.
const MOST_PAGES: usize = 20;

/// One request that the caller may see.
pub async fn get(app: &App, caller: &Caller, key: &RequestKey) -> Result<ApprovalRequest, AppError> {
    let (request, proof) = find(app, caller, Operation::GetApprovalRequest, key).await?;
    let is_seen = match &proof {
        Some(proof) => sees(app, caller, proof, &request).await?,
        None => true,
    };
    if is_seen { Ok(request) } else { Err(absent(&key.id)) }
}

/// Whether the caller, a member of the project, may see this request of it.
pub(crate) async fn sees(
    app: &App,
    caller: &Caller,
    proof: &InProject,
    request: &ApprovalRequest,
) -> Result<bool, AppError> {
    let labels = labels(app, Some(proof), std::slice::from_ref(request)).await?;
    Ok(is_visible(caller, Some(proof), request, &labels))
}

/// A page of those that the caller may see, and the cursor of the next one.
pub async fn list(
    app: &App,
    caller: &Caller,
    page: RequestPage,
) -> Result<(Vec<ApprovalRequest>, Option<ApprovalRequestId>), AppError> {
    let proof = authorize(app, caller, Operation::ListApprovalRequests, &page.scope).await?;
    let (organization, project) = (App::organization(caller)?, proof.as_ref().map(|proof| proof.project));
    let filter = RequestFilter { organization, project, state: page.state.as_deref(), now: app.ambient.now() };
    let (limit, wanted) = (and_one_more(page.limit), usize::try_from(page.limit).unwrap_or(usize::MAX));
    let (mut seen, mut before) = (Vec::new(), page.before);
    for _ in 0..MOST_PAGES {
        let read = app.store.approvals().page(&filter, before, limit).await?;
        let is_last = i64::try_from(read.len()).is_ok_and(|read| read < limit);
        let labels = labels(app, proof.as_ref(), &read).await?;
        for request in read {
            if seen.len() == wanted {
                return Ok((seen, before));
            }
            before = Some(request.id);
            if is_visible(caller, proof.as_ref(), &request, &labels) {
                seen.push(request);
            }
        }
        if is_last {
            return Ok((seen, None));
        }
    }
    Ok((seen, before))
}

/// Allows `operation` in the scope; of the organization's own requests there is one right for all of it.
async fn authorize(
    app: &App,
    caller: &Caller,
    operation: Operation,
    scope: &RequestScope,
) -> Result<Option<InProject>, AppError> {
    match scope {
        RequestScope::Project(name) => find_id(app, caller, operation, name).await.map(Some),
        RequestScope::Organization => {
            app.authorize(caller, Operation::DecideOrganizationRequests).await?;
            Ok(None)
        }
    }
}

/// A request of the scope, on which the caller may do `operation` somewhere.
pub(super) async fn find(
    app: &App,
    caller: &Caller,
    operation: Operation,
    key: &RequestKey,
) -> Result<(ApprovalRequest, Option<InProject>), AppError> {
    let proof = authorize(app, caller, operation, &key.scope).await?;
    let id = key.id.parse().map_err(|_| absent(&key.id))?;
    let found = app.store.approvals().get(App::organization(caller)?, id).await?;
    let project = proof.as_ref().map(|proof| proof.project);
    let found = found.filter(|request| request.project == project);
    Ok((found.ok_or_else(|| absent(&key.id))?, proof))
}

pub(super) fn absent(id: &str) -> AppError {
    AppError::not_found("approval request", id)
}

/// The labels that dynamic secrets have now, of those that are there.
type Labels = BTreeMap<DynamicSecretId, Vec<MetadataEntry>>;

/// Those of all secrets that `requests` are about, in one read.
async fn labels(app: &App, proof: Option<&InProject>, requests: &[ApprovalRequest]) -> Result<Labels, AppError> {
    let ids = requests.iter().filter_map(|request| match &request.wish {
        ApprovalWish::IssueLease(wish) => Some(wish.dynamic_secret),
        ApprovalWish::LoosenPolicy { .. } | ApprovalWish::LoosenConnection { .. } => None,
    });
    let ids: BTreeSet<DynamicSecretId> = ids.collect();
    match proof {
        Some(proof) if !ids.is_empty() => Ok(app.store.dynamic_secrets().labels(proof.project, &ids).await?),
        Some(_) | None => Ok(Labels::new()),
    }
}

fn is_visible(caller: &Caller, proof: Option<&InProject>, request: &ApprovalRequest, labels: &Labels) -> bool {
    caller.actor.is_same_as(&request.requester)
        || proof.is_none_or(|proof| may_decide_with(proof, Operation::ApproveRequest, request, labels))
}

/// Whether the caller may do `operation` where the request is about. Of a lease the labels count that its secret has now.
pub(super) async fn may_decide(
    app: &App,
    proof: &InProject,
    operation: Operation,
    request: &ApprovalRequest,
) -> Result<bool, AppError> {
    let labels = labels(app, Some(proof), std::slice::from_ref(request)).await?;
    Ok(may_decide_with(proof, operation, request, &labels))
}

fn may_decide_with(proof: &InProject, operation: Operation, request: &ApprovalRequest, labels: &Labels) -> bool {
    match &request.wish {
        ApprovalWish::IssueLease(wish) => {
            let metadata = labels.get(&wish.dynamic_secret).map(Vec::as_slice);
            let LeaseWish { place, .. } = wish.as_ref();
            let place = Place { environment: place.environment_slug.as_str(), path: &place.path, metadata };
            proof.may_at(operation, Where::At(place))
        }
        ApprovalWish::LoosenPolicy { environment_slug, .. } => {
            // A policy holds for every folder, so only who may decide in all of them decides.
            proof.may_at(operation, Where::InAllOf { environment: environment_slug.as_str() })
        }
        ApprovalWish::LoosenConnection { .. } => false,
    }
}
