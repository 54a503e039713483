//! The tunnels that this server holds: the newest of each process, and which of a gateway's to ask.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use mayfly_domain::{clock::Ambient, gateway::InstanceName, ids::GatewayId};
use tokio::sync::Notify;

use crate::asking::Tunnel;

/// Tunnels by gateway and process. Clones are the same registry.
#[derive(Clone, Default)]
pub struct Registry(Arc<Shared>);

#[derive(Default)]
struct Shared {
    tunnels: Mutex<HashMap<GatewayId, Vec<Tunnel>>>,
    /// Told of each tunnel that opens.
    opened: Notify,
}

impl Registry {
    /// Adds a tunnel. Older ones of the same process are closed: after a silent cut, the server may still hold one that leads
    /// nowhere.
    pub fn add(&self, tunnel: Tunnel) {
        let welcome = tunnel.welcome();
        let (gateway, instance, epoch) = (welcome.gateway, welcome.instance.clone(), welcome.epoch);
        let mut tunnels = self.tunnels();
        let here = tunnels.entry(gateway).or_default();
        let is_older = |other: &Tunnel| {
            let other = other.welcome();
            other.instance == instance && other.epoch < epoch
        };
        here.iter().filter(|other| is_older(other)).for_each(Tunnel::close);
        here.retain(|other| !is_older(other));
        here.push(tunnel);
        drop(tunnels);
        self.0.opened.notify_waiters();
    }

    /// Removes a tunnel. Says whether its gateway has another here.
    pub fn remove(&self, tunnel: &Tunnel) -> bool {
        let gateway = tunnel.welcome().gateway;
        let mut tunnels = self.tunnels();
        let Some(here) = tunnels.get_mut(&gateway) else { return false };
        here.retain(|other| !other.is_same(tunnel));
        let has_more = !here.is_empty();
        if !has_more {
            tunnels.remove(&gateway);
        }
        has_more
    }

    /// The tunnels of a gateway.
    pub fn of(&self, gateway: GatewayId) -> Vec<Tunnel> {
        self.tunnels().get(&gateway).cloned().unwrap_or_default()
    }

    /// How many different processes of a gateway are here beside `instance`.
    pub fn others(&self, gateway: GatewayId, instance: &InstanceName) -> usize {
        let tunnels = self.tunnels();
        let names = tunnels.get(&gateway).into_iter().flatten().map(|tunnel| &tunnel.welcome().instance);
        names.filter(|name| *name != instance).collect::<std::collections::BTreeSet<_>>().len()
    }

    /// Which of a gateway's tunnels to ask: the one with less to do, of two that are good and were drawn by lot. Always the
    /// least busy of all would send every caller of a moment to the same one.
    pub fn choose(&self, ambient: &Ambient, gateway: GatewayId) -> Option<Tunnel> {
        let good: Vec<Tunnel> = self.of(gateway).into_iter().filter(Tunnel::is_good).collect();
        let [first, second] = ambient.random::<2>().map(|lot| good.get(usize::from(lot) % good.len().max(1)));
        let (first, second) = (first?, second?);
        Some(if second.running() < first.running() { second.clone() } else { first.clone() })
    }

    /// Completes when the next tunnel opens, whichever it is.
    pub async fn next(&self) {
        self.0.opened.notified().await;
    }

    /// Closes all tunnels of a gateway at once.
    pub fn cut(&self, gateway: GatewayId) {
        self.of(gateway).iter().for_each(Tunnel::close);
    }

    /// Every tunnel.
    pub fn all(&self) -> Vec<Tunnel> {
        self.tunnels().values().flatten().cloned().collect()
    }

    fn tunnels(&self) -> MutexGuard<'_, HashMap<GatewayId, Vec<Tunnel>>> {
        self.0.tunnels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
