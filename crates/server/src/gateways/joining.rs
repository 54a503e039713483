//! This server among others: it says that it is there and what it holds, and answers for that.

use std::{
    collections::HashMap,
    sync::{Arc, MutexGuard, PoisonError, atomic::AtomicU32},
    time::Duration,
};

use mayfly_app::{
    AppError,
    gateways::servers::{self, HeldTunnel},
};
use mayfly_domain::{error::chain, ids::GatewayTunnelId};
use mayfly_tunnel::{
    asking::Tunnel,
    peer::{self, Asker, Until},
    record::ServerRecord,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::server::TlsStream;

use super::{Gateways, Inner, peers::Peers, tunnelling::report, ways::Elsewhere};

/// Between two looks at what others hold, of which each so many'th says that we are there.
const LOOKS_A_WORD: u32 = 5;

/// Connections of other servers at once: each holds one for each tunnel that it asked for.
const MOST_CONNECTIONS: usize = 10_000;

/// After an error of the listener.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

impl Gateways {
    /// Joins the other servers of the installation: they find this one at `address`, where `listener` listens.
    pub async fn join(&self, listener: TcpListener, address: String) -> Result<(), AppError> {
        let app = &self.0.app;
        let servers = servers::say_here(app, &address).await?;
        let (peers, servers) = (Peers::default(), AtomicU32::new(servers));
        let authorities = self.0.authorities.clone();
        self.0.ways.join(Elsewhere { app: Arc::clone(app), authorities, peers, servers });
        let looking = self.clone();
        self.0.running.spawn(async move { looking.look_elsewhere(&address).await });
        let answering = self.clone();
        self.0.running.spawn(async move { answering.0.until_stopped(answering.answer(&listener)).await });
        Ok(())
    }

    /// Looks at what others hold and says that we are there; once the server stops, that it goes. Requests that run then still need to
    /// know what others hold.
    async fn look_elsewhere(&self, address: &str) {
        let Some(elsewhere) = self.0.ways.elsewhere() else { return };
        self.look_and_say(elsewhere, address).await;
        report("saying that this server goes", servers::say_gone(&self.0.app).await);
        self.0.closing.run_until_cancelled(self.look_only(elsewhere)).await;
    }

    /// Until the server stops, but never in the middle of a word: it would arrive after that we go.
    async fn look_and_say(&self, elsewhere: &Elsewhere, address: &str) {
        let ambient = self.0.app.ambient();
        let mut looks = 0_u32;
        while !self.0.stopping.is_cancelled() {
            self.look_once(elsewhere).await;
            self.0.until_stopped(ambient.sleep(super::LOOK_PAUSE)).await;
            looks = looks.wrapping_add(1);
            if looks.is_multiple_of(LOOKS_A_WORD) {
                self.say_again(elsewhere, address).await;
            }
        }
    }

    async fn look_only(&self, elsewhere: &Elsewhere) {
        loop {
            self.look_once(elsewhere).await;
            self.0.app.ambient().sleep(super::LOOK_PAUSE).await;
        }
    }

    async fn look_once(&self, elsewhere: &Elsewhere) {
        match servers::held_elsewhere(&self.0.app).await {
            Ok(held) => elsewhere.peers.set(held),
            Err(error) => tracing::warn!(error = chain(&error), "it is not known what other servers hold"),
        }
    }

    async fn say_again(&self, elsewhere: &Elsewhere, address: &str) {
        match servers::say_here(&self.0.app, address).await {
            Ok(servers) => {
                self.take_note(elsewhere, servers);
                self.0.hold_exactly().await;
            }
            Err(error) => {
                tracing::warn!(error = chain(&error), "other servers were not told that this one is there");
            }
        }
    }

    /// Takes note of how many servers there are, and tells the gateways that are here when it is another number.
    fn take_note(&self, elsewhere: &Elsewhere, servers: u32) {
        if elsewhere.servers() != servers {
            elsewhere.set_servers(servers);
            let tell = |tunnel: &Tunnel| tunnel.tell(ServerRecord::Servers { replicas: servers });
            self.0.registry().all().iter().for_each(tell);
        }
    }

    async fn answer(&self, listener: &TcpListener) {
        let places = Arc::new(tokio::sync::Semaphore::new(MOST_CONNECTIONS));
        loop {
            let place = Arc::clone(&places).acquire_owned().await;
            let stream = match listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a connection of another server was not accepted");
                    self.0.app.ambient().sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let this = self.clone();
            self.0.relays.spawn(async move {
                let _place = place;
                Box::pin(this.0.relay(stream)).await;
            });
        }
    }
}

impl Inner {
    /// How many servers there are, this one included.
    pub(super) fn servers(&self) -> u32 {
        self.ways.elsewhere().map_or(1, Elsewhere::servers)
    }

    /// Tells other servers of `tunnel` whenever something may be asked over it, and that it may not, whenever not. Never completes;
    /// [`Self::let_go`] has to follow.
    pub(super) async fn share(&self, tunnel: &Tunnel, id: GatewayTunnelId) {
        if self.ways.elsewhere().is_none() {
            std::future::pending::<()>().await;
        }
        let held = self.held(tunnel, id);
        loop {
            self.lock_held().insert(id, (held.clone(), tunnel.clone()));
            report("telling other servers of a tunnel", servers::hold(&self.app, &held).await);
            tunnel.not_good().await;
            self.let_go(id).await;
            tunnel.good_again().await;
        }
    }

    fn held(&self, tunnel: &Tunnel, id: GatewayTunnelId) -> HeldTunnel {
        let welcome = tunnel.welcome();
        HeldTunnel {
            id,
            gateway: welcome.gateway,
            instance: welcome.instance.clone(),
            version: welcome.version.clone(),
            replica: self.app.replica(),
        }
    }

    /// Notes again what is here, in case the database was away when something came or went, or forgot this server meanwhile.
    async fn hold_exactly(&self) {
        let here = || self.lock_held().values().map(|(held, _)| held.clone()).collect();
        report("telling other servers again of the tunnels", servers::hold_exactly(&self.app, here).await);
    }

    /// Tells other servers that nothing new may be asked over a tunnel, where they were told of it.
    pub(super) async fn let_go(&self, id: GatewayTunnelId) {
        self.lock_held().remove(&id);
        // Also where it was told already: whoever was telling may have been interrupted.
        if self.ways.elsewhere().is_some() {
            report("telling other servers of a tunnel's end", servers::let_go(&self.app, id).await);
        }
    }

    fn lock_held(&self) -> MutexGuard<'_, HashMap<GatewayTunnelId, (HeldTunnel, Tunnel)>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers another server for the tunnel that it names.
    async fn relay(&self, stream: TcpStream) {
        // Small answers must not wait for each other.
        let _ = stream.set_nodelay(true);
        let Some(accepted) = self.stopping.run_until_cancelled(self.accept_peer(stream)).await else { return };
        let Some((Asker { wanted, authority }, stream)) = accepted else { return };
        let held = self.lock_held().get(&wanted).cloned();
        let Some((_, tunnel)) = held else { return };
        let until = Until { stopping: self.stopping.clone(), closing: self.closing.child_token() };
        let disowned = async {
            self.authorities.disowned(authority).await;
            until.closing.cancel();
            std::future::pending::<()>().await;
        };
        tokio::select! {
            relayed = peer::relay(self.app.ambient(), stream, tunnel, until.clone()) => if let Err(error) = relayed {
                tracing::debug!(error = chain(&error), "another server was not answered");
            },
            () = disowned => {}
        }
    }

    /// Lets another server in, and says which tunnel it wants.
    async fn accept_peer(&self, stream: TcpStream) -> Option<(Asker, TlsStream<TcpStream>)> {
        let tls = match self.signing().await {
            Ok(signing) => signing.peers(self.app.ambient()),
            Err(error) => {
                tracing::error!(error = chain(&error), "other servers cannot be answered");
                return None;
            }
        };
        let accepted = match tls {
            Ok(tls) => tls.accept(stream).await,
            Err(error) => Err(error),
        };
        accepted.inspect_err(|error| tracing::debug!(error = chain(error), "somebody else than a server knocked")).ok()
    }
}
