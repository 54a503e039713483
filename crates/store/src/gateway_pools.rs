//! Pools of gateways: which gateways lead to the same network.

use std::collections::HashMap;

use mayfly_domain::{
    audit::AuditEvent,
    connection::Via,
    gateway::GatewayPool,
    ids::{GatewayId, GatewayPoolId, OrganizationId},
};

use crate::{
    Store, StoreError, audit_events,
    gateway_users::no_lease_needs,
    row::Row,
    sql::{Sql, statements},
    transaction::Transaction,
    value::values,
};

statements! {
    INSERT = "INSERT INTO gateway_pools (id, organization_id, name, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?4)";

    GET = "SELECT * FROM gateway_pools WHERE organization_id = ?1 AND id = ?2";

    PAGE = "SELECT * FROM gateway_pools WHERE organization_id = ?1 ORDER BY id LIMIT ?2";

    MEMBERS = "SELECT pool_id, gateway_id FROM gateway_pool_members
        WHERE CAST(?1 AS TEXT) IS NULL OR pool_id = ?1 ORDER BY pool_id, gateway_id";

    RENAME = "UPDATE gateway_pools SET name = ?2, updated_at = ?3 WHERE id = ?1";

    TOUCH = "UPDATE gateway_pools SET updated_at = ?2 WHERE id = ?1";

    DELETE = "DELETE FROM gateway_pools WHERE id = ?1";

    ADD = "INSERT INTO gateway_pool_members (pool_id, gateway_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING";

    REMOVE = "DELETE FROM gateway_pool_members WHERE pool_id = ?1 AND gateway_id = ?2";
}

/// The guard's text when a pool is gone.
pub const POOL_IS_THERE: &str = "the pool of gateways is there";

/// The guard's text when a gateway is in a pool already, or is not in it.
pub const MEMBERSHIP_CHANGES: &str = "the gateway was not in the pool, or was";

/// The pools of a store.
#[derive(Clone, Copy)]
pub struct GatewayPools<'store>(&'store Store);

impl Store {
    /// Pools of gateways.
    pub fn gateway_pools(&self) -> GatewayPools<'_> {
        GatewayPools(self)
    }
}

impl GatewayPools<'_> {
    /// Adds one, without gateways. Its name is unique in its organization (`gateway_pools_name`).
    pub async fn create(&self, pool: &GatewayPool, event: &AuditEvent) -> Result<(), StoreError> {
        let values = values![pool.id, pool.organization, pool.name.as_str(), pool.created_at];
        let transaction = Transaction::new().step(&INSERT, values).with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// One of an organization.
    pub async fn get(
        &self,
        organization: OrganizationId,
        id: GatewayPoolId,
    ) -> Result<Option<GatewayPool>, StoreError> {
        let Some(row) = self.0.database().read_one(&GET, values![organization, id]).await? else { return Ok(None) };
        let members = self.members(Some(id)).await?;
        pool(&row, &members).map(Some)
    }

    /// At most `limit` of an organization, in the order of their making.
    pub async fn list(&self, organization: OrganizationId, limit: i64) -> Result<Vec<GatewayPool>, StoreError> {
        let rows = self.0.database().read(&PAGE, values![organization, limit]).await?;
        let members = self.members(None).await?;
        rows.iter().map(|row| pool(row, &members)).collect()
    }

    /// The gateways of each pool of every organization; a pool without any is not there.
    pub async fn all(&self) -> Result<HashMap<GatewayPoolId, Vec<GatewayId>>, StoreError> {
        self.members(None).await
    }

    /// Gives one its name.
    pub async fn rename(&self, pool: &GatewayPool, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&RENAME, values![pool.id, pool.name.as_str(), event.created_at])
            .expecting_one(POOL_IS_THERE)
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Removes one; its gateways stay. Connections that lead through it keep it (a foreign key), and so does a lease whose end
    /// needs it.
    pub async fn delete(&self, id: GatewayPoolId, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .with(no_lease_needs(Via::Pool(id)))
            .step(&DELETE, values![id])
            .expecting_one(POOL_IS_THERE)
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Puts a gateway into a pool, or fails with [`MEMBERSHIP_CHANGES`] where it is in it.
    pub async fn add(&self, id: GatewayPoolId, gateway: GatewayId, event: &AuditEvent) -> Result<(), StoreError> {
        self.change(&ADD, id, gateway, event).await
    }

    /// Takes a gateway out of a pool, or fails with [`MEMBERSHIP_CHANGES`] where it is not in it.
    pub async fn remove(&self, id: GatewayPoolId, gateway: GatewayId, event: &AuditEvent) -> Result<(), StoreError> {
        self.change(&REMOVE, id, gateway, event).await
    }

    async fn change(
        &self,
        statement: &'static Sql,
        id: GatewayPoolId,
        gateway: GatewayId,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&TOUCH, values![id, event.created_at])
            .expecting_one(POOL_IS_THERE)
            .step(statement, values![id, gateway])
            .expecting_one(MEMBERSHIP_CHANGES)
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    async fn members(&self, of: Option<GatewayPoolId>) -> Result<HashMap<GatewayPoolId, Vec<GatewayId>>, StoreError> {
        let mut members: HashMap<_, Vec<_>> = HashMap::new();
        for row in self.0.database().read(&MEMBERS, values![of]).await? {
            members.entry(row.parsed("pool_id")?).or_default().push(row.parsed("gateway_id")?);
        }
        Ok(members)
    }
}

fn pool(row: &Row, members: &HashMap<GatewayPoolId, Vec<GatewayId>>) -> Result<GatewayPool, StoreError> {
    let id = row.parsed("id")?;
    Ok(GatewayPool {
        id,
        organization: row.parsed("organization_id")?,
        name: row.parsed("name")?,
        members: members.get(&id).cloned().unwrap_or_default(),
        created_at: row.timestamp("created_at")?,
        updated_at: row.timestamp("updated_at")?,
    })
}
