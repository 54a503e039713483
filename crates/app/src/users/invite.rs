//! Inviting people, and joining.

use jiff::SignedDuration;
use mayfly_domain::{
    access::{operation::Operation, role::OrganizationRole},
    audit::Event,
    caller::{Caller, Origin},
    identity::{Invitation, User},
    ids::{InvitationId, UserId},
    password::Password,
    sensitive::Sensitive,
    slug::DisplayName,
};
use mayfly_store::{
    StoreError,
    invitations::{EMAILS, IS_NOBODY_YET, WAITS},
    users,
};

use super::{Delivery, UserPage, link_for, person};
use crate::{
    App, AppError,
    error::OrWhen as _,
    identities::{may_manage, may_still_manage},
    page::{and_one_more, cut},
    secret_text,
    sign_in::{HardLimit, admit_hard},
};

/// How long an invitation waits.
const LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Somebody to be invited.
#[derive(Clone, Debug)]
pub struct Invite {
    /// Their address, in lower case.
    pub email: String,
    /// What they will be allowed to do in the organization.
    pub role: OrganizationRole,
    /// Whether a mail is sent.
    pub delivery: Delivery,
}

/// An invitation with its link, shown once.
#[derive(Debug)]
pub struct Invited {
    /// What is known of it from now on.
    pub invitation: Invitation,
    /// Where to join.
    pub link: Sensitive<String>,
}

/// Invites somebody.
pub async fn invite(app: &App, caller: &Caller, new: Invite) -> Result<Invited, AppError> {
    app.authorize(caller, Operation::InviteUser).await?;
    may_manage(app, caller, Operation::InviteUser, new.role).await?;
    let mailer = app.mailer_for(new.delivery)?;
    let now = app.ambient.now();
    let invitation = Invitation {
        id: InvitationId::generate(&app.ambient),
        organization: App::organization(caller)?,
        email: new.email,
        role: new.role,
        created_at: now,
        expires_at: now.saturating_add(LIFETIME).unwrap_or(now),
    };
    let token = secret_text::generate(&app.ambient);
    let event = Event::CreateUserInvitation {
        invitation_id: invitation.id,
        email: invitation.email.clone(),
        role: invitation.role,
        by_mail: mailer.is_some(),
    };
    let digest = secret_text::digest_of(token.expose());
    let stored = app.store.invitations().create(&invitation, &digest, &app.event(caller, None, event)).await;
    match stored {
        Err(StoreError::Unique { index }) if index == EMAILS => Err(taken("invitation for", &invitation)),
        Err(StoreError::GuardFailed { guard: IS_NOBODY_YET }) => Err(taken("user", &invitation)),
        stored => stored.map_err(AppError::Store),
    }?;
    let link = link_for(app, "accept-invitation", &token);
    if let Some(mailer) = mailer {
        mailer.send_invitation_soon(invitation.email.clone(), &link);
    }
    Ok(Invited { invitation, link })
}

fn taken(what: &'static str, invitation: &Invitation) -> AppError {
    AppError::taken(what, &invitation.email, "email")
}

/// A page of the invitations that wait, oldest first, and the cursor of the next one.
pub async fn list_invitations(
    app: &App,
    caller: &Caller,
    page: UserPage<InvitationId>,
) -> Result<(Vec<Invitation>, Option<InvitationId>), AppError> {
    app.authorize(caller, Operation::ListInvitations).await?;
    let (organization, now) = (App::organization(caller)?, app.ambient.now());
    let found = app.store.invitations().page(organization, page.after, now, and_one_more(page.limit)).await?;
    Ok(cut(found, page.limit, |invitation| invitation.id))
}

/// Takes an invitation back.
pub async fn revoke_invitation(app: &App, caller: &Caller, id: InvitationId) -> Result<Invitation, AppError> {
    app.authorize(caller, Operation::RevokeInvitation).await?;
    let organization = App::organization(caller)?;
    let absent = || AppError::not_found("invitation", &id);
    let invitation = app.store.invitations().get(organization, id).await?.ok_or_else(absent)?;
    let event = Event::RevokeUserInvitation { invitation_id: id, email: invitation.email.clone() };
    let stored = app.store.invitations().delete(organization, id, &app.event(caller, None, event)).await;
    stored.or_when_gone(absent)?;
    Ok(invitation)
}

/// What somebody who was invited brings.
#[derive(Debug)]
pub struct Accept {
    /// The secret of the link.
    pub token: Sensitive<String>,
    /// What they are called.
    pub name: DisplayName,
    /// The password they choose.
    pub password: Password,
}

/// Joins: once for each link. Signing in comes after.
pub async fn accept(app: &App, origin: Origin, request: Accept) -> Result<User, AppError> {
    let limit = HardLimit::Link(origin.ip_address);
    admit_hard(app, limit).await?;
    let digest = secret_text::digest_of(request.token.expose());
    let now = app.ambient.now();
    let invitation = app.store.invitations().find(&digest).await?.filter(|invitation| invitation.expires_at > now);
    let invitation = invitation.ok_or(AppError::LinkRefused)?;
    let made_by = (invitation.organization, app.store.invitations().maker(invitation.id).await?);
    if !may_still_manage(app, made_by, Operation::InviteUser, invitation.role).await? {
        return Err(AppError::LinkRefused);
    }
    let password_hash = app.passwords.hash(&app.ambient, &request.password).await?;
    let user = User {
        id: UserId::generate(&app.ambient),
        organization: invitation.organization,
        email: invitation.email.clone(),
        name: Some(request.name),
        role: invitation.role,
        is_disabled: false,
        has_second_factor: false,
        created_at: now,
        updated_at: now,
    };
    let event = Event::AcceptUserInvitation {
        invitation_id: invitation.id,
        user_id: user.id,
        email: user.email.clone(),
        role: user.role,
    };
    let event = app.event(&person(&user, origin), None, event);
    let stored = app.store.invitations().accept(invitation.id, &user, &password_hash, &event).await;
    match stored {
        Err(StoreError::Unique { index }) if index == users::EMAILS => Err(taken("user", &invitation)),
        Err(StoreError::GuardFailed { guard: WAITS }) => Err(AppError::LinkRefused),
        stored => stored.map_err(AppError::Store),
    }?;
    limit.take_back(app).await?;
    Ok(user)
}
