//! Roles that a project makes for itself: make, see, list, change, remove.

mod check;

use mayfly_domain::{
    access::{operation::Operation, permission::Rule},
    audit::AccessEvent,
    caller::Caller,
    custom_role::CustomRole,
    ids::CustomRoleId,
    lease::Lease,
    slug::{DisplayName, RoleSlug},
};
use mayfly_store::{
    StoreError,
    custom_roles::{NOBODY_HOLDS_IT, SLUG_INDEX},
};

use self::check::faults;
use crate::{
    App, AppError,
    access::InProject,
    error::{OrChanged as _, OrWhen as _},
    leases::{LeasesOfHolder, about_to_lose, end_all},
    projects::{ProjectName, find_id},
};

/// A role to be made.
#[derive(Clone, Debug)]
pub struct NewRole {
    /// What it is called where roles are given.
    pub slug: RoleSlug,
    /// Name for people.
    pub name: DisplayName,
    /// At most 1024 characters.
    pub description: Option<String>,
    /// What it says.
    pub rules: Vec<Rule>,
}

/// What to change; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct RoleChanges {
    /// What it is called where roles are given.
    pub slug: Option<RoleSlug>,
    /// Name for people.
    pub name: Option<DisplayName>,
    /// Description; `Some(None)` takes it away.
    pub description: Option<Option<String>>,
    /// What it says.
    pub rules: Option<Vec<Rule>>,
    /// What becomes of live leases of those who may have none any more.
    pub leases: LeasesOfHolder,
}

impl RoleChanges {
    fn names(&self) -> Vec<String> {
        let named = [
            ("slug", self.slug.is_some()),
            ("name", self.name.is_some()),
            ("description", self.description.is_some()),
            ("permissions", self.rules.is_some()),
        ];
        named.iter().filter(|(_, is_set)| *is_set).map(|(name, _)| (*name).to_owned()).collect()
    }
}

/// How a caller names a role of a project they named.
#[derive(Clone, Debug)]
pub enum RoleKey {
    /// By its id.
    Id(String),
    /// By its slug.
    Slug(String),
}

/// Makes a role that allows nothing its maker does not hold.
pub async fn create(app: &App, caller: &Caller, project: &ProjectName, new: NewRole) -> Result<CustomRole, AppError> {
    let proof = find_id(app, caller, Operation::CreateRole, project).await?;
    let faults = faults(&new.rules);
    if !faults.is_empty() {
        return Err(AppError::Fields(faults));
    }
    require(app, caller, Operation::CreateRole, &proof, (&[], &new.rules)).await?;
    let now = app.ambient.now();
    let role = CustomRole {
        id: CustomRoleId::generate(&app.ambient),
        project: proof.project,
        slug: new.slug,
        name: new.name,
        description: new.description,
        rules: new.rules,
        created_at: now,
        updated_at: now,
    };
    let made = AccessEvent::CreateProjectRole {
        project_id: role.project,
        role_id: role.id,
        slug: role.slug.to_string(),
        rules: role.rules.clone(),
    };
    let event = app.event(caller, Some(role.project), made);
    let stored = app.store.custom_roles().create(&role, &event).await;
    stored.or_when_taken(SLUG_INDEX, || taken(&role))?;
    Ok(role)
}

/// Changes a role; whoever holds it holds the new one within 2 s. Says what is left of the leases of those who may have none
/// any more.
pub async fn update(
    app: &App,
    caller: &Caller,
    project: &ProjectName,
    key: &RoleKey,
    changes: RoleChanges,
) -> Result<(CustomRole, Option<Vec<Lease>>), AppError> {
    let proof = find_id(app, caller, Operation::UpdateRole, project).await?;
    let old = find(app, &proof, key).await?;
    let (updated_fields, since, leases) = (changes.names(), old.updated_at, changes.leases);
    let mut losing = Vec::new();
    let role = CustomRole {
        slug: changes.slug.unwrap_or_else(|| old.slug.clone()),
        name: changes.name.unwrap_or_else(|| old.name.clone()),
        description: changes.description.unwrap_or_else(|| old.description.clone()),
        rules: changes.rules.unwrap_or_else(|| old.rules.clone()),
        updated_at: app.moment_after(since),
        ..old.clone()
    };
    let faults = faults(&role.rules);
    if !faults.is_empty() {
        return Err(AppError::Fields(faults));
    }
    if role.rules != old.rules {
        require(app, caller, Operation::UpdateRole, &proof, (&old.rules, &role.rules)).await?;
        // Whoever holds it may have no right to lease afterwards.
        for membership in app.store.memberships().all(role.project).await? {
            if membership.custom_roles().any(|held| held == role.id) {
                let holder = (membership.principal, Some(role.project));
                losing.push(about_to_lose(app, caller, holder, leases).await?);
            }
        }
    }
    let updated = AccessEvent::UpdateProjectRole {
        project_id: role.project,
        role_id: role.id,
        slug: role.slug.to_string(),
        updated_fields,
        rules: role.rules.clone(),
    };
    let event = app.event(caller, Some(role.project), updated);
    let stored = app.store.custom_roles().update(&role, since, &event).await;
    stored.or_when_taken(SLUG_INDEX, || taken(&role)).or_changed("the role")?;
    app.memory.forget_project(role.project);
    let left = end_all(losing, app, caller).await?;
    Ok((role, left))
}

/// Removes a role that nobody holds.
pub async fn delete(app: &App, caller: &Caller, project: &ProjectName, key: &RoleKey) -> Result<CustomRole, AppError> {
    let proof = find_id(app, caller, Operation::DeleteRole, project).await?;
    let role = find(app, &proof, key).await?;
    let removed =
        AccessEvent::DeleteProjectRole { project_id: role.project, role_id: role.id, slug: role.slug.to_string() };
    let event = app.event(caller, Some(role.project), removed);
    match app.store.custom_roles().delete(&role, &event).await {
        Err(StoreError::GuardFailed { guard: NOBODY_HOLDS_IT }) => {
            let holders = app.store.custom_roles().count_holders(role.project, role.id).await?;
            Err(AppError::RoleIsHeld { holders })
        }
        stored => stored.map_err(AppError::from).or_changed("the role").map(|()| role),
    }
}

/// One role of a project's own.
pub async fn get(app: &App, caller: &Caller, project: &ProjectName, key: &RoleKey) -> Result<CustomRole, AppError> {
    let proof = find_id(app, caller, Operation::GetRole, project).await?;
    find(app, &proof, key).await
}

/// All roles of a project's own, by slug.
pub async fn list(app: &App, caller: &Caller, project: &ProjectName) -> Result<Vec<CustomRole>, AppError> {
    let proof = find_id(app, caller, Operation::ListRoles, project).await?;
    Ok(app.store.custom_roles().list(proof.project).await?)
}

async fn find(app: &App, proof: &InProject, key: &RoleKey) -> Result<CustomRole, AppError> {
    let (found, name) = match key {
        RoleKey::Id(text) => {
            let id = text.parse().map_err(|_| AppError::not_found("role", text))?;
            (app.store.custom_roles().get(proof.project, id).await?, text)
        }
        RoleKey::Slug(text) => {
            let roles = app.store.custom_roles().list(proof.project).await?;
            (roles.into_iter().find(|role| role.slug.as_str() == text), text)
        }
    };
    found.ok_or_else(|| AppError::not_found("role", name))
}

/// Refuses, and records, rules that give or give back what the caller does not hold.
async fn require(
    app: &App,
    caller: &Caller,
    operation: Operation,
    proof: &InProject,
    (old, new): (&[Rule], &[Rule]),
) -> Result<(), AppError> {
    if proof.may_change(old, new) {
        return Ok(());
    }
    let error = AppError::BeyondOwnRights { what: "rights".to_owned() };
    app.record_denial(caller, Some(proof.project), operation, &error.to_string()).await;
    Err(error)
}

fn taken(role: &CustomRole) -> AppError {
    AppError::taken("role with slug", &role.slug, "slug")
}
