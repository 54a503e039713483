//! Wrong client secrets: how many, of whom, from where. Whoever guesses locks their own source out, and nobody else.

use jiff::Timestamp;
use mayfly_domain::{audit::AuditEvent, ids::UniversalAuthId};

use crate::{Store, StoreError, audit_events, row::Row, sql::statements, transaction::Transaction, value::values};

statements! {
    FIND = "SELECT * FROM login_failures WHERE client = ?1 AND source = ?2";

    // Counting starts anew after a quiet time and after its window; one statement counts, so that none of many at once is
    // missed.
    COUNT = "INSERT INTO login_failures (client, source, failures, since, last_failed_at) VALUES (?1, ?2, 1, ?3, ?3)
        ON CONFLICT (client, source) DO UPDATE
        SET failures = CASE WHEN login_failures.last_failed_at <= ?4 OR login_failures.since <= ?5 THEN 1
                ELSE login_failures.failures + 1 END,
            since = CASE WHEN login_failures.last_failed_at <= ?4 OR login_failures.since <= ?5 THEN ?3
                ELSE login_failures.since END,
            last_failed_at = ?3
        RETURNING failures";

    LOCK = "UPDATE login_failures SET locked_until = ?3, failures = 0
        WHERE client = ?1 AND source = ?2 AND (locked_until IS NULL OR locked_until <= ?4)";

    COUNT_LOCKED = "SELECT CAST(COUNT(*) AS BIGINT) AS number FROM login_failures WHERE client = ?1 AND locked_until > ?2";

    UNLOCK = "DELETE FROM login_failures WHERE client = ?1 AND locked_until > ?2";

    FORGIVE = "DELETE FROM login_failures WHERE client = ?1";

    FORGET = "DELETE FROM login_failures WHERE last_failed_at < ?1 AND (locked_until IS NULL OR locked_until < ?1)";
}

/// All sources together.
const EVERYWHERE: &str = "";
/// Client ids that nobody has.
const NOBODY: &str = "nobody";

/// Who guessed, and from where.
#[derive(Clone, Debug)]
pub struct Guess<'a> {
    /// The configuration that was guessed at; none for a client id that nobody has.
    pub client: Option<UniversalAuthId>,
    /// The address, or the network that counts as one.
    pub source: &'a str,
}

impl Guess<'_> {
    fn client(&self) -> String {
        self.client.map_or_else(|| NOBODY.to_owned(), |id| id.to_string())
    }
}

/// How many wrong secrets there were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failures {
    /// From this source, without a pause.
    pub of_source: i64,
    /// From all sources, in the window.
    pub of_client: i64,
}

/// Since when failures count.
#[derive(Clone, Copy, Debug)]
pub struct Counting {
    /// Now.
    pub now: Timestamp,
    /// A source that was quiet since then begins anew.
    pub quiet_since: Timestamp,
    /// The beginning of the window of all sources.
    pub window_since: Timestamp,
}

/// The wrong client secrets of a store.
#[derive(Clone, Copy)]
pub struct LoginFailures<'store>(&'store Store);

impl Store {
    /// Wrong client secrets.
    pub fn login_failures(&self) -> LoginFailures<'_> {
        LoginFailures(self)
    }
}

impl LoginFailures<'_> {
    /// Until when this client is locked for this source, where it is or was.
    pub async fn locked_until(&self, guess: &Guess<'_>) -> Result<Option<Timestamp>, StoreError> {
        let row = self.0.database().read_one(&FIND, values![guess.client().as_str(), guess.source]).await?;
        row.map_or(Ok(None), |row| row.optional_timestamp("locked_until"))
    }

    /// Counts one wrong client secret.
    pub async fn count(&self, guess: &Guess<'_>, counting: Counting) -> Result<Failures, StoreError> {
        let Counting { now, quiet_since, window_since } = counting;
        let client = guess.client();
        let client = client.as_str();
        let transaction = Transaction::new()
            .step(&COUNT, values![client, guess.source, now, quiet_since, Timestamp::MIN])
            .step(&COUNT, values![client, EVERYWHERE, now, Timestamp::MIN, window_since]);
        let outcomes = self.0.database().write(transaction).await?;
        let number = |place: usize| {
            let row: Option<&Row> = outcomes.get(place).and_then(|outcome| outcome.rows.first());
            row.map_or(Ok(0), |row| row.integer("failures"))
        };
        Ok(Failures { of_source: number(0)?, of_client: number(1)? })
    }

    /// Locks a client for one source from `now` until `until`. Fails with a guard if it is locked already: of many guesses at
    /// once, one locks.
    pub async fn lock(
        &self,
        guess: &Guess<'_>,
        (now, until): (Timestamp, Timestamp),
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&LOCK, values![guess.client().as_str(), guess.source, until, now])
            .expecting_one("the source is not locked already")
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// For how many sources a client is locked at `now`.
    pub async fn count_locked(&self, client: UniversalAuthId, now: Timestamp) -> Result<i64, StoreError> {
        let row = self.0.database().read_one(&COUNT_LOCKED, values![client.to_string().as_str(), now]).await?;
        row.map_or(Ok(0), |row| row.integer("number"))
    }

    /// Lifts every lock of a client at `now`, and forgets what was counted. Says how many locks that were.
    pub async fn clear(&self, client: UniversalAuthId, now: Timestamp, event: &AuditEvent) -> Result<u64, StoreError> {
        let client = client.to_string();
        let transaction = Transaction::new()
            .step(&UNLOCK, values![client.as_str(), now])
            .step(&FORGIVE, values![client.as_str()])
            .with(audit_events::insert(event));
        let outcomes = self.0.database().write(transaction).await?;
        Ok(outcomes.first().map_or(0, |outcome| outcome.changed))
    }

    /// Forgets what happened last before `before`.
    pub async fn forget(&self, before: Timestamp) -> Result<(), StoreError> {
        let transaction = Transaction::new().step(&FORGET, values![before]);
        self.0.database().write(transaction).await.map(|_| ())
    }
}
