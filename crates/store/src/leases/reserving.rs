//! Under which conditions a lease may be reserved: nothing stops it, there is room for it, and it was not asked for before.

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::{
    caller::Actor,
    ids::{ApprovalRequestId, LeaseId, ProjectId},
    lease::Lease,
};

use super::{Leases, holder_id};
use crate::{
    StoreError, approvals,
    sql::statements,
    stops,
    transaction::{Step, Transaction},
    value::values,
};

statements! {
    // A closed lease's token still lives, so it counts.
    ROOM_OF_SECRET = "SELECT CAST(1 AS BIGINT) AS has_room WHERE CAST(?2 AS BIGINT) > (SELECT COUNT(*) FROM lease_states
        WHERE dynamic_secret_id = ?1 AND ended_at IS NULL)";

    ROOM_OF_HOLDER = "SELECT CAST(1 AS BIGINT) AS has_room WHERE CAST(?2 AS BIGINT) > (SELECT COUNT(*) FROM lease_states
        WHERE held_by = ?1 AND ended_at IS NULL)";

    FORGET_OLD_KEY = "DELETE FROM idempotency_keys
        WHERE caller_id = ?1 AND project_id = ?2 AND route = ?3 AND key_value = ?4 AND created_at <= ?5";

    REMEMBER_KEY = "INSERT INTO idempotency_keys
        (caller_id, project_id, route, key_value, body_digest, lease_id, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

    FIND_KEY = "SELECT * FROM idempotency_keys
        WHERE caller_id = ?1 AND project_id = ?2 AND route = ?3 AND key_value = ?4";

    FORGET_OLD_KEYS = "DELETE FROM idempotency_keys WHERE created_at <= ?1";
}

/// The guard's text when a dynamic secret has as many live leases as it may.
pub const SECRET_HAS_ROOM: &str = "the dynamic secret has room for another live lease";
/// The guard's text when a holder has as many live leases as they may.
pub const HOLDER_HAS_ROOM: &str = "the holder has room for another live lease";
/// The index that a second request with the same key hits.
pub const KEYS: &str = "idempotency_keys_key";

/// How long a key is remembered.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// A key that says which request it is, so that sending it again does nothing again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Which kind of request.
    pub route: &'static str,
    /// The key itself.
    pub value: String,
    /// SHA-256 of the body, in hex: the same key with another body is a mistake.
    pub body_digest: String,
}

/// What is known of a key that was used before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedKey {
    /// The body it was used with.
    pub body_digest: String,
    /// The lease it asked for.
    pub lease: LeaseId,
}

/// What must hold for a reservation.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    /// At most as many live leases of the dynamic secret, this one included.
    pub most_of_secret: Option<u32>,
    /// At most as many live leases of the holder, this one included.
    pub most_of_holder: Option<u32>,
    /// The key of the request.
    pub key: Option<IdempotencyKey>,
    /// The approval that it uses up.
    pub approval: Option<ApprovalRequestId>,
}

impl Conditions {
    /// Adds them to `transaction`, which reserves `lease`.
    pub(super) fn add(&self, transaction: Transaction, lease: &Lease) -> Transaction {
        let holder = holder_id(&lease.holder);
        let room = |sql, whose: String, most: Option<u32>, guard| {
            most.map(|most| Step::new(sql, values![whose, i64::from(most)]).expecting_one(guard))
        };
        let secret = lease.source.dynamic_secret.to_string();
        let transaction = transaction
            .with_all(self.key.iter().flat_map(|key| remember(key, lease)))
            .with(stops::expect_none(&lease.source))
            .with_all(self.approval.map(|id| approvals::use_up(id, lease.id, lease.created_at)))
            .with_all(room(&ROOM_OF_SECRET, secret, self.most_of_secret, SECRET_HAS_ROOM))
            .with_all(room(&ROOM_OF_HOLDER, holder, self.most_of_holder, HOLDER_HAS_ROOM));
        // Where something is counted, nobody may be adding to it.
        if self.most_of_secret.or(self.most_of_holder).is_some() { transaction.serial() } else { transaction }
    }
}

fn remember(key: &IdempotencyKey, lease: &Lease) -> [Step; 2] {
    let mut scope = values![holder_id(&lease.holder), lease.source.place.project, key.route, key.value.as_str()];
    let mut row = scope.clone();
    scope.extend(values![old_before(lease.created_at)]);
    row.extend(values![key.body_digest.as_str(), lease.id, lease.created_at]);
    [Step::new(&FORGET_OLD_KEY, scope), Step::new(&REMEMBER_KEY, row)]
}

fn old_before(now: Timestamp) -> Timestamp {
    now.saturating_sub(KEPT).unwrap_or(Timestamp::MIN)
}

impl Leases<'_> {
    /// What is known of a key that `holder` used before in `project`.
    pub async fn used_key(
        &self,
        holder: &Actor,
        project: ProjectId,
        key: &IdempotencyKey,
    ) -> Result<Option<UsedKey>, StoreError> {
        let scope = values![holder_id(holder), project, key.route, key.value.as_str()];
        let rows = self.0.database().read(&FIND_KEY, scope).await?;
        let used = rows.first().map(|row| {
            Ok(UsedKey { body_digest: row.text("body_digest")?.to_owned(), lease: row.parsed("lease_id")? })
        });
        used.transpose()
    }

    /// Forgets keys that are a day old.
    pub async fn forget_old_keys(&self, now: Timestamp) -> Result<u64, StoreError> {
        let transaction = Transaction::new().step(&FORGET_OLD_KEYS, values![old_before(now)]);
        let outcomes = self.0.database().write(transaction).await?;
        Ok(outcomes.first().map_or(0, |outcome| outcome.changed))
    }
}
