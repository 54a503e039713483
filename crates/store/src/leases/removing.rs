//! Leases that end by removing what was made for them: claimed in lanes, one for each connection, and finished or put off.
//!
//! A claim is a row's own `due_at`: whoever takes a lease moves it to when the claim lapses, and counts the fence up. What
//! comes back too late finds another fence and changes nothing.

use jiff::Timestamp;
use mayfly_domain::{
    audit::AuditEvent,
    caller::Actor,
    error::chain,
    ids::{AuditEventId, ConnectionId, LeaseId},
    lease::{EndReason, Lease, Outcome},
};

use super::{Leases, first_half, lease};
use crate::{
    StoreError,
    audit_events::{self, by_nobody, lease_events},
    row::Row,
    sql::statements,
    transaction::Transaction,
    value::{Value, values},
};

statements! {
    BEGIN = "UPDATE lease_states
        SET state = 'ending', end_reason = ?2, outcome = ?3, ending_since = ?4, due_at = ?5, claimed_by = NULL,
            updated_at = ?4, fence = fence + 1
        WHERE lease_id = ?1 AND state = ?6 AND ends_when = 'deleted'
        RETURNING fence";

    CLAIM_ONE = "UPDATE lease_states SET due_at = ?2, claimed_by = NULL, fence = fence + 1
        WHERE lease_id = ?1 AND state = 'ending'";

    CLAIMED_ONE = "SELECT * FROM lease_states JOIN leases ON leases.id = lease_id WHERE lease_states.lease_id = ?1";

    // Connections in whose lane something is due. Each step of the recursion is one look-up in the index, so that a lane
    // costs the same with one lease in it and with a hundred thousand.
    LANES = "WITH RECURSIVE lanes (id) AS (
            SELECT (SELECT MIN(lane) FROM lease_states
                    WHERE ends_when = 'deleted' AND ended_at IS NULL)
            UNION ALL
            SELECT (SELECT MIN(lane) FROM lease_states
                    WHERE ends_when = 'deleted' AND ended_at IS NULL AND lane > lanes.id)
            FROM lanes WHERE lanes.id IS NOT NULL
        )
        SELECT lanes.id AS lane FROM lanes
        WHERE lanes.id IS NOT NULL
          AND EXISTS (SELECT 1 FROM lease_states
                      WHERE lane = lanes.id AND ends_when = 'deleted' AND ended_at IS NULL AND state IN ('active', 'ending')
                        AND due_at <= ?1)";

    // As `RECORD_EXPIRY`: those whose time is up now pass to their end with the event that says so.
    RECORD_DUE = concat!(
        lease_events!(kind: "expire-dynamic-secret-lease", id: "?4", actor: "?5", by: by_nobody!(), at: "?2"), "
        FROM leases
        WHERE id IN (SELECT lease_id FROM lease_states
                     WHERE lane = ?1 AND ends_when = 'deleted' AND ended_at IS NULL AND state = 'active' AND due_at <= ?2
                       AND lease_id IN (SELECT lease_id FROM lease_states
                                        WHERE lane = ?1 AND ends_when = 'deleted' AND ended_at IS NULL
                                          AND state IN ('active', 'ending') AND due_at <= ?2
                                        ORDER BY due_at, lease_id LIMIT ?3))"),
        postgres "";

    // Also puts off what is due without trying it: nobody claims it then, and it is told why.
    CLAIM = "UPDATE lease_states
        SET state = 'ending', end_reason = COALESCE(end_reason, 'due'), ending_since = COALESCE(ending_since, ?2),
            due_at = ?6, claimed_by = ?7, last_error = COALESCE(CAST(?8 AS TEXT), last_error),
            updated_at = CASE WHEN state = 'active' THEN ?2 ELSE updated_at END,
            fence = fence + 1
        WHERE lease_id IN (SELECT lease_id FROM lease_states
                           WHERE lane = ?1 AND ends_when = 'deleted' AND ended_at IS NULL AND state IN ('active', 'ending')
                             AND due_at <= ?2 AND CAST(?4 AS TEXT) <> '' AND CAST(?5 AS TEXT) <> ''
                           ORDER BY due_at, lease_id LIMIT ?3)",
        postgres concat!("WITH due AS (
            SELECT lease_id, state AS before FROM lease_states
            WHERE lane = ?1 AND ends_when = 'deleted' AND ended_at IS NULL AND state IN ('active', 'ending') AND due_at <= ?2
            ORDER BY due_at, lease_id LIMIT ?3 FOR UPDATE SKIP LOCKED
        ), claimed AS (
            UPDATE lease_states
            SET state = 'ending', end_reason = COALESCE(end_reason, 'due'), ending_since = COALESCE(ending_since, ?2),
                due_at = ?6, claimed_by = ?7, last_error = COALESCE(CAST(?8 AS TEXT), last_error),
                updated_at = CASE WHEN state = 'active' THEN ?2 ELSE updated_at END,
                fence = fence + 1
            FROM due WHERE lease_states.lease_id = due.lease_id
            RETURNING lease_states.lease_id AS id, due.before AS before
        )
        ",
        lease_events!(kind: "expire-dynamic-secret-lease", id: "?4", actor: "?5", by: by_nobody!(), at: "?2"), "
        FROM claimed JOIN leases USING (id) WHERE before = 'active'");

    CLAIMED = "SELECT * FROM lease_states JOIN leases ON leases.id = lease_id
        WHERE lease_states.lane = ?1 AND ends_when = 'deleted' AND ended_at IS NULL AND state = 'ending' AND due_at = ?2
          AND claimed_by = ?3
        ORDER BY lease_id";

    STILL_DUE = "SELECT lease_id FROM lease_states
        WHERE lane = ?1 AND ends_when = 'deleted' AND ended_at IS NULL AND state IN ('active', 'ending') AND due_at <= ?2
        LIMIT 1";

    FINISH = "UPDATE lease_states
        SET state = 'ended', outcome = ?3, ended_at = ?4, due_at = NULL, claimed_by = NULL, last_error = NULL,
            updated_at = ?4, fence = fence + 1
        WHERE lease_id = ?1 AND state = 'ending' AND fence = ?2";

    POSTPONE = "UPDATE lease_states
        SET attempts = attempts + 1, last_error = ?3, due_at = ?4, claimed_by = NULL, fence = fence + 1
        WHERE lease_id = ?1 AND state = 'ending' AND fence = ?2";

    // Of a lane that is shut: told why without being tried.
    DEFER = "UPDATE lease_states SET last_error = ?3, due_at = ?4, claimed_by = NULL, fence = fence + 1
        WHERE lease_id = ?1 AND state = 'ending' AND fence = ?2";

    FORGET = "UPDATE lease_states
        SET state = 'ended', outcome = ?2, ended_at = ?3, due_at = NULL, claimed_by = NULL, updated_at = ?3,
            fence = fence + 1
        WHERE lease_id = ?1 AND state = 'ending'";
}

/// A lease that is ours to clean up until the claim lapses.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The lease, which is [`LeaseState::Ending`](mayfly_domain::lease::LeaseState::Ending).
    pub lease: Lease,
    /// What finishing or putting off has to name.
    pub fence: i64,
}

/// The wish to take what is due in a lane.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// The lane.
    pub connection: ConnectionId,
    /// Now.
    pub now: Timestamp,
    /// When the claim lapses: whoever is at work is gone then.
    pub until: Timestamp,
    /// At most this many.
    pub limit: i64,
    /// Unlike any other claim.
    pub token: &'a str,
    /// A new id, whose first half the events of all of them share.
    pub event: AuditEventId,
}

/// The wish to put off what is due in a lane that is shut.
#[derive(Clone, Copy, Debug)]
pub struct PuttingOff<'a> {
    /// The lane.
    pub connection: ConnectionId,
    /// Now.
    pub now: Timestamp,
    /// When they are due again: later than now.
    pub next: Timestamp,
    /// Why, for people.
    pub why: &'a str,
    /// At most this many.
    pub limit: i64,
    /// A new id, whose first half the events of all of them share.
    pub event: AuditEventId,
}

/// How an ending begins.
#[derive(Clone, Copy, Debug)]
pub struct Beginning<'a> {
    /// Why it ends.
    pub reason: EndReason,
    /// For an issue that is undone: what became of its token.
    pub undone: Option<&'a Outcome>,
    /// Until when it is ours; now leaves it to whoever comes first.
    pub until: Timestamp,
}

impl Leases<'_> {
    /// Active or reserved → ending. Gives the fence.
    pub async fn begin_ending(
        &self,
        lease: LeaseId,
        beginning: Beginning<'_>,
        event: &AuditEvent,
    ) -> Result<i64, StoreError> {
        let (from, guard) = match beginning.reason {
            EndReason::Undone => ("reserved", "the lease is still reserved"),
            EndReason::Due | EndReason::Revoked => ("active", "the lease is still active"),
        };
        let values = values![
            lease,
            reason_name(beginning.reason),
            beginning.undone.map(Value::json),
            event.created_at,
            beginning.until,
            from,
        ];
        let transaction =
            Transaction::new().step(&BEGIN, values).expecting_one(guard).with(audit_events::insert(event));
        let outcomes = self.0.database().write(transaction).await?;
        outcomes.first().and_then(|outcome| outcome.rows.first()).map_or(Ok(0), |row| row.integer("fence"))
    }

    /// Takes a lease that is ending already, whoever may be at work on it, as it is at that moment.
    pub async fn claim_ending(&self, lease: LeaseId, until: Timestamp) -> Result<Claimed, StoreError> {
        let guard = "the lease is still ending";
        let transaction = Transaction::new()
            .step(&CLAIM_ONE, values![lease, until])
            .expecting_one(guard)
            .step(&CLAIMED_ONE, values![lease])
            .expecting_one(guard);
        let outcomes = self.0.database().write(transaction).await?;
        outcomes.last().and_then(|outcome| outcome.rows.first()).map_or(Err(StoreError::GuardFailed { guard }), claimed)
    }

    /// Connections in whose lane something is due at `now`. One that cannot be read is told to the log, and hides no other.
    pub async fn due_lanes(&self, now: Timestamp) -> Result<Vec<ConnectionId>, StoreError> {
        let told = |error: &StoreError| tracing::error!(error = %chain(error), "a lane cannot be read and is left out");
        let rows = self.0.database().read(&LANES, values![now]).await?;
        Ok(rows.iter().filter_map(|row| row.parsed("lane").inspect_err(told).ok()).collect())
    }

    /// Takes what is due in a lane. Leases whose time is up pass to their end with that, each with its event. One that
    /// cannot be read stands for itself, and keeps no other waiting.
    pub async fn claim_due(&self, claim: Claim<'_>) -> Result<Vec<Result<Claimed, StoreError>>, StoreError> {
        let actor = Value::json(&Actor::Platform);
        let record = values![claim.connection, claim.now, claim.limit, first_half(claim.event), actor];
        let mut take = record.clone();
        take.extend(values![claim.until, claim.token, None::<&str>]);
        let transaction = Transaction::new()
            .step(&RECORD_DUE, record)
            .recording_rows()
            .step(&CLAIM, take)
            .recording_rows()
            .step(&CLAIMED, values![claim.connection, claim.until, claim.token]);
        let outcomes = self.0.database().write(transaction).await?;
        Ok(outcomes.last().map_or_else(Vec::new, |outcome| outcome.rows.iter().map(claimed).collect()))
    }

    /// Puts off what is due in a lane without trying it, however many they are in one statement. Leases whose time is up
    /// pass to their end with that, each with its event. Says whether more are due.
    pub async fn put_off_due(&self, wish: PuttingOff<'_>) -> Result<bool, StoreError> {
        let actor = Value::json(&Actor::Platform);
        let record = values![wish.connection, wish.now, wish.limit, first_half(wish.event), actor];
        let mut put_off = record.clone();
        put_off.extend(values![wish.next, None::<&str>, wish.why]);
        let transaction = Transaction::new()
            .step(&RECORD_DUE, record)
            .recording_rows()
            .step(&CLAIM, put_off)
            .recording_rows()
            .step(&STILL_DUE, values![wish.connection, wish.now]);
        let outcomes = self.0.database().write(transaction).await?;
        Ok(outcomes.last().is_some_and(|outcome| !outcome.rows.is_empty()))
    }

    /// Ending → ended: everything that was made is gone.
    pub async fn finish(
        &self,
        lease: LeaseId,
        fence: i64,
        outcome: &Outcome,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&FINISH, values![lease, fence, Value::json(outcome), event.created_at])
            .expecting_one(CLAIM_HOLDS)
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Ending stays ending: an attempt failed, the next one is due at `next`.
    pub async fn postpone(
        &self,
        lease: LeaseId,
        fence: i64,
        failure: Failure<'_>,
        event: Option<&AuditEvent>,
    ) -> Result<(), StoreError> {
        let statement = match failure.attempt {
            Attempt::Made => &POSTPONE,
            Attempt::Spared => &DEFER,
        };
        let transaction = Transaction::new()
            .step(statement, values![lease, fence, failure.why, failure.next])
            .expecting_one(CLAIM_HOLDS)
            .with_all(event.map(audit_events::insert));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Ending → ended, with something left: a named person gave up on it.
    pub async fn forget(&self, lease: LeaseId, outcome: &Outcome, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&FORGET, values![lease, Value::json(outcome), event.created_at])
            .expecting_one("the lease is still ending")
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }
}

/// The guard's text when somebody else took the lease meanwhile.
pub const CLAIM_HOLDS: &str = "the claim on the lease still holds";

/// An ending that did not come to its end.
#[derive(Clone, Copy, Debug)]
pub struct Failure<'a> {
    /// Why, for people.
    pub why: &'a str,
    /// When it is tried again.
    pub next: Timestamp,
    /// Whether the cluster was asked.
    pub attempt: Attempt,
}

/// Whether an attempt counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// It was made, and failed.
    Made,
    /// It was spared, because it would have failed.
    Spared,
}

pub(super) fn reason_name(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Due => "due",
        EndReason::Revoked => "revoked",
        EndReason::Undone => "undone",
    }
}

fn claimed(row: &Row) -> Result<Claimed, StoreError> {
    Ok(Claimed { lease: lease(row)?, fence: row.integer("fence")? })
}
