//! Whom a provider vouches for: see, and take away.

use mayfly_domain::{access::operation::Operation, audit::Event, caller::Caller, ids::UserId, membership::Principal};
use mayfly_store::sso_links::SsoLink;

use super::providers::existing;
use crate::{
    App, AppError,
    error::OrWhen as _,
    groups,
    page::{and_one_more, cut},
};

/// Which part of the list to read.
#[derive(Clone, Copy, Debug)]
pub struct LinkPage {
    /// Only those after this person: the last of the page before.
    pub after: Option<UserId>,
    /// At most this many, at most [`LinkPage::LONGEST`].
    pub limit: i64,
}

impl LinkPage {
    /// Enough for a screen and a script; more is on the next page.
    pub const LONGEST: i64 = 100;
}

/// A page of those whom a provider vouches for, and the cursor of the next one.
pub async fn list_links(
    app: &App,
    caller: &Caller,
    slug: &str,
    page: LinkPage,
) -> Result<(Vec<SsoLink>, Option<UserId>), AppError> {
    app.authorize(caller, Operation::ListSsoLinks).await?;
    let provider = existing(app, caller, slug).await?.provider;
    let found = app.store.sso_links().page(provider.id, page.after, and_one_more(page.limit)).await?;
    Ok(cut(found, page.limit, |link| link.user))
}

/// Takes one away, with the groups that somebody is in by it; their sessions end. They are linked anew at their next sign-in
/// only if the provider's terms let them.
pub async fn unlink(app: &App, caller: &Caller, slug: &str, user: UserId) -> Result<SsoLink, AppError> {
    app.authorize(caller, Operation::DeleteSsoLink).await?;
    let provider = existing(app, caller, slug).await?.provider;
    let absent = || AppError::not_found("link of user", &user);
    let link = app.store.sso_links().of_user(provider.id, user).await?.ok_or_else(absent)?;
    let leaves = app.store.groups().through(provider.id, user).await?;
    for group in &leaves {
        groups::losing(app, caller, *group, Principal::User(user)).await?;
    }
    let unlinked = Event::UnlinkUserSso { user_id: user, sso_provider_id: provider.id, subject: link.subject.clone() };
    let event = app.event(caller, None, unlinked);
    app.store.sso_links().delete(&link, &leaves, &event).await.or_when_gone(absent)?;
    app.memory.forget_user(user);
    Ok(link)
}
