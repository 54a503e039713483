//! New passwords: by whoever knows the old one, or by a link.

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::{
    access::operation::Operation,
    audit::PersonEvent,
    caller::Caller,
    identity::User,
    ids::{PasswordLinkId, UserId},
    password::Password,
    sensitive::Sensitive,
};
use mayfly_store::{
    password_links::{NOT_MADE_BY_HAND, PasswordLink},
    users::PasswordChange,
};

use super::{Delivery, existing, with_password};
use crate::{
    App, AppError,
    error::{OrChanged as _, OrWhen as _},
    identities::may_manage,
    secret_text,
    sessions::{Begun, GrantedSession},
};

/// How long a link to set a new password counts.
const LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// How a link gets to its person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PasswordLinkWay {
    Hand,
    Mail,
    /// By mail, for whoever asked without being known.
    Asked,
}

/// A link, shown once.
#[derive(Debug)]
pub struct NewLink {
    /// Where to set the password.
    pub link: Sensitive<String>,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Changes one's own password. All other sessions end, and this one becomes a new one.
pub async fn change_own_password(
    app: &App,
    caller: &Caller,
    old: &Sensitive<String>,
    new: &Password,
) -> Result<GrantedSession, AppError> {
    let facts = with_password(app, caller, Operation::ChangeOwnPassword, old).await?;
    let new_hash = app.passwords.hash(&app.ambient, new).await?;
    let begun = Begun::new(app, &facts.user, &caller.origin);
    let event = app.event(caller, None, PersonEvent::ChangeUserPassword { user_id: facts.user.id });
    let change = PasswordChange {
        user: facts.user.id,
        old_hash: &facts.password_hash,
        new_hash: &new_hash,
        at: app.moment_after(facts.user.updated_at),
        session: Some(begun.kept()),
    };
    app.store.users().change_password(&change, &event).await.or_changed("the password")?;
    app.memory.forget_user(facts.user.id);
    Ok(begun.granted(facts.user))
}

/// Makes a link by which somebody sets a new password. The old one counts until they do.
pub async fn reset_password(app: &App, caller: &Caller, id: UserId, delivery: Delivery) -> Result<NewLink, AppError> {
    app.authorize(caller, Operation::ResetUserPassword).await?;
    let user = existing(app, caller, id).await?.user;
    may_manage(app, caller, Operation::ResetUserPassword, user.role).await?;
    let mailer = app.mailer_for(delivery)?;
    let way = if mailer.is_some() { PasswordLinkWay::Mail } else { PasswordLinkWay::Hand };
    let made = new_password_link(app, caller, &user, way).await?;
    if let Some(mailer) = mailer {
        mailer.send_password_link_soon(user.email, &made.link);
    }
    Ok(made)
}

/// A link for a person, in place of any other of theirs; one that was asked for by nobody known takes the place of no link that
/// somebody made for them (then `LinkRefused`).
pub(crate) async fn new_password_link(
    app: &App,
    caller: &Caller,
    user: &User,
    way: PasswordLinkWay,
) -> Result<NewLink, AppError> {
    let (link, token) = prepared(app, user.id);
    let event = PersonEvent::CreatePasswordLink {
        user_id: user.id,
        email: user.email.clone(),
        by_mail: way != PasswordLinkWay::Hand,
        expires_at: link.expires_at,
    };
    let digest = secret_text::digest_of(token.expose());
    let (links, event) = (app.store.password_links(), app.event(caller, None, event));
    match way {
        PasswordLinkWay::Hand | PasswordLinkWay::Mail => links.create(&link, &digest, &event).await?,
        PasswordLinkWay::Asked => {
            links
                .create_asked(&link, &digest, &event)
                .await
                .or_when_guarded(NOT_MADE_BY_HAND, || AppError::LinkRefused)?;
        }
    }
    Ok(NewLink { link: link_for(app, PAGE, &token), expires_at: link.expires_at })
}

/// The page that sets a password.
pub(crate) const PAGE: &str = "reset-password";

/// A link that nobody keeps yet, and its secret.
pub(crate) fn prepared(app: &App, user: UserId) -> (PasswordLink, Sensitive<String>) {
    let now = app.ambient.now();
    let expires_at = now.saturating_add(LIFETIME).unwrap_or(now);
    let id = PasswordLinkId::generate(&app.ambient);
    (PasswordLink { id, user, created_at: now, expires_at }, secret_text::generate(&app.ambient))
}

/// The address of a page, with a secret behind the `#`: browsers keep that part to themselves, so that it is in no log.
pub(crate) fn link_for(app: &App, page: &str, token: &Sensitive<String>) -> Sensitive<String> {
    Sensitive::new(format!("{}/{page}#{}", app.settings.public_url, token.expose()))
}
