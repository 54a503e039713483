//! Leases of somebody who lost the last right to have any.
//!
//! The intent is stored before the right is taken away, so that a crash in between leaves no lease behind; whoever works
//! on it looks whether the right is really gone. Another server may remember the right for two seconds more and issue one
//! more lease: the row stays until that cannot be, and what was issued meanwhile ends too.

use jiff::SignedDuration;
use mayfly_domain::{
    access::{
        decide::{Decision, Grants, decide},
        operation::Operation,
    },
    caller::Caller,
    error::chain,
    ids::{IdentityId, LostRightId, ProjectId},
    lease::Lease,
};
use mayfly_store::{leases::many::LeaseFilter, lost_rights::LostRight};

use super::end_many::end_one;
use crate::{App, AppError};

/// How long a right may be remembered somewhere, and a lease be in the making because of it: two seconds of memory, and the
/// eight of a request.
const REMEMBERED: SignedDuration = SignedDuration::from_secs(15);
/// Leases ended between two looks.
const PAGE: i64 = 200;
/// Leases that an answer names.
const MOST_NAMED: usize = 100;
/// Rows worked on in one go.
const MOST_ROWS: i64 = 100;

/// What becomes of live leases when their holder loses the right to have any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LeasesOfHolder {
    /// They end.
    #[default]
    End,
    /// They run out.
    RunOut,
}

/// Remembers that `holder` is about to lose the right, before it is taken away.
pub(crate) async fn about_to_lose(
    app: &App,
    caller: &Caller,
    holder: IdentityId,
    project: Option<ProjectId>,
) -> Result<LostRight, AppError> {
    app.check_not_held()?;
    let lost = LostRight {
        id: LostRightId::generate(&app.ambient),
        organization: App::organization(caller)?,
        holder: holder.to_string(),
        project,
        lost_at: app.ambient.now(),
    };
    app.store.lost_rights().add(&lost).await?;
    Ok(lost)
}

/// Ends the leases of somebody who has lost the right, and names what is left of them: what ends now, and tokens that cannot
/// be taken back. What cannot be ended now is tried by the loop, and named.
pub(crate) async fn end_after_loss(app: &App, caller: &Caller, lost: &LostRight) -> Result<Vec<Lease>, AppError> {
    let filter = filter(lost);
    let (mut left, mut before) = (Vec::new(), None);
    loop {
        let page = app.store.leases().list_matching(lost.organization, &filter, before, PAGE).await?;
        if page.last.is_none() {
            return Ok(left);
        }
        before = page.last;
        for lease in page.leases {
            let lease = match end_one(app, caller, lease.clone()).await {
                Ok(lease) => lease,
                Err(error) => {
                    tracing::error!(lease = %lease.id, error = %chain(&error), "a lease could not be ended; it is tried again");
                    lease
                }
            };
            if left.len() < MOST_NAMED {
                left.push(lease);
            }
        }
    }
}

/// What is live and stays so: for an answer that says what runs out.
pub(crate) async fn live_of(
    app: &App,
    caller: &Caller,
    holder: IdentityId,
    project: Option<ProjectId>,
) -> Result<Vec<Lease>, AppError> {
    let filter = LeaseFilter { holder: Some(holder.to_string()), project, ..LeaseFilter::default() };
    let organization = App::organization(caller)?;
    let most = i64::try_from(MOST_NAMED).unwrap_or(i64::MAX);
    Ok(app.store.leases().list_matching(organization, &filter, None, most).await?.leases)
}

/// Ends what is live of everybody who lost the right lately. A task of the server's; any number may run it.
pub async fn end_of_lost_rights(app: &App) -> Result<(), AppError> {
    if app.store.is_held() {
        return Ok(());
    }
    for lost in app.store.lost_rights().list(MOST_ROWS).await? {
        let is_old = app.ambient.now().duration_since(lost.lost_at) > REMEMBERED;
        let is_gone = !may_lease(app, &lost).await?;
        if is_gone {
            end_after_loss(app, &Caller::platform(lost.organization), &lost).await?;
        }
        if is_old && (!is_gone || !has_any_unended(app, &lost).await?) {
            app.store.lost_rights().delete(lost.id).await?;
        }
    }
    Ok(())
}

/// Whether the right is still there: the change that was to take it away did not happen, or was taken back.
async fn may_lease(app: &App, lost: &LostRight) -> Result<bool, AppError> {
    let Ok(identity) = lost.holder.parse::<IdentityId>() else { return Ok(false) };
    let found = app.store.identities().get(lost.organization, identity).await?;
    let Some(found) = found.filter(|found| !found.is_disabled) else { return Ok(false) };
    let Some(project) = lost.project else { return Ok(true) };
    let membership = app.store.memberships().get(project, identity).await?;
    Ok(membership.is_some_and(|membership| {
        let grants = Grants { organization: Some(found.role), project: Some(membership.roles) };
        decide(Operation::IssueLease, &grants) == Decision::Allowed
    }))
}

/// Whether something is still to be ended; what is ending or closed is not.
async fn has_any_unended(app: &App, lost: &LostRight) -> Result<bool, AppError> {
    use mayfly_domain::lease::LeaseState::{Active, Reserved};
    let page = app.store.leases().list_matching(lost.organization, &filter(lost), None, PAGE).await?;
    Ok(page.leases.iter().any(|lease| matches!(lease.state, Active { .. } | Reserved { .. })))
}

fn filter(lost: &LostRight) -> LeaseFilter {
    LeaseFilter { holder: Some(lost.holder.clone()), project: lost.project, ..LeaseFilter::default() }
}
