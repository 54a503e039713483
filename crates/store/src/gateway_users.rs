//! What leads through gateways, and so keeps them.

use std::collections::HashMap;

use mayfly_domain::ids::{ConnectionId, GatewayId, LeaseId, OrganizationId};

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
        WHERE connections.gateway_id = ?1
        ORDER BY dynamic_secrets.id LIMIT ?2";

    CONNECTIONS = "SELECT id, name FROM connections WHERE gateway_id = ?1 AND owner_id IS NULL ORDER BY id LIMIT ?2";

    // Those whose end needs it.
    UNFINISHED = "SELECT lease_id AS id FROM lease_states
        WHERE ends_when = 'deleted' AND ended_at IS NULL
          AND lane IN (SELECT connection_id FROM connection_versions WHERE gateway_id = ?1)
        ORDER BY due_at, lease_id LIMIT ?2";

    COUNTS = "SELECT gateway_id AS id, COUNT(*) AS number FROM connections
        WHERE organization_id = ?1 AND gateway_id IS NOT NULL GROUP BY gateway_id";
}

/// A connection of the organization that leads through a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsingConnection {
    /// Id.
    pub id: ConnectionId,
    /// Its name.
    pub name: String,
}

/// What keeps a gateway from being removed; the first ones of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GatewayUsers {
    /// Dynamic secrets whose connection leads through it: their own, or one of the organization.
    pub secrets: Vec<UsingSecret>,
    /// Connections of the organization.
    pub connections: Vec<UsingConnection>,
    /// Leases whose end needs it.
    pub leases: Vec<LeaseId>,
}

impl GatewayUsers {
    /// Whether nothing keeps it.
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty() && self.connections.is_empty() && self.leases.is_empty()
    }
}

/// The step that holds only where no lease needs `gateway` to end.
pub(crate) fn no_lease_needs(gateway: GatewayId) -> Step {
    Step::new(&UNFINISHED, values![gateway, 1]).expecting(0, "no lease needs the gateway any more")
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
    /// What keeps a gateway: at most `limit` of each kind.
    pub async fn users(&self, id: GatewayId, limit: i64) -> Result<GatewayUsers, StoreError> {
        let database = self.0.database();
        let leases = database.read(&UNFINISHED, values![id, limit]).await?;
        Ok(GatewayUsers {
            secrets: database.read(&SECRETS, values![id, limit]).await?.iter().map(using).collect::<Result<_, _>>()?,
            connections: database
                .read(&CONNECTIONS, values![id, limit])
                .await?
                .iter()
                .map(using_connection)
                .collect::<Result<_, _>>()?,
            leases: leases.iter().map(|row| row.parsed("id")).collect::<Result<_, _>>()?,
        })
    }

    /// How many connections lead through each gateway of an organization; one that none leads through is not there.
    pub async fn counts(&self, organization: OrganizationId) -> Result<HashMap<GatewayId, i64>, StoreError> {
        let rows = self.0.database().read(&COUNTS, values![organization]).await?;
        rows.iter().map(|row| Ok((row.parsed("id")?, row.integer("number")?))).collect()
    }
}

fn using_connection(row: &Row) -> Result<UsingConnection, StoreError> {
    Ok(UsingConnection { id: row.parsed("id")?, name: row.optional_text("name")?.unwrap_or_default().to_owned() })
}
