//! What the tokens of leases did, as their clusters' audit logs tell it, and who may send those.

use jiff::Timestamp;
use mayfly_domain::{
    audit::AuditEvent,
    ids::{ConnectionId, LeaseId},
};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError, audit_events,
    row::Row,
    sql::statements,
    transaction::{Step, Transaction},
    value::{Value, values},
};

statements! {
    // Of a lease that the connection issued, or another connection to the same cluster did. The same event comes again
    // when its sender is not sure that it arrived.
    JOIN = "INSERT INTO cluster_requests (connection_id, audit_id, lease_id, at, request)
        SELECT CAST(?1 AS TEXT), CAST(?2 AS TEXT), leases.id, CAST(?4 AS BIGINT), CAST(?5 AS TEXT) FROM leases
        WHERE jti = ?3
          AND (leases.connection_id = ?1
               OR EXISTS (SELECT 1 FROM connection_versions AS its, connection_versions AS ours
                          WHERE its.connection_id = leases.connection_id AND its.version = leases.connection_version
                            AND ours.connection_id = ?1 AND ours.cluster = its.cluster))
          AND (SELECT COUNT(*) FROM cluster_requests WHERE cluster_requests.lease_id = leases.id) < ?6
        ON CONFLICT (connection_id, audit_id) DO NOTHING";

    PAGE = "SELECT audit_id, at, request FROM cluster_requests
        WHERE lease_id = ?1 AND (CAST(?2 AS BIGINT) IS NULL OR (at, audit_id) > (?2, ?3))
        ORDER BY at, audit_id LIMIT ?4";

    COUNT = "SELECT CAST(COUNT(*) AS BIGINT) AS number FROM cluster_requests WHERE lease_id = ?1";

    DELETE_OLD = "DELETE FROM cluster_requests WHERE at < ?1";

    PUT_INTAKE = "INSERT INTO audit_intakes (connection_id, digest, events, joined, created_at) VALUES (?1, ?2, 0, 0, ?3)
        ON CONFLICT (connection_id) DO UPDATE
        SET digest = excluded.digest, events = 0, joined = 0, created_at = excluded.created_at, last_heard_at = NULL";

    GET_INTAKE = "SELECT * FROM audit_intakes WHERE connection_id = ?1";

    REMOVE_INTAKE = "DELETE FROM audit_intakes WHERE connection_id = ?1";

    HEARD = "UPDATE audit_intakes SET events = events + ?2, joined = joined + ?3, last_heard_at = ?4
        WHERE connection_id = ?1";
}

/// A request to a cluster, as its audit log tells it. Of the body nothing is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestFacts {
    /// `get`, `list`, `create`, …
    pub verb: String,
    /// Path and query.
    pub uri: String,
    /// The API group of the resource; empty is the core group.
    pub api_group: Option<String>,
    /// The resource, in the plural.
    pub resource: Option<String>,
    /// Its part.
    pub subresource: Option<String>,
    /// The namespace.
    pub namespace: Option<String>,
    /// The object's name.
    pub name: Option<String>,
    /// The status of the answer.
    pub status: Option<i64>,
    /// From where, as the API server saw it.
    pub source_ip: Option<String>,
    /// With what.
    pub user_agent: Option<String>,
}

/// A request that was made with a token whose `jti` the cluster tells.
#[derive(Clone, Debug)]
pub struct MadeRequest {
    /// `auditID` in the cluster.
    pub audit_id: String,
    /// The token's id.
    pub jti: String,
    /// When.
    pub at: Timestamp,
    /// What.
    pub facts: RequestFacts,
}

/// A request of a lease, as it is kept.
#[derive(Clone, Debug)]
pub struct KeptRequest {
    /// `auditID` in the cluster.
    pub audit_id: String,
    /// When.
    pub at: Timestamp,
    /// What.
    pub facts: RequestFacts,
}

/// Who may send a cluster's audit log.
#[derive(Clone, Debug)]
pub struct Intake {
    /// The connection.
    pub connection: ConnectionId,
    /// SHA-256 of its token.
    pub digest: Vec<u8>,
    /// Events that came.
    pub events: i64,
    /// Those that were of leases.
    pub joined: i64,
    /// When its token was made.
    pub created_at: Timestamp,
    /// When something came last.
    pub last_heard_at: Option<Timestamp>,
}

/// The requests and intakes of a store.
#[derive(Clone, Copy)]
pub struct ClusterRequests<'store>(&'store Store);

impl Store {
    /// What the tokens of leases did.
    pub fn cluster_requests(&self) -> ClusterRequests<'_> {
        ClusterRequests(self)
    }
}

impl ClusterRequests<'_> {
    /// Keeps those of `requests` that were made with the token of a lease, at most `most` for each lease. Says how many
    /// are new.
    pub async fn join(&self, connection: ConnectionId, requests: &[MadeRequest], most: u32) -> Result<u64, StoreError> {
        let step = |request: &MadeRequest| {
            let facts = Value::json(&request.facts);
            let (id, jti) = (request.audit_id.as_str(), request.jti.as_str());
            Step::new(&JOIN, values![connection, id, jti, request.at, facts, i64::from(most)])
        };
        let outcomes = self.0.database().write(Transaction::new().with_all(requests.iter().map(step))).await?;
        Ok(outcomes.iter().map(|outcome| outcome.changed).sum())
    }

    /// At most `limit` requests of a lease, oldest first, after the one of `after`.
    pub async fn page(
        &self,
        lease: LeaseId,
        after: Option<(Timestamp, String)>,
        limit: i64,
    ) -> Result<Vec<KeptRequest>, StoreError> {
        let (at, id) = after.map_or((None, None), |(at, id)| (Some(at), Some(id)));
        let rows = self.0.database().read(&PAGE, values![lease, at, id.unwrap_or_default(), limit]).await?;
        let kept = |row: &Row| {
            Ok(KeptRequest {
                audit_id: row.text("audit_id")?.to_owned(),
                at: row.timestamp("at")?,
                facts: row.json("request")?,
            })
        };
        rows.iter().map(kept).collect()
    }

    /// How many are kept of a lease.
    pub async fn count(&self, lease: LeaseId) -> Result<i64, StoreError> {
        let row = self.0.database().read_one(&COUNT, values![lease]).await?;
        row.map_or(Ok(0), |row| row.integer("number"))
    }

    /// Forgets requests that are older.
    pub async fn delete_old(&self, before: Timestamp) -> Result<(), StoreError> {
        self.0.database().write(Transaction::new().step(&DELETE_OLD, values![before])).await.map(drop)
    }

    /// Lets whoever has the token of `digest` send a cluster's audit log, and nobody else.
    pub async fn put_intake(
        &self,
        connection: ConnectionId,
        digest: &[u8],
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&PUT_INTAKE, values![connection, digest, event.created_at])
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Lets nobody send it any more.
    pub async fn remove_intake(&self, connection: ConnectionId, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&REMOVE_INTAKE, values![connection])
            .expecting_one("there is an intake")
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Who may send it.
    pub async fn intake(&self, connection: ConnectionId) -> Result<Option<Intake>, StoreError> {
        let intake = |row: Row| {
            Ok(Intake {
                connection: row.parsed("connection_id")?,
                digest: row.bytes("digest")?.to_vec(),
                events: row.integer("events")?,
                joined: row.integer("joined")?,
                created_at: row.timestamp("created_at")?,
                last_heard_at: row.optional_timestamp("last_heard_at")?,
            })
        };
        self.0.database().read_one(&GET_INTAKE, values![connection]).await?.map(intake).transpose()
    }

    /// Notes that something came.
    pub async fn heard(&self, connection: ConnectionId, came: (u64, u64), now: Timestamp) -> Result<(), StoreError> {
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let values = values![connection, count(came.0), count(came.1), now];
        self.0.database().write(Transaction::new().step(&HEARD, values)).await.map(drop)
    }
}
