//! The server's end of gateways: who is let in, and which tunnels there are.
//!
//! Each connection is a WebSocket that `http/gateway_tunnels.rs` switched. What happens inside it is `tunnel`'s; who may, `app`
//! says; here both meet.

mod authorities;
mod enrolling;
mod joining;
mod pace;
mod peers;
#[cfg(test)]
pub(crate) mod said;
mod signing;
mod tunnelling;
mod ways;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use mayfly_api::gateways::GatewayTunnel;
use mayfly_app::{
    App, AppError, SealKeys,
    gateways::servers::{HeldTunnel, TunnelElsewhere},
};
use mayfly_domain::{
    caller::Caller,
    gateway::{Gateway, GatewayState},
    ids::{GatewayId, GatewayTunnelId},
    sensitive::Sensitive,
};
use mayfly_tunnel::{
    asking::Tunnel, carrier, enrolment::EnrolmentText, liveness::Health, record::ServerRecord, registry::Registry,
};
pub(crate) use mayfly_tunnel::{
    carrier::switching,
    protocol::{ENROLMENT_SUBPROTOCOL, TUNNEL_SUBPROTOCOL},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use self::ways::Ways;
pub(crate) use self::ways::{Process, Whom};
use self::{authorities::Authorities, signing::Signing};
use crate::http::concurrency::{Most, Place, Places};

/// Handshakes of tunnels at a time, altogether and from one source. After an outage every gateway comes at once, and each
/// handshake costs two signatures; whoever finds no place comes again.
const MOST_HANDSHAKES: Most = Most { altogether: 64, of_source: 16 };

/// Enrolments at a time: strangers' business, which must not keep gateways away.
const MOST_ENROLMENTS: Most = Most { altogether: 16, of_source: 4 };

/// How often it is looked whether gateways whose tunnels are here may still come: who may not is cut within two seconds.
const LOOK_PAUSE: Duration = Duration::from_secs(1);

/// From the first byte inside the WebSocket to the end of the inner TLS handshake.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);

/// How long the end of tunnels may take when the server stops: a write to the database each.
const FINISH_LIMIT: Duration = Duration::from_secs(10);

/// How long other servers may still wait for answers then. They close what they do not need.
const RELAYS_LIMIT: Duration = Duration::from_secs(5);

/// A connection that was switched to a WebSocket.
pub(crate) type Switched = TokioIo<Upgraded>;

/// A place among the handshakes, until it is dropped.
pub(crate) struct Room(#[expect(dead_code, reason = "it is held")] Option<Place>);

/// The gateways of a server. Clones are the same.
#[derive(Clone)]
pub struct Gateways(Arc<Inner>);

struct Inner {
    app: Arc<App>,
    ways: Ways,
    authorities: Authorities,
    /// The tunnels that other servers may ask for.
    held: Mutex<HashMap<GatewayTunnelId, (HeldTunnel, Tunnel)>>,
    handshakes: Places,
    enrolments: Places,
    running: TaskTracker,
    /// What is answered for other servers.
    relays: TaskTracker,
    stopping: CancellationToken,
    /// Cancelled once no request runs any more.
    closing: CancellationToken,
}

/// How a gateway is, as far as this server knows.
pub(crate) struct Here {
    pub(crate) state: GatewayState,
    pub(crate) tunnels: Vec<GatewayTunnel>,
}

impl Here {
    pub(crate) fn is_good(&self) -> bool {
        matches!(self.state, GatewayState::Healthy | GatewayState::Degraded)
    }
}

impl Gateways {
    /// None are here yet. Those that come go when `stopping` is cancelled.
    pub fn new(app: Arc<App>, ways: Ways, stopping: CancellationToken) -> Self {
        Self(Arc::new(Inner {
            app,
            ways,
            authorities: Authorities::default(),
            held: Mutex::default(),
            handshakes: Places::new(MOST_HANDSHAKES),
            enrolments: Places::new(MOST_ENROLMENTS),
            running: TaskTracker::new(),
            relays: TaskTracker::new(),
            stopping,
            closing: CancellationToken::new(),
        }))
    }

    /// The ways to gateways.
    pub(crate) fn ways(&self) -> &Ways {
        &self.0.ways
    }

    /// How a gateway is.
    pub(crate) fn here(&self, gateway: &Gateway) -> Here {
        let (tunnels, elsewhere) = (self.0.registry().of(gateway.id), self.0.ways.held_elsewhere(gateway.id));
        let good = tunnels.iter().filter(|tunnel| tunnel.is_good()).count() + elsewhere.len();
        // A process opens one tunnel to each of two servers, where there are so many.
        let wanted = usize::try_from(self.0.servers().min(2)).unwrap_or(1);
        let tunnels = tunnels.iter().filter_map(wire).chain(elsewhere.iter().map(wire_elsewhere));
        Here { state: gateway.state(good, wanted), tunnels: tunnels.collect() }
    }

    /// What whoever enrols as `gateway` has to be given, with the token where it proves itself by one, and by what it will believe
    /// this installation.
    pub(crate) async fn enrolment(
        &self,
        gateway: GatewayId,
        token: Option<Sensitive<String>>,
    ) -> Result<(Sensitive<String>, String), AppError> {
        let authority = self.0.signing().await?.pin().ok_or(AppError::Bug("there is no authority for gateways"))?;
        let server = self.0.app.settings().public_url.clone();
        Ok((EnrolmentText { server, gateway, authority, token }.expose(), authority.to_string()))
    }

    /// Room for one more enrolment from where `caller` is; none where there are too many.
    pub(crate) fn room_to_enrol(&self, caller: &Caller) -> Option<Room> {
        room(&self.0.enrolments, caller)
    }

    /// Room for one more handshake of a tunnel.
    pub(crate) fn room_to_come(&self, caller: &Caller) -> Option<Room> {
        room(&self.0.handshakes, caller)
    }

    /// Serves an enrolment over a stream that was switched to a WebSocket.
    pub(crate) fn enrol(&self, stream: Switched, caller: Caller, room: Room) {
        let this = self.clone();
        self.0.running.spawn(async move {
            let carrier = carrier::accept(stream).await;
            this.0.until_stopped(enrolling::serve(&this.0, carrier, caller)).await;
            drop(room);
        });
    }

    /// Serves a tunnel over a stream that was switched to a WebSocket.
    pub(crate) fn tunnel(&self, stream: Switched, caller: Caller, room: Room) {
        let this = self.clone();
        self.0.running.spawn(async move {
            let carrier = carrier::accept(stream).await;
            tunnelling::serve(&this.0, carrier, caller, room).await;
        });
    }

    /// Cuts what may not come any more, sees which authorities there are and which gateways the pools have, and tells of new keys
    /// of seals, again and again.
    pub async fn look(&self) {
        let ambient = self.0.app.ambient();
        let mut told = self.0.app.seal_keys();
        loop {
            self.tell_keys(&mut told);
            if let Err(error) = self.see_pools().await {
                tracing::warn!(%error, "it could not be looked at which gateways are in which pool");
            }
            tokio::select! {
                () = ambient.sleep(LOOK_PAUSE) => {}
                () = self.0.stopping.cancelled() => return,
            }
            if let Err(error) = self.0.authorities.look(&self.0.app).await {
                tracing::warn!(%error, "it could not be looked at which authorities there are for gateways");
            }
            if let Err(error) = self.cut_closed().await {
                tracing::warn!(%error, "it could not be looked at whether gateways may still come");
            }
        }
    }

    /// Tells each gateway that is here the keys of seals, where they are others than those that were `told`.
    fn tell_keys(&self, told: &mut SealKeys) {
        let now = self.0.app.seal_keys();
        if *told != now {
            let keys = tunnelling::seal_keys(&now);
            let tell = |tunnel: &Tunnel| tunnel.tell(ServerRecord::SealKeys { keys: keys.clone() });
            self.0.registry().all().iter().for_each(tell);
            *told = now;
        }
    }

    /// Sees which gateways the pools have now.
    pub(crate) async fn see_pools(&self) -> Result<(), AppError> {
        self.0.ways.set_pools(mayfly_app::gateway_pools::all(&self.0.app).await?);
        Ok(())
    }

    /// Cuts the tunnels of `gateway`, now.
    pub fn cut(&self, gateway: GatewayId) {
        self.0.registry().cut(gateway);
    }

    /// Closes every tunnel, and waits until that was noted.
    pub async fn finish(&self) {
        let ambient = self.0.app.ambient();
        self.0.relays.close();
        ambient.within(RELAYS_LIMIT, self.0.relays.wait()).await;
        self.0.closing.cancel();
        self.0.running.close();
        ambient.within(FINISH_LIMIT, self.0.running.wait()).await;
    }

    async fn cut_closed(&self) -> Result<(), AppError> {
        let mut here: Vec<GatewayId> = self.0.registry().all().iter().map(|tunnel| tunnel.welcome().gateway).collect();
        here.sort_unstable();
        here.dedup();
        for gateway in mayfly_app::gateways::closed(&self.0.app, &here).await? {
            self.cut(gateway);
        }
        Ok(())
    }
}

impl Inner {
    fn registry(&self) -> &Registry {
        self.ways.registry()
    }

    async fn signing(&self) -> Result<Arc<Signing>, AppError> {
        self.authorities.get(&self.app).await
    }

    /// `work`, unless the server stops before.
    async fn until_stopped(&self, work: impl Future<Output = ()>) {
        self.stopping.run_until_cancelled(work).await;
    }
}

fn room(places: &Places, caller: &Caller) -> Option<Room> {
    match caller.origin.ip_address {
        Some(address) => places.take(address).ok().map(|place| Room(Some(place))),
        None => Some(Room(None)),
    }
}

/// One that another server holds, which knows more of it.
fn wire_elsewhere(there: &TunnelElsewhere) -> GatewayTunnel {
    GatewayTunnel {
        instance: there.tunnel.instance.to_string(),
        server: Some(there.tunnel.replica.to_string()),
        version: there.tunnel.version.clone(),
        health: "good".to_owned(),
        round_trip_ms: None,
        running: 0,
        refused: None,
        proxy: None,
        closed_at_age_seconds: None,
    }
}

/// Nothing of one that is gone.
fn wire(tunnel: &Tunnel) -> Option<GatewayTunnel> {
    let (health, round_trip) = match &*tunnel.health().borrow() {
        Health::Good { round_trip } => ("good", i64::try_from(round_trip.as_millis()).ok()),
        Health::Suspect => ("suspect", None),
        Health::Gone { .. } => return None,
    };
    let (welcome, status) = (tunnel.welcome(), tunnel.status());
    Some(GatewayTunnel {
        instance: welcome.instance.to_string(),
        server: None,
        version: welcome.version.clone(),
        health: health.to_owned(),
        round_trip_ms: round_trip,
        running: i64::from(tunnel.running()),
        refused: i64::try_from(status.refused).ok(),
        proxy: status.proxy,
        closed_at_age_seconds: status.closed_at_age_seconds.and_then(|age| i64::try_from(age).ok()),
    })
}
