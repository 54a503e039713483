//! People: invited, seen, changed, removed, and what they do about themselves.

mod invite;
mod manage;
mod password;
mod read;

use mayfly_domain::{
    access::operation::Operation,
    caller::{Actor, Caller, Origin},
    identity::User,
    ids::UserId,
    sensitive::Sensitive,
};
use mayfly_store::users::UserFacts;

pub use invite::{Accept, Invite, Invited, accept, invite, list_invitations, revoke_invitation};
pub use manage::{UserChanges, delete, update};
pub use password::{NewLink, change_own_password, reset_password};
pub(crate) use password::{PAGE, PasswordLinkWay, link_for, new_password_link, prepared};
pub use read::{OwnUser, UserPage, get, list, own};

use crate::{
    App, AppError,
    sign_in::{HardLimit, admit_hard},
};

/// Mails that may be sent along with a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// None: whoever asked hands the link over.
    ByHand,
    /// To the person's address as well.
    ByMail,
}

/// A person as a caller, who showed something that is theirs and no session.
pub(crate) fn person(user: &User, origin: Origin) -> Caller {
    Caller {
        actor: Actor::User { user_id: user.id, email: user.email.clone() },
        organization: Some(user.organization),
        organization_role: Some(user.role),
        access_token: None,
        session: None,
        origin,
    }
}

/// The person who calls; machines are refused.
pub(crate) async fn myself(app: &App, caller: &Caller, operation: Operation) -> Result<UserId, AppError> {
    app.authorize(caller, operation).await?;
    if let Some(user) = caller.user() {
        return Ok(user);
    }
    app.record_denial(caller, None, operation, "not a person").await;
    Err(AppError::PeopleOnly)
}

/// The person who calls, with their password shown once more: a session alone, which may be somebody else's by now, does
/// not change what one signs in with.
pub(crate) async fn with_password(
    app: &App,
    caller: &Caller,
    operation: Operation,
    password: &Sensitive<String>,
) -> Result<UserFacts, AppError> {
    let id = myself(app, caller, operation).await?;
    let facts = existing(app, caller, id).await?;
    let limit = HardLimit::Password(id);
    admit_hard(app, limit).await?;
    let hash = Some(facts.password_hash.as_str()).filter(|hash| !hash.is_empty());
    if !app.passwords.verify(password, hash).await? {
        let error = AppError::WrongProof { what: "password" };
        app.record_denial(caller, None, operation, &error.to_string()).await;
        return Err(error);
    }
    limit.take_back(app).await?;
    Ok(facts)
}

/// One of the organization's people.
pub(crate) async fn existing(app: &App, caller: &Caller, id: UserId) -> Result<UserFacts, AppError> {
    let found = app.store.users().get(App::organization(caller)?, id).await?;
    found.ok_or_else(|| AppError::not_found("user", &id))
}
