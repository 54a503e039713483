//! Rooms with a cable of any length between, two servers on one side, a cluster and its gateway on the other.

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use anyhow::Context as _;
use mayfly_api::gateways::{GatewayBody, GatewayDetails, MadeGatewayEnrolment};
use mayfly_e2e::{
    ACCOUNT, ClusterSide, Gateway, GatewayCluster, Installation, Mayfly, READER, RealGround, RunningGateway, Scene,
    inputs, waiting::until,
};
use mayfly_testkit::{
    network::{Rig, Weather},
    postgres::{Flush, PostgresServer},
    real_cluster::{ClusterOptions, RealCluster},
};
use serde_json::json;
use tempfile::TempDir;

/// For a gateway to come.
const PATIENCE: Duration = Duration::from_mins(1);

/// A way to the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Direct,
    Identity,
    Forward,
}

impl Way {
    pub(crate) const ALL: [Self; 3] = [Self::Direct, Self::Identity, Self::Forward];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Identity => "identity",
            Self::Forward => "forward",
        }
    }
}

/// What a lease takes of the API server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One token of an account that is there.
    Static,
    /// An account, a binding and a token.
    Dynamic,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Dynamic => "dynamic",
        }
    }
}

/// Everything.
pub(crate) struct Lab {
    pub(crate) rig: Rig,
    pub(crate) ground: RealGround,
    /// The one with the gateway's tunnel.
    pub(crate) holder: Mayfly,
    /// The other one, which asks the first.
    pub(crate) other: Mayfly,
    pub(crate) scene: Scene,
    /// Its files must not go before it does.
    _gateway: Gateway,
    pub(crate) running: RunningGateway,
    /// Below the server's address.
    pub(crate) path: String,
    _database: PostgresServer,
    _files: TempDir,
}

impl Lab {
    pub(crate) async fn set() -> anyhow::Result<Self> {
        let rig = Rig::with_weather(1)?.context("rooms with a cable between take root")?;
        let files = tempfile::tempdir()?;
        let options = ClusterOptions {
            name: "bench".to_owned(),
            state_dir: files.path().join("cluster"),
            port: 0,
            signing_key: None,
        };
        let ground = RealGround::prepare(Arc::new(RealCluster::start_in(&rig.edge, &options).await?), "bench").await?;
        ground.allow_dynamic().await?;
        let database = PostgresServer::start_in(&rig.servers, Flush::ToDisk).await?;
        let home = Installation::on(database.scratch().await?);
        let peers = format!("{}:0", rig.servers.address());
        let settings = [("MAYFLY_PEERS_LISTEN", peers.as_str()), ("MAYFLY_EGRESS_ALLOW", "127.0.0.0/8,10.0.0.0/8")];
        let holder = home.start_in(&rig.servers, &settings).await?;
        let scene = Scene::bootstrap(&holder).await?;
        let other = home.start_in(&rig.servers, &settings).await?;
        let (path, gateway) = gateway(&scene, &holder, &rig, &ground).await?;
        let running = gateway.start().await?;
        let lab = Self {
            rig,
            ground,
            holder,
            other,
            scene,
            _gateway: gateway,
            running,
            path,
            _database: database,
            _files: files,
        };
        let id = lab.comes().await?;
        lab.secrets(&id).await?;
        Ok(lab)
    }

    /// Waits until the gateway is there, and gives its id.
    pub(crate) async fn comes(&self) -> anyhow::Result<String> {
        until(PATIENCE, "the gateway comes", async || {
            let details: GatewayDetails = self.scene.client.get(&self.path).await?;
            Ok((!details.gateway.tunnels.is_empty()).then_some(details.gateway.id))
        })
        .await
    }

    /// A secret of each kind for each way, by their names.
    async fn secrets(&self, gateway: &str) -> anyhow::Result<()> {
        let address = self.rig.reach_edge_by(SERVICE)?;
        let port = self.ground.side.url.rsplit_once(':').context("an address has a port")?.1;
        let direct = ClusterSide { url: format!("https://{address}:{port}"), ..self.ground.side.clone() };
        for kind in [Kind::Static, Kind::Dynamic] {
            for way in Way::ALL {
                let side = if way == Way::Direct { &direct } else { &self.ground.side };
                let by = match way {
                    Way::Direct => json!({}),
                    Way::Identity => inputs::by_gateway(gateway),
                    Way::Forward => json!({ "gatewayId": gateway }),
                };
                let inputs = if kind == Kind::Dynamic { inputs::temporary(by) } else { by };
                self.scene.create_secret_named(&name(kind, way), &inputs, side).await?;
            }
        }
        Ok(())
    }

    /// Makes the way there and back take so long.
    pub(crate) fn distance(&self, there_and_back: Duration) {
        if let Some(shim) = self.rig.shim() {
            shim.set_both(Weather::late(there_and_back / 2));
        }
    }

    pub(crate) async fn strike(self) -> anyhow::Result<()> {
        self.distance(Duration::ZERO);
        self.running.stop().await?;
        self.other.stop().await?;
        self.holder.stop().await
    }
}

/// Where every Kubernetes has its API server, within: the test cluster's certificate names it.
const SERVICE: Ipv4Addr = Ipv4Addr::new(10, 96, 0, 1);

pub(crate) fn name(kind: Kind, way: Way) -> String {
    format!("{}-{}", kind.name(), way.name())
}

async fn gateway(scene: &Scene, holder: &Mayfly, rig: &Rig, ground: &RealGround) -> anyhow::Result<(String, Gateway)> {
    let made: GatewayBody = scene.client.post("/api/v1/gateways", &json!({ "name": "gw-bench" })).await?;
    let path = format!("/api/v1/gateways/{}", made.gateway.id);
    let enrolment: MadeGatewayEnrolment = scene.client.post(&format!("{path}/enrolments"), &json!({})).await?;
    let namespace = &ground.side.namespace;
    let policy = format!(
        "operationsPerSecond: 10000\nburst: 10000\nparallel: 128\n\
         static:\n  accounts:\n    - {{ namespace: {namespace}, name: {ACCOUNT} }}\n\
         dynamic:\n  namespaces: [{namespace}]\n  roles: [{{ kind: Role, name: {READER} }}]\nforward: {{ enabled: true }}\n"
    );
    let cluster = GatewayCluster {
        url: ground.side.url.clone(),
        authority: ground.side.authority.clone(),
        token: ground.token_of("issuer", 86_400).await?,
    };
    let gateway = Gateway::prepare(holder, "pod-1", &enrolment.enrolment_text, &policy, &cluster)?;
    Ok((path, gateway.in_room(&rig.edge)))
}
