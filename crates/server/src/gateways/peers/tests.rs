//! A connection to another server is as old as the certificate that it was opened with.

use std::sync::Arc;

use bytes::Bytes;
use futures::future::{self, BoxFuture};
use mayfly_app::gateways::servers::HeldTunnel;
use mayfly_domain::ids::InstallationId;
use mayfly_testkit::ambient::ambient;
use mayfly_tunnel::{
    answering::{Answers, Asked, Session},
    authority::Authority,
    carrier::Carrier,
    failure::Refusal,
    peer::{Until, relay},
    record::Epoch,
    trust::TrustBundle,
};
use tokio::{io::duplex, net::TcpListener};

use super::*;
use crate::gateways::said;

/// Nothing is asked of it.
struct Idle;

impl Answers for Idle {
    fn operation(&self, _: Asked) -> BoxFuture<'_, Result<Bytes, Refusal>> {
        Box::pin(future::pending())
    }

    fn connect<'a>(&'a self, _: &'a str, _: u16, _: Duration) -> BoxFuture<'a, Result<Box<dyn Carrier>, Refusal>> {
        Box::pin(future::pending())
    }
}

struct Ground {
    ambient: Ambient,
    authority: Authority,
    hello: Hello,
    there: TunnelElsewhere,
}

impl Ground {
    /// Another server holds the tunnel of a gateway, and answers for it.
    async fn new() -> (Self, Session) {
        let ambient = ambient();
        let installation = InstallationId::generate(&ambient);
        let authority = Authority::generate(installation, ambient.now()).unwrap();
        let hello = said::hello(&ambient, installation, 2);
        let epoch = Epoch { started: ambient.now(), connection: 1 };
        let welcome = said::welcome(&ambient, GatewayId::generate(&ambient), "pod-1", epoch);
        let tunnel = HeldTunnel {
            id: GatewayTunnelId::generate(&ambient),
            gateway: welcome.gateway,
            instance: welcome.instance.clone(),
            version: welcome.version.clone(),
            replica: ReplicaId::generate(&ambient),
        };
        let (near, far) = duplex(64 * 1024);
        let serving = Session::serve(&ambient, far, welcome, Arc::new(Idle));
        let (held, session) = tokio::join!(Tunnel::open(&ambient, near, hello.clone()), serving);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let there = TunnelElsewhere { tunnel, address: listener.local_addr().unwrap().to_string() };
        let ground = Self { ambient, authority, hello, there };
        tokio::spawn(answer(ground.ambient.clone(), listener, ground.tls(), held.unwrap().tunnel));
        (ground, session.unwrap())
    }

    /// What a server shows and believes, with a certificate of its own.
    fn tls(&self) -> Arc<PeerTls> {
        let trust = TrustBundle::new(vec![self.authority.certificate().clone()]).unwrap();
        let own = self.authority.sign_peer(self.ambient.now()).unwrap();
        Arc::new(PeerTls::new(&self.ambient, &trust, own).unwrap())
    }

    async fn find(&self, peers: &Peers, tls: &Arc<PeerTls>) -> Tunnel {
        let asking = Asking { ambient: &self.ambient, tls, hello: self.hello.clone() };
        peers.find(&asking, vec![self.there.clone()]).await.expect("the other server gives it")
    }
}

async fn answer(ambient: Ambient, listener: TcpListener, tls: Arc<PeerTls>, held: Tunnel) {
    while let Ok((stream, _)) = listener.accept().await {
        let (ambient, tls, held) = (ambient.clone(), Arc::clone(&tls), held.clone());
        tokio::spawn(async move {
            let (_, stream) = tls.accept(stream).await.unwrap();
            let _ = relay(&ambient, stream, held, Until::default()).await;
        });
    }
}

#[tokio::test]
async fn a_server_that_shows_another_certificate_asks_over_a_new_connection() {
    let (ground, _session) = Ground::new().await;
    let (peers, before, after) = (Peers::default(), ground.tls(), ground.tls());
    peers.set(vec![ground.there.clone()]);
    let first = ground.find(&peers, &before).await;
    assert!(first.is_same(&ground.find(&peers, &before).await), "it is kept");
    let second = ground.find(&peers, &after).await;
    assert!(!second.is_same(&first) && second.is_good() && !first.is_good(), "what is new comes by the newer one");
    assert!(second.is_same(&ground.find(&peers, &after).await));
}
