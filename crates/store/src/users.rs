//! People of the organization.

use jiff::Timestamp;
use mayfly_domain::{
    audit::AuditEvent,
    identity::User,
    ids::{OrganizationId, UserId},
    slug::DisplayName,
};

use crate::{
    Store, StoreError, UNCHANGED, audit_events, groups, keepers, memberships, passkeys,
    row::Row,
    sessions::{self, NewSession},
    sql::statements,
    sso_links,
    transaction::{Step, Transaction},
    value::values,
};

statements! {
    INSERT = "INSERT INTO users (id, organization_id, email, name, password_hash, role, is_disabled, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

    UPDATE = "UPDATE users SET name = ?2, role = ?3, is_disabled = ?4, updated_at = ?5 WHERE id = ?1 AND updated_at = ?6";

    // The hash that was checked is still the one: of two changes at once the second fails.
    SET_PASSWORD = "UPDATE users SET password_hash = ?2, updated_at = ?3 WHERE id = ?1 AND password_hash = ?4";

    DELETE_RECOVERY_CODES = "DELETE FROM recovery_codes WHERE user_id = ?1";

    DELETE_SECOND_FACTOR = "DELETE FROM second_factors WHERE user_id = ?1";

    DELETE_PASSWORD_LINKS = "DELETE FROM password_links WHERE user_id = ?1";

    NO_LONGER_RECOVERED = "UPDATE users SET recovered_at = NULL WHERE id = ?1 AND recovered_at IS NOT NULL";

    DELETE = "DELETE FROM users WHERE id = ?1";

    // Somebody who may sign in has to be left who may do everything.
    AN_ADMIN = "SELECT id FROM users WHERE organization_id = ?1 AND role = 'admin' AND is_disabled = FALSE LIMIT 1";

    GET = "SELECT users.*, EXISTS (SELECT 1 FROM second_factors
            WHERE second_factors.user_id = users.id AND is_confirmed = TRUE) AS has_second_factor
        FROM users WHERE organization_id = ?1 AND id = ?2";

    FOR_LOGIN = "SELECT users.*, EXISTS (SELECT 1 FROM second_factors
            WHERE second_factors.user_id = users.id AND is_confirmed = TRUE) AS has_second_factor
        FROM users WHERE email = ?1";

    PAGE = "SELECT users.*, EXISTS (SELECT 1 FROM second_factors
            WHERE second_factors.user_id = users.id AND is_confirmed = TRUE) AS has_second_factor
        FROM users WHERE organization_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
}

/// The index that a second person with one address hits.
pub const EMAILS: &str = "users_email";
/// The guard's text when no administrator would be left.
pub const AN_ADMIN_IS_LEFT: &str = "an administrator who may sign in is left";

/// A person with what a sign-in needs beside them.
#[derive(Clone)]
pub struct UserFacts {
    /// The person.
    pub user: User,
    /// The hash of their password; empty for somebody who has none.
    pub password_hash: String,
    /// When they were recovered on the server's own machine, until they sign in by single sign-on again.
    pub recovered_at: Option<Timestamp>,
}

/// The step that adds a person.
pub(crate) fn insert(user: &User, password_hash: &str) -> Step {
    Step::new(
        &INSERT,
        values![
            user.id,
            user.organization,
            user.email.as_str(),
            user.name.as_ref().map(DisplayName::as_str),
            password_hash,
            user.role.slug(),
            user.is_disabled,
            user.created_at,
            user.updated_at,
        ],
    )
}

/// The steps that change a password: links to set one are spent, and sessions end but a new one.
pub(crate) fn set_password(change: &PasswordChange<'_>) -> Vec<Step> {
    let values = values![change.user, change.new_hash, change.at, change.old_hash];
    let mut steps = vec![
        Step::new(&SET_PASSWORD, values).expecting_one(UNCHANGED),
        Step::new(&DELETE_PASSWORD_LINKS, values![change.user]),
    ];
    steps.extend(sessions::replace(change.user, change.session));
    steps
}

/// The step that makes a person sign in as all others do again.
pub(crate) fn no_longer_recovered(user: UserId) -> Step {
    Step::new(&NO_LONGER_RECOVERED, values![user])
}

/// What becomes of somebody's sessions when they are changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionsAfter {
    /// They end.
    Ended,
    /// They go on.
    Kept,
}

/// A new password.
#[derive(Clone, Copy)]
pub struct PasswordChange<'a> {
    /// Whose.
    pub user: UserId,
    /// The hash until now.
    pub old_hash: &'a str,
    /// The hash from now on.
    pub new_hash: &'a str,
    /// When.
    pub at: Timestamp,
    /// The session that goes on in place of all others, where one does.
    pub session: Option<NewSession<'a>>,
}

/// The people of a store.
#[derive(Clone, Copy)]
pub struct Users<'store>(&'store Store);

impl Store {
    /// People of the organization.
    pub fn users(&self) -> Users<'_> {
        Users(self)
    }
}

impl Users<'_> {
    /// Adds one.
    pub async fn create(&self, user: &User, password_hash: &str, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new().with(insert(user, password_hash)).with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Changes one who was last changed at `since`. Fails with [`AN_ADMIN_IS_LEFT`] when nobody would be.
    pub async fn update(
        &self,
        user: &User,
        since: Timestamp,
        sessions: SessionsAfter,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let ended = match sessions {
            // Nor do links count that they made and may not make now.
            SessionsAfter::Ended => {
                sessions::replace(user.id, None).into_iter().chain(keepers::drop_links(user.id.to_string())).collect()
            }
            SessionsAfter::Kept => Vec::new(),
        };
        let name = user.name.as_ref().map(DisplayName::as_str);
        let values = values![user.id, name, user.role.slug(), user.is_disabled, user.updated_at, since];
        let transaction = Transaction::new()
            .step(&UPDATE, values)
            .expecting_one(UNCHANGED)
            .step(&AN_ADMIN, values![user.organization])
            .expecting_one(AN_ADMIN_IS_LEFT)
            .with_all(ended)
            .with(audit_events::insert(event))
            .serial();
        self.0.database().write(transaction).await.map(drop)
    }

    /// Removes one with everything they sign in with. Fails with [`AN_ADMIN_IS_LEFT`] when nobody would be.
    pub async fn delete(&self, user: &User, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .with_all(sessions::replace(user.id, None))
            .step(&DELETE_RECOVERY_CODES, values![user.id])
            .step(&DELETE_SECOND_FACTOR, values![user.id])
            .step(&DELETE_PASSWORD_LINKS, values![user.id])
            .with_all(passkeys::forget(user.id))
            .with_all(keepers::remove_user(user.id))
            .step(&memberships::DELETE_OF_PRINCIPAL, values![user.id.to_string()])
            .step(&groups::REMOVE_EVERYWHERE, values![user.id.to_string()])
            .with_all(sso_links::delete_of_user(user.id))
            .step(&DELETE, values![user.id])
            .expecting_one(UNCHANGED)
            .step(&AN_ADMIN, values![user.organization])
            .expecting_one(AN_ADMIN_IS_LEFT)
            .with(audit_events::insert(event))
            .serial();
        self.0.database().write(transaction).await.map(drop)
    }

    /// Gives somebody who is signed in a new password.
    pub async fn change_password(&self, change: &PasswordChange<'_>, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new().with_all(set_password(change)).with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// One of the organization's people.
    pub async fn get(&self, organization: OrganizationId, id: UserId) -> Result<Option<UserFacts>, StoreError> {
        self.0.database().read_one(&GET, values![organization, id]).await?.as_ref().map(facts).transpose()
    }

    /// The one with this address, which is in lower case.
    pub async fn for_login(&self, email: &str) -> Result<Option<UserFacts>, StoreError> {
        self.0.database().read_one(&FOR_LOGIN, values![email]).await?.as_ref().map(facts).transpose()
    }

    /// At most `limit` people of an organization, oldest first, after the one with id `after`.
    pub async fn page(
        &self,
        organization: OrganizationId,
        after: Option<UserId>,
        limit: i64,
    ) -> Result<Vec<User>, StoreError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        self.0.database().read(&PAGE, values![organization, after, limit]).await?.iter().map(user).collect()
    }
}

fn facts(row: &Row) -> Result<UserFacts, StoreError> {
    Ok(UserFacts {
        user: user(row)?,
        password_hash: row.text("password_hash")?.to_owned(),
        recovered_at: row.optional_timestamp("recovered_at")?,
    })
}

/// Of a row with `has_second_factor`.
fn user(row: &Row) -> Result<User, StoreError> {
    Ok(User {
        id: row.parsed("id")?,
        organization: row.parsed("organization_id")?,
        email: row.text("email")?.to_owned(),
        name: row.optional_parsed("name")?,
        role: row.parsed("role")?,
        is_disabled: row.boolean("is_disabled")?,
        has_second_factor: row.boolean("has_second_factor")?,
        created_at: row.timestamp("created_at")?,
        updated_at: row.timestamp("updated_at")?,
    })
}
