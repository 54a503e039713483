//! Attempts to sign in, counted for all servers together.

use jiff::Timestamp;
use mayfly_domain::audit::AuditEvent;

use crate::{Store, StoreError, audit_events, sql::statements, transaction::Transaction, value::values};

statements! {
    // One statement counts, so that of many at once none is missed; a window that is over begins anew.
    COUNT = "INSERT INTO sign_in_attempts (id, number, began_at) VALUES (?1, 1, CAST(?2 AS BIGINT))
        ON CONFLICT (id) DO UPDATE SET
            number = CASE WHEN sign_in_attempts.began_at <= CAST(?3 AS BIGINT) THEN 1
                          ELSE sign_in_attempts.number + 1 END,
            began_at = CASE WHEN sign_in_attempts.began_at <= CAST(?3 AS BIGINT) THEN CAST(?2 AS BIGINT)
                            ELSE sign_in_attempts.began_at END
        RETURNING id, number, began_at";

    MARK = "INSERT INTO sign_in_attempts (id, number, began_at) VALUES (?1, 1, ?2) ON CONFLICT (id) DO NOTHING";

    IS_MARKED = "SELECT id FROM sign_in_attempts WHERE id = ?1";

    TAKE_BACK = "UPDATE sign_in_attempts SET number = number - 1 WHERE id = ?1 AND number > 0";

    FORGET = "DELETE FROM sign_in_attempts WHERE id IN (SELECT id FROM sign_in_attempts WHERE began_at < ?1 LIMIT ?2)";
}

/// The guard's text when somebody was told already.
pub const IS_UNMARKED: &str = "nobody was told of it yet";

/// How many attempts there were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// In the window, this one included.
    pub number: i64,
    /// When the window began.
    pub began_at: Timestamp,
}

/// The attempts of a store.
#[derive(Clone, Copy)]
pub struct SignInAttempts<'store>(&'store Store);

impl Store {
    /// Attempts to sign in.
    pub fn sign_in_attempts(&self) -> SignInAttempts<'_> {
        SignInAttempts(self)
    }
}

impl SignInAttempts<'_> {
    /// Counts one attempt for each of `ids` at `now`; a window that began by `over` is over. Gives the counts in the
    /// same order.
    pub async fn count(&self, ids: &[String], now: Timestamp, over: Timestamp) -> Result<Vec<Counted>, StoreError> {
        let step = |transaction: Transaction, id: &String| transaction.step(&COUNT, values![id, now, over]);
        let outcomes = self.0.database().write(ids.iter().fold(Transaction::new(), step)).await?;
        let rows = outcomes.iter().filter_map(|outcome| outcome.rows.first());
        rows.map(|row| Ok(Counted { number: row.integer("number")?, began_at: row.timestamp("began_at")? })).collect()
    }

    /// Tells something of a window once, however many attempts find it out: fails with [`IS_UNMARKED`] after the first.
    /// Where there is nobody to tell of, `event` is nothing; all attempts but that first one do the same then.
    pub async fn mark(&self, id: &str, now: Timestamp, event: Option<&AuditEvent>) -> Result<(), StoreError> {
        // An attack is many attempts, and all but the first of a window write nothing.
        if self.0.database().read_one(&IS_MARKED, values![id]).await?.is_some() {
            return Err(StoreError::GuardFailed { guard: IS_UNMARKED });
        }
        let transaction = Transaction::new()
            .step(&MARK, values![id, now])
            .expecting_one(IS_UNMARKED)
            .with_all(event.map(audit_events::insert));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Takes one attempt of each of `ids` back: it was no failure.
    pub async fn take_back(&self, ids: &[String]) -> Result<(), StoreError> {
        let step = |transaction: Transaction, id: &String| transaction.step(&TAKE_BACK, values![id]);
        self.0.database().write(ids.iter().fold(Transaction::new(), step)).await.map(drop)
    }

    /// Forgets at most `limit` windows that began before `before`. Says how many.
    pub async fn forget(&self, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
        let outcomes = self.0.database().write(Transaction::new().step(&FORGET, values![before, limit])).await?;
        Ok(outcomes.first().map_or(0, |outcome| outcome.changed))
    }
}
