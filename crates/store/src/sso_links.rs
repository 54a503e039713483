//! Whom identity providers vouch for, and the sign-in in which that is found out.

use std::collections::BTreeSet;

use jiff::Timestamp;
use mayfly_domain::{
    audit::AuditEvent,
    identity::User,
    ids::{GroupId, PasskeyId, SsoProviderId, SsoRequestId, UserId},
    sso::SsoProvider,
};

use crate::{
    Store, StoreError, audit_events, groups, invitations,
    row::Row,
    sessions::{self, NewSession},
    sql::statements,
    sso_providers, sso_requests,
    transaction::{Step, Transaction},
    users,
    value::values,
};

statements! {
    INSERT = "INSERT INTO sso_links (provider_id, subject, user_id, email, created_at, signed_in_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?5)";

    SIGNED_IN = "UPDATE sso_links SET email = ?4, signed_in_at = ?5
        WHERE provider_id = ?1 AND subject = ?2 AND user_id = ?3";

    OF_SUBJECT = "SELECT * FROM sso_links WHERE provider_id = ?1 AND subject = ?2";

    OF_USER = "SELECT * FROM sso_links WHERE provider_id = ?1 AND user_id = ?2";

    PAGE = "SELECT * FROM sso_links WHERE provider_id = ?1 AND (CAST(?2 AS TEXT) IS NULL OR user_id > ?2)
        ORDER BY user_id LIMIT ?3";

    OF_PERSON = "SELECT * FROM sso_links WHERE user_id = ?1 ORDER BY created_at, provider_id";

    // What somebody keeps is held until the other way in is gone.
    STILL_LINKED = "SELECT user_id FROM sso_links WHERE provider_id = ?1 AND user_id = ?2",
        postgres "SELECT user_id FROM sso_links WHERE provider_id = ?1 AND user_id = ?2 FOR SHARE";

    STILL_PASSWORD = "SELECT id FROM users WHERE id = ?1 AND password_hash = ?2",
        postgres "SELECT id FROM users WHERE id = ?1 AND password_hash = ?2 FOR SHARE";

    STILL_PASSKEY = "SELECT id FROM passkeys WHERE user_id = ?1 AND id = ?2 AND suspected_at IS NULL",
        postgres "SELECT id FROM passkeys WHERE user_id = ?1 AND id = ?2 AND suspected_at IS NULL FOR SHARE";

    DELETE = "DELETE FROM sso_links WHERE provider_id = ?1 AND user_id = ?2";

    DELETE_OF_USER = "DELETE FROM sso_links WHERE user_id = ?1";

    pub(crate) DELETE_OF_PROVIDER = "DELETE FROM sso_links WHERE provider_id = ?1";
}

/// The index that a second link of the same subject hits.
pub const SUBJECT_INDEX: &str = "sso_links_subject";
/// The index that a second link of the same person and provider hits.
pub const USER_INDEX: &str = "sso_links_user";
/// The guard's text when somebody is no longer linked.
pub const STANDS: &str = "the link still stands";

/// The guard's text when the way in that somebody keeps was taken away a moment ago.
pub const KEEPS_A_WAY_IN: &str = "the other way in still stands";

/// A way in that somebody keeps when a link of theirs goes.
#[derive(Clone, Copy, Debug)]
pub enum WayIn<'a> {
    /// Their password, by its hash.
    Password(&'a str),
    /// A passkey of theirs.
    Passkey(PasskeyId),
    /// What another provider says, which is enabled.
    Provider(&'a SsoProvider),
}

/// Whom a provider vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SsoLink {
    /// Which.
    pub provider: SsoProviderId,
    /// Who somebody is there.
    pub subject: String,
    /// Who they are here.
    pub user: UserId,
    /// Their address at the last sign-in, as the provider says.
    pub email: Option<String>,
    /// Since when.
    pub created_at: Timestamp,
    /// When they last signed in by it.
    pub signed_in_at: Timestamp,
}

/// How the person of a sign-in is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coming {
    /// They were linked before.
    Known,
    /// They were here before, and are linked now.
    Linked,
    /// They are made now.
    Joined,
}

/// What a sign-in gives.
pub enum Gives<'a> {
    /// A session of the browser.
    Session(NewSession<'a>),
    /// The right to confirm the request of a command line, for the browser whose secret has this digest.
    Offer(SsoRequestId, &'a [u8]),
}

/// A sign-in that was found to be right.
pub struct SsoSignIn<'a> {
    /// By which provider, as it was read.
    pub provider: &'a SsoProvider,
    /// Whose.
    pub user: &'a User,
    /// How they were found.
    pub coming: Coming,
    /// The link, as it is from now on.
    pub link: &'a SsoLink,
    /// The groups they come into.
    pub joins: &'a BTreeSet<GroupId>,
    /// The groups they leave, as far as they are in them by this provider.
    pub leaves: &'a BTreeSet<GroupId>,
    /// What it gives.
    pub gives: Gives<'a>,
}

/// The links of a store.
#[derive(Clone, Copy)]
pub struct SsoLinks<'store>(&'store Store);

impl Store {
    /// Whom identity providers vouch for.
    pub fn sso_links(&self) -> SsoLinks<'_> {
        SsoLinks(self)
    }
}

/// The steps that forget somebody.
pub(crate) fn delete_of_user(user: UserId) -> [Step; 2] {
    [Step::new(&sso_requests::DELETE_OF_USER, values![user]), Step::new(&DELETE_OF_USER, values![user])]
}

impl SsoLinks<'_> {
    /// Signs somebody in, with everything that follows from it: all of it or nothing. Fails with
    /// [`sso_providers::STILL_AS_READ`], [`sessions::STILL_MAY`], [`STANDS`], [`sso_requests::COUNTS`], or one of the
    /// indexes of links and of [`users::EMAILS`].
    pub async fn sign_in(&self, sign_in: &SsoSignIn<'_>, events: &[AuditEvent]) -> Result<(), StoreError> {
        let SsoSignIn { provider, user, link, .. } = *sign_in;
        let at = link.signed_in_at;
        let (joins, leaves) = (sign_in.joins.iter(), sign_in.leaves.iter());
        let transaction = Transaction::new()
            .with(sso_providers::expect_enabled(provider))
            .with_all(coming(sign_in))
            .with(users::no_longer_recovered(user.id))
            .with_all(leaves.map(|group| groups::leave_through(*group, user.id, provider.id)))
            .with_all(joins.map(|group| groups::join_through(*group, user.id, provider.id, at)))
            .with(match &sign_in.gives {
                Gives::Session(session) => sessions::insert(*session),
                Gives::Offer(request, browser) => sso_requests::offer(*request, user.id, browser, at),
            })
            .with_all(events.iter().map(audit_events::insert));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Whom a provider means by a subject.
    pub async fn of_subject(&self, provider: SsoProviderId, subject: &str) -> Result<Option<SsoLink>, StoreError> {
        self.0.database().read_one(&OF_SUBJECT, values![provider, subject]).await?.as_ref().map(link).transpose()
    }

    /// Who somebody is for a provider.
    pub async fn of_user(&self, provider: SsoProviderId, user: UserId) -> Result<Option<SsoLink>, StoreError> {
        self.0.database().read_one(&OF_USER, values![provider, user]).await?.as_ref().map(link).transpose()
    }

    /// All of somebody's, oldest first; one for each provider at most.
    pub async fn of_person(&self, user: UserId) -> Result<Vec<SsoLink>, StoreError> {
        self.0.database().read(&OF_PERSON, values![user]).await?.iter().map(link).collect()
    }

    /// At most `limit` of a provider's, by person, after `after`.
    pub async fn page(
        &self,
        provider: SsoProviderId,
        after: Option<UserId>,
        limit: i64,
    ) -> Result<Vec<SsoLink>, StoreError> {
        self.0.database().read(&PAGE, values![provider, after, limit]).await?.iter().map(link).collect()
    }

    /// Removes one ([`STANDS`]), with the groups that somebody is in by it and all their sessions.
    pub async fn delete(
        &self,
        link: &SsoLink,
        leaves: &BTreeSet<GroupId>,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.0.database().write(deleting(link, leaves, event)).await.map(drop)
    }

    /// The same if they keep another way in as it was read ([`KEEPS_A_WAY_IN`], [`sso_providers::STILL_AS_READ`]).
    pub async fn delete_and_keep(
        &self,
        link: &SsoLink,
        leaves: &BTreeSet<GroupId>,
        kept: WayIn<'_>,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let transaction = deleting(link, leaves, event).with_all(keeping(link.user, kept));
        self.0.database().write(transaction).await.map(drop)
    }
}

fn deleting(link: &SsoLink, leaves: &BTreeSet<GroupId>, event: &AuditEvent) -> Transaction {
    let (provider, user) = (link.provider, link.user);
    Transaction::new()
        .step(&DELETE, values![provider, user])
        .expecting_one(STANDS)
        .with_all(leaves.iter().map(|group| groups::leave_through(*group, user, provider)))
        .with_all(sessions::replace(user, None))
        .with(audit_events::insert(event))
}

fn keeping(user: UserId, kept: WayIn<'_>) -> Vec<Step> {
    match kept {
        WayIn::Password(hash) => {
            vec![Step::new(&STILL_PASSWORD, values![user, hash]).expecting_one(KEEPS_A_WAY_IN)]
        }
        WayIn::Passkey(id) => vec![Step::new(&STILL_PASSKEY, values![user, id]).expecting_one(KEEPS_A_WAY_IN)],
        WayIn::Provider(provider) => vec![
            sso_providers::expect_enabled(provider),
            Step::new(&STILL_LINKED, values![provider.id, user]).expecting_one(KEEPS_A_WAY_IN),
        ],
    }
}

fn coming(sign_in: &SsoSignIn<'_>) -> Vec<Step> {
    let SsoSignIn { user, link, .. } = *sign_in;
    let values = values![link.provider, link.subject.as_str(), link.user, link.email.as_deref(), link.signed_in_at];
    let linked = Step::new(&INSERT, values.clone());
    match sign_in.coming {
        Coming::Known => {
            vec![sessions::expect_may_sign_in(user.id, None), Step::new(&SIGNED_IN, values).expecting_one(STANDS)]
        }
        Coming::Linked => vec![sessions::expect_may_sign_in(user.id, None), linked],
        Coming::Joined => vec![invitations::delete_of_email(&user.email), users::insert(user, ""), linked],
    }
}

fn link(row: &Row) -> Result<SsoLink, StoreError> {
    Ok(SsoLink {
        provider: row.parsed("provider_id")?,
        subject: row.text("subject")?.to_owned(),
        user: row.parsed("user_id")?,
        email: row.optional_text("email")?.map(str::to_owned),
        created_at: row.timestamp("created_at")?,
        signed_in_at: row.timestamp("signed_in_at")?,
    })
}
