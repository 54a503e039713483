//! Sign-ins at identity providers that have begun in a browser.

use jiff::Timestamp;
use mayfly_domain::{
    ids::{SsoAttemptId, SsoProviderId, SsoRequestId},
    sso::ReturnPath,
};

use crate::{Store, StoreError, row::Row, sql::statements, transaction::Transaction, value::values};

statements! {
    INSERT = "INSERT INTO sso_attempts
        (id, provider_id, state_digest, browser_digest, request_id, return_path, created_at, expires_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

    FIND = "SELECT * FROM sso_attempts WHERE state_digest = ?1";

    // The one statement that decides: a state works once.
    SPEND = "DELETE FROM sso_attempts WHERE id = ?1 AND expires_at > ?2";

    pub(crate) DELETE_OF_PROVIDER = "DELETE FROM sso_attempts WHERE provider_id = ?1";

    DELETE_OVER = "DELETE FROM sso_attempts WHERE id IN (SELECT id FROM sso_attempts WHERE expires_at <= ?1 LIMIT ?2)";
}

/// The guard's text when an attempt was used or is over.
pub const COUNTS: &str = "the attempt still counts";

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SsoAttempt {
    /// Id.
    pub id: SsoAttemptId,
    /// Where somebody signs in.
    pub provider: SsoProviderId,
    /// SHA-256 of its state.
    pub state_digest: Vec<u8>,
    /// SHA-256 of the secret that the browser keeps.
    pub browser_digest: Vec<u8>,
    /// The request of a command line that it is for, where it is for one.
    pub request: Option<SsoRequestId>,
    /// Where the browser goes on.
    pub return_path: Option<ReturnPath>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// The attempts of a store.
#[derive(Clone, Copy)]
pub struct SsoAttempts<'store>(&'store Store);

impl Store {
    /// Sign-ins at identity providers that have begun in a browser.
    pub fn sso_attempts(&self) -> SsoAttempts<'_> {
        SsoAttempts(self)
    }
}

impl SsoAttempts<'_> {
    /// Keeps one.
    pub async fn create(&self, attempt: &SsoAttempt) -> Result<(), StoreError> {
        let values = values![
            attempt.id,
            attempt.provider,
            attempt.state_digest.as_slice(),
            attempt.browser_digest.as_slice(),
            attempt.request,
            attempt.return_path.as_ref().map(ReturnPath::as_str),
            attempt.created_at,
            attempt.expires_at,
        ];
        self.0.database().write(Transaction::new().step(&INSERT, values)).await.map(drop)
    }

    /// The one whose state has this digest.
    pub async fn find(&self, state_digest: &[u8]) -> Result<Option<SsoAttempt>, StoreError> {
        self.0.database().read_one(&FIND, values![state_digest]).await?.as_ref().map(attempt).transpose()
    }

    /// Uses one, or fails with [`COUNTS`].
    pub async fn spend(&self, id: SsoAttemptId, now: Timestamp) -> Result<(), StoreError> {
        let transaction = Transaction::new().step(&SPEND, values![id, now]).expecting_one(COUNTS);
        self.0.database().write(transaction).await.map(drop)
    }

    /// Removes at most `limit` that are over. Says how many.
    pub async fn delete_over(&self, now: Timestamp, limit: i64) -> Result<u64, StoreError> {
        let outcomes = self.0.database().write(Transaction::new().step(&DELETE_OVER, values![now, limit])).await?;
        Ok(outcomes.first().map_or(0, |outcome| outcome.changed))
    }
}

fn attempt(row: &Row) -> Result<SsoAttempt, StoreError> {
    Ok(SsoAttempt {
        id: row.parsed("id")?,
        provider: row.parsed("provider_id")?,
        state_digest: row.bytes("state_digest")?.to_vec(),
        browser_digest: row.bytes("browser_digest")?.to_vec(),
        request: row.optional_parsed("request_id")?,
        return_path: row.optional_parsed("return_path")?,
        created_at: row.timestamp("created_at")?,
        expires_at: row.timestamp("expires_at")?,
    })
}
