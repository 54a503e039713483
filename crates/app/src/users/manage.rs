//! Changing and removing people.

use mayfly_domain::{
    access::{operation::Operation, role::OrganizationRole},
    audit::PersonEvent,
    caller::Caller,
    identity::User,
    ids::UserId,
    lease::Lease,
    membership::Principal,
    slug::DisplayName,
};
use mayfly_store::{StoreError, users::AN_ADMIN_IS_LEFT, users::SessionsAfter};

use super::existing;
use crate::{
    App, AppError,
    error::OrChanged as _,
    identities::may_manage,
    leases::{LeasesOfHolder, about_to_lose},
};

/// What to change; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct UserChanges {
    /// Name for people.
    pub name: Option<DisplayName>,
    /// Role in the organization.
    pub role: Option<OrganizationRole>,
    /// Whether they may not sign in.
    pub is_disabled: Option<bool>,
    /// What becomes of their live leases if they are disabled.
    pub leases: LeasesOfHolder,
}

impl UserChanges {
    fn names(&self) -> Vec<String> {
        let named =
            [("name", self.name.is_some()), ("role", self.role.is_some()), ("isDisabled", self.is_disabled.is_some())];
        named.iter().filter(|(_, is_set)| *is_set).map(|(name, _)| (*name).to_owned()).collect()
    }

    /// Sessions end where they would mean something else than when they began.
    fn sessions_after(&self, old: &User) -> SessionsAfter {
        let is_other = self.role.is_some_and(|role| role != old.role)
            || self.is_disabled.is_some_and(|is_disabled| is_disabled != old.is_disabled);
        if is_other { SessionsAfter::Ended } else { SessionsAfter::Kept }
    }
}

/// Changes a person, and says what is left of their leases if they are disabled. A new role ends their sessions: they sign in
/// anew with it.
pub async fn update(
    app: &App,
    caller: &Caller,
    id: UserId,
    changes: UserChanges,
) -> Result<(User, Option<Vec<Lease>>), AppError> {
    app.authorize(caller, Operation::UpdateUser).await?;
    let old = existing(app, caller, id).await?.user;
    may_manage(app, caller, Operation::UpdateUser, old.role).await?;
    may_manage(app, caller, Operation::UpdateUser, changes.role.unwrap_or(old.role)).await?;
    let (updated_fields, since, sessions) = (changes.names(), old.updated_at, changes.sessions_after(&old));
    let user = User {
        name: changes.name.or(old.name),
        role: changes.role.unwrap_or(old.role),
        is_disabled: changes.is_disabled.unwrap_or(old.is_disabled),
        updated_at: app.moment_after(since),
        ..old
    };
    let losing = if user.is_disabled {
        Some(about_to_lose(app, caller, (Principal::User(id), None), changes.leases).await?)
    } else {
        None
    };
    let event = PersonEvent::UpdateUser {
        user_id: id,
        email: user.email.clone(),
        updated_fields,
        role: user.role,
        is_disabled: user.is_disabled,
    };
    let stored = app.store.users().update(&user, since, sessions, &app.event(caller, None, event)).await;
    stored.map_err(refused).or_changed("the user")?;
    app.memory.forget_user(id);
    let left = match losing {
        Some(losing) => losing.end(app, caller).await?,
        None => None,
    };
    Ok((user, left))
}

/// Removes a person with everything they sign in with; their leases end, or run out if that is chosen. Says what is left of
/// them.
pub async fn delete(
    app: &App,
    caller: &Caller,
    id: UserId,
    leases: LeasesOfHolder,
) -> Result<(User, Vec<Lease>), AppError> {
    app.authorize(caller, Operation::DeleteUser).await?;
    let user = existing(app, caller, id).await?.user;
    may_manage(app, caller, Operation::DeleteUser, user.role).await?;
    let losing = about_to_lose(app, caller, (Principal::User(id), None), leases).await?;
    let event = app.event(caller, None, PersonEvent::DeleteUser { user_id: id, email: user.email.clone() });
    app.store.users().delete(&user, &event).await.map_err(refused).or_changed("the user")?;
    app.memory.forget_user(id);
    let left = losing.end(app, caller).await?.unwrap_or_default();
    Ok((user, left))
}

fn refused(error: StoreError) -> AppError {
    match error {
        StoreError::GuardFailed { guard: AN_ADMIN_IS_LEFT } => AppError::LastAdmin,
        other => AppError::Store(other),
    }
}
