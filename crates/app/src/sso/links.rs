//! Whom a provider vouches for: see, and take away.

use std::collections::BTreeSet;

use mayfly_domain::{
    access::operation::Operation,
    audit::{AuditEvent, SsoEvent},
    caller::Caller,
    ids::{GroupId, PasskeyId, UserId},
    membership::Principal,
    sensitive::Sensitive,
    sso::SsoProvider,
};
use mayfly_store::{
    StoreError,
    sso_links::{KEEPS_A_WAY_IN, SsoLink, WayIn},
    sso_providers::STILL_AS_READ,
    users::UserFacts,
};

use super::{providers::existing, refuses_password};
use crate::{
    App, AppError,
    error::OrWhen as _,
    groups,
    leases::LeasesOfHolder,
    page::{and_one_more, cut},
    passkeys::proven,
    users::{self, myself},
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
    let (leaves, event) = leaving(app, caller, &link).await?;
    app.store.sso_links().delete(&link, &leaves, &event).await.or_when_gone(absent)?;
    app.memory.forget_user(user);
    Ok(link)
}

/// Who the caller is for an identity provider.
#[derive(Clone, Debug)]
pub struct OwnLink {
    /// Which provider.
    pub provider: SsoProvider,
    /// Who they are there.
    pub link: SsoLink,
    /// Whether they could not sign in without it.
    pub is_last_way_in: bool,
}

/// The identity providers that vouch for the caller, oldest link first.
pub async fn list_own_links(app: &App, caller: &Caller) -> Result<Vec<OwnLink>, AppError> {
    let id = myself(app, caller, Operation::ListOwnSsoLinks).await?;
    let (facts, links) = (users::existing(app, caller, id).await?, links_of(app, id).await?);
    let passkey = passkey_of(app, id).await?;
    let is_refused = refuses_password(app, &facts).await?;
    let has_other = |own: &SsoLink| other_way(&facts, (is_refused, passkey), &links, own).is_some();
    let own = links.iter().map(|(provider, link)| OwnLink {
        provider: provider.clone(),
        link: link.clone(),
        is_last_way_in: !has_other(link),
    });
    Ok(own.collect())
}

/// Lets one of them vouch for the caller no more, with the groups that they are in by it. All their sessions end, this one
/// too, because any of them may have begun there. The last way in stays.
pub async fn unlink_own(
    app: &App,
    caller: &Caller,
    slug: &str,
    password: Option<&Sensitive<String>>,
) -> Result<OwnLink, AppError> {
    let id = proven(app, caller, Operation::DeleteOwnSsoLink, password).await?.id;
    let absent = || AppError::not_found("link to identity provider", slug);
    let (facts, links) = (users::existing(app, caller, id).await?, links_of(app, id).await?);
    let (provider, link) = links.iter().find(|(provider, _)| provider.slug.as_str() == slug).ok_or_else(absent)?;
    let passkey = passkey_of(app, id).await?;
    let is_refused = refuses_password(app, &facts).await?;
    let Some(kept) = other_way(&facts, (is_refused, passkey), &links, link) else {
        let error = AppError::LastWayIn;
        app.record_denial(caller, None, Operation::DeleteOwnSsoLink, &error.to_string()).await;
        return Err(error);
    };
    let (leaves, event) = leaving(app, caller, link).await?;
    match app.store.sso_links().delete_and_keep(link, &leaves, kept, &event).await {
        Err(StoreError::GuardFailed { guard: KEEPS_A_WAY_IN | STILL_AS_READ }) => return Err(AppError::LastWayIn),
        deleted => deleted.or_when_gone(absent)?,
    }
    app.memory.forget_user(id);
    Ok(OwnLink { provider: provider.clone(), link: link.clone(), is_last_way_in: false })
}

/// What else somebody can sign in by. Where their domain takes no passwords, passkeys count as little.
fn other_way<'a>(
    facts: &'a UserFacts,
    (is_refused, passkey): (bool, Option<PasskeyId>),
    links: &'a [(SsoProvider, SsoLink)],
    own: &SsoLink,
) -> Option<WayIn<'a>> {
    let others = || links.iter().find(|(provider, link)| provider.is_enabled && link.provider != own.provider);
    let password = Some(facts.password_hash.as_str()).filter(|hash| !is_refused && !hash.is_empty());
    let passkey = passkey.filter(|_| !is_refused);
    password.map(WayIn::Password).or(passkey.map(WayIn::Passkey)).or(others().map(|(one, _)| WayIn::Provider(one)))
}

async fn links_of(app: &App, user: UserId) -> Result<Vec<(SsoProvider, SsoLink)>, AppError> {
    let mut links = Vec::new();
    for link in app.store.sso_links().of_person(user).await? {
        if let Some(stored) = app.store.sso_providers().find(link.provider).await? {
            links.push((stored.provider, link));
        }
    }
    Ok(links)
}

/// A passkey of theirs that lets them in.
async fn passkey_of(app: &App, user: UserId) -> Result<Option<PasskeyId>, AppError> {
    let passkeys = app.store.passkeys().list(user).await?;
    Ok(passkeys.iter().find(|passkey| passkey.suspected_at.is_none()).map(|passkey| passkey.id))
}

/// The groups that somebody leaves with a link, whose leases end where they were their last right, and the event of it.
async fn leaving(app: &App, caller: &Caller, link: &SsoLink) -> Result<(BTreeSet<GroupId>, AuditEvent), AppError> {
    let leaves = app.store.groups().through(link.provider, link.user).await?;
    for group in &leaves {
        groups::losing(app, caller, (*group, Principal::User(link.user)), LeasesOfHolder::End).await?;
    }
    let unlinked =
        SsoEvent::UnlinkUserSso { user_id: link.user, sso_provider_id: link.provider, subject: link.subject.clone() };
    Ok((leaves, app.event(caller, None, unlinked)))
}
