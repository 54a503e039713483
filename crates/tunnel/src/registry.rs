//! The tunnels that this server holds: the newest of each process, and which of a gateway's to ask.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use mayfly_domain::{clock::Ambient, gateway::InstanceName, ids::GatewayId};
use tokio::sync::{Notify, watch};

use crate::{asking::Tunnel, liveness::Health};

/// Tunnels by gateway and process. Clones are the same registry.
#[derive(Clone, Default)]
pub struct Registry(Arc<Shared>);

#[derive(Default)]
struct Shared {
    tunnels: Mutex<HashMap<GatewayId, Vec<Tunnel>>>,
    /// Told of each tunnel that opens, or is good again.
    opened: Notify,
}

impl Registry {
    /// Adds a tunnel. Older ones of the same process [give way](Tunnel::give_way), and those of a process that had its name are closed
    /// unless that had let them go. One that is not newer than what is there is not added, which only a copy of the process would be.
    pub fn add(&self, tunnel: &Tunnel) -> bool {
        let welcome = tunnel.welcome();
        let mut tunnels = self.tunnels();
        let here = tunnels.entry(welcome.gateway).or_default();
        let (same, others): (Vec<Tunnel>, Vec<Tunnel>) =
            std::mem::take(here).into_iter().partition(|other| other.welcome().instance == welcome.instance);
        *here = others;
        let is_newer = same.iter().all(|other| other.welcome().epoch < welcome.epoch);
        if is_newer {
            let is_own = |older: &Tunnel| older.welcome().epoch.started == welcome.epoch.started;
            let (ending, ghosts): (Vec<Tunnel>, Vec<Tunnel>) =
                same.into_iter().partition(|older| is_own(older) || older.is_let_go());
            ending.iter().for_each(Tunnel::give_way);
            ghosts.iter().for_each(Tunnel::close);
            here.extend(ending);
            here.push(tunnel.clone());
        } else {
            here.extend(same);
        }
        drop(tunnels);
        if is_newer {
            self.0.opened.notify_waiters();
            tokio::spawn(tell_when_good_again(Arc::downgrade(&self.0), tunnel.health()));
        }
        is_newer
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

    /// Which tunnel to ask of those of some `gateways`: the one with less to do, of two that are good and were drawn by lot.
    /// Always the least busy of all would send every caller of a moment to the same one. They are two different ones, so that one
    /// that answers nobody, and is not known to be silent yet, is not asked where the other one is idle.
    pub fn choose(&self, ambient: &Ambient, gateways: &[GatewayId]) -> Option<Tunnel> {
        let all = gateways.iter().flat_map(|gateway| self.of(*gateway));
        let mut good: Vec<Tunnel> = all.filter(Tunnel::is_good).collect();
        let mut draw = || (!good.is_empty()).then(|| good.swap_remove(ambient.random_index(good.len())));
        let (first, second) = (draw()?, draw());
        Some(second.filter(|second| second.running() < first.running()).unwrap_or(first))
    }

    /// A good tunnel of one process.
    pub fn of_instance(&self, gateway: GatewayId, instance: &InstanceName) -> Option<Tunnel> {
        self.of(gateway).into_iter().find(|tunnel| tunnel.is_good() && tunnel.welcome().instance == *instance)
    }

    /// Completes when the next tunnel opens or is good again, whichever it is. It counts from when it is made, not from when it is
    /// waited for.
    pub fn next(&self) -> impl Future<Output = ()> + use<'_> {
        self.0.opened.notified()
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

/// Whoever found a tunnel suspect waits for it, too. Ends with the tunnel, whose health is told by nobody then.
async fn tell_when_good_again(shared: Weak<Shared>, mut health: watch::Receiver<Health>) {
    while health.wait_for(|health| !health.is_good()).await.is_ok() && health.wait_for(Health::is_good).await.is_ok() {
        if let Some(shared) = shared.upgrade() {
            shared.opened.notify_waiters();
        }
    }
}
