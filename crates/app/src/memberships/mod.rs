//! What people, machines and groups may do in a project: add, see, change, remove.

mod roles;

pub use roles::{RoleWish, TemporaryWish};

use mayfly_domain::{
    access::operation::Operation,
    audit::AccessEvent,
    caller::Caller,
    group::Group,
    identity::{Identity, User},
    ids::{MembershipId, ProjectId},
    lease::Lease,
    membership::{Membership, Principal},
};
use mayfly_store::{
    StoreError,
    custom_roles::ROLE_IS_THERE,
    memberships::{PRINCIPAL_INDEX, PRINCIPAL_IS_THERE},
};

use self::roles::{assigned, may_change, said, said_of, slugs};
use crate::{
    App, AppError,
    access::InProject,
    error::{OrChanged as _, OrWhen as _},
    leases::{EndsInTime, LeasesOfHolder, about_to_lose},
    projects::{ProjectName, find_id},
};

/// A membership with whose it is.
#[derive(Clone, Debug)]
pub struct Member {
    /// The membership.
    pub membership: Membership,
    /// Whose.
    pub who: Who,
    /// Its roles' names, in their order.
    pub roles: Vec<MemberRole>,
}

/// Whose a membership is.
#[derive(Clone, Debug)]
pub enum Who {
    /// A machine's.
    Identity(Identity),
    /// A person's.
    User(User),
    /// A group's.
    Group(Group),
}

/// A role of a membership as people call it.
#[derive(Clone, Debug)]
pub struct MemberRole {
    /// Its slug.
    pub slug: String,
    /// Its name, where the project made it.
    pub custom_name: Option<String>,
}

/// The kinds of members, each of which has lists of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberKind {
    /// Machines.
    Identity,
    /// People.
    User,
    /// Groups.
    Group,
}

impl MemberKind {
    const fn of(principal: &Principal) -> Self {
        match principal {
            Principal::Identity(_) => Self::Identity,
            Principal::User(_) => Self::User,
            Principal::Group(_) => Self::Group,
        }
    }

    /// As the store lists them.
    const fn word(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::User => "user",
            Self::Group => "group",
        }
    }
}

/// What is done with memberships.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Create,
    Get,
    List,
    Update,
    Delete,
}

/// Each kind has operations of its own, because each has a subject of its own.
fn operation(act: Act, kind: MemberKind) -> Operation {
    match (act, kind) {
        (Act::Create, MemberKind::Identity) => Operation::CreateMembership,
        (Act::Get, MemberKind::Identity) => Operation::GetMembership,
        (Act::List, MemberKind::Identity) => Operation::ListMemberships,
        (Act::Update, MemberKind::Identity) => Operation::UpdateMembership,
        (Act::Delete, MemberKind::Identity) => Operation::DeleteMembership,
        (Act::Create, MemberKind::User) => Operation::CreateUserMembership,
        (Act::Get, MemberKind::User) => Operation::GetUserMembership,
        (Act::List, MemberKind::User) => Operation::ListUserMemberships,
        (Act::Update, MemberKind::User) => Operation::UpdateUserMembership,
        (Act::Delete, MemberKind::User) => Operation::DeleteUserMembership,
        (Act::Create, MemberKind::Group) => Operation::CreateGroupMembership,
        (Act::Get, MemberKind::Group) => Operation::GetGroupMembership,
        (Act::List, MemberKind::Group) => Operation::ListGroupMemberships,
        (Act::Update, MemberKind::Group) => Operation::UpdateGroupMembership,
        (Act::Delete, MemberKind::Group) => Operation::DeleteGroupMembership,
    }
}

/// Adds somebody to a project.
pub async fn create(
    app: &App,
    caller: &Caller,
    project: &ProjectName,
    principal: Principal,
    roles: Vec<RoleWish>,
) -> Result<Member, AppError> {
    let operation = operation(Act::Create, MemberKind::of(&principal));
    let proof = find_id(app, caller, operation, project).await?;
    let roles = assigned(app, &proof, roles).await?;
    let now = app.ambient.now();
    let membership = Membership {
        id: MembershipId::generate(&app.ambient),
        principal,
        project: proof.project,
        roles,
        created_at: now,
        updated_at: now,
    };
    may_change(app, caller, operation, &proof, (None, Some(&membership))).await?;
    project_exists(app, caller, proof.project).await?;
    let who = who(app, caller, principal).await?;
    let roles = said_of(app, &membership).await?;
    let taken = || AppError::taken(noun(&principal), &principal, None);
    // Ends are noted for what is about to be, and not for what would be refused anyway.
    if app.store.memberships().get(proof.project, principal).await?.is_some() {
        return Err(taken());
    }
    let mut ends = EndsInTime::default();
    ends.note(app, &membership).await?;
    let event = app.event(caller, Some(proof.project), added(&membership, slugs(&roles)));
    let stored = app.store.memberships().create(&membership, &event).await;
    stored.or_when_taken(PRINCIPAL_INDEX, taken).map_err(|error| gone(error, &principal))?;
    app.memory.forget_principal(principal);
    ends.note(app, &membership).await?;
    Ok(Member { membership, who, roles })
}

/// Other roles.
#[derive(Clone, Debug)]
pub struct RolesChange {
    /// All that they have from then on.
    pub roles: Vec<RoleWish>,
    /// What becomes of their live leases there if none of them lets them lease.
    pub leases: LeasesOfHolder,
}

/// Changes what somebody was given in a project, and says what is left of their leases there if they may have none any more.
pub async fn update(
    app: &App,
    caller: &Caller,
    project: &ProjectName,
    principal: Principal,
    change: RolesChange,
) -> Result<(Member, Option<Vec<Lease>>), AppError> {
    let operation = operation(Act::Update, MemberKind::of(&principal));
    let proof = find_id(app, caller, operation, project).await?;
    let old = existing(app, &proof, principal).await?;
    let roles = assigned(app, &proof, change.roles).await?;
    let since = old.updated_at;
    let membership = Membership { roles, updated_at: app.moment_after(since), ..old.clone() };
    may_change(app, caller, operation, &proof, (Some(&old), Some(&membership))).await?;
    let losing = about_to_lose(app, caller, (principal, Some(proof.project)), change.leases).await?;
    let roles = said_of(app, &membership).await?;
    let mut ends = EndsInTime::default();
    ends.note(app, &membership).await?;
    let event = app.event(caller, Some(proof.project), changed(&membership, slugs(&roles)));
    let stored = app.store.memberships().update(&membership, since, &event).await;
    stored.map_err(|error| gone(AppError::from(error), &principal)).or_changed("the membership")?;
    app.memory.forget_principal(principal);
    ends.note(app, &membership).await?;
    let left = losing.end(app, caller).await?;
    Ok((Member { roles, who: who(app, caller, principal).await?, membership }, left))
}

/// Removes somebody from a project; their leases there end, or run out if that is chosen. Says what is left of them.
pub async fn delete(
    app: &App,
    caller: &Caller,
    project: &ProjectName,
    principal: Principal,
    leases: LeasesOfHolder,
) -> Result<(Member, Vec<Lease>), AppError> {
    let operation = operation(Act::Delete, MemberKind::of(&principal));
    let proof = find_id(app, caller, operation, project).await?;
    let membership = existing(app, &proof, principal).await?;
    may_change(app, caller, operation, &proof, (Some(&membership), None)).await?;
    let losing = about_to_lose(app, caller, (principal, Some(proof.project)), leases).await?;
    let event = app.event(caller, Some(proof.project), removed(&membership));
    app.store.memberships().delete(&membership, &event).await.or_changed("the membership")?;
    app.memory.forget_principal(principal);
    let left = losing.end(app, caller).await?.unwrap_or_default();
    Ok((member(app, caller, membership).await?, left))
}

/// What somebody was given in a project.
pub async fn get(app: &App, caller: &Caller, project: &ProjectName, principal: Principal) -> Result<Member, AppError> {
    let proof = find_id(app, caller, operation(Act::Get, MemberKind::of(&principal)), project).await?;
    let membership = existing(app, &proof, principal).await?;
    member(app, caller, membership).await
}

/// A machine's membership by its own id.
pub async fn get_by_id(app: &App, caller: &Caller, id: MembershipId) -> Result<Member, AppError> {
    let missing = || AppError::not_found("membership", &id);
    let membership = app.store.memberships().get_by_id(App::organization(caller)?, id).await?.ok_or_else(missing)?;
    app.authorize_in(caller, operation(Act::Get, MemberKind::of(&membership.principal)), membership.project, missing)
        .await?;
    member(app, caller, membership).await
}

/// A page of a project's memberships of one kind, oldest first, and how many there are.
pub async fn list(
    app: &App,
    caller: &Caller,
    project: &ProjectName,
    kind: MemberKind,
    (limit, offset): (i64, i64),
) -> Result<(Vec<Member>, u64), AppError> {
    let proof = find_id(app, caller, operation(Act::List, kind), project).await?;
    let memberships = app.store.memberships().list(proof.project, kind.word(), limit, offset).await?;
    let count = app.store.memberships().count(proof.project, kind.word()).await?;
    let roles = said(app, proof.project, &memberships).await?;
    let mut members = Vec::with_capacity(memberships.len());
    for (membership, roles) in memberships.into_iter().zip(roles) {
        let who = who(app, caller, membership.principal).await?;
        members.push(Member { membership, who, roles });
    }
    Ok((members, u64::try_from(count).unwrap_or(0)))
}

/// An organization admin is let through without being a member, and so may name a project that is not there.
async fn project_exists(app: &App, caller: &Caller, project: ProjectId) -> Result<(), AppError> {
    let found = app.store.projects().get(App::organization(caller)?, project).await?;
    found.map(|_| ()).ok_or_else(|| AppError::not_found("project", &project))
}

async fn existing(app: &App, proof: &InProject, principal: Principal) -> Result<Membership, AppError> {
    let found = app.store.memberships().get(proof.project, principal).await?;
    found.ok_or_else(|| AppError::not_found(noun(&principal), &principal))
}

/// A membership as it is shown.
async fn member(app: &App, caller: &Caller, membership: Membership) -> Result<Member, AppError> {
    let who = who(app, caller, membership.principal).await?;
    Ok(Member { roles: said_of(app, &membership).await?, who, membership })
}

async fn who(app: &App, caller: &Caller, principal: Principal) -> Result<Who, AppError> {
    let organization = App::organization(caller)?;
    let found = match principal {
        Principal::Identity(id) => app.store.identities().get(organization, id).await?.map(Who::Identity),
        Principal::User(id) => app.store.users().get(organization, id).await?.map(|facts| Who::User(facts.user)),
        Principal::Group(id) => app.store.groups().get(organization, id).await?.map(Who::Group),
    };
    found.ok_or_else(|| AppError::not_found(principal.kind(), &principal))
}

/// What a membership is called in errors.
const fn noun(principal: &Principal) -> &'static str {
    match principal {
        Principal::Identity(_) => "membership of identity",
        Principal::User(_) => "membership of user",
        Principal::Group(_) => "membership of group",
    }
}

/// What a failed guard says: somebody or a role went away meanwhile.
fn gone(error: AppError, principal: &Principal) -> AppError {
    match error {
        AppError::Store(StoreError::GuardFailed { guard: PRINCIPAL_IS_THERE }) => {
            AppError::not_found(principal.kind(), principal)
        }
        AppError::Store(StoreError::GuardFailed { guard: ROLE_IS_THERE }) => {
            AppError::ChangedMeanwhile { what: "the role" }
        }
        other => other,
    }
}

fn added(membership: &Membership, roles: Vec<String>) -> AccessEvent {
    let project_id = membership.project;
    match membership.principal {
        Principal::Identity(identity_id) => AccessEvent::AddProjectIdentity { project_id, identity_id, roles },
        Principal::User(user_id) => AccessEvent::AddProjectUser { project_id, user_id, roles },
        Principal::Group(group_id) => AccessEvent::AddProjectGroup { project_id, group_id, roles },
    }
}

fn changed(membership: &Membership, roles: Vec<String>) -> AccessEvent {
    let project_id = membership.project;
    match membership.principal {
        Principal::Identity(identity_id) => AccessEvent::UpdateProjectIdentity { project_id, identity_id, roles },
        Principal::User(user_id) => AccessEvent::UpdateProjectUser { project_id, user_id, roles },
        Principal::Group(group_id) => AccessEvent::UpdateProjectGroup { project_id, group_id, roles },
    }
}

fn removed(membership: &Membership) -> AccessEvent {
    let project_id = membership.project;
    match membership.principal {
        Principal::Identity(identity_id) => AccessEvent::RemoveProjectIdentity { project_id, identity_id },
        Principal::User(user_id) => AccessEvent::RemoveProjectUser { project_id, user_id },
        Principal::Group(group_id) => AccessEvent::RemoveProjectGroup { project_id, group_id },
    }
}
