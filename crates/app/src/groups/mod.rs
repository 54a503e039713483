//! Groups of people and machines: make, see, list, change, remove, and who is in them.

use mayfly_domain::{
    access::operation::Operation,
    audit::Event,
    caller::Caller,
    group::Group,
    ids::GroupId,
    membership::{Membership, Principal},
    slug::{DisplayName, GroupSlug},
};
pub use mayfly_store::groups::GroupMember;
use mayfly_store::{
    StoreError,
    groups::{MEMBER_INDEX, SLUG_INDEX},
    memberships::PRINCIPAL_IS_THERE,
};

use crate::{
    App, AppError,
    error::{OrChanged as _, OrWhen as _},
    leases::{LeasesOfHolder, about_to_lose, end_in_time},
    page::{and_one_more, cut},
};

/// What to change; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct GroupChanges {
    /// Name for people.
    pub name: Option<DisplayName>,
    /// Short name.
    pub slug: Option<GroupSlug>,
}

/// Makes an empty group.
pub async fn create(app: &App, caller: &Caller, name: DisplayName, slug: GroupSlug) -> Result<Group, AppError> {
    app.authorize(caller, Operation::CreateGroup).await?;
    let now = app.ambient.now();
    let organization = App::organization(caller)?;
    let group =
        Group { id: GroupId::generate(&app.ambient), organization, slug, name, created_at: now, updated_at: now };
    let made = Event::CreateGroup { group_id: group.id, name: group.name.to_string(), slug: group.slug.to_string() };
    let stored = app.store.groups().create(&group, &app.event(caller, None, made)).await;
    stored.or_when_taken(SLUG_INDEX, || taken(&group))?;
    Ok(group)
}

/// Changes a group.
pub async fn update(app: &App, caller: &Caller, id: GroupId, changes: GroupChanges) -> Result<Group, AppError> {
    app.authorize(caller, Operation::UpdateGroup).await?;
    let old = existing(app, caller, id).await?;
    let named = [("name", changes.name.is_some()), ("slug", changes.slug.is_some())];
    let updated_fields = named.iter().filter(|(_, is_set)| *is_set).map(|(name, _)| (*name).to_owned()).collect();
    let since = old.updated_at;
    let group = Group {
        name: changes.name.unwrap_or(old.name),
        slug: changes.slug.unwrap_or(old.slug),
        updated_at: app.moment_after(since),
        ..old
    };
    let event = app.event(caller, None, Event::UpdateGroup { group_id: id, updated_fields });
    let stored = app.store.groups().update(&group, since, &event).await;
    stored.or_when_taken(SLUG_INDEX, || taken(&group)).or_changed("the group")?;
    Ok(group)
}

/// Removes a group; what its members held through it they hold no more.
pub async fn delete(app: &App, caller: &Caller, id: GroupId) -> Result<Group, AppError> {
    app.authorize(caller, Operation::DeleteGroup).await?;
    let group = existing(app, caller, id).await?;
    losing(app, caller, id, Principal::Group(id)).await?;
    let removed = Event::DeleteGroup { group_id: id, name: group.name.to_string(), slug: group.slug.to_string() };
    let event = app.event(caller, None, removed);
    app.store.groups().delete(&group, &event).await.map_err(AppError::from).or_changed("the group")?;
    app.memory.forget_principal(Principal::Group(id));
    Ok(group)
}

/// One group.
pub async fn get(app: &App, caller: &Caller, id: GroupId) -> Result<Group, AppError> {
    app.authorize(caller, Operation::GetGroup).await?;
    existing(app, caller, id).await
}

/// A page of groups, oldest first, after the one with id `after`, and the cursor of the next one.
pub async fn list(
    app: &App,
    caller: &Caller,
    after: Option<GroupId>,
    limit: i64,
) -> Result<(Vec<Group>, Option<GroupId>), AppError> {
    app.authorize(caller, Operation::ListGroups).await?;
    let groups = app.store.groups().page(App::organization(caller)?, after, and_one_more(limit)).await?;
    Ok(cut(groups, limit, |group| group.id))
}

/// A page of those in a group, after `after`, and the cursor of the next one.
pub async fn members(
    app: &App,
    caller: &Caller,
    id: GroupId,
    after: Option<Principal>,
    limit: i64,
) -> Result<(Vec<GroupMember>, Option<Principal>), AppError> {
    app.authorize(caller, Operation::GetGroup).await?;
    existing(app, caller, id).await?;
    let members = app.store.groups().members(id, after.as_ref(), and_one_more(limit)).await?;
    Ok(cut(members, limit, |member| member.principal))
}

/// Takes a person or a machine into a group.
pub async fn add(app: &App, caller: &Caller, id: GroupId, principal: Principal) -> Result<GroupMember, AppError> {
    app.authorize(caller, Operation::UpdateGroup).await?;
    existing(app, caller, id).await?;
    let member = GroupMember { principal, since: app.ambient.now(), through: None };
    let added = Event::AddGroupMember { group_id: id, member: principal, sso_provider_id: None };
    let event = app.event(caller, None, added);
    let stored = app.store.groups().add(id, &member, &event).await;
    stored.map_err(|error| match error {
        StoreError::Unique { index } if index == MEMBER_INDEX => {
            AppError::taken("member of the group", &principal, None)
        }
        StoreError::GuardFailed { guard: PRINCIPAL_IS_THERE } => AppError::not_found(principal.kind(), &principal),
        StoreError::ForeignKey { .. } => AppError::not_found("group", &id),
        other => other.into(),
    })?;
    app.memory.forget_principal(principal);
    joined(app, id, principal).await?;
    Ok(member)
}

/// Roles that the group was given for a time end for whoever came into it too.
pub(crate) async fn joined(app: &App, id: GroupId, principal: Principal) -> Result<(), AppError> {
    for project in app.store.groups().projects(id).await? {
        if let Some(given) = app.store.memberships().get(project, Principal::Group(id)).await? {
            end_in_time(app, &Membership { principal, ..given }).await?;
        }
    }
    Ok(())
}

/// Takes a person or a machine out of a group.
pub async fn remove(app: &App, caller: &Caller, id: GroupId, principal: Principal) -> Result<Group, AppError> {
    app.authorize(caller, Operation::UpdateGroup).await?;
    let group = existing(app, caller, id).await?;
    losing(app, caller, id, principal).await?;
    let left = Event::RemoveGroupMember { group_id: id, member: principal, sso_provider_id: None };
    let event = app.event(caller, None, left);
    let stored = app.store.groups().remove(id, &principal, &event).await;
    stored.or_when_gone(|| AppError::not_found("member of the group", &principal))?;
    app.memory.forget_principal(principal);
    Ok(group)
}

/// Whoever leaves a group may have no right to lease afterwards where it gives something; their leases there then end by the loop.
pub(crate) async fn losing(app: &App, caller: &Caller, group: GroupId, principal: Principal) -> Result<(), AppError> {
    for project in app.store.groups().projects(group).await? {
        about_to_lose(app, caller, (principal, Some(project)), LeasesOfHolder::End).await?;
    }
    Ok(())
}

async fn existing(app: &App, caller: &Caller, id: GroupId) -> Result<Group, AppError> {
    let found = app.store.groups().get(App::organization(caller)?, id).await?;
    found.ok_or_else(|| AppError::not_found("group", &id))
}

fn taken(group: &Group) -> AppError {
    AppError::taken("group with slug", &group.slug, "slug")
}
