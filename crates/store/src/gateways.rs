//! Gateways, as a person made them and as they showed themselves last.

use std::collections::HashSet;

use jiff::Timestamp;
use mayfly_domain::{
    audit::AuditEvent,
    connection::Via,
    gateway::{Departed, Gateway, ShownGateway, Standing, ToldKeys},
    ids::{GatewayId, OrganizationId},
};

use crate::{
    Store, StoreError, audit_events, gateway_users::no_lease_needs, row::Row, sql::statements,
    transaction::Transaction, value::Value, value::values,
};

statements! {
    INSERT = "INSERT INTO gateways (id, organization_id, name, enrolment, standing, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)";

    GET = "SELECT * FROM gateways WHERE organization_id = ?1 AND id = ?2";

    FIND = "SELECT * FROM gateways WHERE id = ?1";

    // Asked each second by every server that has a tunnel.
    OPEN = "SELECT id FROM gateways WHERE standing = ?1";

    PAGE = "SELECT * FROM gateways WHERE organization_id = ?1 AND (CAST(?2 AS TEXT) IS NULL OR id > ?2) ORDER BY id LIMIT ?3";

    // What a gateway told meanwhile stays, unless somebody says what counts.
    UPDATE = "UPDATE gateways SET name = ?3, enrolment = ?4, standing = ?5, updated_at = ?6,
            told_keys = CASE WHEN CAST(?8 AS BIGINT) = 1 THEN told_keys END,
            told_keys_at = CASE WHEN CAST(?8 AS BIGINT) = 1 THEN told_keys_at END
        WHERE id = ?1 AND updated_at = ?2 AND standing = ?7";

    // Over what a person said last; who was locked or revoked meanwhile tells nothing.
    TELL_KEYS = "UPDATE gateways SET told_keys = ?3, told_keys_at = ?4 WHERE id = ?1 AND updated_at = ?2 AND standing = ?5";

    TOLD_KEYS_AGAIN = "UPDATE gateways SET told_keys_at = ?3 WHERE id = ?1 AND told_keys = ?2";

    // Whoever is locked or revoked already stays what it is.
    LOCK = "UPDATE gateways SET standing = ?2 WHERE id = ?1 AND standing = ?3";

    DELETE = "DELETE FROM gateways WHERE organization_id = ?1 AND id = ?2";

    CAME = "UPDATE gateways SET shown = ?2, connected_at = ?3, left_at = NULL, left_why = NULL WHERE id = ?1";

    SHOWED = "UPDATE gateways SET shown = ?2 WHERE id = ?1";

    // Of two servers, one may still have a tunnel of it.
    LEFT = "UPDATE gateways SET left_at = ?2, left_why = ?3 WHERE id = ?1 AND connected_at <= ?2
        AND NOT EXISTS (SELECT 1 FROM gateway_tunnels
                        JOIN gateway_servers ON gateway_servers.replica = gateway_tunnels.replica
                        WHERE gateway_id = ?1 AND seen_at > ?4)";
}

/// The guard's text when a gateway is not what it was when it was read.
pub const GATEWAY_UNCHANGED: &str = "the gateway was not changed by somebody else meanwhile";

/// What becomes of the keys that a gateway told where it is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeysToldBefore {
    /// They count on, with those that it tells meanwhile.
    Stay,
    /// Somebody said how its processes prove themselves: what was told before that is forgotten.
    AreForgotten,
}

/// The gateways of a store.
#[derive(Clone, Copy)]
pub struct Gateways<'store>(&'store Store);

impl Store {
    /// Gateways.
    pub fn gateways(&self) -> Gateways<'_> {
        Gateways(self)
    }
}

impl Gateways<'_> {
    /// Adds one. Its name is unique in its organization (`gateways_name`).
    pub async fn create(&self, gateway: &Gateway, event: &AuditEvent) -> Result<(), StoreError> {
        let values = values![
            gateway.id,
            gateway.organization,
            gateway.name.as_str(),
            Value::json(&gateway.enrolment),
            Value::json(&gateway.standing),
            gateway.created_at,
        ];
        let transaction = Transaction::new().step(&INSERT, values).with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// One of an organization.
    pub async fn get(&self, organization: OrganizationId, id: GatewayId) -> Result<Option<Gateway>, StoreError> {
        self.0.database().read_one(&GET, values![organization, id]).await?.as_ref().map(gateway).transpose()
    }

    /// One of any organization: whoever comes by a tunnel says only which it is.
    pub async fn find(&self, id: GatewayId) -> Result<Option<Gateway>, StoreError> {
        self.0.database().read_one(&FIND, values![id]).await?.as_ref().map(gateway).transpose()
    }

    /// Those that may come.
    pub async fn open(&self) -> Result<HashSet<GatewayId>, StoreError> {
        let rows = self.0.database().read(&OPEN, values![Value::json(&Standing::Open)]).await?;
        rows.iter().map(|row| row.parsed("id")).collect()
    }

    /// At most `limit` of an organization, after `after`.
    pub async fn page(
        &self,
        organization: OrganizationId,
        after: Option<GatewayId>,
        limit: i64,
    ) -> Result<Vec<Gateway>, StoreError> {
        self.0.database().read(&PAGE, values![organization, after, limit]).await?.iter().map(gateway).collect()
    }

    /// Gives `gateway` its name, enrolment and standing instead of those of `was`, or fails with [`GATEWAY_UNCHANGED`].
    pub async fn update(
        &self,
        was: &Gateway,
        gateway: &Gateway,
        told: KeysToldBefore,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let values = values![
            gateway.id,
            was.updated_at,
            gateway.name.as_str(),
            Value::json(&gateway.enrolment),
            Value::json(&gateway.standing),
            gateway.updated_at,
            Value::json(&was.standing),
            i64::from(told == KeysToldBefore::Stay),
        ];
        let transaction =
            Transaction::new().step(&UPDATE, values).expecting_one(GATEWAY_UNCHANGED).with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Gives `gateway` its standing instead of that of `was`, or fails with [`GATEWAY_UNCHANGED`]. What a person changes
    /// meanwhile beside it stays.
    pub async fn lock(&self, was: &Gateway, gateway: &Gateway, event: &AuditEvent) -> Result<(), StoreError> {
        let values = values![gateway.id, Value::json(&gateway.standing), Value::json(&was.standing)];
        let transaction =
            Transaction::new().step(&LOCK, values).expecting_one(GATEWAY_UNCHANGED).with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Keeps the keys that `gateway` told, or fails with [`GATEWAY_UNCHANGED`].
    pub async fn tell_keys(&self, gateway: &Gateway, told: &ToldKeys, event: &AuditEvent) -> Result<(), StoreError> {
        let values = values![gateway.id, gateway.updated_at, told.keys.as_str(), told.at, Value::json(&Standing::Open)];
        let transaction = Transaction::new()
            .step(&TELL_KEYS, values)
            .expecting_one(GATEWAY_UNCHANGED)
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Notes that a gateway told the same keys as before.
    pub async fn told_keys_again(&self, id: GatewayId, told: &ToldKeys) -> Result<(), StoreError> {
        let transaction = Transaction::new().step(&TOLD_KEYS_AGAIN, values![id, told.keys.as_str(), told.at]);
        self.0.database().write(transaction).await.map(drop)
    }

    /// Removes one with all of its processes and tokens. Connections that lead through it keep it (a foreign key),
    /// and so do pools that it is in, and a lease whose end needs it.
    pub async fn delete(
        &self,
        organization: OrganizationId,
        id: GatewayId,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .with(no_lease_needs(Via::Gateway(id)))
            .step(&DELETE, values![organization, id])
            .expecting_one("the gateway is there")
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Notes that a tunnel was opened, and what its gateway said of itself.
    pub async fn came(&self, id: GatewayId, shown: &ShownGateway, event: &AuditEvent) -> Result<(), StoreError> {
        let values = values![id, Value::json(shown), event.created_at];
        let transaction = Transaction::new().step(&CAME, values).with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Notes what a gateway says of itself now.
    pub async fn showed(&self, id: GatewayId, shown: &ShownGateway, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction =
            Transaction::new().step(&SHOWED, values![id, Value::json(shown)]).with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Notes that the last tunnel of a gateway to a server ended. Where another that said after `since` that it is there holds
    /// one, the gateway has not left.
    pub async fn left(
        &self,
        id: GatewayId,
        departed: &Departed,
        since: Timestamp,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let values = values![id, departed.at, departed.why.as_str(), since];
        let transaction = Transaction::new().step(&LEFT, values).with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }
}

fn gateway(row: &Row) -> Result<Gateway, StoreError> {
    let left = match (row.optional_timestamp("left_at")?, row.optional_text("left_why")?) {
        (Some(at), Some(why)) => Some(Departed { at, why: why.to_owned() }),
        (Some(_) | None, _) => None,
    };
    let told_keys = match (row.optional_text("told_keys")?, row.optional_timestamp("told_keys_at")?) {
        (Some(keys), Some(at)) => Some(ToldKeys { keys: keys.to_owned(), at }),
        (Some(_) | None, _) => None,
    };
    Ok(Gateway {
        id: row.parsed("id")?,
        organization: row.parsed("organization_id")?,
        name: row.parsed("name")?,
        enrolment: row.json("enrolment")?,
        told_keys,
        standing: row.json("standing")?,
        shown: row.optional_json("shown")?,
        connected_at: row.optional_timestamp("connected_at")?,
        left,
        created_at: row.timestamp("created_at")?,
        updated_at: row.timestamp("updated_at")?,
    })
}
