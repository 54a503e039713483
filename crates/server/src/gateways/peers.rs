//! Other servers of the installation: what they hold is asked of them, and what is here is answered for.
//!
//! Which tunnels they hold stands in the database and is looked at each second. A connection to one is opened when it is needed
//! first, and then it is as good as a tunnel of ours: pinged, and left out while it is silent.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use mayfly_app::gateways::servers::TunnelElsewhere;
use mayfly_domain::{
    clock::Ambient,
    error::chain,
    ids::{GatewayId, GatewayTunnelId, ReplicaId},
};
use mayfly_tunnel::{
    asking::{Opened, Tunnel},
    peer::PeerTls,
    record::{GatewayRecord, Hello},
};
use tokio::{net::TcpStream, sync::Notify};

/// To another server, over a network that is ours.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);

/// A server that could not be asked is left alone for so long.
const LEFT_ALONE: SignedDuration = SignedDuration::from_secs(3);

/// What other servers hold. Clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Peers(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// As the database told last.
    elsewhere: RwLock<Vec<TunnelElsewhere>>,
    /// Those that were asked for.
    relays: Mutex<HashMap<GatewayTunnelId, Arc<Relay>>>,
    /// Servers that could not be reached, and when that was.
    silent: Mutex<HashMap<ReplicaId, Timestamp>>,
    /// Told when there are others than before.
    changed: Notify,
}

/// The way to one of them. Whoever needs it while it is dialled waits for that, and dials none of its own.
#[derive(Default)]
struct Relay(tokio::sync::Mutex<Standing>);

#[derive(Default)]
enum Standing {
    #[default]
    Unasked,
    /// With what it was asked for.
    Open(Tunnel, Arc<PeerTls>),
    /// It could not be had, then.
    Failed(Timestamp),
}

/// Why there is no tunnel.
enum NoTunnel {
    /// The server was not reached: nothing else is to be had there, either.
    Silent(String),
    /// It was, and gave none.
    Refused(String),
}

/// With what another server is asked.
pub(super) struct Asking<'a> {
    pub(super) ambient: &'a Ambient,
    pub(super) tls: &'a Arc<PeerTls>,
    pub(super) hello: Hello,
}

impl Peers {
    /// Takes note of what they hold now. What they do not hold is asked for nothing new.
    pub(super) fn set(&self, mut elsewhere: Vec<TunnelElsewhere>) {
        elsewhere.sort_by_key(|there| there.tunnel.id);
        self.relays().retain(|id, relay| {
            let is_held = elsewhere.binary_search_by_key(id, |there| there.tunnel.id).is_ok();
            if !is_held {
                relay.spare();
            }
            is_held
        });
        let mut known = self.0.elsewhere.write().unwrap_or_else(PoisonError::into_inner);
        if *known != elsewhere {
            *known = elsewhere;
            drop(known);
            self.0.changed.notify_waiters();
        }
    }

    /// What they hold of a gateway.
    pub(super) fn of(&self, gateway: GatewayId) -> Vec<TunnelElsewhere> {
        let known = self.0.elsewhere.read().unwrap_or_else(PoisonError::into_inner);
        known.iter().filter(|there| there.tunnel.gateway == gateway).cloned().collect()
    }

    /// Completes when they hold others than before. It counts from when it is made, not from when it is waited for.
    pub(super) fn changed(&self) -> impl Future<Output = ()> + use<'_> {
        self.0.changed.notified()
    }

    /// A good tunnel among `wanted`, from the one whose turn it is by lot.
    pub(super) async fn find(&self, asking: &Asking<'_>, mut wanted: Vec<TunnelElsewhere>) -> Option<Tunnel> {
        let turn = asking.ambient.random_index(wanted.len());
        wanted.rotate_left(turn);
        for there in wanted {
            if let Some(tunnel) = self.open(asking, &there).await {
                return Some(tunnel);
            }
        }
        None
    }

    async fn open(&self, asking: &Asking<'_>, there: &TunnelElsewhere) -> Option<Tunnel> {
        let (id, now) = (there.tunnel.id, asking.ambient.now());
        let relay = Arc::clone(self.relays().entry(id).or_default());
        let mut standing = relay.0.lock().await;
        match &*standing {
            // This server shows another certificate by now. What runs there is answered; what is new comes by that one.
            Standing::Open(tunnel, with) if !Arc::ptr_eq(with, asking.tls) => tunnel.spare(),
            Standing::Open(tunnel, _) if tunnel.is_good() => return Some(tunnel.clone()),
            // It is pinged; whether it comes back is seen by that.
            Standing::Open(tunnel, _) if !tunnel.is_gone() => return None,
            Standing::Failed(at) if now.duration_since(*at) < LEFT_ALONE => return None,
            Standing::Open(..) | Standing::Failed(_) | Standing::Unasked => {}
        }
        if self.is_silent(there.tunnel.replica, now) {
            return None;
        }
        let opened = asking.ambient.within(CONNECT_LIMIT, dial(asking, there)).await;
        match opened.unwrap_or_else(|| Err(NoTunnel::Silent("it did not answer in time".to_owned()))) {
            Ok(tunnel) => {
                *standing = Standing::Open(tunnel.clone(), Arc::clone(asking.tls));
                if !self.is_asked_for(id, &relay) {
                    tunnel.spare();
                }
                Some(tunnel)
            }
            Err(failed) => {
                let (NoTunnel::Silent(why) | NoTunnel::Refused(why)) = &failed;
                tracing::warn!(replica = %there.tunnel.replica, address = there.address, why, "another server gave no tunnel");
                let now = asking.ambient.now();
                *standing = Standing::Failed(now);
                if matches!(failed, NoTunnel::Silent(_)) {
                    self.silent().insert(there.tunnel.replica, now);
                }
                None
            }
        }
    }

    /// Whether a server could not be reached a moment ago. It is known by any of its tunnels, so that the others cost no time.
    fn is_silent(&self, replica: ReplicaId, now: Timestamp) -> bool {
        let mut silent = self.silent();
        silent.retain(|_, at| now.duration_since(*at) < LEFT_ALONE);
        silent.contains_key(&replica)
    }

    fn silent(&self) -> MutexGuard<'_, HashMap<ReplicaId, Timestamp>> {
        self.0.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is still `relay` by which a tunnel is asked for: it is not where it stopped being held meanwhile.
    fn is_asked_for(&self, id: GatewayTunnelId, relay: &Arc<Relay>) -> bool {
        self.relays().get(&id).is_some_and(|known| Arc::ptr_eq(known, relay))
    }

    fn relays(&self) -> MutexGuard<'_, HashMap<GatewayTunnelId, Arc<Relay>>> {
        self.0.relays.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Relay {
    /// Asks nothing new by it. Where it is being dialled, whoever dials sees that it is not asked for any more.
    fn spare(&self) {
        if let Ok(standing) = self.0.try_lock()
            && let Standing::Open(tunnel, _) = &*standing
        {
            tunnel.spare();
        }
    }
}

async fn dial(asking: &Asking<'_>, there: &TunnelElsewhere) -> Result<Tunnel, NoTunnel> {
    let stream = TcpStream::connect(&there.address).await.map_err(|error| NoTunnel::Silent(error.to_string()))?;
    stream.set_nodelay(true).map_err(|error| NoTunnel::Refused(error.to_string()))?;
    let refused = |error: &dyn std::error::Error| NoTunnel::Refused(chain(error));
    let stream = asking.tls.connect(stream, there.tunnel.id).await.map_err(|error| refused(&error))?;
    let opened = Tunnel::open(asking.ambient, stream, asking.hello.clone()).await.map_err(|error| refused(&error))?;
    let tunnel = opened.tunnel.clone();
    let welcome = tunnel.welcome();
    if (welcome.gateway, &welcome.instance) != (there.tunnel.gateway, &there.tunnel.instance) {
        tunnel.close();
        return Err(NoTunnel::Refused("it answers for another gateway".to_owned()));
    }
    tokio::spawn(listen(opened));
    Ok(tunnel)
}

/// Hears when the other server takes nothing new, and closes the connection once everything has its answer. What else a gateway
/// tells is for the server that holds its tunnel.
async fn listen(mut opened: Opened) {
    loop {
        tokio::select! {
            record = opened.records.recv() => match record {
                Some(GatewayRecord::Drain { .. }) => opened.tunnel.spare(),
                Some(_) => {}
                None => return,
            },
            () = opened.tunnel.done() => return opened.tunnel.close(),
        }
    }
}

#[cfg(test)]
mod tests;
