//! Making, changing and removing machine identities.

use mayfly_domain::{
    access::{operation::Operation, role::OrganizationRole},
    audit::Event,
    caller::Caller,
    identity::{Identity, MetadataEntry},
    ids::{IdentityId, OrganizationId},
    lease::Lease,
    membership::Principal,
    slug::DisplayName,
};

use crate::{
    App, AppError,
    access::{may_above, role_now},
    error::OrChanged as _,
    leases::{LeasesOfHolder, about_to_lose},
};

/// An identity to be made.
#[derive(Clone, Debug)]
pub struct NewIdentity {
    /// Name for people.
    pub name: DisplayName,
    /// Its role in the organization.
    pub role: OrganizationRole,
    /// Whether deleting is refused.
    pub has_delete_protection: bool,
    /// Free labels.
    pub metadata: Vec<MetadataEntry>,
}

/// What to change; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct IdentityChanges {
    /// Name for people.
    pub name: Option<DisplayName>,
    /// Role in the organization.
    pub role: Option<OrganizationRole>,
    /// Whether deleting is refused.
    pub has_delete_protection: Option<bool>,
    /// Free labels.
    pub metadata: Option<Vec<MetadataEntry>>,
    /// Whether it is shut out.
    pub is_disabled: Option<bool>,
    /// What becomes of its leases when it is.
    pub leases: LeasesOfHolder,
}

impl IdentityChanges {
    fn names(&self) -> Vec<String> {
        let named = [
            ("name", self.name.is_some()),
            ("role", self.role.is_some()),
            ("hasDeleteProtection", self.has_delete_protection.is_some()),
            ("metadata", self.metadata.is_some()),
            ("isDisabled", self.is_disabled.is_some()),
        ];
        named.iter().filter(|(_, is_set)| *is_set).map(|(name, _)| (*name).to_owned()).collect()
    }
}

/// Nobody gives, or takes over, more than they hold themselves.
pub(crate) async fn may_manage(
    app: &App,
    caller: &Caller,
    operation: Operation,
    role: OrganizationRole,
) -> Result<(), AppError> {
    if holds(caller.organization_role, role) {
        Ok(())
    } else {
        Err(app.refuse_role(caller, None, operation, role.slug()).await)
    }
}

/// Whether what somebody with `own` role holds is at least what `role` gives.
fn holds(own: Option<OrganizationRole>, role: OrganizationRole) -> bool {
    match role {
        OrganizationRole::NoAccess => true,
        OrganizationRole::Member => own != Some(OrganizationRole::NoAccess),
        OrganizationRole::Admin => own == Some(OrganizationRole::Admin),
    }
}

/// Whether a link counts that `maker` made for somebody with `role`: they are there, not shut out, and may do `operation` for
/// them today. Of links from before makers were noted nobody knows.
pub(crate) async fn may_still_manage(
    app: &App,
    (organization, maker): (OrganizationId, Option<Principal>),
    operation: Operation,
    role: OrganizationRole,
) -> Result<bool, AppError> {
    let Some(maker) = maker else { return Ok(true) };
    let own = role_now(app, organization, maker).await?;
    Ok(own.is_some_and(|own| may_above(own, operation)) && holds(own, role))
}

/// Makes an identity.
pub async fn create(app: &App, caller: &Caller, new: NewIdentity) -> Result<Identity, AppError> {
    app.authorize(caller, Operation::CreateIdentity).await?;
    may_manage(app, caller, Operation::CreateIdentity, new.role).await?;
    let now = app.ambient.now();
    let identity = Identity {
        id: IdentityId::generate(&app.ambient),
        organization: App::organization(caller)?,
        name: new.name,
        role: new.role,
        has_delete_protection: new.has_delete_protection,
        metadata: new.metadata,
        is_disabled: false,
        auth_methods: Vec::new(),
        created_at: now,
        updated_at: now,
    };
    let made = Event::CreateIdentity { identity_id: identity.id, name: identity.name.to_string(), role: identity.role };
    app.store.identities().create(&identity, &app.event(caller, None, made)).await?;
    Ok(identity)
}

/// Changes an identity, and says what is left of its leases if that shut it out.
pub async fn update(
    app: &App,
    caller: &Caller,
    id: IdentityId,
    changes: IdentityChanges,
) -> Result<(Identity, Option<Vec<Lease>>), AppError> {
    app.authorize(caller, Operation::UpdateIdentity).await?;
    let old = existing(app, caller, id).await?;
    may_manage(app, caller, Operation::UpdateIdentity, old.role).await?;
    may_manage(app, caller, Operation::UpdateIdentity, changes.role.unwrap_or(old.role)).await?;
    let is_disabled = changes.is_disabled.unwrap_or(old.is_disabled);
    if is_disabled && caller.identity() == Some(id) {
        let message = "must be false: an identity cannot shut itself out; let another administrator do it";
        return Err(AppError::field(&["isDisabled"], "own_identity", message));
    }
    let losing = if is_disabled && !old.is_disabled {
        Some(about_to_lose(app, caller, (Principal::Identity(id), None), changes.leases).await?)
    } else {
        None
    };
    let (updated_fields, since) = (changes.names(), old.updated_at);
    let identity = Identity {
        name: changes.name.unwrap_or(old.name),
        role: changes.role.unwrap_or(old.role),
        has_delete_protection: changes.has_delete_protection.unwrap_or(old.has_delete_protection),
        metadata: changes.metadata.unwrap_or(old.metadata),
        is_disabled,
        updated_at: app.moment_after(old.updated_at),
        ..old
    };
    let updated = Event::UpdateIdentity {
        identity_id: id,
        updated_fields,
        role: identity.role,
        is_disabled: identity.is_disabled,
    };
    let stored = app.store.identities().update(&identity, since, &app.event(caller, None, updated)).await;
    stored.or_changed("the identity")?;
    app.memory.forget_identity(id);
    let leases_left = match losing {
        Some(losing) => losing.end(app, caller).await?,
        None => None,
    };
    Ok((identity, leases_left))
}

/// Removes an identity, what it signs in with and its memberships; its leases end, or run out if that is chosen. Says what is
/// left of them.
pub async fn delete(
    app: &App,
    caller: &Caller,
    id: IdentityId,
    leases: LeasesOfHolder,
) -> Result<(Identity, Vec<Lease>), AppError> {
    app.authorize(caller, Operation::DeleteIdentity).await?;
    let identity = existing(app, caller, id).await?;
    may_manage(app, caller, Operation::DeleteIdentity, identity.role).await?;
    if identity.has_delete_protection {
        return Err(AppError::Protected { what: "the identity" });
    }
    let losing = about_to_lose(app, caller, (Principal::Identity(id), None), leases).await?;
    let deleted = Event::DeleteIdentity { identity_id: id, name: identity.name.to_string() };
    app.store.identities().delete(id, &app.event(caller, None, deleted)).await.or_changed("the identity")?;
    app.memory.forget_identity(id);
    let leases_left = losing.end(app, caller).await?;
    Ok((identity, leases_left.unwrap_or_default()))
}

/// One of the organization's identities.
pub(super) async fn existing(app: &App, caller: &Caller, id: IdentityId) -> Result<Identity, AppError> {
    let found = app.store.identities().get(App::organization(caller)?, id).await?;
    found.ok_or_else(|| AppError::not_found("identity", &id))
}
