//! Leases that end by removing what was made for them, and claims on them.

use std::time::Duration;

use jiff::Timestamp;
use mayfly_domain::{
    audit::AuditEvent,
    dynamic_secret::DynamicSecret,
    ids::{AuditEventId, ConnectionId, LeaseId},
    lease::{EndReason, Lease, LeaseState, Outcome},
    plan::Grant,
    ttl::EndsWhen,
};
use mayfly_store::{
    Store, StoreError,
    leases::removing::{Beginning, Claim, Claimed},
};

use super::{Granted, World, leases::later};

/// All of a lease but its id, and all of its state.
const LEASE: &str = "organization_id, project_id, environment_id, environment_slug, folder_id, folder_path,
    dynamic_secret_name, dynamic_secret_version, connection_id, connection_version, plan, config, holder, holder_id,
    origin, reason, expire_at, granted, facts, created_at";
const STATE: &str = "dynamic_secret_id, ends_when, state, due_at, token_expires_at, closed_at, end_reason, attempts,
    last_error, outcome, ended_at, claimed_by, claimed_until, fence, updated_at, lane, ending_since";

impl World {
    /// How long a claim of this suite holds.
    pub(crate) const CLAIM: Duration = Duration::from_mins(1);

    /// As [`World::lease`], of one that ends by removing something.
    pub(crate) fn removable_lease(&self, secret: &DynamicSecret) -> Lease {
        Lease { ends_when: EndsWhen::Deleted, ..self.lease(secret) }
    }

    /// A reservation of such a lease.
    pub(crate) async fn reserved_removable(&self, secret: &DynamicSecret) -> Lease {
        let lease = self.removable_lease(secret);
        self.reserve(&lease).await;
        lease
    }

    /// Such a lease with its token.
    pub(crate) async fn removable(&self, secret: &DynamicSecret) -> Granted {
        self.activate(&self.reserved_removable(secret).await).await
    }

    /// Such a lease that somebody has just ended, as it is stored, and its fence. It is due at once.
    pub(crate) async fn ending(&self, secret: &DynamicSecret) -> Claimed {
        let Granted { lease, .. } = self.removable(secret).await;
        let event = self.event("revoke-lease");
        let beginning = Beginning { reason: EndReason::Revoked, undone: None, until: event.created_at };
        let fence = self.store().leases().begin_ending(lease.id, beginning, &event).await.expect("a lease ends");
        Claimed { lease: self.read_lease(lease.id).await, fence }
    }

    /// Ends what was claimed for good.
    pub(crate) async fn finish(&self, claimed: &Claimed) {
        let (leases, event) = (self.store().leases(), self.event("finish-lease"));
        leases.finish(claimed.lease.id, claimed.fence, &Outcome::Revoked, &event).await.expect("a lease is finished");
    }

    /// Takes at most `limit` leases that are due now in a lane, on `store`. Each stands for itself.
    pub(crate) async fn try_claim_on(
        &self,
        store: &Store,
        lane: ConnectionId,
        limit: i64,
    ) -> Vec<Result<Claimed, StoreError>> {
        let (event, now) = (AuditEventId::generate(self.ambient()), self.now());
        let token = event.to_string();
        let claim = Claim { connection: lane, now, until: later(now, Self::CLAIM), limit, token: &token, event };
        store.leases().claim_due(claim).await.expect("what is due is claimed")
    }

    /// The same, all of which can be read.
    pub(crate) async fn claim_on(&self, store: &Store, lane: ConnectionId, limit: i64) -> Vec<Claimed> {
        let claimed = self.try_claim_on(store, lane, limit).await;
        claimed.into_iter().map(|lease| lease.expect("it can be read")).collect()
    }

    /// Takes all that is due now in the lane of `secret`.
    pub(crate) async fn claim(&self, secret: &DynamicSecret) -> Vec<Claimed> {
        self.claim_on(self.store(), secret.connection.id, i64::from(i32::MAX)).await
    }

    /// Connections in whose lane something is due now.
    pub(crate) async fn lanes(&self) -> Vec<ConnectionId> {
        self.store().leases().due_lanes(self.now()).await.expect("lanes are found")
    }

    /// Makes `count` copies of a lease, each with an id of its own.
    pub(crate) async fn copy_lease(&self, lease: LeaseId, count: usize) {
        self.copy_rows(("leases", "id", LEASE), lease, count).await;
        self.copy_rows(("lease_states", "lease_id", STATE), lease, count).await;
    }

    async fn copy_rows(&self, (table, id, columns): (&str, &str, &str), lease: LeaseId, count: usize) {
        // The second half of an id tells leases apart: its last twelve characters are a number here.
        let number = "substr('000000000000' || CAST(n AS TEXT), length('000000000000' || CAST(n AS TEXT)) - 11)";
        let statement = format!(
            "INSERT INTO {table} ({id}, {columns})
             WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})
             SELECT substr({id}, 1, 24) || {number}, {columns} FROM {table}, numbers WHERE {id} = '{lease}'"
        );
        self.raw().execute(&statement).await;
    }
}

/// `lease` as it is once its end begins by `event`, untried.
pub(crate) fn ending_by(lease: &Lease, event: &AuditEvent, beginning: Beginning<'_>, grant: Option<Grant>) -> Lease {
    let state = LeaseState::Ending {
        grant,
        reason: beginning.reason,
        undone: beginning.undone.cloned(),
        began_at: event.created_at,
        attempts: 0,
        last_error: None,
        next_attempt_at: beginning.until,
    };
    Lease { state, updated_at: event.created_at, ..lease.clone() }
}

/// Attempts, last error and next attempt of a lease that is ending.
pub(crate) fn tries(lease: &Lease) -> (u32, Option<&str>, Timestamp) {
    match &lease.state {
        LeaseState::Ending { attempts, last_error, next_attempt_at, .. } => {
            (*attempts, last_error.as_deref(), *next_attempt_at)
        }
        other => panic!("{other:?} is not ending"),
    }
}
