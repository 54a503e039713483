//! What the tokens of leases did, as their clusters' audit logs tell it, and who may send those.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

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

/// Rows that are written at once: others get their turn in between.
const BATCH: usize = 100;

macro_rules! known {
    () => {
        "SELECT leases.jti AS jti, leases.id AS id FROM leases
        WHERE (leases.connection_id = ?1
               OR EXISTS (SELECT 1 FROM connection_versions AS its, connection_versions AS ours
                          WHERE its.connection_id = leases.connection_id AND its.version = leases.connection_version
                            AND ours.connection_id = ?1 AND ours.cluster = its.cluster))
          AND leases.jti"
    };
}

statements! {
    // Leases that the connection issued, or another connection to the same cluster did.
    KNOWN = concat!(known!(), " IN (SELECT value FROM json_each(?2))"),
        postgres concat!(known!(), " IN (SELECT json_array_elements_text(CAST(CAST(?2 AS TEXT) AS json)))");

    PRESENT = "SELECT audit_id FROM cluster_requests
        WHERE connection_id = ?1 AND audit_id IN (SELECT value FROM json_each(?2))",
        postgres "SELECT audit_id FROM cluster_requests
        WHERE connection_id = ?1 AND audit_id IN (SELECT json_array_elements_text(CAST(CAST(?2 AS TEXT) AS json)))";

    // Counted once for all of them. The same event comes again when its sender is not sure that it arrived.
    JOIN = "INSERT INTO cluster_requests (connection_id, audit_id, lease_id, at, request)
        SELECT CAST(?1 AS TEXT), json_extract(value, '$.auditId'), leases.id, json_extract(value, '$.at'),
            json_extract(value, '$.request')
        FROM leases, json_each(?3)
        WHERE leases.id = ?2 AND NOT EXISTS (SELECT 1 FROM cluster_requests AS kept WHERE kept.connection_id = ?1
            AND kept.audit_id = json_extract(value, '$.auditId'))
        LIMIT MAX(0, ?4 - (SELECT COUNT(*) FROM cluster_requests AS kept WHERE kept.lease_id = ?2))
        ON CONFLICT (connection_id, audit_id) DO NOTHING",
        postgres "INSERT INTO cluster_requests (connection_id, audit_id, lease_id, at, request)
        SELECT CAST(?1 AS TEXT), item ->> 'auditId', leases.id, CAST(item ->> 'at' AS BIGINT), item ->> 'request'
        FROM leases, json_array_elements(CAST(CAST(?3 AS TEXT) AS json)) AS item
        WHERE leases.id = ?2 AND NOT EXISTS (SELECT 1 FROM cluster_requests AS kept WHERE kept.connection_id = ?1
            AND kept.audit_id = item ->> 'auditId')
        LIMIT GREATEST(0, CAST(?4 AS BIGINT) - (SELECT COUNT(*) FROM cluster_requests AS kept WHERE kept.lease_id = ?2))
        ON CONFLICT (connection_id, audit_id) DO NOTHING";

    PAGE = "SELECT audit_id, at, request FROM cluster_requests
        WHERE lease_id = ?1 AND (CAST(?2 AS BIGINT) IS NULL OR (at, audit_id) > (?2, ?3))
        ORDER BY at, audit_id LIMIT ?4";

    COUNT = "SELECT CAST(COUNT(*) AS BIGINT) AS number FROM cluster_requests WHERE lease_id = ?1";

    COUNT_EACH = "SELECT lease_id, COUNT(*) AS number FROM cluster_requests
        WHERE lease_id IN (SELECT value FROM json_each(?1)) GROUP BY lease_id",
        postgres "SELECT lease_id, CAST(COUNT(*) AS BIGINT) AS number FROM cluster_requests
        WHERE lease_id IN (SELECT json_array_elements_text(CAST(CAST(?1 AS TEXT) AS json))) GROUP BY lease_id";

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
    /// The path, without the query.
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

/// What of a cluster's audit log is to be kept, by lease.
#[derive(Clone, Debug)]
pub struct Joining {
    connection: ConnectionId,
    most: i64,
    of_lease: BTreeMap<LeaseId, Vec<Item>>,
}

impl Joining {
    /// How many requests that are.
    pub fn count(&self) -> u64 {
        self.of_lease.values().map(|items| items.len() as u64).sum()
    }
}

/// A row to be, as the statement reads it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    audit_id: String,
    at: i64,
    request: String,
}

impl Item {
    fn of(request: &MadeRequest) -> Self {
        Self {
            audit_id: request.audit_id.clone(),
            at: request.at.as_millisecond(),
            request: serde_json::to_string(&request.facts).unwrap_or_default(),
        }
    }
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
    /// Those of `requests` that were made with the token of a lease and are new, at most `most` for each lease with what is
    /// kept of it.
    pub async fn joining(
        &self,
        connection: ConnectionId,
        requests: Vec<MadeRequest>,
        most: u32,
    ) -> Result<Joining, StoreError> {
        let most = i64::from(most);
        let jtis: BTreeSet<&str> = requests.iter().map(|request| request.jti.as_str()).collect();
        let known = self.known(connection, &jtis).await?;
        let ids: Vec<&str> = requests.iter().map(|request| request.audit_id.as_str()).collect();
        let present = self.0.database().read(&PRESENT, values![connection, Value::json(&ids)]).await?;
        let mut seen: HashSet<String> = HashSet::new();
        for row in &present {
            seen.insert(row.text("audit_id")?.to_owned());
        }
        let mut room: BTreeMap<LeaseId, i64> = known.values().map(|lease| (*lease, most)).collect();
        let leases: Vec<&LeaseId> = room.keys().collect();
        for row in &self.0.database().read(&COUNT_EACH, values![Value::json(&leases)]).await? {
            room.insert(row.parsed("lease_id")?, most - row.integer("number")?);
        }
        let mut of_lease: BTreeMap<LeaseId, Vec<Item>> = BTreeMap::new();
        for request in requests {
            let Some(lease) = known.get(&request.jti) else { continue };
            let Some(left) = room.get_mut(lease).filter(|left| **left > 0) else { continue };
            if seen.insert(request.audit_id.clone()) {
                *left -= 1;
                of_lease.entry(*lease).or_default().push(Item::of(&request));
            }
        }
        Ok(Joining { connection, most, of_lease })
    }

    /// The leases whose tokens have these ids.
    async fn known(
        &self,
        connection: ConnectionId,
        jtis: &BTreeSet<&str>,
    ) -> Result<HashMap<String, LeaseId>, StoreError> {
        let rows = self.0.database().read(&KNOWN, values![connection, Value::json(jtis)]).await?;
        rows.iter().map(|row| Ok((row.text("jti")?.to_owned(), row.parsed("id")?))).collect()
    }

    /// Keeps them, a part at a time; `event` is written with the first part, or alone. Says how many are new.
    pub async fn join(&self, joining: Joining, event: Option<&AuditEvent>) -> Result<u64, StoreError> {
        let Joining { connection, most, of_lease } = joining;
        let parts: Vec<(LeaseId, Vec<Item>)> = of_lease
            .into_iter()
            .flat_map(|(lease, items)| items.chunks(BATCH).map(|part| (lease, part.to_vec())).collect::<Vec<_>>())
            .collect();
        let (mut joined, mut transaction, mut rows) = (0, Transaction::new(), 0);
        let mut told = event.map(audit_events::insert);
        for (lease, items) in parts {
            if rows + items.len() > BATCH {
                joined += self.write(std::mem::take(&mut transaction), &mut told).await?;
                rows = 0;
            }
            rows += items.len();
            transaction = transaction.step(&JOIN, values![connection, lease, Value::json(&items), most]);
        }
        if rows > 0 || told.is_some() {
            joined += self.write(transaction, &mut told).await?;
        }
        Ok(joined)
    }

    async fn write(&self, transaction: Transaction, told: &mut Option<Step>) -> Result<u64, StoreError> {
        // The event is the last.
        let rows = transaction.steps.len();
        let outcomes = self.0.database().write(transaction.with_all(told.take())).await?;
        Ok(outcomes.iter().take(rows).map(|outcome| outcome.changed).sum())
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
