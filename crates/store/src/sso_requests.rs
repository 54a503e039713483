//! Sign-ins that command lines asked for: a browser signs in and confirms, and the command line gets the session, once.

use std::net::IpAddr;

use jiff::Timestamp;
use mayfly_domain::{
    audit::AuditEvent,
    ids::{SsoProviderId, SsoRequestId, UserId},
};

use crate::{
    Store, StoreError, audit_events,
    row::Row,
    sessions::{self, NewSession},
    sql::statements,
    transaction::{Step, Transaction},
    value::values,
};

statements! {
    INSERT = "INSERT INTO sso_requests
        (id, provider_id, token_digest, code_digest, host, ip_address, user_agent, tries, created_at, expires_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?9)";

    GET = "SELECT * FROM sso_requests WHERE id = ?1";

    FIND = "SELECT * FROM sso_requests WHERE token_digest = ?1";

    // Whoever signed in last may confirm; once that is done, nobody else takes its place.
    OFFER = "UPDATE sso_requests SET user_id = ?2, browser_digest = ?3
        WHERE id = ?1 AND confirmed_at IS NULL AND expires_at > ?4";

    MISS = "UPDATE sso_requests SET tries = tries + 1 WHERE id = ?1";

    CONFIRM = "UPDATE sso_requests SET confirmed_at = ?4
        WHERE id = ?1 AND user_id = ?2 AND browser_digest = ?3 AND confirmed_at IS NULL AND expires_at > ?4
            AND tries < ?5";

    // The one statement that decides: a session is handed over once.
    CLAIM = "DELETE FROM sso_requests WHERE id = ?1 AND user_id = ?2 AND confirmed_at IS NOT NULL AND expires_at > ?3";

    DELETE = "DELETE FROM sso_requests WHERE id = ?1";

    pub(crate) DELETE_OF_USER = "DELETE FROM sso_requests WHERE user_id = ?1";

    pub(crate) DELETE_OF_PROVIDER = "DELETE FROM sso_requests WHERE provider_id = ?1";

    DELETE_OVER = "DELETE FROM sso_requests WHERE id IN (SELECT id FROM sso_requests WHERE expires_at <= ?1 LIMIT ?2)";
}

/// The guard's text when a request was answered, claimed or is over.
pub const COUNTS: &str = "the request of the command line still counts";

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SsoRequest {
    /// Id.
    pub id: SsoRequestId,
    /// Where somebody is to sign in.
    pub provider: SsoProviderId,
    /// SHA-256 of what the command line shows to get its session.
    pub token_digest: Vec<u8>,
    /// SHA-256 of the code that it shows to its person, with the request's id.
    pub code_digest: Vec<u8>,
    /// The machine, as it calls itself.
    pub host: String,
    /// From where it asked.
    pub ip_address: Option<IpAddr>,
    /// With which program.
    pub user_agent: String,
    /// Wrong codes so far.
    pub tries: i64,
    /// Who signed in.
    pub user: Option<UserId>,
    /// SHA-256 of the secret of the browser in which they did.
    pub browser_digest: Option<Vec<u8>>,
    /// When they confirmed it.
    pub confirmed_at: Option<Timestamp>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// The requests of a store.
#[derive(Clone, Copy)]
pub struct SsoRequests<'store>(&'store Store);

impl Store {
    /// Sign-ins that command lines asked for.
    pub fn sso_requests(&self) -> SsoRequests<'_> {
        SsoRequests(self)
    }
}

/// The step by which a person who signed in may confirm a request ([`COUNTS`]).
pub(crate) fn offer(id: SsoRequestId, user: UserId, browser_digest: &[u8], now: Timestamp) -> Step {
    Step::new(&OFFER, values![id, user, browser_digest, now]).expecting_one(COUNTS)
}

impl SsoRequests<'_> {
    /// Keeps one.
    pub async fn create(&self, request: &SsoRequest) -> Result<(), StoreError> {
        let values = values![
            request.id,
            request.provider,
            request.token_digest.as_slice(),
            request.code_digest.as_slice(),
            request.host.as_str(),
            request.ip_address.map(|address| address.to_string()),
            request.user_agent.as_str(),
            request.created_at,
            request.expires_at,
        ];
        self.0.database().write(Transaction::new().step(&INSERT, values)).await.map(drop)
    }

    /// One by its id.
    pub async fn get(&self, id: SsoRequestId) -> Result<Option<SsoRequest>, StoreError> {
        self.0.database().read_one(&GET, values![id]).await?.as_ref().map(request).transpose()
    }

    /// The one whose token has this digest.
    pub async fn find(&self, token_digest: &[u8]) -> Result<Option<SsoRequest>, StoreError> {
        self.0.database().read_one(&FIND, values![token_digest]).await?.as_ref().map(request).transpose()
    }

    /// Counts a wrong code.
    pub async fn miss(&self, id: SsoRequestId) -> Result<(), StoreError> {
        self.0.database().write(Transaction::new().step(&MISS, values![id])).await.map(drop)
    }

    /// Whoever signed in, in this browser, confirms it; after fewer than `most` wrong codes ([`COUNTS`]).
    pub async fn confirm(
        &self,
        (id, user): (SsoRequestId, UserId),
        browser_digest: &[u8],
        (now, most): (Timestamp, i64),
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&CONFIRM, values![id, user, browser_digest, now, most])
            .expecting_one(COUNTS)
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Begins the session that was asked for and confirmed, once ([`COUNTS`], [`sessions::STILL_MAY`]).
    pub async fn claim(
        &self,
        id: SsoRequestId,
        session: NewSession<'_>,
        now: Timestamp,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let user = session.session.user;
        let transaction = Transaction::new()
            .with(sessions::expect_may_sign_in(user, None))
            .step(&CLAIM, values![id, user, now])
            .expecting_one(COUNTS)
            .with(sessions::insert(session))
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Removes one that is nothing worth any more.
    pub async fn delete(&self, id: SsoRequestId) -> Result<(), StoreError> {
        self.0.database().write(Transaction::new().step(&DELETE, values![id])).await.map(drop)
    }

    /// Removes at most `limit` that are over. Says how many.
    pub async fn delete_over(&self, now: Timestamp, limit: i64) -> Result<u64, StoreError> {
        let outcomes = self.0.database().write(Transaction::new().step(&DELETE_OVER, values![now, limit])).await?;
        Ok(outcomes.first().map_or(0, |outcome| outcome.changed))
    }
}

fn request(row: &Row) -> Result<SsoRequest, StoreError> {
    Ok(SsoRequest {
        id: row.parsed("id")?,
        provider: row.parsed("provider_id")?,
        token_digest: row.bytes("token_digest")?.to_vec(),
        code_digest: row.bytes("code_digest")?.to_vec(),
        host: row.text("host")?.to_owned(),
        ip_address: row.optional_parsed("ip_address")?,
        user_agent: row.text("user_agent")?.to_owned(),
        tries: row.integer("tries")?,
        user: row.optional_parsed("user_id")?,
        browser_digest: row.optional_bytes("browser_digest")?.map(<[u8]>::to_vec),
        confirmed_at: row.optional_timestamp("confirmed_at")?,
        created_at: row.timestamp("created_at")?,
        expires_at: row.timestamp("expires_at")?,
    })
}
