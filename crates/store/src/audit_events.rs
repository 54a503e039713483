//! The audit log: appended to in the transaction of what it tells of, read page by page.

use std::net::IpAddr;

use jiff::Timestamp;
use mayfly_domain::{
    audit::AuditEvent,
    caller::{Actor, Origin},
    ids::{AuditEventId, OrganizationId, ProjectId},
};

use crate::{
    Store, StoreError,
    row::Row,
    sql::statements,
    transaction::{Records, Step, Transaction},
    value::{Value, values},
};

/// The columns of an event, in the order in which every statement that writes events fills them.
macro_rules! event_columns {
    () => {
        "(id, organization_id, project_id, kind, metadata, actor, actor_id, ip_address, user_agent, user_agent_type,
          created_at, chain, number, previous, mac)"
    };
}

/// What a statement selects that gives events to be written: of each lease of a table or join, the event of a kind.
macro_rules! lease_events {
    (kind: $kind:literal, id: $half:literal, actor: $actor:literal, by: $by:expr, at: $at:literal) => {
        concat!(
            "SELECT CAST(", $half, " AS TEXT) || substr(id, 19) AS id, organization_id, project_id, '", $kind, "' AS kind,
               facts AS metadata, CAST(", $actor, " AS TEXT) AS actor, ", $by, ", CAST(", $at, " AS BIGINT) AS created_at"
        )
    };
}

/// The columns of an event that nobody caused.
macro_rules! by_nobody {
    () => {
        "CAST(NULL AS TEXT) AS actor_id, CAST(NULL AS TEXT) AS ip_address, '' AS user_agent,
               CAST(NULL AS TEXT) AS user_agent_type"
    };
}
pub(crate) use {by_nobody, lease_events};

statements! {
    pub(crate) INSERT = concat!("INSERT INTO audit_events ", event_columns!(), "
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)");

    // A column of each value for a whole batch; SQLite, which has no way to wait for, writes events one by one.
    pub(crate) INSERT_BATCH = concat!("INSERT INTO audit_events ", event_columns!(), "
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"),
        postgres concat!("INSERT INTO audit_events ", event_columns!(), "
        SELECT * FROM unnest(CAST(?1 AS TEXT[]), CAST(?2 AS TEXT[]), CAST(?3 AS TEXT[]), CAST(?4 AS TEXT[]),
            CAST(?5 AS TEXT[]), CAST(?6 AS TEXT[]), CAST(?7 AS TEXT[]), CAST(?8 AS TEXT[]), CAST(?9 AS TEXT[]),
            CAST(?10 AS TEXT[]), CAST(?11 AS BIGINT[]), CAST(?12 AS BIGINT[]), CAST(?13 AS BIGINT[]),
            CAST(?14 AS BYTEA[]), CAST(?15 AS BYTEA[]))");

    LIST = "SELECT audit_events.id AS id, audit_events.organization_id AS organization_id, project_id, kind, metadata,
            actor, ip_address, user_agent, user_agent_type, audit_events.created_at AS created_at,
            projects.name AS project_name
        FROM audit_events LEFT JOIN projects ON projects.id = audit_events.project_id
        WHERE audit_events.id >= ?14 AND audit_events.id < ?15
          AND audit_events.created_at >= ?1 AND audit_events.created_at <= ?2
          AND (CAST(?3 AS TEXT) IS NULL OR audit_events.organization_id = ?3)
          AND (CAST(?4 AS TEXT) IS NULL OR audit_events.project_id = ?4)
          AND (CAST(?5 AS TEXT) IS NULL OR ?5 LIKE '%,' || kind || ',%' ESCAPE '\\')
          AND (CAST(?6 AS TEXT) IS NULL OR actor_id = ?6)
          AND (CAST(?16 AS TEXT) IS NULL OR user_agent_type = ?16)
          AND (CAST(?7 AS TEXT) IS NULL OR actor LIKE ?7 ESCAPE '\\')
          AND (CAST(?8 AS TEXT) IS NULL OR metadata LIKE ?8 ESCAPE '\\')
          AND (CAST(?9 AS TEXT) IS NULL OR metadata LIKE ?9 ESCAPE '\\')
          AND (CAST(?10 AS TEXT) IS NULL OR metadata LIKE ?10 ESCAPE '\\')
          AND (CAST(?11 AS TEXT) IS NULL OR metadata LIKE ?11 ESCAPE '\\')
        ORDER BY audit_events.id DESC LIMIT ?12 OFFSET ?13";
}

/// Milliseconds; nothing takes as long as this between making an event's id and noting its time.
pub(crate) const SLACK: i64 = 60_000;

/// The step that writes `event`.
pub(crate) fn insert(event: &AuditEvent) -> Step {
    Step::new(
        &INSERT,
        values![
            event.id,
            event.organization,
            event.project,
            event.event.name(),
            Value::json(&event.event.metadata()),
            Value::json(&event.actor),
            actor_id(&event.actor),
            event.origin.ip_address.map(|ip| ip.to_string()),
            event.origin.user_agent.as_str(),
            user_agent_type(&event.origin),
            event.created_at,
            // The places of what links it.
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Null,
        ],
    )
    .recording(Records::Event)
}

/// By what an actor's events are found.
pub(crate) fn actor_id(actor: &Actor) -> Option<String> {
    match actor {
        Actor::Anonymous | Actor::Platform => None,
        Actor::Identity { identity_id, .. } => Some(identity_id.to_string()),
        Actor::User { user_id, .. } => Some(user_id.to_string()),
    }
}

/// With what kind of program; what Mayfly did by itself was done with none.
pub(crate) fn user_agent_type(origin: &Origin) -> Option<&'static str> {
    origin.ip_address.map(|_| origin.user_agent_type())
}

/// An event as it is stored: the fields of its kind stay JSON, because an older or newer Mayfly may have written it.
#[derive(Clone, Debug)]
pub struct StoredEvent {
    /// Id.
    pub id: AuditEventId,
    /// Organization.
    pub organization: Option<OrganizationId>,
    /// Project.
    pub project: Option<ProjectId>,
    /// The project's name, while it exists.
    pub project_name: Option<String>,
    /// Kind of event.
    pub kind: String,
    /// Its fields.
    pub metadata: serde_json::Value,
    /// Who.
    pub actor: Actor,
    /// From where.
    pub ip_address: Option<IpAddr>,
    /// With what.
    pub user_agent: String,
    /// With what kind of program ([`Origin::user_agent_type`]); nothing for what Mayfly did by itself.
    pub user_agent_type: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

/// Which events to list, newest first. What is `None` does not narrow.
#[derive(Clone, Debug)]
pub struct AuditFilter {
    /// Not before.
    pub from: Timestamp,
    /// Not after.
    pub to: Timestamp,
    /// In this organization.
    pub organization: Option<OrganizationId>,
    /// In this project.
    pub project: Option<ProjectId>,
    /// Of one of these kinds.
    pub kinds: Option<Vec<String>>,
    /// By this identity or person.
    pub actor_id: Option<String>,
    /// By this type of actor.
    pub actor_type: Option<String>,
    /// With this kind of program ([`Origin::user_agent_type`]).
    pub user_agent_type: Option<&'static str>,
    /// With these fields, at most [`AuditFilter::MOST_FIELDS`]; further ones are ignored.
    pub fields: Vec<(String, String)>,
    /// At most this many.
    pub limit: i64,
    /// After this many.
    pub offset: i64,
}

impl AuditFilter {
    /// As many fields as the statement has places for.
    pub const MOST_FIELDS: usize = 4;

    /// Narrows nothing: every event there is.
    pub const fn everything() -> Self {
        Self {
            from: Timestamp::UNIX_EPOCH,
            to: Timestamp::MAX,
            organization: None,
            project: None,
            kinds: None,
            actor_id: None,
            actor_type: None,
            user_agent_type: None,
            fields: Vec::new(),
            limit: i32::MAX as i64,
            offset: 0,
        }
    }

    fn values(&self) -> Vec<Value> {
        let mut fields = self.fields.iter().map(|(key, value)| containing_field(key, value));
        let kinds = self.kinds.as_ref().map(|kinds| format!(",{},", kinds.join(",")));
        let actor_type = self.actor_type.as_ref().map(|kind| containing_field("type", kind));
        values![
            self.from,
            self.to,
            self.organization,
            self.project,
            kinds,
            self.actor_id.as_deref(),
            actor_type,
            fields.next(),
            fields.next(),
            fields.next(),
            fields.next(),
            self.limit,
            self.offset,
            first_id_of(self.from.as_millisecond() - SLACK),
            first_id_of(self.to.as_millisecond() + SLACK),
            self.user_agent_type,
        ]
    }
}

/// The least text of a time-ordered id (RFC 9562 section 5.7) that was made that long after 1970: ids tell the time well enough
/// to find a span of the log by, so that no index on the time itself has to be kept.
pub(crate) fn first_id_of(milliseconds: i64) -> String {
    let milliseconds = milliseconds.max(0);
    format!("{:08x}-{:04x}", milliseconds >> 16, milliseconds & 0xffff)
}

/// The pattern that finds `"key":"value"` in JSON written without blanks.
pub(crate) fn containing_field(key: &str, value: &str) -> String {
    let field = format!("{}:{}", serde_json::Value::from(key), serde_json::Value::from(value));
    format!("%{}%", field.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

/// The audit log of a store.
#[derive(Clone, Copy)]
pub struct AuditEvents<'store>(&'store Store);

impl Store {
    /// The audit log.
    pub fn audit_events(&self) -> AuditEvents<'_> {
        AuditEvents(self)
    }
}

impl AuditEvents<'_> {
    /// Appends an event that belongs to no other change, such as a refusal.
    pub async fn append(&self, event: &AuditEvent) -> Result<(), StoreError> {
        self.0.database().write(Transaction::new().with(insert(event))).await.map(|_| ())
    }

    /// The events of `filter`, newest first.
    pub async fn list(&self, filter: &AuditFilter) -> Result<Vec<StoredEvent>, StoreError> {
        Ok(self.0.database().read(&LIST, filter.values()).await?.iter().map(stored_event).collect())
    }
}

/// A row that cannot be read, because somebody changed it past Mayfly, hides no other and holds nobody up: it is shown
/// without what it says.
pub(crate) fn stored_event(row: &Row) -> StoredEvent {
    read(row).unwrap_or_else(|error| StoredEvent {
        id: row.parsed("id").unwrap_or_else(|_| AuditEventId::from_uuid(uuid::Uuid::nil())),
        organization: row.optional_parsed("organization_id").unwrap_or_default(),
        project: row.optional_parsed("project_id").unwrap_or_default(),
        project_name: None,
        kind: row.text("kind").unwrap_or_default().to_owned(),
        metadata: serde_json::json!({ "unreadable": error.to_string() }),
        actor: Actor::Anonymous,
        ip_address: None,
        user_agent: String::new(),
        user_agent_type: None,
        created_at: row.timestamp("created_at").unwrap_or(Timestamp::UNIX_EPOCH),
    })
}

fn read(row: &Row) -> Result<StoredEvent, StoreError> {
    Ok(StoredEvent {
        id: row.parsed("id")?,
        organization: row.optional_parsed("organization_id")?,
        project: row.optional_parsed("project_id")?,
        project_name: row.optional_text("project_name")?.map(str::to_owned),
        kind: row.text("kind")?.to_owned(),
        metadata: row.json("metadata")?,
        actor: row.json("actor")?,
        ip_address: row.optional_parsed("ip_address")?,
        user_agent: row.text("user_agent")?.to_owned(),
        user_agent_type: row.optional_text("user_agent_type")?.map(str::to_owned),
        created_at: row.timestamp("created_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_id_of_a_moment_is_the_beginning_of_all_that_are_made_in_it() {
        let id: AuditEventId = "01b8e094-988b-77c0-a559-b74fdab168e5".parse().unwrap();
        assert!(id.to_string().starts_with(&first_id_of(0x01b8_e094_988b)));
        let (first, last) = (Timestamp::MIN.as_millisecond() - SLACK, Timestamp::MAX.as_millisecond() + SLACK);
        assert!(first_id_of(first) < id.to_string() && id.to_string() < first_id_of(last));
    }

    #[test]
    fn a_pattern_matches_its_value_and_nothing_wider() {
        assert_eq!(containing_field("environment", "a_b%"), "%\"environment\":\"a\\_b\\%\"%");
        assert_eq!(containing_field("x", "\"\\"), "%\"x\":\"\\\\\"\\\\\\\\\"%");
    }
}
