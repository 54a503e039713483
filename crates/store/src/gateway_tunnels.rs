//! Which server holds which tunnel, where there are several.
//!
//! A server says that it is there again and again; what it said of its tunnels counts for as long as it does.

use jiff::Timestamp;
use mayfly_domain::{
    gateway::InstanceName,
    ids::{GatewayId, GatewayTunnelId, ReplicaId},
};

use crate::{Store, StoreError, row::Row, sql::statements, transaction::Transaction, value::values};

statements! {
    HERE = "INSERT INTO gateway_servers (replica, address, seen_at) VALUES (?1, ?2, ?3)
        ON CONFLICT (replica) DO UPDATE SET address = excluded.address, seen_at = excluded.seen_at";

    SERVERS = "SELECT COUNT(*) AS number FROM gateway_servers WHERE seen_at > ?1";

    FORGET = "DELETE FROM gateway_servers WHERE seen_at <= ?1";

    LEAVE = "DELETE FROM gateway_servers WHERE replica = ?1";

    // Of a gateway and a server that are there: another tunnel of the same transaction must not fail for one that is not.
    OPENED = "INSERT INTO gateway_tunnels (id, gateway_id, replica, instance, version, opened_at)
        SELECT ?1, ?2, ?3, ?4, ?5, CAST(?6 AS BIGINT) WHERE EXISTS (SELECT 1 FROM gateways WHERE id = ?2)
            AND EXISTS (SELECT 1 FROM gateway_servers WHERE replica = ?3)
        ON CONFLICT (id) DO NOTHING";

    // Asked every few seconds by every server: its own, thousands at most.
    OF_SERVER = "SELECT id FROM gateway_tunnels WHERE replica = ?1 ORDER BY id";

    CLOSED = "DELETE FROM gateway_tunnels WHERE id = ?1";

    // Asked each second by every server.
    ELSEWHERE = "SELECT gateway_tunnels.id AS id, gateway_id, gateway_tunnels.replica AS replica, instance, version, address
        FROM gateway_tunnels JOIN gateway_servers ON gateway_servers.replica = gateway_tunnels.replica
        WHERE gateway_servers.replica <> ?1 AND seen_at > ?2 ORDER BY gateway_tunnels.id";
}

/// A tunnel, and who holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldTunnel {
    /// Its id among all servers.
    pub id: GatewayTunnelId,
    /// Its gateway.
    pub gateway: GatewayId,
    /// Which of the gateway's processes.
    pub instance: InstanceName,
    /// The process's version.
    pub version: String,
    /// The server that holds it.
    pub replica: ReplicaId,
}

/// A tunnel that another server holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TunnelElsewhere {
    /// The tunnel.
    pub tunnel: HeldTunnel,
    /// Where that server is asked for it: host and port.
    pub address: String,
}

/// The tunnels of all servers.
#[derive(Clone, Copy)]
pub struct GatewayTunnels<'store>(&'store Store);

impl Store {
    /// Tunnels, and the servers that hold them.
    pub fn gateway_tunnels(&self) -> GatewayTunnels<'_> {
        GatewayTunnels(self)
    }
}

impl GatewayTunnels<'_> {
    /// Says that a server is there, `now`, and where it is asked.
    pub async fn here(&self, replica: ReplicaId, address: &str, now: Timestamp) -> Result<(), StoreError> {
        self.write(Transaction::new().step(&HERE, values![replica, address, now])).await
    }

    /// How many servers said so after `since`.
    pub async fn servers(&self, since: Timestamp) -> Result<i64, StoreError> {
        let row = self.0.database().read_one(&SERVERS, values![since]).await?;
        row.map_or(Ok(0), |row| row.integer("number"))
    }

    /// Forgets servers that did not say so after `before`, with their tunnels.
    pub async fn forget(&self, before: Timestamp) -> Result<(), StoreError> {
        self.write(Transaction::new().step(&FORGET, values![before])).await
    }

    /// Forgets a server that goes, with its tunnels.
    pub async fn leave(&self, replica: ReplicaId) -> Result<(), StoreError> {
        self.write(Transaction::new().step(&LEAVE, values![replica])).await
    }

    /// Notes that a server holds a tunnel, `now`. Nothing where that server did not say that it is there, or the gateway is no more.
    pub async fn opened(&self, tunnel: &HeldTunnel, now: Timestamp) -> Result<(), StoreError> {
        self.correct(&[tunnel], &[], now).await
    }

    /// Notes tunnels that are held and those that nobody holds any more, all or none.
    pub async fn correct(
        &self,
        held: &[&HeldTunnel],
        over: &[GatewayTunnelId],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let opened = held.iter().fold(Transaction::new(), |transaction, tunnel| {
            let HeldTunnel { id, gateway, instance, version, replica } = tunnel;
            transaction.step(&OPENED, values![*id, *gateway, *replica, instance.as_str(), version.as_str(), now])
        });
        self.write(over.iter().fold(opened, |transaction, id| transaction.step(&CLOSED, values![*id]))).await
    }

    /// The tunnels that a server holds, as it was noted.
    pub async fn of(&self, replica: ReplicaId) -> Result<Vec<GatewayTunnelId>, StoreError> {
        let rows = self.0.database().read(&OF_SERVER, values![replica]).await?;
        rows.iter().map(|row| row.parsed("id")).collect()
    }

    /// Notes that nobody holds a tunnel any more.
    pub async fn closed(&self, id: GatewayTunnelId) -> Result<(), StoreError> {
        self.write(Transaction::new().step(&CLOSED, values![id])).await
    }

    /// The tunnels that servers other than `own` hold, which said after `since` that they are there.
    pub async fn elsewhere(&self, own: ReplicaId, since: Timestamp) -> Result<Vec<TunnelElsewhere>, StoreError> {
        self.0.database().read(&ELSEWHERE, values![own, since]).await?.iter().map(elsewhere).collect()
    }

    async fn write(&self, transaction: Transaction) -> Result<(), StoreError> {
        self.0.database().write(transaction).await.map(drop)
    }
}

fn elsewhere(row: &Row) -> Result<TunnelElsewhere, StoreError> {
    let tunnel = HeldTunnel {
        id: row.parsed("id")?,
        gateway: row.parsed("gateway_id")?,
        instance: row.parsed("instance")?,
        version: row.text("version")?.to_owned(),
        replica: row.parsed("replica")?,
    };
    Ok(TunnelElsewhere { tunnel, address: row.text("address")?.to_owned() })
}
