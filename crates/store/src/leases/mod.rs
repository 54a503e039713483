//! Leases: reserve, activate, close, finish. Each is one guarded update in one transaction with its audit event.
//!
//! *Who may change a lease's state?* The statements of this folder, and nobody else. A guard names the state a lease must
//! be in; when another server was faster, nothing of the transaction happens.

use jiff::Timestamp;
use mayfly_domain::{
    audit::{AuditEvent, LeaseFacts},
    caller::Actor,
    error::chain,
    ids::{AuditEventId, DynamicSecretId, LeaseId, ProjectId},
    lease::{EndReason, Lease, LeaseSource, LeaseState, Outcome},
    plan::Grant,
    ttl::EndsWhen,
};

pub mod history;
pub mod many;
pub mod removing;
pub mod reserving;

pub use self::history::{HistoryFilter, HistoryPage, Holders};
use self::reserving::Conditions;
use crate::{
    Store, StoreError,
    audit_events::{self, by_nobody, lease_events},
    folders,
    row::Row,
    sql::statements,
    stops,
    transaction::{Records, Step, Transaction},
    value::{Value, values},
};

/// The events of leases that end because their dynamic secret goes.
macro_rules! closing_events {
    () => {
        lease_events!(
            kind: "delete-dynamic-secret-lease", id: "?2", actor: "?3",
            by: "CAST(?4 AS TEXT) AS actor_id, CAST(?5 AS TEXT) AS ip_address, CAST(?6 AS TEXT) AS user_agent,
               CAST(?7 AS TEXT) AS user_agent_type",
            at: "?8"
        )
    };
}

statements! {
    RESERVE = "INSERT INTO leases
        (id, organization_id, project_id, environment_id, environment_slug, folder_id, folder_path, dynamic_secret_name,
         dynamic_secret_version, connection_id, connection_version, plan, config, holder, holder_id, origin, reason,
         expire_at, facts, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)";

    RESERVE_STATE = "INSERT INTO lease_states
        (lease_id, dynamic_secret_id, ends_when, state, due_at, attempts, fence, updated_at, lane, held_by)
        SELECT CAST(?1 AS TEXT), CAST(?2 AS TEXT), CAST(?3 AS TEXT), 'reserved', CAST(?4 AS BIGINT), 0, 0,
               CAST(?5 AS BIGINT), CAST(?6 AS TEXT), CAST(?7 AS TEXT)
        WHERE EXISTS (SELECT 1 FROM dynamic_secrets WHERE dynamic_secrets.id = ?2)
          AND EXISTS (SELECT 1 FROM connections WHERE connections.id = ?6)",
        // What the lease's end needs stays while there is the connection or the lease.
        postgres "INSERT INTO lease_states
        (lease_id, dynamic_secret_id, ends_when, state, due_at, attempts, fence, updated_at, lane, held_by)
        SELECT CAST(?1 AS TEXT), CAST(?2 AS TEXT), CAST(?3 AS TEXT), 'reserved', CAST(?4 AS BIGINT), 0, 0,
               CAST(?5 AS BIGINT), CAST(?6 AS TEXT), CAST(?7 AS TEXT)
        WHERE EXISTS (SELECT 1 FROM dynamic_secrets WHERE dynamic_secrets.id = ?2)
          AND EXISTS (SELECT 1 FROM connections WHERE connections.id = ?6 FOR KEY SHARE)";

    // Whoever removes or changes the secret at this moment waits, and then finds this lease, or is waited for; after a change
    // that ends leases, what was reserved before it is none. (What `FOR SHARE` keeps out:
    // https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS.)
    ACTIVATE = "UPDATE lease_states
        SET state = 'active', due_at = ?2, token_expires_at = ?3, updated_at = ?4, fence = fence + 1
        WHERE lease_id = ?1 AND state = 'reserved' AND ending_since IS NULL
          AND EXISTS (SELECT 1 FROM dynamic_secrets
                      WHERE dynamic_secrets.id = lease_states.dynamic_secret_id AND leases_from_version <= ?5)",
        postgres "UPDATE lease_states
        SET state = 'active', due_at = ?2, token_expires_at = ?3, updated_at = ?4, fence = fence + 1
        WHERE lease_id = ?1 AND state = 'reserved' AND ending_since IS NULL
          AND EXISTS (SELECT 1 FROM dynamic_secrets
                      WHERE dynamic_secrets.id = lease_states.dynamic_secret_id AND leases_from_version <= ?5
                      FOR SHARE)";

    GRANT = "UPDATE leases SET plan = ?2, granted = ?3, facts = ?4, expire_at = ?5, jti = ?6 WHERE id = ?1";

    ABANDON = "UPDATE lease_states
        SET state = 'ended', outcome = ?2, ended_at = ?3, due_at = NULL, updated_at = ?3, fence = fence + 1
        WHERE lease_id = ?1 AND state = 'reserved'";

    CLOSE = "UPDATE lease_states
        SET state = 'closed', closed_at = ?2, due_at = token_expires_at, end_reason = 'revoked', updated_at = ?2,
            fence = fence + 1
        WHERE lease_id = ?1 AND state = 'active' AND ends_when = 'expired'";

    // As `RECORD_EXPIRY`, for all leases of a dynamic secret that is to go: what can be taken back is, the rest is closed.
    RECORD_CLOSING = concat!(closing_events!(), "
        FROM leases
        WHERE id IN (SELECT lease_id FROM lease_states
                     WHERE dynamic_secret_id = ?1 AND ended_at IS NULL AND state = 'active')"),
        postgres "";

    // As `EXPIRE`.
    CLOSE_ALL = "UPDATE lease_states
        SET state = CASE WHEN ends_when = 'deleted' THEN 'ending' ELSE 'closed' END, closed_at = ?8, ending_since = ?8,
            due_at = CASE WHEN ends_when = 'deleted' THEN ?8 ELSE token_expires_at END, end_reason = 'revoked',
            updated_at = ?8, fence = fence + 1
        WHERE dynamic_secret_id = ?1 AND ended_at IS NULL AND state = 'active'",
        postgres concat!("WITH closed AS (
            UPDATE lease_states
            SET state = CASE WHEN ends_when = 'deleted' THEN 'ending' ELSE 'closed' END, closed_at = ?8,
                ending_since = ?8, due_at = CASE WHEN ends_when = 'deleted' THEN ?8 ELSE token_expires_at END,
                end_reason = 'revoked', updated_at = ?8, fence = fence + 1
            WHERE dynamic_secret_id = ?1 AND ended_at IS NULL AND state = 'active'
            RETURNING lease_id AS id
        )
        ", closing_events!(), "
        FROM closed JOIN leases USING (id)");

    // The event's id is as time-ordered and unique as any: `?3` is the first half of a new id, with its moment, and the
    // other half is the lease's own.
    RECORD_EXPIRY = concat!(
        lease_events!(kind: "expire-dynamic-secret-lease", id: "?3", actor: "?4", by: by_nobody!(), at: "?1"), "
        FROM leases
        WHERE id IN (SELECT lease_id FROM lease_states
                     WHERE due_at <= ?1 AND state IN ('active', 'closed') AND ends_when = 'expired'
                     ORDER BY due_at, lease_id LIMIT ?2)"),
        // It does so where it ends them: in one statement, which is a quarter faster and can fail no other server's.
        postgres "";

    // A lease that another server was faster with is ended, and told of, by that server alone.
    EXPIRE = "UPDATE lease_states
        SET state = 'ended', outcome = ?5, ended_at = ?1, due_at = NULL, updated_at = ?1, fence = fence + 1
        WHERE lease_id IN (SELECT lease_id FROM lease_states
                           WHERE due_at <= ?1 AND state IN ('active', 'closed') AND ends_when = 'expired'
                           ORDER BY due_at, lease_id LIMIT ?2)",
        postgres concat!("WITH due AS (
            SELECT lease_id FROM lease_states
            WHERE due_at <= ?1 AND state IN ('active', 'closed') AND ends_when = 'expired'
            ORDER BY due_at, lease_id LIMIT ?2
        ), ended AS (
            UPDATE lease_states
            SET state = 'ended', outcome = ?5, ended_at = ?1, due_at = NULL, updated_at = ?1, fence = fence + 1
            FROM due WHERE lease_states.lease_id = due.lease_id AND state IN ('active', 'closed')
            RETURNING lease_states.lease_id AS id
        )
        ",
        lease_events!(kind: "expire-dynamic-secret-lease", id: "?3", actor: "?4", by: by_nobody!(), at: "?1"), "
        FROM ended JOIN leases USING (id)");

    OVERDUE_RESERVATIONS = "SELECT * FROM lease_states JOIN leases ON leases.id = lease_id
        WHERE due_at <= ?1 AND state = 'reserved' ORDER BY due_at, lease_id LIMIT ?2";

    GET = "SELECT * FROM leases JOIN lease_states ON lease_id = leases.id
        WHERE leases.id = ?1 AND project_id = ?2";

    FIND = "SELECT * FROM leases JOIN lease_states ON lease_id = leases.id WHERE leases.id = ?1";

    EXISTS = "SELECT id FROM leases WHERE id = ?1";

    LIST_LIVE = "SELECT * FROM lease_states JOIN leases ON leases.id = lease_id
        WHERE lease_states.dynamic_secret_id = ?1 AND ended_at IS NULL AND state IN ('active', 'ending')
          AND (end_reason IS NULL OR end_reason <> 'undone') AND (CAST(?2 AS TEXT) IS NULL OR holder_id = ?2)
        ORDER BY lease_id DESC";

    ONE_LIVE = "SELECT lease_id FROM lease_states
        WHERE dynamic_secret_id = ?1 AND ended_at IS NULL AND state IN ('active', 'ending') LIMIT 1";

    LIST_UNFINISHED = "SELECT * FROM lease_states JOIN leases ON leases.id = lease_id
        WHERE lease_states.dynamic_secret_id = ?1 AND ended_at IS NULL AND state <> 'reserved'
        ORDER BY lease_id DESC LIMIT ?2";

    COUNT_UNFINISHED = "SELECT CAST(COUNT(*) AS BIGINT) AS number FROM lease_states
        WHERE dynamic_secret_id = ?1 AND ended_at IS NULL";
}

/// The leases of a store.
#[derive(Clone, Copy)]
pub struct Leases<'store>(&'store Store);

impl Store {
    /// Leases.
    pub fn leases(&self) -> Leases<'_> {
        Leases(self)
    }
}

impl Leases<'_> {
    /// Stores the intent to issue `lease`, which must be [`LeaseState::Reserved`]. Nothing may leave us before this. Its
    /// dynamic secret has to be there, and `conditions` have to hold.
    pub async fn reserve(&self, lease: &Lease, deadline: Timestamp, conditions: &Conditions) -> Result<(), StoreError> {
        let source = &lease.source;
        let place = &source.place;
        let values = values![
            lease.id,
            place.organization,
            place.project,
            place.environment,
            place.environment_slug.as_str(),
            place.folder,
            place.path.as_str(),
            source.name.as_str(),
            source.version,
            source.connection,
            source.connection_version,
            Value::json(&lease.plan),
            lease.config.as_ref().map(Value::json),
            Value::json(&lease.holder),
            holder_id(&lease.holder),
            Value::json(&lease.origin),
            lease.reason.as_deref(),
            lease.expire_at,
            Value::json(&LeaseFacts::from(lease)),
            lease.created_at,
        ];
        let state = values![
            lease.id,
            source.dynamic_secret,
            ends_when_name(lease.ends_when),
            deadline,
            lease.created_at,
            source.connection,
            holder_id(&lease.holder),
        ];
        let transaction = conditions
            .add(Transaction::new().step(&RESERVE, values), lease)
            .step(&RESERVE_STATE, state)
            .expecting_one("the dynamic secret is still there");
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Reserved → active: `lease` holds the grant, the pinned plan and the true end.
    pub async fn activate(&self, lease: &Lease, grant: &Grant, event: &AuditEvent) -> Result<(), StoreError> {
        let granted = values![
            lease.id,
            Value::json(&lease.plan),
            Value::json(grant),
            Value::json(&LeaseFacts::from(lease)),
            lease.expire_at,
            grant.jti.as_deref(),
        ];
        let activated =
            values![lease.id, lease.expire_at, grant.token_expires_at, event.created_at, lease.source.version];
        let transaction = Transaction::new()
            .step(&ACTIVATE, activated)
            .expecting_one("the lease is still reserved and its dynamic secret is there")
            // What was reserved before somebody stopped issuing is not handed out after it.
            .with(stops::expect_none(&lease.source))
            .step(&GRANT, granted)
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Reserved → ended: no token reached its caller.
    pub async fn abandon(&self, lease: LeaseId, outcome: &Outcome, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&ABANDON, values![lease, Value::json(outcome), event.created_at])
            .expecting_one("the lease is still reserved")
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Active → closed: ended for its holder, while its token lives until its own expiry.
    pub async fn close(&self, lease: LeaseId, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&CLOSE, values![lease, event.created_at])
            .expecting_one("the lease is still active")
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Ends at most `limit` leases whose time is up at `now` and that left nothing to delete, each with its event.
    /// Says how many.
    ///
    /// Two statements at most for all of them, found by index: the whole batch costs one commit and never passes through
    /// us. `event` is a new id, whose first half all their events share.
    pub async fn expire_due(&self, now: Timestamp, limit: i64, event: AuditEventId) -> Result<u64, StoreError> {
        let recorded = values![now, limit, first_half(event), Value::json(&Actor::Platform)];
        let mut ended = recorded.clone();
        ended.push(Value::json(&Outcome::Expired));
        let transaction =
            Transaction::new().step(&RECORD_EXPIRY, recorded).recording_rows().step(&EXPIRE, ended).recording_rows();
        let outcomes = self.0.database().write(transaction).await?;
        Ok(outcomes.last().map_or(0, |outcome| outcome.changed))
    }

    /// Reservations whose deadline has passed at `now`: whoever was at work is gone. Each stands for itself, so that one
    /// that cannot be read keeps no other waiting.
    pub async fn overdue_reservations(
        &self,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<Result<Lease, StoreError>>, StoreError> {
        let rows = self.0.database().read(&OVERDUE_RESERVATIONS, values![now, limit]).await?;
        Ok(rows.iter().map(lease).collect())
    }

    /// A lease, if it is one of `project`.
    pub async fn get(&self, project: ProjectId, id: LeaseId) -> Result<Option<Lease>, StoreError> {
        self.0.database().read(&GET, values![id, project]).await?.first().map(lease).transpose()
    }

    /// A lease, whatever project it is of: for what is found in a cluster.
    pub async fn find(&self, id: LeaseId) -> Result<Option<Lease>, StoreError> {
        self.0.database().read(&FIND, values![id]).await?.first().map(lease).transpose()
    }

    /// The live leases of a dynamic secret, newest first.
    pub async fn list_live(&self, secret: DynamicSecretId, holders: Holders<'_>) -> Result<Vec<Lease>, StoreError> {
        Ok(readable(&self.0.database().read(&LIST_LIVE, values![secret, holders.id()]).await?))
    }

    /// At most `limit` leases of a dynamic secret that are not over, newest first, also after it is gone.
    pub async fn list_unfinished(&self, secret: DynamicSecretId, limit: i64) -> Result<Vec<Lease>, StoreError> {
        Ok(readable(&self.0.database().read(&LIST_UNFINISHED, values![secret, limit]).await?))
    }

    /// Leases of a dynamic secret whose token lives or may live.
    pub async fn count_unfinished(&self, secret: DynamicSecretId) -> Result<i64, StoreError> {
        let rows = self.0.database().read(&COUNT_UNFINISHED, values![secret]).await?;
        rows.first().map_or(Ok(0), |row| row.integer("number"))
    }

    /// Whether there is such a lease, in whatever project.
    pub async fn exists(&self, id: LeaseId) -> Result<bool, StoreError> {
        Ok(!self.0.database().read(&EXISTS, values![id]).await?.is_empty())
    }
}

/// The leases of `rows`. One that cannot be read is told to the log, and hides no other.
fn readable(rows: &[Row]) -> Vec<Lease> {
    let told = |error: &StoreError| tracing::error!(error = %chain(error), "a lease cannot be read and is left out");
    rows.iter().filter_map(|row| lease(row).inspect_err(told).ok()).collect()
}

/// The step that finds no live lease of a dynamic secret, or undoes the whole transaction.
pub(crate) fn expect_none_live(secret: DynamicSecretId, guard: &'static str) -> Step {
    Step::new(&ONE_LIVE, values![secret]).expecting(0, guard)
}

/// The steps that close every active lease of a dynamic secret that is to go, each with its event: as `event` in who,
/// when and from where.
pub(crate) fn close_all(secret: DynamicSecretId, event: &AuditEvent) -> [Step; 2] {
    let values = values![
        secret,
        first_half(event.id),
        Value::json(&event.actor),
        audit_events::actor_id(&event.actor),
        event.origin.ip_address.map(|ip| ip.to_string()),
        event.origin.user_agent.as_str(),
        audit_events::user_agent_type(&event.origin),
        event.created_at,
    ];
    [&RECORD_CLOSING, &CLOSE_ALL].map(|sql| Step::new(sql, values.clone()).recording(Records::Rows))
}

/// `01893b9e-7c1a-7def` of an event's id: its moment, and twelve random bits that tell apart what two servers do in the
/// same millisecond.
fn first_half(event: AuditEventId) -> String {
    const LENGTH: usize = 18;
    event.to_string().chars().take(LENGTH).collect()
}

fn holder_id(holder: &Actor) -> String {
    match holder {
        Actor::Identity { identity_id, .. } => identity_id.to_string(),
        Actor::User { user_id, .. } => user_id.to_string(),
        Actor::Anonymous | Actor::Platform => String::new(),
    }
}

fn ends_when_name(ends_when: EndsWhen) -> &'static str {
    match ends_when {
        EndsWhen::Deleted => "deleted",
        EndsWhen::Expired => "expired",
    }
}

fn lease(row: &Row) -> Result<Lease, StoreError> {
    Ok(Lease {
        id: row.parsed("id")?,
        source: source(row)?,
        plan: row.json("plan")?,
        config: row.optional_json("config")?,
        holder: row.json("holder")?,
        origin: row.json("origin")?,
        reason: row.optional_text("reason")?.map(str::to_owned),
        ends_when: match row.text("ends_when")? {
            "deleted" => EndsWhen::Deleted,
            "expired" => EndsWhen::Expired,
            _ => return Err(row.corrupt("ends_when", "is no way a lease ends")),
        },
        expire_at: row.timestamp("expire_at")?,
        state: state(row)?,
        created_at: row.timestamp("created_at")?,
        updated_at: row.timestamp("updated_at")?,
    })
}

fn source(row: &Row) -> Result<LeaseSource, StoreError> {
    Ok(LeaseSource {
        place: folders::secret_place(row)?,
        dynamic_secret: row.parsed("dynamic_secret_id")?,
        name: row.parsed("dynamic_secret_name")?,
        version: row.integer("dynamic_secret_version")?,
        connection: row.parsed("connection_id")?,
        connection_version: row.integer("connection_version")?,
    })
}

fn state(row: &Row) -> Result<LeaseState, StoreError> {
    match row.text("state")? {
        "reserved" => Ok(LeaseState::Reserved { deadline: row.timestamp("due_at")? }),
        "active" => Ok(LeaseState::Active { grant: row.json("granted")? }),
        "closed" => Ok(LeaseState::Closed { grant: row.json("granted")?, closed_at: row.timestamp("closed_at")? }),
        "ending" => Ok(LeaseState::Ending {
            grant: row.optional_json("granted")?,
            reason: end_reason(row)?,
            undone: row.optional_json("outcome")?,
            began_at: row.timestamp("ending_since")?,
            attempts: u32::try_from(row.integer("attempts")?).map_err(|_| row.corrupt("attempts", "is negative"))?,
            last_error: row.optional_text("last_error")?.map(str::to_owned),
            next_attempt_at: row.timestamp("due_at")?,
        }),
        "ended" => Ok(LeaseState::Ended {
            grant: row.optional_json("granted")?,
            outcome: row.json("outcome")?,
            ended_at: row.timestamp("ended_at")?,
        }),
        _ => Err(row.corrupt("state", "is no state of a lease")),
    }
}

fn end_reason(row: &Row) -> Result<EndReason, StoreError> {
    match row.text("end_reason")? {
        "due" => Ok(EndReason::Due),
        "revoked" => Ok(EndReason::Revoked),
        "undone" => Ok(EndReason::Undone),
        _ => Err(row.corrupt("end_reason", "is no reason a lease ends")),
    }
}
