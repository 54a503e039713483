//! The ways to gateways: which tunnels are here, and which gateways a pool has.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use mayfly_domain::{
    clock::Ambient,
    connection::Via,
    gateway::InstanceName,
    ids::{GatewayId, GatewayPoolId},
};
use mayfly_tunnel::{asking::Tunnel, registry::Registry};

/// The gateways of each pool.
type Pools = HashMap<GatewayPoolId, Vec<GatewayId>>;

/// The ways to gateways. Clones are the same.
#[derive(Clone, Default)]
pub struct Ways {
    registry: Registry,
    pools: Arc<RwLock<Pools>>,
}

/// A process of a gateway.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    pub(crate) gateway: GatewayId,
    pub(crate) instance: InstanceName,
}

impl Process {
    /// The one at the other end of `tunnel`.
    pub(crate) fn of(tunnel: &Tunnel) -> Self {
        let welcome = tunnel.welcome();
        Self { gateway: welcome.gateway, instance: welcome.instance.clone() }
    }
}

impl Ways {
    /// The tunnels that are here.
    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Whether a gateway has a tunnel that something may be asked over.
    pub(crate) fn has_good_tunnel(&self, gateway: GatewayId) -> bool {
        self.registry.of(gateway).iter().any(Tunnel::is_good)
    }

    /// Takes note of what each pool has now.
    pub(super) fn set_pools(&self, pools: Pools) {
        *self.pools.write().unwrap_or_else(PoisonError::into_inner) = pools;
    }

    /// A tunnel `via` a gateway or a pool, of one process where that is named; waited for as long as `patience` lasts.
    pub(crate) async fn find(
        &self,
        ambient: &Ambient,
        via: Via,
        process: Option<&Process>,
        patience: Duration,
    ) -> Option<Tunnel> {
        let waiting = async {
            loop {
                // Before the look: a tunnel that opens between the look and the wait is told all the same.
                let next = self.registry.next();
                let found = match process {
                    None => self.registry.choose(ambient, &self.gateways(via)),
                    Some(Process { gateway, instance }) => self.registry.of_instance(*gateway, instance),
                };
                match found {
                    Some(tunnel) => return tunnel,
                    None => next.await,
                }
            }
        };
        ambient.within(patience, waiting).await
    }

    fn gateways(&self, via: Via) -> Vec<GatewayId> {
        match via {
            Via::Gateway(gateway) => vec![gateway],
            Via::Pool(pool) => {
                self.pools.read().unwrap_or_else(PoisonError::into_inner).get(&pool).cloned().unwrap_or_default()
            }
        }
    }
}
