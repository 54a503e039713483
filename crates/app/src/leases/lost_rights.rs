//! Leases of somebody who lost the last right to have any.
//!
//! The intent is stored before the right is taken away, so that a crash in between leaves no lease behind; whoever works
//! on it looks whether the right is really gone. Another server may remember the right for two seconds more and issue one
//! more lease: the row stays until that cannot be, and what was issued meanwhile ends too.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::{
    access::{
        decide::{Decision, Grants, decide},
        judge::Where,
        operation::Operation,
    },
    caller::Caller,
    error::chain,
    ids::{LostRightId, OrganizationId, ProjectId},
    lease::Lease,
    membership::{Membership, Principal},
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
/// Rows read at a time.
const PAGE_OF_ROWS: i64 = 100;

/// What becomes of live leases when their holder loses the right to have any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LeasesOfHolder {
    /// They end.
    #[default]
    End,
    /// They run out.
    RunOut,
}

/// People and machines who may be about to lose the right.
#[derive(Debug)]
pub(crate) struct Losing {
    project: Option<ProjectId>,
    holders: Vec<Principal>,
    /// What was written down, where leases are to end.
    written: Vec<LostRight>,
}

/// Remembers who may be about to lose the right, before it is taken away: of a group everybody in it. Whoever has none anyway
/// loses nothing.
pub(crate) async fn about_to_lose(
    app: &App,
    caller: &Caller,
    (principal, project): (Principal, Option<ProjectId>),
    leases: LeasesOfHolder,
) -> Result<Losing, AppError> {
    if leases == LeasesOfHolder::End {
        app.check_not_held()?;
    }
    let organization = App::organization(caller)?;
    let (mut holders, mut written) = (Vec::new(), Vec::new());
    for holder in app.people_of(principal).await? {
        if !may_lease(app, organization, holder, project).await? {
            continue;
        }
        holders.push(holder);
        if leases == LeasesOfHolder::End {
            let lost = lost_right(app, organization, (holder, project), app.ambient.now());
            app.store.lost_rights().add(&lost).await?;
            written.push(lost);
        }
    }
    Ok(Losing { project, holders, written })
}

fn lost_right(
    app: &App,
    organization: OrganizationId,
    (holder, project): (Principal, Option<ProjectId>),
    lost_at: Timestamp,
) -> LostRight {
    LostRight { id: LostRightId::generate(&app.ambient), organization, holder, project, lost_at }
}

impl Losing {
    /// Ends the leases of those who have lost it, and names what is left of them; nothing where nobody did. What is written
    /// down and was not lost after all is looked at once more by the loop, and forgotten.
    pub(crate) async fn end(self, app: &App, caller: &Caller) -> Result<Option<Vec<Lease>>, AppError> {
        let organization = App::organization(caller)?;
        let mut left = None;
        for holder in self.holders {
            // The rest is ended by the loop: whoever asked waits for no more than an answer names.
            if left.as_ref().is_some_and(|left: &Vec<Lease>| left.len() >= MOST_NAMED) {
                break;
            }
            if may_lease(app, organization, holder, self.project).await? {
                continue;
            }
            let left = left.get_or_insert_with(Vec::new);
            match self.written.iter().find(|lost| lost.holder == holder) {
                Some(lost) => left.extend(end_after_loss(app, caller, lost).await?),
                None => left.extend(live_of(app, organization, holder, self.project).await?),
            }
            left.truncate(MOST_NAMED);
        }
        Ok(left)
    }
}

/// Ends of roles that were written down.
#[derive(Debug, Default)]
pub(crate) struct EndsInTime(BTreeSet<(Principal, ProjectId, Timestamp)>);

impl EndsInTime {
    /// Writes down when roles that are given for a time end: whoever has no right left then loses their leases. Before they are
    /// given, so that a crash in between leaves no right without an end; and once more afterwards, for whoever came into a
    /// group at the same moment.
    pub(crate) async fn note(&mut self, app: &App, membership: &Membership) -> Result<(), AppError> {
        let given = membership.roles.iter().filter_map(|role| role.temporary.as_ref());
        let ends: BTreeSet<Timestamp> = given.map(|given| given.span().until).collect();
        let organization = app.store.organizations().get().await?.map(|organization| organization.id);
        let Some(organization) = organization.filter(|_| !ends.is_empty()) else { return Ok(()) };
        for holder in app.people_of(membership.principal).await? {
            for until in &ends {
                if self.0.insert((holder, membership.project, *until)) {
                    let lost = lost_right(app, organization, (holder, Some(membership.project)), *until);
                    app.store.lost_rights().add(&lost).await?;
                }
            }
        }
        Ok(())
    }
}

impl App {
    /// Whoever a principal stands for: of a group everybody in it.
    pub(crate) async fn people_of(&self, principal: Principal) -> Result<Vec<Principal>, AppError> {
        let Principal::Group(group) = principal else { return Ok(vec![principal]) };
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = self.store.groups().members(group, after.as_ref(), PAGE).await?;
            after = page.last().map(|member| member.principal);
            let is_last = i64::try_from(page.len()).is_ok_and(|length| length < PAGE);
            found.extend(page.iter().map(|member| member.principal));
            if is_last {
                return Ok(found);
            }
        }
    }
}

/// The same of several.
pub(crate) async fn end_all(losing: Vec<Losing>, app: &App, caller: &Caller) -> Result<Option<Vec<Lease>>, AppError> {
    let mut left: Option<Vec<Lease>> = None;
    for losing in losing {
        if left.as_ref().is_some_and(|left| left.len() >= MOST_NAMED) {
            break;
        }
        if let Some(more) = losing.end(app, caller).await? {
            left.get_or_insert_default().extend(more);
        }
    }
    if let Some(left) = &mut left {
        left.truncate(MOST_NAMED);
    }
    Ok(left)
}

/// Ends the leases of somebody who has lost the right, and names what is left of them: what ends now, and tokens that cannot
/// be taken back. What cannot be ended now is tried by the loop, and named.
async fn end_after_loss(app: &App, caller: &Caller, lost: &LostRight) -> Result<Vec<Lease>, AppError> {
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
async fn live_of(
    app: &App,
    organization: OrganizationId,
    holder: Principal,
    project: Option<ProjectId>,
) -> Result<Vec<Lease>, AppError> {
    let filter = LeaseFilter { holder: Some(holder.to_string()), project, ..LeaseFilter::default() };
    let most = i64::try_from(MOST_NAMED).unwrap_or(i64::MAX);
    Ok(app.store.leases().list_matching(organization, &filter, None, most).await?.leases)
}

/// Ends what is live of everybody who lost the right lately. A task of the server's; any number may run it.
pub async fn end_of_lost_rights(app: &App) -> Result<(), AppError> {
    if app.store.is_held() {
        return Ok(());
    }
    let mut after = None;
    loop {
        let page = app.store.lost_rights().list(app.ambient.now(), after, PAGE_OF_ROWS).await?;
        after = page.last().map(|lost| (lost.lost_at, lost.id));
        let is_last = i64::try_from(page.len()).is_ok_and(|length| length < PAGE_OF_ROWS);
        for lost in page {
            // It stays, and is looked at again; those after it do not wait for it.
            if let Err(error) = end_of_lost_right(app, &lost).await {
                tracing::error!(holder = %lost.holder, error = %chain(&error), "a lost right could not be followed up");
            }
        }
        if is_last {
            return Ok(());
        }
    }
}

async fn end_of_lost_right(app: &App, lost: &LostRight) -> Result<(), AppError> {
    let is_old = app.ambient.now().duration_since(lost.lost_at) > REMEMBERED;
    let is_gone = !may_lease(app, lost.organization, lost.holder, lost.project).await?;
    if is_gone {
        end_after_loss(app, &Caller::platform(lost.organization), lost).await?;
    }
    if is_old && (!is_gone || !app.store.leases().any_unended(lost.organization, &filter(lost)).await?) {
        app.store.lost_rights().delete(lost.id).await?;
    }
    Ok(())
}

/// Whether somebody may lease there, at some place: not disabled, and with a role that lets them. Everywhere means that they are
/// there and not disabled.
async fn may_lease(
    app: &App,
    organization: OrganizationId,
    holder: Principal,
    project: Option<ProjectId>,
) -> Result<bool, AppError> {
    let role = match holder {
        Principal::Identity(id) => {
            let found = app.store.identities().get(organization, id).await?;
            found.filter(|found| !found.is_disabled).map(|found| found.role)
        }
        Principal::User(id) => {
            let found = app.store.users().get(organization, id).await?;
            found.filter(|found| !found.user.is_disabled).map(|found| found.user.role)
        }
        Principal::Group(_) => None,
    };
    let (Some(role), Some(project)) = (role, project) else { return Ok(role.is_some()) };
    let now = app.ambient.now();
    let held = app.store.memberships().held(project, holder).await?;
    let counting = held.map(|held| held.into_iter().filter(|role| role.counts_at(now)).collect());
    let grants = Grants { organization: Some(role), project: counting };
    Ok(decide(Operation::IssueLease, &grants, Where::Somewhere) == Decision::Allowed)
}

fn filter(lost: &LostRight) -> LeaseFilter {
    LeaseFilter { holder: Some(lost.holder.to_string()), project: lost.project, ..LeaseFilter::default() }
}
