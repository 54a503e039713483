//! What leads through gateways, and so keeps them.

use std::collections::HashMap;

use mayfly_domain::{
    connection::Via,
    ids::{ConnectionId, GatewayPoolId, LeaseId, OrganizationId},
};

use crate::{
    Store, StoreError,
    connections::{UsingSecret, using},
    row::Row,
    sql::statements,
    transaction::Step,
    value::values,
};

statements! {
    SECRETS = "SELECT dynamic_secrets.id AS id, dynamic_secrets.name AS name, projects.slug AS project_slug,
            environments.slug AS environment_slug, folders.path AS folder_path
        FROM connections
        JOIN dynamic_secrets ON dynamic_secrets.connection_id = connections.id
        JOIN folders ON folders.id = dynamic_secrets.folder_id
        JOIN environments ON environments.id = folders.environment_id
        JOIN projects ON projects.id = environments.project_id
        WHERE connections.gateway_id = ?1 OR connections.gateway_pool_id = ?2
        ORDER BY dynamic_secrets.id LIMIT ?3";

    CONNECTIONS = "SELECT id, name FROM connections
        WHERE (gateway_id = ?1 OR gateway_pool_id = ?2) AND owner_id IS NULL ORDER BY id LIMIT ?3";

    // Those whose end needs it.
    UNFINISHED = "SELECT lease_id AS id FROM lease_states
        WHERE ends_when = 'deleted' AND ended_at IS NULL
          AND lane IN (SELECT connection_id FROM connection_versions WHERE gateway_id = ?1 OR gateway_pool_id = ?2)
        ORDER BY due_at, lease_id LIMIT ?3";

    POOLS = "SELECT gateway_pools.id AS id, name FROM gateway_pool_members
        JOIN gateway_pools ON gateway_pools.id = pool_id
        WHERE gateway_id = ?1 ORDER BY gateway_pools.id LIMIT ?2";

    COUNTS = "SELECT gateway_id, gateway_pool_id, COUNT(*) AS number FROM connections
        WHERE organization_id = ?1 AND (gateway_id IS NOT NULL OR gateway_pool_id IS NOT NULL)
        GROUP BY gateway_id, gateway_pool_id";
}

/// A connection of the organization that leads through a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsingConnection {
    /// Id.
    pub id: ConnectionId,
    /// Its name.
    pub name: String,
}

/// A pool that a gateway is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsingPool {
    /// Id.
    pub id: GatewayPoolId,
    /// Its name.
    pub name: String,
}

/// What keeps a gateway or a pool from being removed; the first ones of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GatewayUsers {
    /// Dynamic secrets whose connection leads through it: their own, or one of the organization.
    pub secrets: Vec<UsingSecret>,
    /// Connections of the organization.
    pub connections: Vec<UsingConnection>,
    /// Pools that it is in.
    pub pools: Vec<UsingPool>,
    /// Leases whose end needs it.
    pub leases: Vec<LeaseId>,
}

impl GatewayUsers {
    /// Whether nothing keeps it.
    pub fn is_empty(&self) -> bool {
        let Self { secrets, connections, pools, leases } = self;
        secrets.is_empty() && connections.is_empty() && pools.is_empty() && leases.is_empty()
    }
}

/// The step that holds only where no lease needs `via` to end.
pub(crate) fn no_lease_needs(via: Via) -> Step {
    let step = Step::new(&UNFINISHED, values![via.gateway(), via.pool(), 1]);
    step.expecting(0, "no lease needs the gateway any more")
}

/// What leads through the gateways of a store.
#[derive(Clone, Copy)]
pub struct GatewayUse<'store>(&'store Store);

impl Store {
    /// What leads through gateways.
    pub fn gateway_use(&self) -> GatewayUse<'_> {
        GatewayUse(self)
    }
}

impl GatewayUse<'_> {
    /// What keeps a gateway or a pool: at most `limit` of each kind.
    pub async fn users(&self, via: Via, limit: i64) -> Result<GatewayUsers, StoreError> {
        let database = self.0.database();
        let through = || values![via.gateway(), via.pool(), limit];
        let secrets = database.read(&SECRETS, through()).await?;
        let connections = database.read(&CONNECTIONS, through()).await?;
        let pools = database.read(&POOLS, values![via.gateway(), limit]).await?;
        let leases = database.read(&UNFINISHED, through()).await?;
        Ok(GatewayUsers {
            secrets: secrets.iter().map(using).collect::<Result<_, _>>()?,
            connections: connections.iter().map(using_connection).collect::<Result<_, _>>()?,
            pools: pools.iter().map(using_pool).collect::<Result<_, _>>()?,
            leases: leases.iter().map(|row| row.parsed("id")).collect::<Result<_, _>>()?,
        })
    }

    /// How many connections lead through each gateway and pool of an organization; one that none leads through is not there.
    pub async fn counts(&self, organization: OrganizationId) -> Result<HashMap<Via, i64>, StoreError> {
        let rows = self.0.database().read(&COUNTS, values![organization]).await?;
        let counted = rows.iter().filter_map(|row| {
            let gateway = row.optional_parsed("gateway_id").map(|id| id.map(Via::Gateway)).transpose();
            let via =
                gateway.or_else(|| row.optional_parsed("gateway_pool_id").map(|id| id.map(Via::Pool)).transpose())?;
            Some(via.and_then(|via| Ok((via, row.integer("number")?))))
        });
        counted.collect()
    }
}

fn using_pool(row: &Row) -> Result<UsingPool, StoreError> {
    Ok(UsingPool { id: row.parsed("id")?, name: row.text("name")?.to_owned() })
}

fn using_connection(row: &Row) -> Result<UsingConnection, StoreError> {
    Ok(UsingConnection { id: row.parsed("id")?, name: row.optional_text("name")?.unwrap_or_default().to_owned() })
}
