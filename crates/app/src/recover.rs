//! Making an administrator on the server's own machine, for the day when nobody can sign in as one.
//!
//! Whoever runs this has the database and its master key, and so could do it by hand; this way it is one recorded act.

use mayfly_domain::{access::role::OrganizationRole, audit::Event, caller::Caller, identity::User, ids::UserId};

use mayfly_store::password_links::Recovery;
pub use mayfly_store::password_links::SecondFactorAfter;

use crate::{
    App, AppError,
    error::{OrChanged as _, OrWhen as _},
    secret_text,
    users::{NewLink, PAGE, link_for, prepared},
};

/// An administrator who can sign in again, once they set a password by the link.
#[derive(Debug)]
pub struct Recovered {
    /// The person.
    pub user: User,
    /// Whether they were made now.
    pub was_made: bool,
    /// Where they set a password.
    pub link: NewLink,
}

/// Makes the person with this address, in lower case, an administrator who may sign in. Who they are otherwise and their
/// password stay, and their second factor and passkeys unless they are to be taken off; sessions and rights of others are not
/// touched.
pub async fn recover(app: &App, email: String, second_factor: SecondFactorAfter) -> Result<Recovered, AppError> {
    let organization = app.store.organizations().get().await?;
    let organization = organization.ok_or(AppError::not_found("organization", "; run `mayfly bootstrap` first"))?;
    let found = app.store.users().for_login(&email).await?.map(|facts| facts.user);
    let (since, was_made) = (found.as_ref().map(|user| user.updated_at), found.is_none());
    let now = app.ambient.now();
    let user = match found {
        Some(user) => User {
            role: OrganizationRole::Admin,
            is_disabled: false,
            updated_at: app.moment_after(user.updated_at),
            ..user
        },
        None => User {
            id: UserId::generate(&app.ambient),
            organization: organization.id,
            email,
            name: None,
            role: OrganizationRole::Admin,
            is_disabled: false,
            has_second_factor: false,
            created_at: now,
            updated_at: now,
        },
    };
    let (link, token) = prepared(app, user.id);
    let event = Event::RecoverAdministrator {
        user_id: user.id,
        email: user.email.clone(),
        was_made,
        second_factor_removed: second_factor == SecondFactorAfter::Removed,
    };
    let event = app.event(&Caller::platform(organization.id), None, event);
    let digest = secret_text::digest_of(token.expose());
    let recovery = Recovery { user: &user, since, second_factor, link: &link, digest: &digest };
    let stored = app.store.password_links().recover(&recovery, &event).await;
    let is_there = || AppError::taken("user", &user.email, None);
    stored.or_when_taken(mayfly_store::users::EMAILS, is_there).or_changed("the user")?;
    let link = NewLink { link: link_for(app, PAGE, &token), expires_at: link.expires_at };
    Ok(Recovered { user, was_made, link })
}
