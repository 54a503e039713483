//! The ways to gateways: which tunnels are here, which other servers hold, and which gateways a pool has.

use std::{
    collections::{BTreeSet, HashMap},
    pin::pin,
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use mayfly_app::{App, gateways::servers::TunnelElsewhere};
use mayfly_domain::{
    clock::Ambient,
    connection::Via,
    gateway::InstanceName,
    ids::{GatewayId, GatewayPoolId},
};
use mayfly_tunnel::{asking::Tunnel, registry::Registry};

use super::{
    authorities::Authorities,
    peers::{Asking, Peers},
    tunnelling::hello,
};

/// The gateways of each pool.
type Pools = HashMap<GatewayPoolId, Vec<GatewayId>>;

/// The ways to gateways. Clones are the same.
#[derive(Clone, Default)]
pub struct Ways {
    registry: Registry,
    pools: Arc<RwLock<Pools>>,
    /// Set where there may be other servers.
    elsewhere: Arc<OnceLock<Elsewhere>>,
}

/// The way to what other servers hold.
pub(super) struct Elsewhere {
    pub(super) app: Arc<App>,
    pub(super) authorities: Authorities,
    pub(super) peers: Peers,
    /// How many servers there are, this one included.
    pub(super) servers: AtomicU32,
}

impl Elsewhere {
    /// A good tunnel that another server holds, of one of `gateways` and of `whom`.
    async fn find(&self, gateways: &[GatewayId], whom: Whom<'_>) -> Option<Tunnel> {
        let held = gateways.iter().flat_map(|gateway| self.peers.of(*gateway));
        let is_wanted = |there: &TunnelElsewhere| {
            whom.named().is_none_or(|process| {
                process.gateway == there.tunnel.gateway && process.instance == there.tunnel.instance
            })
        };
        let wanted: Vec<TunnelElsewhere> = held.filter(is_wanted).collect();
        if wanted.is_empty() {
            return None;
        }
        let signing = self.authorities.get(&self.app).await.ok()?;
        let (ambient, tls) = (self.app.ambient(), signing.peers(self.app.ambient()).ok()?);
        let asking = Asking { ambient, tls: &tls, hello: hello(&self.app, self.servers()) };
        self.peers.find(&asking, wanted).await.filter(|tunnel| whom.is_at_the_end_of(tunnel))
    }

    /// Takes note of how many there are.
    pub(super) fn set_servers(&self, servers: u32) {
        self.servers.store(servers, Ordering::Relaxed);
    }

    /// How many servers there are, this one included.
    pub(super) fn servers(&self) -> u32 {
        self.servers.load(Ordering::Relaxed).max(1)
    }
}

/// A process of a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) gateway: GatewayId,
    pub(crate) instance: InstanceName,
    pub(crate) started: Timestamp,
}

impl Process {
    /// The one at the other end of `tunnel`.
    pub(crate) fn of(tunnel: &Tunnel) -> Self {
        let welcome = tunnel.welcome();
        let (gateway, instance) = (welcome.gateway, welcome.instance.clone());
        Self { gateway, instance, started: welcome.epoch.started }
    }
}

/// Who is to be asked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Whom<'a> {
    /// Whoever may be.
    Anybody,
    /// This process.
    Process(&'a Process),
    /// This process, or the one that has its name now. There are never two of one name: the newer one began when the older had ended.
    NameOf(&'a Process),
}

impl Whom<'_> {
    const fn named(&self) -> Option<&Process> {
        match self {
            Self::Anybody => None,
            Self::Process(process) | Self::NameOf(process) => Some(process),
        }
    }

    fn is_at_the_end_of(&self, tunnel: &Tunnel) -> bool {
        match self {
            Self::Anybody => true,
            Self::Process(process) => **process == Process::of(tunnel),
            Self::NameOf(process) => {
                let welcome = tunnel.welcome();
                (process.gateway, &process.instance) == (welcome.gateway, &welcome.instance)
            }
        }
    }
}

impl Ways {
    /// The tunnels that are here.
    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Whether a gateway has a tunnel that something may be asked over.
    pub(crate) fn has_good_tunnel(&self, gateway: GatewayId) -> bool {
        self.registry.of(gateway).iter().any(Tunnel::is_good) || !self.held_elsewhere(gateway).is_empty()
    }

    /// The tunnels of a gateway that other servers hold.
    pub(super) fn held_elsewhere(&self, gateway: GatewayId) -> Vec<TunnelElsewhere> {
        self.elsewhere.get().map(|elsewhere| elsewhere.peers.of(gateway)).unwrap_or_default()
    }

    /// How many processes of a gateway are here or at another server, other than one.
    pub(super) fn others(&self, gateway: GatewayId, instance: &InstanceName) -> usize {
        let here = self.registry.of(gateway).into_iter().map(|tunnel| tunnel.welcome().instance.clone());
        let there = self.held_elsewhere(gateway).into_iter().map(|there| there.tunnel.instance);
        here.chain(there).filter(|other| other != instance).collect::<BTreeSet<_>>().len()
    }

    /// Takes note of what each pool has now.
    pub(super) fn set_pools(&self, pools: Pools) {
        *self.pools.write().unwrap_or_else(PoisonError::into_inner) = pools;
    }

    /// A tunnel `via` a gateway or a pool, to `whom`; waited for as long as `patience` lasts.
    pub(crate) async fn find(&self, ambient: &Ambient, via: Via, whom: Whom<'_>, patience: Duration) -> Option<Tunnel> {
        let mut end = pin!(ambient.sleep(patience));
        loop {
            // Before the look: a tunnel that opens between the look and the wait is told all the same.
            let (here, there) = (self.registry.next(), self.changed_elsewhere());
            // It may take a connection to another server, which no impatience of the caller is to cut short.
            if let Some(tunnel) = self.look(ambient, via, whom).await {
                return Some(tunnel);
            }
            if self.has_ended(whom) {
                return None;
            }
            tokio::select! {
                () = here => {}
                () = there => {}
                // Another server that gave no tunnel may give one now.
                () = ambient.sleep(super::LOOK_PAUSE), if self.elsewhere.get().is_some() => {}
                () = &mut end => return None,
            }
        }
    }

    /// Ours first: another server is one network further.
    async fn look(&self, ambient: &Ambient, via: Via, whom: Whom<'_>) -> Option<Tunnel> {
        let named = whom.named();
        let gateways = named.map_or_else(|| self.gateways(via), |process| vec![process.gateway]);
        let here = match named {
            None => self.registry.choose(ambient, &gateways),
            Some(Process { gateway, instance, .. }) => self.registry.of_instance(*gateway, instance),
        };
        match (here.filter(|tunnel| whom.is_at_the_end_of(tunnel)), self.elsewhere.get()) {
            (None, Some(elsewhere)) => elsewhere.find(&gateways, whom).await,
            (found, _) => found,
        }
    }

    /// Whether the process that is to be asked is known to have ended: the next one of its name is here.
    fn has_ended(&self, whom: Whom<'_>) -> bool {
        let Whom::Process(Process { gateway, instance, started }) = whom else { return false };
        self.registry.of(*gateway).iter().any(|tunnel| {
            let welcome = tunnel.welcome();
            welcome.instance == *instance && welcome.epoch.started > *started
        })
    }

    /// It counts from now on, not from when it is waited for.
    fn changed_elsewhere(&self) -> impl Future<Output = ()> + use<'_> {
        let changed = self.elsewhere.get().map(|elsewhere| elsewhere.peers.changed());
        async {
            match changed {
                Some(changed) => changed.await,
                None => std::future::pending().await,
            }
        }
    }

    /// Asks other servers from now on, too.
    pub(super) fn join(&self, elsewhere: Elsewhere) {
        // Once set it stays: a server joins once.
        let _ = self.elsewhere.set(elsewhere);
    }

    /// What other servers hold, where there may be some.
    pub(super) fn elsewhere(&self) -> Option<&Elsewhere> {
        self.elsewhere.get()
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
