//! This server among others: it says that it is there and what it holds, and answers for that.

use std::{
    sync::{Arc, PoisonError, atomic::AtomicU32},
    time::Duration,
};

use mayfly_app::{
    AppError,
    gateways::servers::{self, HeldTunnel},
};
use mayfly_domain::{error::chain, ids::GatewayTunnelId};
use mayfly_tunnel::{asking::Tunnel, peer, record::ServerRecord};
use tokio::net::{TcpListener, TcpStream};

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
        self.0.ways.join(Elsewhere { app: Arc::clone(app), signing: Arc::clone(&self.0.signing), peers, servers });
        let looking = self.clone();
        self.0.running.spawn(async move { looking.0.until_stopped(looking.look_elsewhere(&address)).await });
        let answering = self.clone();
        self.0.running.spawn(async move { answering.0.until_stopped(answering.answer(&listener)).await });
        Ok(())
    }

    /// Leaves them again.
    pub(super) async fn leave(&self) {
        if self.0.ways.elsewhere().is_some() {
            report("saying that this server goes", servers::say_gone(&self.0.app).await);
        }
    }

    async fn look_elsewhere(&self, address: &str) {
        let Some(elsewhere) = self.0.ways.elsewhere() else { return };
        let app = &self.0.app;
        let mut looks = 0_u32;
        loop {
            match servers::held_elsewhere(app).await {
                Ok(held) => elsewhere.peers.set(held),
                Err(error) => tracing::warn!(error = chain(&error), "it is not known what other servers hold"),
            }
            app.ambient().sleep(super::LOOK_PAUSE).await;
            looks = looks.wrapping_add(1);
            if looks.is_multiple_of(LOOKS_A_WORD) {
                self.say_again(elsewhere, address).await;
            }
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
            self.0.running.spawn(async move {
                let _place = place;
                Box::pin(this.0.until_stopped(this.0.relay(stream))).await;
            });
        }
    }
}

impl Inner {
    /// How many servers there are, this one included.
    pub(super) fn servers(&self) -> u32 {
        self.ways.elsewhere().map_or(1, Elsewhere::servers)
    }

    /// Notes that a tunnel is here, where others may ask for it.
    pub(super) async fn hold(&self, tunnel: &Tunnel) -> Option<HeldTunnel> {
        self.ways.elsewhere()?;
        let welcome = tunnel.welcome();
        let held = HeldTunnel {
            id: GatewayTunnelId::generate(self.app.ambient()),
            gateway: welcome.gateway,
            instance: welcome.instance.clone(),
            version: welcome.version.clone(),
            replica: self.app.replica(),
        };
        self.held.lock().unwrap_or_else(PoisonError::into_inner).insert(held.id, (held.clone(), tunnel.clone()));
        report("telling other servers of a tunnel", servers::hold(&self.app, &held).await);
        Some(held)
    }

    /// Notes again what is here, in case the database was away when something came or went, or forgot this server meanwhile.
    async fn hold_exactly(&self) {
        let here = {
            let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            held.values().map(|(held, _)| held.clone()).collect::<Vec<_>>()
        };
        report("telling other servers again of the tunnels", servers::hold_exactly(&self.app, &here).await);
    }

    /// Notes that it is no more.
    pub(super) async fn let_go(&self, held: &HeldTunnel) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(&held.id);
        report("telling other servers of a tunnel's end", servers::let_go(&self.app, held).await);
    }

    /// Answers another server for the tunnel that it names.
    async fn relay(&self, stream: TcpStream) {
        let ambient = self.app.ambient();
        // Small answers must not wait for each other.
        let _ = stream.set_nodelay(true);
        let tls = match self.signing().await {
            Ok(signing) => signing.peers(ambient),
            Err(error) => return tracing::error!(error = chain(&error), "other servers cannot be answered"),
        };
        let accepted = match tls {
            Ok(tls) => tls.accept(stream).await,
            Err(error) => Err(error),
        };
        let (wanted, stream) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => return tracing::debug!(error = chain(&error), "somebody else than a server knocked"),
        };
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).get(&wanted).cloned();
        let Some((_, tunnel)) = held else { return };
        if let Err(error) = peer::relay(ambient, stream, tunnel).await {
            tracing::debug!(error = chain(&error), "another server was not answered");
        }
    }
}
