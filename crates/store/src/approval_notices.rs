//! Whom requests have still to be told of. A request says so itself, in the transaction of its change.

use jiff::Timestamp;
use mayfly_domain::approval::ApprovalRequest;

use crate::{Store, StoreError, approvals::request, sql::statements, transaction::Transaction, value::values};

statements! {
    DUE = "SELECT * FROM approval_requests WHERE tell_at <= ?1 ORDER BY tell_at, id LIMIT ?2";

    CLAIM = "UPDATE approval_requests SET tell_at = ?3 WHERE id = ?1 AND tell_at = ?2";

    TOLD = "UPDATE approval_requests SET tell_at = NULL WHERE id = ?1 AND tell_at = ?2";
}

/// A request of which somebody has to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalNotice {
    /// The request, whose state says who is told what.
    pub request: ApprovalRequest,
    /// Since when; after [`ApprovalNotices::claim`], until when it is the claimer's.
    pub due_at: Timestamp,
}

/// The notices of a store.
#[derive(Clone, Copy)]
pub struct ApprovalNotices<'store>(&'store Store);

impl Store {
    /// What is still to be told of requests.
    pub fn approval_notices(&self) -> ApprovalNotices<'_> {
        ApprovalNotices(self)
    }
}

impl ApprovalNotices<'_> {
    /// At most `limit` that are due at `now`, longest due first.
    pub async fn due(&self, now: Timestamp, limit: i64) -> Result<Vec<ApprovalNotice>, StoreError> {
        let rows = self.0.database().read(&DUE, values![now, limit]).await?;
        rows.iter()
            .map(|row| Ok(ApprovalNotice { request: request(row)?, due_at: row.timestamp("tell_at")? }))
            .collect()
    }

    /// Takes one until `until`, when it is due again unless it was told by then. Nothing if another server was faster, or
    /// the request has changed since.
    pub async fn claim(&self, notice: &ApprovalNotice, until: Timestamp) -> Result<Option<ApprovalNotice>, StoreError> {
        let values = values![notice.request.id, notice.due_at, until];
        let outcomes = self.0.database().write(Transaction::new().step(&CLAIM, values)).await?;
        let is_taken = outcomes.first().is_some_and(|outcome| outcome.changed == 1);
        Ok(is_taken.then(|| ApprovalNotice { due_at: until, ..notice.clone() }))
    }

    /// Notes that everybody was told of one that was claimed. If it has changed in the meantime, its news are still to be told.
    pub async fn told(&self, notice: &ApprovalNotice) -> Result<(), StoreError> {
        let values = values![notice.request.id, notice.due_at];
        self.0.database().write(Transaction::new().step(&TOLD, values)).await.map(drop)
    }
}
