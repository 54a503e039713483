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
    ids::{GatewayId, GatewayTunnelId},
};
use mayfly_tunnel::{asking::Tunnel, peer::PeerTls, record::Hello};
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
    relays: Mutex<HashMap<GatewayTunnelId, Relay>>,
    /// Told when there are others than before.
    changed: Notify,
}

enum Relay {
    Open(Tunnel),
    /// It could not be had, then.
    Failed(Timestamp),
}

/// With what another server is asked.
pub(super) struct Asking<'a> {
    pub(super) ambient: &'a Ambient,
    pub(super) tls: &'a PeerTls,
    pub(super) hello: Hello,
}

impl Peers {
    /// Takes note of what they hold now, and forgets connections for what they do not.
    pub(super) fn set(&self, mut elsewhere: Vec<TunnelElsewhere>) {
        elsewhere.sort_by_key(|there| there.tunnel.id);
        self.relays().retain(|id, relay| {
            let is_held = elsewhere.binary_search_by_key(id, |there| there.tunnel.id).is_ok();
            if let (Relay::Open(tunnel), false) = (&*relay, is_held) {
                tunnel.close();
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
        if !wanted.is_empty() {
            let [lot] = asking.ambient.random::<1>();
            let turn = usize::from(lot) % wanted.len();
            wanted.rotate_left(turn);
        }
        for there in wanted {
            if let Some(tunnel) = self.open(asking, &there).await {
                return Some(tunnel);
            }
        }
        None
    }

    async fn open(&self, asking: &Asking<'_>, there: &TunnelElsewhere) -> Option<Tunnel> {
        let (id, now) = (there.tunnel.id, asking.ambient.now());
        match self.relays().get(&id) {
            Some(Relay::Open(tunnel)) if tunnel.is_good() => return Some(tunnel.clone()),
            // It is pinged; whether it comes back is seen by that.
            Some(Relay::Open(tunnel)) if !tunnel.is_gone() => return None,
            Some(Relay::Failed(at)) if now.duration_since(*at) < LEFT_ALONE => return None,
            Some(_) | None => {}
        }
        let opened = asking.ambient.within(CONNECT_LIMIT, dial(asking, there)).await;
        let relay = match opened {
            Some(Ok(tunnel)) => Relay::Open(tunnel),
            Some(Err(why)) => {
                tracing::warn!(replica = %there.tunnel.replica, address = there.address, why, "another server gave no tunnel");
                Relay::Failed(now)
            }
            None => {
                tracing::warn!(replica = %there.tunnel.replica, address = there.address, "another server did not answer in time");
                Relay::Failed(now)
            }
        };
        let found = if let Relay::Open(tunnel) = &relay { Some(tunnel.clone()) } else { None };
        self.relays().insert(id, relay);
        found
    }

    fn relays(&self) -> MutexGuard<'_, HashMap<GatewayTunnelId, Relay>> {
        self.0.relays.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn dial(asking: &Asking<'_>, there: &TunnelElsewhere) -> Result<Tunnel, String> {
    let stream = TcpStream::connect(&there.address).await.map_err(|error| error.to_string())?;
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    let stream = asking.tls.connect(stream, there.tunnel.id).await.map_err(|error| chain(&error))?;
    let opened = Tunnel::open(asking.ambient, stream, asking.hello.clone()).await.map_err(|error| chain(&error))?;
    let welcome = opened.tunnel.welcome();
    if (welcome.gateway, &welcome.instance) != (there.tunnel.gateway, &there.tunnel.instance) {
        opened.tunnel.close();
        return Err("it answers for another gateway".to_owned());
    }
    // What a gateway tells is for the server that holds its tunnel.
    tokio::spawn(async move {
        let mut records = opened.records;
        while records.recv().await.is_some() {}
    });
    Ok(opened.tunnel)
}
