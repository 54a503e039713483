//! Requests that wait for another person's word. Each change is guarded by the state it is made from.

use jiff::Timestamp;
use mayfly_domain::{
    approval::{ApprovalRequest, ApprovalState},
    audit::AuditEvent,
    ids::{ApprovalRequestId, LeaseId, OrganizationId, ProjectId},
    policy::EnvironmentPolicy,
};

use crate::{
    Store, StoreError, UNCHANGED, audit_events, connections, policies,
    row::Row,
    sql::statements,
    transaction::{Step, Transaction},
    value::{Value, values},
};

statements! {
    HAS_ROOM = "SELECT CAST(1 AS BIGINT) AS has_room WHERE CAST(?2 AS BIGINT) > (SELECT COUNT(*) FROM approval_requests
        WHERE requester_id = ?1 AND state = 'pending' AND expires_at > ?3)";

    INSERT = "INSERT INTO approval_requests
        (id, organization_id, project_id, wish, digest, requester, requester_id, origin, reason, approvals, votes, state,
         details, usable_until, created_at, expires_at, updated_at, tell_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?15)";

    // Whoever takes a request back knows that they did, and one word of several is no news yet.
    CHANGE = "UPDATE approval_requests SET votes = ?2, state = ?3, details = ?4, usable_until = ?5, updated_at = ?6,
            tell_at = CASE ?3 WHEN 'pending' THEN tell_at WHEN 'cancelled' THEN NULL ELSE CAST(?6 AS BIGINT) END
        WHERE id = ?1 AND state = 'pending' AND updated_at = ?7";

    USE = "UPDATE approval_requests SET state = 'used', details = ?3, updated_at = ?2, tell_at = NULL
        WHERE id = ?1 AND state = 'approved' AND usable_until > ?2";

    GIVE_BACK = "UPDATE approval_requests SET state = 'approved', details = ?3, updated_at = ?4
        WHERE id = ?1 AND state = 'used' AND details = ?2";

    USABLE_UNTIL = "SELECT usable_until FROM approval_requests WHERE id = ?1";

    OVERDUE = "SELECT * FROM approval_requests WHERE state IN ('pending', 'approved')
          AND CASE state WHEN 'pending' THEN expires_at ELSE usable_until END <= ?1
        ORDER BY id LIMIT ?2";

    EXPIRE = "UPDATE approval_requests SET state = 'expired', details = '{\"state\":\"expired\"}', updated_at = ?2, tell_at = ?2
        WHERE id = ?1 AND updated_at = ?3 AND state IN ('pending', 'approved')";

    GET = "SELECT * FROM approval_requests WHERE id = ?1 AND organization_id = ?2";

    NEWEST = "SELECT * FROM approval_requests WHERE digest = ?1 ORDER BY id DESC LIMIT 1";

    RECENT = "SELECT * FROM approval_requests WHERE digest = ?1 ORDER BY id DESC LIMIT ?2";

    PAGE = "SELECT * FROM approval_requests
        WHERE organization_id = ?1 AND project_id IS NOT DISTINCT FROM CAST(?2 AS TEXT)
          AND (CAST(?3 AS TEXT) IS NULL OR ?3 = CASE
                WHEN state = 'pending' AND expires_at <= ?6 THEN 'expired'
                WHEN state = 'approved' AND usable_until <= ?6 THEN 'expired'
                ELSE state END)
          AND (CAST(?4 AS TEXT) IS NULL OR id < ?4)
        ORDER BY id DESC LIMIT ?5";
}

/// The index that a second request for the same wish hits while the first one waits.
pub const WAITING_INDEX: &str = "approval_requests_waiting";
/// The guard's text when somebody asks for too much at once.
pub const HAS_ROOM_TO_ASK: &str = "whoever asks has few requests that wait";
/// The guard's text when an approval is not there to be used.
pub const IS_APPROVED: &str = "the request is approved and was not used";

/// The guard's text when an approval was not used by the lease that gives it back.
pub const IS_USED: &str = "the approval was used by this lease";

/// The step that uses an approved request for `lease`, or undoes the whole transaction.
pub(crate) fn use_up(id: ApprovalRequestId, lease: LeaseId, now: Timestamp) -> Step {
    Step::new(&USE, values![id, now, used_details(lease, now)]).expecting_one(IS_APPROVED)
}

fn used_details(lease: LeaseId, at: Timestamp) -> Value {
    Value::json(&ApprovalState::Used { lease: Some(lease), at })
}

/// What a request becomes with a decision, besides its own row.
#[derive(Debug)]
pub enum Effect<'a> {
    /// Nothing else.
    None,
    /// The policy that was asked for.
    Policy(&'a EnvironmentPolicy),
    /// The connection that was asked for, last changed at the given time.
    Connection(&'a mayfly_domain::dynamic_secret::Connection, Timestamp),
}

/// Which requests are listed.
#[derive(Clone, Copy, Debug)]
pub struct RequestFilter<'a> {
    /// Of which organization.
    pub organization: OrganizationId,
    /// Of which project; none for the organization's own.
    pub project: Option<ProjectId>,
    /// Only those in this state at [`RequestFilter::now`]: what ran out is over, whether somebody noted it or not.
    pub state: Option<&'a str>,
    /// The moment.
    pub now: Timestamp,
}

/// The requests of a store.
#[derive(Clone, Copy)]
pub struct Approvals<'store>(&'store Store);

impl Store {
    /// Requests that wait for another person's word.
    pub fn approvals(&self) -> Approvals<'_> {
        Approvals(self)
    }
}

impl Approvals<'_> {
    /// Adds one, unless the same waits already ([`WAITING_INDEX`]), be it that nobody noted that it ran out, or its requester has `most` that wait
    /// ([`HAS_ROOM_TO_ASK`]).
    pub async fn create(&self, request: &ApprovalRequest, most: i64, event: &AuditEvent) -> Result<(), StoreError> {
        let requester = audit_events::actor_id(&request.requester).unwrap_or_default();
        let row = values![
            request.id,
            request.organization,
            request.project,
            Value::json(&request.wish),
            request.digest.as_str(),
            Value::json(&request.requester),
            requester.as_str(),
            Value::json(&request.origin),
            request.reason.as_deref(),
            i64::from(request.approvals),
            Value::json(&request.votes),
            request.state.word(),
            Value::json(&request.state),
            Value::Null,
            request.created_at,
            request.expires_at,
            request.updated_at,
        ];
        let transaction = Transaction::new()
            .step(&HAS_ROOM, values![requester.as_str(), most, request.created_at])
            .expecting_one(HAS_ROOM_TO_ASK)
            .step(&INSERT, row)
            .with(audit_events::insert(event))
            .serial();
        self.0.database().write(transaction).await.map(drop)
    }

    /// Notes a decision on one that waited and was last changed at `since`, and what follows from it.
    pub async fn decide(
        &self,
        request: &ApprovalRequest,
        since: Timestamp,
        effect: &Effect<'_>,
        events: &[AuditEvent],
    ) -> Result<(), StoreError> {
        let until = match &request.state {
            ApprovalState::Approved { until } => Some(*until),
            _ => None,
        };
        let values = values![
            request.id,
            Value::json(&request.votes),
            request.state.word(),
            Value::json(&request.state),
            until,
            request.updated_at,
            since,
        ];
        let follows = match effect {
            Effect::None => None,
            Effect::Policy(policy) => Some(policies::put(policy)),
            Effect::Connection(connection, since) => Some(connections::change_limits(connection, *since)),
        };
        let transaction = Transaction::new()
            .step(&CHANGE, values)
            .expecting_one(UNCHANGED)
            .with_all(follows)
            .with_all(events.iter().map(audit_events::insert));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Gives an approval back that was used for a lease which was never issued; fails with [`IS_USED`] where another one used
    /// it.
    pub async fn give_back(
        &self,
        request: &ApprovalRequest,
        (lease, used_at): (LeaseId, Timestamp),
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let state = Value::json(&request.state);
        let values = values![request.id, used_details(lease, used_at), state, request.updated_at];
        let transaction =
            Transaction::new().step(&GIVE_BACK, values).expecting_one(IS_USED).with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Until when one may be used, or might have been.
    pub async fn usable_until(&self, id: ApprovalRequestId) -> Result<Option<Timestamp>, StoreError> {
        let row = self.0.database().read_one(&USABLE_UNTIL, values![id]).await?;
        row.map_or(Ok(None), |row| row.optional_timestamp("usable_until"))
    }

    /// At most `limit` that ran out and were not noted yet.
    pub async fn overdue(&self, now: Timestamp, limit: i64) -> Result<Vec<ApprovalRequest>, StoreError> {
        self.0.database().read(&OVERDUE, values![now, limit]).await?.iter().map(request).collect()
    }

    /// Notes that one ran out.
    pub async fn expire(&self, request: &ApprovalRequest, event: &AuditEvent) -> Result<(), StoreError> {
        let values = values![request.id, event.created_at, request.updated_at];
        let transaction =
            Transaction::new().step(&EXPIRE, values).expecting_one(UNCHANGED).with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// One of an organization.
    pub async fn get(
        &self,
        organization: OrganizationId,
        id: ApprovalRequestId,
    ) -> Result<Option<ApprovalRequest>, StoreError> {
        self.0.database().read_one(&GET, values![id, organization]).await?.as_ref().map(request).transpose()
    }

    /// The newest for a wish.
    pub async fn newest(&self, digest: &str) -> Result<Option<ApprovalRequest>, StoreError> {
        self.0.database().read_one(&NEWEST, values![digest]).await?.as_ref().map(request).transpose()
    }

    /// At most `limit` for a wish, newest first.
    pub async fn recent(&self, digest: &str, limit: i64) -> Result<Vec<ApprovalRequest>, StoreError> {
        self.0.database().read(&RECENT, values![digest, limit]).await?.iter().map(request).collect()
    }

    /// At most `limit`, newest first, before the one with id `before`.
    pub async fn page(
        &self,
        filter: &RequestFilter<'_>,
        before: Option<ApprovalRequestId>,
        limit: i64,
    ) -> Result<Vec<ApprovalRequest>, StoreError> {
        let values = values![filter.organization, filter.project, filter.state, before, limit, filter.now];
        self.0.database().read(&PAGE, values).await?.iter().map(request).collect()
    }
}

pub(crate) fn request(row: &Row) -> Result<ApprovalRequest, StoreError> {
    let approvals = row.integer("approvals")?;
    Ok(ApprovalRequest {
        id: row.parsed("id")?,
        organization: row.parsed("organization_id")?,
        project: row.optional_parsed("project_id")?,
        wish: row.json("wish")?,
        digest: row.text("digest")?.to_owned(),
        requester: row.json("requester")?,
        origin: row.json("origin")?,
        reason: row.optional_text("reason")?.map(str::to_owned),
        approvals: u8::try_from(approvals).map_err(|_| row.corrupt("approvals", "is no such number"))?,
        votes: row.json("votes")?,
        state: row.json("details")?,
        created_at: row.timestamp("created_at")?,
        expires_at: row.timestamp("expires_at")?,
        updated_at: row.timestamp("updated_at")?,
    })
}
