//! Links by which people set a new password, each with the digest of its secret. The newest of a person counts.

use jiff::Timestamp;
use mayfly_domain::{
    audit::AuditEvent,
    identity::User,
    ids::{OrganizationId, PasswordLinkId, UserId},
    membership::Principal,
};

use crate::{
    Store, StoreError, UNCHANGED, audit_events, keepers, passkeys, second_factors,
    sql::statements,
    transaction::{Step, Transaction},
    users::{self, PasswordChange},
    value::values,
};

statements! {
    DELETE_OF_USER = "DELETE FROM password_links WHERE user_id = ?1";

    INSERT = "INSERT INTO password_links (id, user_id, digest, created_at, expires_at, made_by_kind, made_by)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

    FIND = "SELECT password_links.*, users.organization_id AS organization_id
        FROM password_links JOIN users ON users.id = password_links.user_id WHERE digest = ?1";

    MAKER = "SELECT made_by_kind, made_by FROM password_links WHERE id = ?1";

    // The one statement that decides: a link works once.
    SPEND = "DELETE FROM password_links WHERE id = ?1 AND expires_at > ?2";

    RECOVER = "UPDATE users SET role = 'admin', is_disabled = FALSE, updated_at = ?2 WHERE id = ?1 AND updated_at = ?3";

    // Their password counts, whatever their identity provider asks for.
    RECOVERED = "UPDATE users SET recovered_at = ?2 WHERE id = ?1";
}

/// The guard's text when the link was used, replaced or is over.
pub const COUNTS: &str = "the link still counts";

/// What becomes of the second factor of somebody who is recovered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondFactorAfter {
    /// It is asked for as before.
    Kept,
    /// It is taken off with all passkeys: they are lost.
    Removed,
}

/// Somebody who becomes an administrator.
#[derive(Clone, Copy)]
pub struct Recovery<'a> {
    /// As they are from now on.
    pub user: &'a User,
    /// When they were last changed; nothing for somebody new.
    pub since: Option<Timestamp>,
    /// What becomes of their second factor.
    pub second_factor: SecondFactorAfter,
    /// The link to set a password.
    pub link: &'a PasswordLink,
    /// The digest of its secret.
    pub digest: &'a [u8],
}

/// A link.
#[derive(Clone, Debug)]
pub struct PasswordLink {
    /// Id.
    pub id: PasswordLinkId,
    /// Whose password it sets.
    pub user: UserId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// The links of a store.
#[derive(Clone, Copy)]
pub struct PasswordLinks<'store>(&'store Store);

impl Store {
    /// Links by which people set a new password.
    pub fn password_links(&self) -> PasswordLinks<'_> {
        PasswordLinks(self)
    }
}

impl PasswordLinks<'_> {
    /// Keeps one, in place of any other of the person.
    pub async fn create(&self, link: &PasswordLink, digest: &[u8], event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new().with_all(replace(link, digest, event)).with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Makes somebody an administrator who may sign in, with a link to set a password.
    pub async fn recover(&self, recovery: &Recovery<'_>, event: &AuditEvent) -> Result<(), StoreError> {
        let Recovery { user, since, second_factor, link, digest } = *recovery;
        let step = match since {
            Some(since) => Step::new(&RECOVER, values![user.id, user.updated_at, since]).expecting_one(UNCHANGED),
            None => users::insert(user, ""),
        };
        let removed = match second_factor {
            SecondFactorAfter::Kept => Vec::new(),
            SecondFactorAfter::Removed => {
                second_factors::remove(user.id).into_iter().chain(passkeys::remove_all(user.id)).collect()
            }
        };
        let transaction = Transaction::new()
            .with(step)
            .step(&RECOVERED, values![user.id, user.updated_at])
            .with_all(removed)
            .with_all(replace(link, digest, event))
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// The link whose secret has this digest, and the organization it is of.
    pub async fn find(&self, digest: &[u8]) -> Result<Option<(PasswordLink, OrganizationId)>, StoreError> {
        let Some(row) = self.0.database().read_one(&FIND, values![digest]).await? else { return Ok(None) };
        let link = PasswordLink {
            id: row.parsed("id")?,
            user: row.parsed("user_id")?,
            created_at: row.timestamp("created_at")?,
            expires_at: row.timestamp("expires_at")?,
        };
        Ok(Some((link, row.parsed("organization_id")?)))
    }

    /// Who made one for somebody else; nobody where that is not known.
    pub async fn maker(&self, id: PasswordLinkId) -> Result<Option<Principal>, StoreError> {
        let row = self.0.database().read_one(&MAKER, values![id]).await?;
        row.map_or(Ok(None), |row| keepers::maker(&row))
    }

    /// Sets a password by a link, once, or fails with [`COUNTS`].
    pub async fn spend(
        &self,
        id: PasswordLinkId,
        change: &PasswordChange<'_>,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .with_all(keepers::note_by_link(id))
            .step(&SPEND, values![id, change.at])
            .expecting_one(COUNTS)
            .with_all(users::set_password(change))
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }
}

/// A link that somebody asked for themselves, by mail, is of their own making.
fn replace(link: &PasswordLink, digest: &[u8], event: &AuditEvent) -> [Step; 2] {
    let maker = keepers::keeper(event).filter(|maker| *maker != Principal::User(link.user));
    let (kind, maker) = (maker.map(|maker| maker.kind()), maker.map(|maker| maker.to_string()));
    let values = values![link.id, link.user, digest, link.created_at, link.expires_at, kind, maker];
    [Step::new(&DELETE_OF_USER, values![link.user]), Step::new(&INSERT, values)]
}
