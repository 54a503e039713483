//! Reading the audit log page by page in the order of its ids, and counting what is in it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mayfly_domain::{
    audit::EventOutcome,
    caller::Actor,
    ids::{AuditEventId, ConnectionId, DynamicSecretId, GatewayId, LeaseId, OrganizationId, ProjectId},
};

use crate::{
    Store, StoreError,
    audit_events::{SLACK, StoredEvent, containing_field, first_id_of, stored_event},
    like::containing,
    sql::statements,
    value::{Value, values},
};

/// What every statement of this file narrows by. Each part that is absent narrows nothing. Lower case is that of ASCII letters
/// only, on both databases.
macro_rules! narrowed {
    ($lease:literal, $who:literal, $what:literal, $why:literal) => {
        concat!(
            " audit_events.id >= ?1 AND audit_events.id < ?2
          AND audit_events.created_at >= ?3 AND audit_events.created_at <= ?4
          AND (CAST(?5 AS TEXT) IS NULL OR audit_events.organization_id = ?5)
          AND (CAST(?6 AS TEXT) IS NULL OR audit_events.project_id = ?6)
          AND (CAST(?7 AS TEXT) IS NULL OR ?7 LIKE '%,' || kind || ',%' ESCAPE '\\')
          AND (CAST(?8 AS TEXT) IS NULL OR NOT ?8 LIKE '%,' || kind || ',%' ESCAPE '\\')
          AND (CAST(?9 AS TEXT) IS NULL OR actor_id = ?9)
          AND (CAST(?10 AS TEXT) IS NULL OR actor LIKE ?10 ESCAPE '\\')
          AND (CAST(?11 AS TEXT) IS NULL OR metadata LIKE ?11 ESCAPE '\\')
          AND (CAST(?12 AS TEXT) IS NULL OR metadata LIKE ?12 ESCAPE '\\')
          AND (CAST(?13 AS TEXT) IS NULL OR metadata LIKE ?14 ESCAPE '\\'
               OR EXISTS (SELECT 1 FROM leases WHERE leases.id = ",
            $lease,
            " AND leases.connection_id = ?13))
          AND (CAST(?15 AS TEXT) IS NULL OR metadata LIKE ?15 ESCAPE '\\' OR metadata LIKE ?16 ESCAPE '\\')
          AND (CAST(?18 AS TEXT) IS NULL OR metadata LIKE ?18 ESCAPE '\\')
          AND (CAST(?17 AS TEXT) IS NULL
               OR kind LIKE ?17 ESCAPE '\\' OR REPLACE(kind, '-', ' ') LIKE ?17 ESCAPE '\\'
               OR LOWER(",
            $who,
            ") LIKE ?17 ESCAPE '\\'
               OR LOWER(",
            $what,
            ") LIKE ?17 ESCAPE '\\'
               OR LOWER(",
            $why,
            ") LIKE ?17 ESCAPE '\\') "
        )
    };
}

macro_rules! lease_of_sqlite {
    () => {
        narrowed!(
            "json_extract(metadata, '$.leaseId')",
            "COALESCE(json_extract(actor, '$.email'), json_extract(actor, '$.name'), '')",
            "COALESCE(json_extract(metadata, '$.dynamicSecretName'), json_extract(metadata, '$.name'),
               json_extract(metadata, '$.wish.name'), '')",
            "COALESCE(json_extract(metadata, '$.reason'), json_extract(metadata, '$.why'),
               json_extract(metadata, '$.comment'), '')"
        )
    };
}

macro_rules! lease_of_postgres {
    () => {
        narrowed!(
            "CAST(metadata AS json) ->> 'leaseId'",
            "COALESCE(CAST(actor AS json) ->> 'email', CAST(actor AS json) ->> 'name', '') COLLATE \"C\"",
            "COALESCE(CAST(metadata AS json) ->> 'dynamicSecretName', CAST(metadata AS json) ->> 'name',
               CAST(metadata AS json) -> 'wish' ->> 'name', '') COLLATE \"C\"",
            "COALESCE(CAST(metadata AS json) ->> 'reason', CAST(metadata AS json) ->> 'why',
               CAST(metadata AS json) ->> 'comment', '') COLLATE \"C\""
        )
    };
}

macro_rules! columns {
    () => {
        "SELECT audit_events.id AS id, audit_events.organization_id AS organization_id, project_id, kind, metadata, actor,
            ip_address, user_agent, user_agent_type, audit_events.created_at AS created_at, projects.name AS project_name
        FROM audit_events LEFT JOIN projects ON projects.id = audit_events.project_id WHERE"
    };
}

macro_rules! counts {
    () => {
        "SELECT kind, actor_id, MAX(actor) AS actor, project_id, CAST(COUNT(*) AS BIGINT) AS number FROM audit_events WHERE"
    };
}

macro_rules! of_kinds {
    () => {
        "SELECT kind, CAST(COUNT(*) AS BIGINT) AS number FROM audit_events WHERE"
    };
}

statements! {
    NEWEST_FIRST = concat!(columns!(), lease_of_sqlite!(), "
          AND (CAST(?19 AS TEXT) IS NULL OR audit_events.id < ?19) ORDER BY audit_events.id DESC LIMIT ?20"),
        postgres concat!(columns!(), lease_of_postgres!(), "
          AND (CAST(?19 AS TEXT) IS NULL OR audit_events.id < ?19) ORDER BY audit_events.id DESC LIMIT ?20");

    OLDEST_FIRST = concat!(columns!(), lease_of_sqlite!(), "
          AND (CAST(?19 AS TEXT) IS NULL OR audit_events.id > ?19) ORDER BY audit_events.id LIMIT ?20"),
        postgres concat!(columns!(), lease_of_postgres!(), "
          AND (CAST(?19 AS TEXT) IS NULL OR audit_events.id > ?19) ORDER BY audit_events.id LIMIT ?20");

    ANY = concat!(columns!(), " audit_events.id = ?1");

    BETWEEN = "SELECT CAST(COUNT(*) AS BIGINT) AS number, (SELECT MIN(id) FROM audit_events) AS oldest
        FROM audit_events WHERE id BETWEEN ?1 AND ?2";

    COUNTS = concat!(counts!(), lease_of_sqlite!(), "
        GROUP BY kind, actor_id, project_id ORDER BY number DESC, kind LIMIT ?19"),
        postgres concat!(counts!(), lease_of_postgres!(), "
        GROUP BY kind, actor_id, project_id ORDER BY number DESC, kind LIMIT ?19");

    KINDS = concat!(of_kinds!(), lease_of_sqlite!(), " GROUP BY kind"),
        postgres concat!(of_kinds!(), lease_of_postgres!(), " GROUP BY kind");
}

/// Which events. What is `None` does not narrow.
#[derive(Clone, Debug)]
pub struct EventFilter {
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
    /// That came out like this.
    pub outcome: Option<EventOutcome>,
    /// By this identity or person.
    pub actor_id: Option<String>,
    /// By this type of actor.
    pub actor_type: Option<String>,
    /// About this lease.
    pub lease: Option<LeaseId>,
    /// About the lease whose token has this `jti`.
    pub jti: Option<String>,
    /// About this connection, or leases that it issued.
    pub connection: Option<ConnectionId>,
    /// About this dynamic secret, its leases, or a wish for one.
    pub dynamic_secret: Option<DynamicSecretId>,
    /// About this gateway.
    pub gateway: Option<GatewayId>,
    /// With this text in who did it (name or address), what (the kind, the dynamic secret's name, or what else it is about) or
    /// why; capitals of ASCII count as small letters.
    pub text: Option<String>,
}

/// In which order, and from where on.
#[derive(Clone, Copy, Debug)]
pub enum Reading {
    /// Newest first, before this one.
    Back(Option<AuditEventId>),
    /// Oldest first, after this one.
    On(Option<AuditEventId>),
}

/// How many events of a kind, by an actor, in a project.
#[derive(Clone, Debug)]
pub struct EventCount {
    /// The kind.
    pub kind: String,
    /// The actor.
    pub actor: Actor,
    /// The actor's id, where it has one.
    pub actor_id: Option<String>,
    /// The project.
    pub project: Option<ProjectId>,
    /// How many.
    pub number: i64,
}

impl EventFilter {
    /// All events of some kinds, from a time on.
    pub fn of_kinds_since(kinds: Vec<String>, from: Timestamp) -> Self {
        Self {
            from,
            to: Timestamp::MAX,
            organization: None,
            project: None,
            kinds: Some(kinds),
            outcome: None,
            actor_id: None,
            actor_type: None,
            lease: None,
            jti: None,
            connection: None,
            dynamic_secret: None,
            gateway: None,
            text: None,
        }
    }

    fn values(&self) -> Vec<Value> {
        let list = |kinds: &[&str]| format!(",{},", kinds.join(","));
        let (only, never) = match self.outcome {
            None => (None, None),
            Some(EventOutcome::Denied) => (Some(EventOutcome::DENIED.to_vec()), None),
            Some(EventOutcome::Failure) => (Some(EventOutcome::FAILED.to_vec()), None),
            Some(EventOutcome::Success) => (None, Some([&EventOutcome::DENIED[..], &EventOutcome::FAILED].concat())),
        };
        let asked: Option<Vec<&str>> = self.kinds.as_ref().map(|kinds| kinds.iter().map(String::as_str).collect());
        let kinds = match (asked, only) {
            (Some(asked), Some(only)) => Some(asked.into_iter().filter(|kind| only.contains(kind)).collect()),
            (asked, only) => asked.or(only),
        };
        // The events of a lease, a dynamic secret or a gateway are not older than its id.
        let made = [
            self.lease.and_then(|id| id.made_at()),
            self.dynamic_secret.and_then(|id| id.made_at()),
            self.gateway.and_then(|id| id.made_at()),
        ];
        let from = made.into_iter().flatten().map(Timestamp::as_millisecond).max().unwrap_or(0);
        let field = |key: &str, value: Option<&str>| value.map(|value| containing_field(key, value));
        let (lease, connection) = (self.lease.map(|id| id.to_string()), self.connection.map(|id| id.to_string()));
        let (secret, gateway) = (self.dynamic_secret.map(|id| id.to_string()), self.gateway.map(|id| id.to_string()));
        values![
            first_id_of(from.max(self.from.as_millisecond()) - SLACK),
            first_id_of(self.to.as_millisecond() + SLACK),
            self.from,
            self.to,
            self.organization,
            self.project,
            kinds.map(|kinds: Vec<&str>| list(&kinds)),
            never.map(|kinds| list(&kinds)),
            self.actor_id.as_deref(),
            field("type", self.actor_type.as_deref()),
            field("leaseId", lease.as_deref()),
            field("jti", self.jti.as_deref()),
            connection.as_deref(),
            field("connectionId", connection.as_deref()),
            field("dynamicSecretId", secret.as_deref()),
            field("dynamicSecret", secret.as_deref()),
            self.text.as_deref().map(containing),
            field("gatewayId", gateway.as_deref()),
        ]
    }
}

/// The audit log of a store, for readers.
#[derive(Clone, Copy)]
pub struct AuditReading<'store>(&'store Store);

impl Store {
    /// The audit log, for readers.
    pub fn audit_reading(&self) -> AuditReading<'_> {
        AuditReading(self)
    }
}

impl AuditReading<'_> {
    /// At most `limit` events of `filter`.
    pub async fn page(
        &self,
        filter: &EventFilter,
        reading: Reading,
        limit: i64,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let (sql, id) = match reading {
            Reading::Back(id) => (&NEWEST_FIRST, id),
            Reading::On(id) => (&OLDEST_FIRST, id),
        };
        let mut values = filter.values();
        values.extend(values![id, limit]);
        Ok(self.0.database().read(sql, values).await?.iter().map(stored_event).collect())
    }

    /// The event of an id, whosever it is: for whoever proves the log.
    pub async fn any(&self, id: AuditEventId) -> Result<Option<StoredEvent>, StoreError> {
        Ok(self.0.database().read_one(&ANY, values![id]).await?.as_ref().map(stored_event))
    }

    /// How many events there are from the id `first` to `last`, and the id of the oldest of all.
    pub async fn count_between(
        &self,
        first: AuditEventId,
        last: AuditEventId,
    ) -> Result<(i64, Option<AuditEventId>), StoreError> {
        let row = self.0.database().read_one(&BETWEEN, values![first, last]).await?;
        let counted = |row: crate::row::Row| Ok((row.integer("number")?, row.optional_parsed("oldest")?));
        row.map_or(Ok((0, None)), counted)
    }

    /// The event of an id, if it is one of `filter`.
    pub async fn one(&self, filter: &EventFilter, id: AuditEventId) -> Result<Option<StoredEvent>, StoreError> {
        // The first one after the id before it.
        let before = AuditEventId::from_uuid(uuid::Uuid::from_u128(id.as_uuid().as_u128().saturating_sub(1)));
        let found = self.page(filter, Reading::On(Some(before)), 1).await?;
        Ok(found.into_iter().find(|event| event.id == id))
    }

    /// How many events of `filter` there are of each kind, actor and project, most first and at
    /// most `most` such groups.
    pub async fn counts(&self, filter: &EventFilter, most: i64) -> Result<Vec<EventCount>, StoreError> {
        let mut values = filter.values();
        values.push(Value::from(most));
        let rows = self.0.database().read(&COUNTS, values).await?;
        let count = |row: &crate::row::Row| {
            Ok(EventCount {
                kind: row.text("kind")?.to_owned(),
                actor: row.json("actor")?,
                actor_id: row.optional_text("actor_id")?.map(str::to_owned),
                project: row.optional_parsed("project_id")?,
                number: row.integer("number")?,
            })
        };
        rows.iter().map(count).collect()
    }

    /// How many events of `filter` there are of each kind.
    pub async fn kinds(&self, filter: &EventFilter) -> Result<BTreeMap<String, i64>, StoreError> {
        let rows = self.0.database().read(&KINDS, filter.values()).await?;
        rows.iter().map(|row| Ok((row.text("kind")?.to_owned(), row.integer("number")?))).collect()
    }
}
