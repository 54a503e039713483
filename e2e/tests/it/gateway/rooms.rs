//! A private network: a cluster in it, and a proxy at its edge, which is the only way out.

use std::sync::Arc;

use mayfly_e2e::{Gateway, GatewayCluster, Installation, Mayfly, RealGround};
use mayfly_testkit::{
    network::{CompanyProxy, Rig},
    postgres::{Flush, PostgresServer},
    real_cluster::{ClusterOptions, RealCluster},
};
use tempfile::TempDir;

use super::as_seen;

pub(super) const NAME: &str = "gw";
pub(super) const PASSWORD: &str = "opens-the-proxy";

/// The rig with a cluster and a proxy in it, and nobody in the servers' room yet.
pub(super) struct Rooms {
    pub(super) rig: Rig,
    pub(super) proxy: CompanyProxy,
    pub(super) ground: RealGround,
    /// As a gateway beside it knows it.
    pub(super) cluster: GatewayCluster,
    _files: TempDir,
}

impl Rooms {
    pub(super) async fn new(name: &str) -> Self {
        Self::furnish(Rig::make().unwrap(), name).await
    }

    /// The same in a rig that is there already.
    pub(super) async fn furnish(rig: Rig, name: &str) -> Self {
        let files = tempfile::tempdir().unwrap();
        let state_dir = files.path().join("cluster");
        let options = ClusterOptions { name: "private".to_owned(), state_dir, port: 0, signing_key: None };
        let real = Arc::new(RealCluster::start_in(&rig.private, &options).await.unwrap());
        let ground = RealGround::prepare(real, name).await.unwrap();
        ground.allow_dynamic().await.unwrap();
        let cluster = as_seen(&ground).await;
        let proxy = CompanyProxy::start(&rig.edge, NAME, PASSWORD).await.unwrap();
        Self { rig, proxy, ground, cluster, _files: files }
    }

    /// A database in the servers' room, and a home for servers on it.
    pub(super) async fn database(&self) -> (PostgresServer, Installation) {
        let database = PostgresServer::start_in(&self.rig.servers, Flush::Skip).await.unwrap();
        let home = Installation::on(database.scratch().await.unwrap());
        (database, home)
    }

    /// One of several servers.
    pub(super) async fn server(&self, home: &Installation) -> Mayfly {
        let peers = format!("{}:0", self.rig.servers.address());
        home.start_in(&self.rig.servers, &[("MAYFLY_PEERS_LISTEN", &peers)]).await.unwrap()
    }

    /// The same gateway, beside the cluster and behind the proxy.
    pub(super) fn place(&self, gateway: Gateway) -> Gateway {
        gateway.in_room(&self.rig.private).through(&self.proxy.url_with(&format!("{NAME}@")), PASSWORD).unwrap()
    }
}
