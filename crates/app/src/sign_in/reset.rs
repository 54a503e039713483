//! Setting a new password, by a link.

use mayfly_domain::{
    access::operation::Operation, audit::Event, caller::Origin, password::Password, sensitive::Sensitive,
};
use mayfly_store::users::PasswordChange;

use super::throttle::{HardLimit, admit_hard};
use crate::{App, AppError, error::OrWhen as _, identities::may_still_manage, secret_text, users::person};

/// Sets a new password: once for each link. All sessions of the person end.
pub async fn reset(app: &App, origin: Origin, token: &Sensitive<String>, password: &Password) -> Result<(), AppError> {
    let limit = HardLimit::Link(origin.ip_address);
    admit_hard(app, limit).await?;
    let digest = secret_text::digest_of(token.expose());
    let (link, organization) = app.store.password_links().find(&digest).await?.ok_or(AppError::LinkRefused)?;
    if link.expires_at <= app.ambient.now() {
        return Err(AppError::LinkRefused);
    }
    let facts = app.store.users().get(organization, link.user).await?.ok_or(AppError::LinkRefused)?;
    let made_by = (organization, app.store.password_links().maker(link.id).await?);
    if !may_still_manage(app, made_by, Operation::ResetUserPassword, facts.user.role).await? {
        return Err(AppError::LinkRefused);
    }
    let new_hash = app.passwords.hash(&app.ambient, password).await?;
    let event = Event::ResetUserPassword { user_id: link.user };
    let event = app.event(&person(&facts.user, origin), None, event);
    let change = PasswordChange {
        user: link.user,
        old_hash: &facts.password_hash,
        new_hash: &new_hash,
        at: app.moment_after(facts.user.updated_at),
        session: None,
    };
    let stored = app.store.password_links().spend(link.id, &change, &event).await;
    stored.or_when_gone(|| AppError::LinkRefused)?;
    app.memory.forget_user(link.user);
    limit.take_back(app).await
}
