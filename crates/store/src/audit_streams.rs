//! Streams of the audit log to places outside, and how far each reader of all chains has come.
//!
//! A reader's positions say how far it is in each chain. Numbers of a chain become visible in their order, so that
//! nothing is passed over, whatever is committed when.

use jiff::Timestamp;
use mayfly_domain::{
    audit::AuditEvent,
    audit_stream::AuditStream,
    ids::{AuditStreamId, OrganizationId},
    sensitive::Sensitive,
};

use crate::{
    Store, StoreError,
    audit_events::{self, StoredEvent, stored_event},
    row::Row,
    sealed::{
        Place, Scope,
        columns::{SealedColumn, key_digits, sealed_count, sealed_page, sealed_replace, superseded},
    },
    sql::statements,
    transaction::Transaction,
    value::{Value, values},
};

macro_rules! chains {
    () => {
        "WITH RECURSIVE chains (id) AS (
            SELECT (SELECT MIN(chain) FROM audit_events)
            UNION ALL
            SELECT (SELECT MIN(chain) FROM audit_events WHERE chain > chains.id) FROM chains WHERE chains.id IS NOT NULL
        )"
    };
}

macro_rules! unread {
    () => {
        " FROM chains JOIN audit_events AS event ON event.chain = chains.id
            AND event.number > COALESCE((SELECT number FROM audit_positions
                                         WHERE reader = ?1 AND audit_positions.chain = chains.id), 0)"
    };
}

statements! {
    UNREAD = concat!(chains!(), "
        SELECT event.id AS id, organization_id, project_id, kind, metadata, actor, ip_address, user_agent,
            user_agent_type, created_at, CAST(NULL AS TEXT) AS project_name, chain, number", unread!(), "
        ORDER BY chain, number LIMIT ?2");

    LAG = concat!(chains!(), "
        SELECT CAST(COUNT(*) AS BIGINT) AS number, CAST(MIN(created_at) AS BIGINT) AS oldest", unread!());

    ADVANCE = "INSERT INTO audit_positions (reader, chain, number) VALUES (?1, ?2, ?3)
        ON CONFLICT (reader, chain) DO UPDATE SET number = excluded.number";

    BEGIN_NOW = "INSERT INTO audit_positions (reader, chain, number)
        SELECT CAST(?1 AS TEXT), chain, MAX(number) FROM audit_events WHERE chain IS NOT NULL GROUP BY chain";

    FORGET_POSITIONS = "DELETE FROM audit_positions WHERE reader = ?1";

    INSERT = "INSERT INTO audit_streams
        (id, organization_id, name, target, sealed_secret, due_at, attempts, delivered, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, ?6)";

    SEALED_PAGE = sealed_page!("*", "audit_streams", "id", "sealed_secret"),
        postgres sealed_page!(postgres "*", "audit_streams", "id", "sealed_secret");

    SEALED_COUNT = sealed_count!("audit_streams", "sealed_secret"), postgres sealed_count!(postgres "audit_streams", "sealed_secret");

    SEALED_REPLACE = sealed_replace!("audit_streams", "id", "sealed_secret");

    PAGE = "SELECT * FROM audit_streams WHERE organization_id = ?1 AND (CAST(?2 AS TEXT) IS NULL OR id > ?2)
        ORDER BY id LIMIT ?3";

    GET = "SELECT * FROM audit_streams WHERE organization_id = ?1 AND id = ?2";

    DELETE = "DELETE FROM audit_streams WHERE organization_id = ?1 AND id = ?2";

    DUE = "SELECT * FROM audit_streams WHERE due_at <= ?1 ORDER BY due_at LIMIT 50";

    CLAIM = "UPDATE audit_streams SET due_at = ?3 WHERE id = ?1 AND due_at = ?2";

    DELIVERED = "UPDATE audit_streams
        SET attempts = 0, last_error = NULL, delivered = delivered + ?3, delivered_at = ?4
        WHERE id = ?1 AND due_at = ?2";

    REST = "UPDATE audit_streams SET due_at = ?3, attempts = 0, last_error = NULL WHERE id = ?1 AND due_at = ?2";

    PUT_OFF = "UPDATE audit_streams SET due_at = ?3, attempts = attempts + 1, last_error = ?4
        WHERE id = ?1 AND due_at = ?2";
}

/// The guard's text when another server works on the stream.
const CLAIM_HOLDS: &str = "the claim on the stream still holds";

/// An event that a reader has not had, and its place.
#[derive(Clone, Debug)]
pub struct UnreadEvent {
    /// The event.
    pub event: StoredEvent,
    chain: i64,
    number: i64,
}

/// How far a reader is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lag {
    /// Events that it has not had.
    pub events: i64,
    /// When the oldest of them happened.
    pub since: Option<Timestamp>,
}

/// The streams of a store.
#[derive(Clone, Copy)]
pub struct AuditStreams<'store>(&'store Store);

impl Store {
    /// Streams of the audit log to places outside.
    pub fn audit_streams(&self) -> AuditStreams<'_> {
        AuditStreams(self)
    }
}

impl AuditStreams<'_> {
    /// At most `limit` events that `reader` has not had, those of each chain in their order.
    pub async fn unread(&self, reader: &str, limit: i64) -> Result<Vec<UnreadEvent>, StoreError> {
        let unread = |row: &Row| {
            let (chain, number) = (row.integer("chain")?, row.integer("number")?);
            Ok(UnreadEvent { event: stored_event(row), chain, number })
        };
        self.0.database().read(&UNREAD, values![reader, limit]).await?.iter().map(unread).collect()
    }

    /// How far `reader` is behind.
    pub async fn lag(&self, reader: &str) -> Result<Lag, StoreError> {
        let row = self.0.database().read_one(&LAG, values![reader]).await?;
        let lag = |row: Row| Ok(Lag { events: row.integer("number")?, since: row.optional_timestamp("oldest")? });
        row.map_or(Ok(Lag { events: 0, since: None }), lag)
    }

    /// Notes that `reader` has had `events`, which [`AuditStreams::unread`] gave.
    pub async fn advance(&self, reader: &str, events: &[UnreadEvent]) -> Result<(), StoreError> {
        self.0.database().write(advanced(Transaction::new(), reader, events)).await.map(drop)
    }

    /// Makes a stream of what happens from now on. Its `secret` is sealed, for its target and no other.
    pub async fn create(
        &self,
        stream: &AuditStream,
        secret: Option<&Sensitive<String>>,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let sealed = match secret {
            Some(secret) => Some(self.0.seal(&place(stream), secret.expose().as_bytes()).await?),
            None => None,
        };
        let name = stream.name.as_str();
        let target = Value::json(&stream.target);
        let values = values![stream.id, stream.organization, name, target, sealed, stream.created_at];
        let transaction = Transaction::new()
            .step(&INSERT, values)
            .step(&BEGIN_NOW, values![stream.id])
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// The secret of a stream.
    pub async fn secret(&self, stream: &AuditStream) -> Result<Option<Sensitive<String>>, StoreError> {
        let Some(row) = self.0.database().read_one(&GET, values![stream.organization, stream.id]).await? else {
            return Ok(None);
        };
        let Some(sealed) = row.optional_bytes("sealed_secret")? else { return Ok(None) };
        let opened = self.0.unseal(&place(stream), sealed).await?;
        Ok(Some(Sensitive::new(String::from_utf8_lossy(opened.expose()).into_owned())))
    }

    /// At most `limit` streams of an organization, after `after`.
    pub async fn page(
        &self,
        organization: OrganizationId,
        after: Option<AuditStreamId>,
        limit: i64,
    ) -> Result<Vec<AuditStream>, StoreError> {
        self.0.database().read(&PAGE, values![organization, after, limit]).await?.iter().map(stream).collect()
    }

    /// One of them.
    pub async fn get(
        &self,
        organization: OrganizationId,
        id: AuditStreamId,
    ) -> Result<Option<AuditStream>, StoreError> {
        self.0.database().read_one(&GET, values![organization, id]).await?.as_ref().map(stream).transpose()
    }

    /// Removes one, with what it has not had.
    pub async fn delete(
        &self,
        organization: OrganizationId,
        id: AuditStreamId,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&DELETE, values![organization, id])
            .expecting_one("the stream is there")
            .step(&FORGET_POSITIONS, values![id])
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Streams that are due at `now`.
    pub async fn due(&self, now: Timestamp) -> Result<Vec<AuditStream>, StoreError> {
        self.0.database().read(&DUE, values![now]).await?.iter().map(stream).collect()
    }

    /// Takes a stream until `until`. Nothing if another server was faster.
    pub async fn claim(&self, stream: &AuditStream, until: Timestamp) -> Result<Option<AuditStream>, StoreError> {
        let transaction = Transaction::new().step(&CLAIM, values![stream.id, stream.due_at, until]);
        let outcomes = self.0.database().write(transaction).await?;
        let is_ours = outcomes.first().is_some_and(|outcome| outcome.changed > 0);
        Ok(is_ours.then(|| AuditStream { due_at: until, ..stream.clone() }))
    }

    /// Notes that `events` were delivered, if the stream is still ours.
    pub async fn delivered(
        &self,
        stream: &AuditStream,
        events: &[UnreadEvent],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let count = i64::try_from(events.len()).unwrap_or(i64::MAX);
        let transaction = Transaction::new()
            .step(&DELIVERED, values![stream.id, stream.due_at, count, now])
            .expecting_one(CLAIM_HOLDS);
        self.0.database().write(advanced(transaction, &stream.id.to_string(), events)).await.map(drop)
    }

    /// Gives a stream back that had everything there was; it is due again at `next`.
    pub async fn rest(&self, stream: &AuditStream, next: Timestamp) -> Result<(), StoreError> {
        let transaction = Transaction::new().step(&REST, values![stream.id, stream.due_at, next]);
        self.0.database().write(transaction).await.map(drop)
    }

    /// Gives a stream back whose place is away; it is tried again at `next`.
    pub async fn put_off(&self, stream: &AuditStream, why: &str, next: Timestamp) -> Result<(), StoreError> {
        let transaction = Transaction::new().step(&PUT_OFF, values![stream.id, stream.due_at, next, why]);
        self.0.database().write(transaction).await.map(drop)
    }
}

/// With the last number of each chain.
fn advanced(transaction: Transaction, reader: &str, events: &[UnreadEvent]) -> Transaction {
    let ends: std::collections::BTreeMap<i64, i64> =
        events.iter().map(|unread| (unread.chain, unread.number)).collect();
    ends.into_iter()
        .fold(transaction, |transaction, (chain, number)| transaction.step(&ADVANCE, values![reader, chain, number]))
}

/// Its sealed column.
pub(crate) static SEALED: SealedColumn = SealedColumn {
    table: "audit_streams",
    column: "sealed_secret",
    page: &SEALED_PAGE,
    count: &SEALED_COUNT,
    replace: &SEALED_REPLACE,
    place: |row| Ok(place(&stream(row)?)),
};

fn place(stream: &AuditStream) -> Place {
    let bound = serde_json::to_string(&stream.target).unwrap_or_default();
    Place::new("audit_streams", "sealed_secret", stream.id, Scope::Organization).bound_to(bound)
}

fn stream(row: &Row) -> Result<AuditStream, StoreError> {
    Ok(AuditStream {
        id: row.parsed("id")?,
        organization: row.parsed("organization_id")?,
        name: row.text("name")?.to_owned(),
        target: row.json("target")?,
        due_at: row.timestamp("due_at")?,
        attempts: row.integer("attempts")?,
        delivered: row.integer("delivered")?,
        last_error: row.optional_text("last_error")?.map(str::to_owned),
        delivered_at: row.optional_timestamp("delivered_at")?,
        created_at: row.timestamp("created_at")?,
    })
}
