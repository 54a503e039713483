//! Sessions of people: the row decides whether one still counts, together with the person's own.

use std::net::IpAddr;

use jiff::Timestamp;
use mayfly_domain::{
    access::role::OrganizationRole,
    audit::AuditEvent,
    ids::{OrganizationId, SessionId, SsoProviderId, UserId},
    session::Session,
};

use crate::{
    Store, StoreError, audit_events,
    row::Row,
    second_factors::{self, Shown},
    sql::statements,
    transaction::{Step, Transaction},
    value::values,
};

statements! {
    // A password that is being changed, or a person who is being disabled, is waited for.
    MAY_SIGN_IN = "SELECT id FROM users WHERE id = ?1 AND (CAST(?2 AS TEXT) IS NULL OR password_hash = ?2)
            AND is_disabled = FALSE",
        postgres "SELECT id FROM users WHERE id = ?1 AND (CAST(?2 AS TEXT) IS NULL OR password_hash = ?2)
            AND is_disabled = FALSE FOR UPDATE";

    INSERT = "INSERT INTO sessions (id, user_id, digest, ip_address, user_agent, created_at, seen_at, expires_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

    GET = "SELECT sessions.*, users.email AS email, users.role AS role, users.is_disabled AS is_disabled,
            users.organization_id AS organization_id,
            EXISTS (SELECT 1 FROM second_factors
                WHERE second_factors.user_id = sessions.user_id AND is_confirmed = TRUE) AS has_second_factor
        FROM sessions JOIN users ON users.id = sessions.user_id WHERE digest = ?1";

    SEEN = "UPDATE sessions SET seen_at = ?2 WHERE id = ?1 AND seen_at < ?2";

    LIST = "SELECT * FROM sessions WHERE user_id = ?1 AND expires_at > ?2 AND seen_at > ?3 ORDER BY id";

    DELETE = "DELETE FROM sessions WHERE user_id = ?1 AND id = ?2";

    DELETE_ALL = "DELETE FROM sessions WHERE user_id = ?1";

    DELETE_OTHERS = "DELETE FROM sessions WHERE user_id = ?1 AND id <> ?2";

    // Of whoever a provider vouches for; the one that asked for it goes on.
    DELETE_OF_PROVIDER = "DELETE FROM sessions
        WHERE user_id IN (SELECT user_id FROM sso_links WHERE provider_id = ?1) AND (CAST(?2 AS TEXT) IS NULL OR id <> ?2)";

    DELETE_ENDED = "DELETE FROM sessions
        WHERE id IN (SELECT id FROM sessions WHERE expires_at <= ?1 OR seen_at <= ?2 LIMIT ?3)";
}

/// The guard's text when the password was changed, or the person disabled, a moment ago.
pub const STILL_MAY: &str = "the person may still sign in with this password";

/// A session with what a request needs to know of its person.
#[derive(Clone, Debug)]
pub struct SessionFacts {
    /// The session.
    pub session: Session,
    /// The person's address.
    pub email: String,
    /// Their role in the organization.
    pub role: OrganizationRole,
    /// Whether they may not sign in any more.
    pub is_disabled: bool,
    /// Their organization.
    pub organization: OrganizationId,
    /// Whether they have set up a second factor, and confirmed it.
    pub has_second_factor: bool,
}

/// A session to be kept, and the digest of its secret.
#[derive(Clone, Copy)]
pub struct NewSession<'a> {
    /// The session.
    pub session: &'a Session,
    /// SHA-256 of its secret.
    pub digest: &'a [u8],
}

/// A sign-in that was found to be right.
pub struct SignIn<'a> {
    /// What it gives.
    pub session: NewSession<'a>,
    /// The hash that the password was checked against, where one was.
    pub password_hash: Option<&'a str>,
    /// The second factor that was shown, if one was.
    pub second_factor: Option<Shown<'a>>,
}

/// The steps that end all sessions of a person, with a new one in their place where there is one.
pub(crate) fn replace(user: UserId, new: Option<NewSession<'_>>) -> Vec<Step> {
    std::iter::once(Step::new(&DELETE_ALL, values![user])).chain(new.map(insert)).collect()
}

/// The step that ends the sessions of everybody whom a provider vouches for, but one.
pub(crate) fn delete_of_provider(provider: SsoProviderId, kept: Option<SessionId>) -> Step {
    Step::new(&DELETE_OF_PROVIDER, values![provider, kept])
}

/// The step that finds somebody who may sign in, or undoes the whole transaction ([`STILL_MAY`]).
pub(crate) fn expect_may_sign_in(user: UserId, password_hash: Option<&str>) -> Step {
    Step::new(&MAY_SIGN_IN, values![user, password_hash]).expecting_one(STILL_MAY)
}

pub(crate) fn insert(new: NewSession<'_>) -> Step {
    let session = new.session;
    Step::new(
        &INSERT,
        values![
            session.id,
            session.user,
            new.digest,
            session.ip_address.map(|address| address.to_string()),
            session.user_agent.as_str(),
            session.created_at,
            session.seen_at,
            session.expires_at,
        ],
    )
}

/// The sessions of a store.
#[derive(Clone, Copy)]
pub struct Sessions<'store>(&'store Store);

impl Store {
    /// Sessions of people.
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions(self)
    }
}

impl Sessions<'_> {
    /// Begins one, or fails with [`STILL_MAY`] or [`second_factors::NOT_USED`].
    pub async fn create(&self, sign_in: &SignIn<'_>, event: &AuditEvent) -> Result<(), StoreError> {
        let user = sign_in.session.session.user;
        let transaction = Transaction::new()
            .with(expect_may_sign_in(user, sign_in.password_hash))
            .with_all(sign_in.second_factor.map(|shown| second_factors::spend(user, shown)))
            .with(insert(sign_in.session))
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// The one whose secret has this digest.
    pub async fn get(&self, digest: &[u8]) -> Result<Option<SessionFacts>, StoreError> {
        self.0.database().read_one(&GET, values![digest]).await?.as_ref().map(facts).transpose()
    }

    /// Writes down that it was used.
    pub async fn seen(&self, id: SessionId, at: Timestamp) -> Result<(), StoreError> {
        self.0.database().write(Transaction::new().step(&SEEN, values![id, at])).await.map(drop)
    }

    /// Those of a person that end after `now` and were used after `idle_since`, oldest first.
    pub async fn list(&self, user: UserId, now: Timestamp, idle_since: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.0.database().read(&LIST, values![user, now, idle_since]).await?.iter().map(session).collect()
    }

    /// Ends one of a person's.
    pub async fn delete(&self, user: UserId, id: SessionId, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&DELETE, values![user, id])
            .expecting_one("the session is there")
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Ends all of a person's, but the one to be kept.
    pub async fn delete_all(
        &self,
        user: UserId,
        kept: Option<SessionId>,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let step = match kept {
            Some(kept) => Step::new(&DELETE_OTHERS, values![user, kept]),
            None => Step::new(&DELETE_ALL, values![user]),
        };
        let transaction = Transaction::new().with(step).with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Removes at most `limit` that ended by `now`, or were not used after `idle_since`. Says how many.
    pub async fn delete_ended(&self, now: Timestamp, idle_since: Timestamp, limit: i64) -> Result<u64, StoreError> {
        let transaction = Transaction::new().step(&DELETE_ENDED, values![now, idle_since, limit]);
        let outcomes = self.0.database().write(transaction).await?;
        Ok(outcomes.first().map_or(0, |outcome| outcome.changed))
    }
}

fn facts(row: &Row) -> Result<SessionFacts, StoreError> {
    Ok(SessionFacts {
        session: session(row)?,
        email: row.text("email")?.to_owned(),
        role: row.parsed("role")?,
        is_disabled: row.boolean("is_disabled")?,
        organization: row.parsed("organization_id")?,
        has_second_factor: row.boolean("has_second_factor")?,
    })
}

fn session(row: &Row) -> Result<Session, StoreError> {
    Ok(Session {
        id: row.parsed("id")?,
        user: row.parsed("user_id")?,
        ip_address: row.optional_parsed::<IpAddr>("ip_address")?,
        user_agent: row.text("user_agent")?.to_owned(),
        created_at: row.timestamp("created_at")?,
        seen_at: row.timestamp("seen_at")?,
        expires_at: row.timestamp("expires_at")?,
    })
}
