//! What identities may do in a project: add, see, change, remove.

use mayfly_domain::{
    access::{
        decide::{Decision, Grants, decide},
        operation::Operation,
        role::{OrganizationRole, ProjectRole},
    },
    audit::Event,
    caller::Caller,
    identity::{Identity, Membership},
    ids::{IdentityId, MembershipId, ProjectId},
    lease::Lease,
};
use mayfly_store::lost_rights::LostRight;

use crate::{
    App, AppError,
    access::InProject,
    error::{OrChanged as _, OrWhen as _},
    leases::{LeasesOfHolder, about_to_lose, end_after_loss, live_of},
    projects::{ProjectName, find_id},
};

/// A membership with the identity it is of.
#[derive(Clone, Debug)]
pub struct Member {
    /// The membership.
    pub membership: Membership,
    /// The identity.
    pub identity: Identity,
}

/// Adds an identity to a project.
pub async fn create(
    app: &App,
    caller: &Caller,
    project: &ProjectName,
    identity: IdentityId,
    roles: Vec<ProjectRole>,
) -> Result<Member, AppError> {
    let proof = find_id(app, caller, Operation::CreateMembership, project).await?;
    may_give(app, caller, Operation::CreateMembership, &proof, &roles).await?;
    project_exists(app, caller, proof.project).await?;
    let identity = identity_of(app, caller, identity).await?;
    let now = app.ambient.now();
    let membership = Membership {
        id: MembershipId::generate(&app.ambient),
        identity: identity.id,
        project: proof.project,
        roles,
        created_at: now,
        updated_at: now,
    };
    let added = Event::AddProjectIdentity {
        project_id: proof.project,
        identity_id: identity.id,
        roles: membership.roles.clone(),
    };
    let event = app.event(caller, Some(proof.project), added);
    let stored = app.store.memberships().create(&membership, &event).await;
    stored.or_when_taken("memberships_identity", || AppError::taken("membership of identity", &identity.id, None))?;
    app.memory.forget_identity(identity.id);
    Ok(Member { membership, identity })
}

/// Other roles.
#[derive(Clone, Debug)]
pub struct RolesChange {
    /// All that it has from then on.
    pub roles: Vec<ProjectRole>,
    /// What becomes of its live leases there if none of them lets it lease.
    pub leases: LeasesOfHolder,
}

/// Changes the roles of an identity in a project, and says what is left of its leases there if it may have none any more.
pub async fn update(
    app: &App,
    caller: &Caller,
    project: &ProjectName,
    identity: IdentityId,
    change: RolesChange,
) -> Result<(Member, Option<Vec<Lease>>), AppError> {
    let RolesChange { roles, leases } = change;
    let proof = find_id(app, caller, Operation::UpdateMembership, project).await?;
    let old = existing(app, &proof, identity).await?;
    // Taking a strong role away needs as much as giving it.
    may_give(app, caller, Operation::UpdateMembership, &proof, &old.roles).await?;
    may_give(app, caller, Operation::UpdateMembership, &proof, &roles).await?;
    let is_lost = may_lease(&old.roles) && !may_lease(&roles);
    let lost = lost(app, caller, identity, proof.project, is_lost && leases == LeasesOfHolder::End).await?;
    let since = old.updated_at;
    let membership = Membership { roles, updated_at: app.moment_after(since), ..old };
    let changed = Event::UpdateProjectIdentity {
        project_id: proof.project,
        identity_id: identity,
        roles: membership.roles.clone(),
    };
    let event = app.event(caller, Some(proof.project), changed);
    app.store.memberships().update(&membership, since, &event).await.or_changed("the membership")?;
    app.memory.forget_identity(identity);
    let left = left_of(app, caller, identity, proof.project, lost).await?;
    let member = Member { identity: identity_of(app, caller, identity).await?, membership };
    Ok((member, is_lost.then_some(left)))
}

/// Removes an identity from a project; its leases there end, or run out if that is chosen. Says what is left of them.
pub async fn delete(
    app: &App,
    caller: &Caller,
    project: &ProjectName,
    identity: IdentityId,
    leases: LeasesOfHolder,
) -> Result<(Member, Vec<Lease>), AppError> {
    let proof = find_id(app, caller, Operation::DeleteMembership, project).await?;
    let membership = existing(app, &proof, identity).await?;
    may_give(app, caller, Operation::DeleteMembership, &proof, &membership.roles).await?;
    let lost = lost(app, caller, identity, proof.project, leases == LeasesOfHolder::End).await?;
    let removed = Event::RemoveProjectIdentity { project_id: proof.project, identity_id: identity };
    let event = app.event(caller, Some(proof.project), removed);
    app.store.memberships().delete(&membership, &event).await.or_changed("the membership")?;
    app.memory.forget_identity(identity);
    let left = left_of(app, caller, identity, proof.project, lost).await?;
    Ok((Member { identity: identity_of(app, caller, identity).await?, membership }, left))
}

/// Whether these roles let somebody lease.
fn may_lease(roles: &[ProjectRole]) -> bool {
    let grants = Grants { organization: Some(OrganizationRole::NoAccess), project: Some(roles.to_vec()) };
    decide(Operation::IssueLease, &grants) == Decision::Allowed
}

async fn lost(
    app: &App,
    caller: &Caller,
    identity: IdentityId,
    project: ProjectId,
    ends: bool,
) -> Result<Option<LostRight>, AppError> {
    if ends { about_to_lose(app, caller, identity, Some(project)).await.map(Some) } else { Ok(None) }
}

/// Ends what a lost right leaves, or says what runs out.
async fn left_of(
    app: &App,
    caller: &Caller,
    identity: IdentityId,
    project: ProjectId,
    lost: Option<LostRight>,
) -> Result<Vec<Lease>, AppError> {
    match lost {
        Some(lost) => end_after_loss(app, caller, &lost).await,
        None => live_of(app, caller, identity, Some(project)).await,
    }
}

/// An identity's membership in a project.
pub async fn get(app: &App, caller: &Caller, project: &ProjectName, identity: IdentityId) -> Result<Member, AppError> {
    let proof = find_id(app, caller, Operation::GetMembership, project).await?;
    let membership = existing(app, &proof, identity).await?;
    Ok(Member { identity: identity_of(app, caller, identity).await?, membership })
}

/// A membership by its own id.
pub async fn get_by_id(app: &App, caller: &Caller, id: MembershipId) -> Result<Member, AppError> {
    let missing = || AppError::not_found("membership", &id);
    let membership = app.store.memberships().get_by_id(App::organization(caller)?, id).await?.ok_or_else(missing)?;
    app.authorize_in(caller, Operation::GetMembership, membership.project, missing).await?;
    Ok(Member { identity: identity_of(app, caller, membership.identity).await?, membership })
}

/// A page of a project's memberships, oldest first, and how many there are.
pub async fn list(
    app: &App,
    caller: &Caller,
    project: &ProjectName,
    limit: i64,
    offset: i64,
) -> Result<(Vec<Member>, u64), AppError> {
    let proof = find_id(app, caller, Operation::ListMemberships, project).await?;
    let memberships = app.store.memberships().list(proof.project, limit, offset).await?;
    let count = app.store.memberships().count(proof.project).await?;
    let mut members = Vec::with_capacity(memberships.len());
    for membership in memberships {
        members.push(Member { identity: identity_of(app, caller, membership.identity).await?, membership });
    }
    Ok((members, u64::try_from(count).unwrap_or(0)))
}

/// Organization admins may give any role; project admins those they hold, and never the one that reads stored tokens.
async fn may_give(
    app: &App,
    caller: &Caller,
    operation: Operation,
    proof: &InProject,
    roles: &[ProjectRole],
) -> Result<(), AppError> {
    if proof.is_organization_admin() {
        return Ok(());
    }
    match roles.iter().find(|role| !role.may_be_given_by(proof.roles())) {
        None => Ok(()),
        Some(role) => Err(app.refuse_role(caller, Some(proof.project), operation, role.slug()).await),
    }
}

/// An organization admin is let through without being a member, and so may name a project that is not there.
async fn project_exists(app: &App, caller: &Caller, project: ProjectId) -> Result<(), AppError> {
    let found = app.store.projects().get(App::organization(caller)?, project).await?;
    found.map(|_| ()).ok_or_else(|| AppError::not_found("project", &project))
}

async fn existing(app: &App, proof: &InProject, identity: IdentityId) -> Result<Membership, AppError> {
    let found = app.store.memberships().get(proof.project, identity).await?;
    found.ok_or_else(|| AppError::not_found("membership of identity", &identity))
}

async fn identity_of(app: &App, caller: &Caller, id: IdentityId) -> Result<Identity, AppError> {
    let found = app.store.identities().get(App::organization(caller)?, id).await?;
    found.ok_or_else(|| AppError::not_found("identity", &id))
}
