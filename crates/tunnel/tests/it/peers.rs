//! A tunnel that leads to another server answers as if it were here, and to servers only.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures::future::BoxFuture;
use mayfly_domain::ids::GatewayTunnelId;
use mayfly_tunnel::{
    answering::{Answers, Asked},
    asking::{Opened, Tunnel},
    authority::{Authority, KeyedCertificate},
    carrier::Carrier,
    failure::{Leg, Reached, Refusal},
    peer::{Asker, PeerTls, Until, relay},
    record::GatewayRecord,
    tls::HandshakeFailed,
    trust::{AuthorityPin, TrustBundle},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, duplex},
    sync::Semaphore,
};

use crate::rig::{Echo, Rig, WIRE, refused, soon, until};

fn peer(rig: &Rig) -> PeerTls {
    PeerTls::new(&rig.ambient, &rig.trust(), rig.authority.sign_peer(rig.ambient.now()).unwrap()).unwrap()
}

/// `held` as another server has it, which asked for it by its id.
async fn relayed(rig: &Rig, held: &Tunnel) -> Opened {
    relayed_until(rig, held, &Until::default()).await
}

async fn relayed_until(rig: &Rig, held: &Tunnel, until: &Until) -> Opened {
    let (near, far) = duplex(WIRE);
    let (holder, asker, wanted) = (peer(rig), peer(rig), GatewayTunnelId::generate(&rig.ambient));
    let (accepted, connected) = tokio::join!(holder.accept(far), asker.connect(near, wanted));
    let (seen, stream) = accepted.unwrap();
    assert_eq!(seen, Asker { wanted, authority: AuthorityPin::of(rig.authority.certificate()) });
    let (ambient, held, until) = (rig.ambient.clone(), held.clone(), until.clone());
    tokio::spawn(async move { relay(&ambient, stream, held, until).await.unwrap() });
    Tunnel::open(&rig.ambient, connected.unwrap(), rig.hello()).await.unwrap()
}

#[tokio::test]
async fn a_relayed_tunnel_answers_as_the_gateway_does() {
    let rig = Rig::new();
    let (held, _session) = rig.tunnel(Arc::new(Echo)).await;
    let there = relayed(&rig, &held.tunnel).await;
    assert_eq!(there.tunnel.welcome(), held.tunnel.welcome());
    let answer = soon(there.tunnel.call(rig.operation("{\"a\":1}"))).await.unwrap();
    assert_eq!(answer, "{\"a\":1}");
    let mut stream = soon(there.tunnel.connect("api.internal", 6443, Duration::from_secs(8))).await.unwrap();
    stream.write_all(b"through two servers").await.unwrap();
    let mut back = [0; 19];
    soon(stream.read_exact(&mut back)).await.unwrap();
    assert_eq!(&back, b"through two servers");
    let refused = soon(there.tunnel.connect("elsewhere", 1, Duration::from_secs(8))).await.err().unwrap();
    assert_eq!((refused.leg, refused.reached, refused.code.as_str()), (Leg::Gateway, Reached::Refused, "policy"));
}

#[tokio::test]
async fn a_relay_ends_with_its_tunnel_and_knows_what_was_not_asked() {
    let rig = Rig::new();
    let (held, session) = rig.tunnel(Arc::new(Echo)).await;
    let mut there = relayed(&rig, &held.tunnel).await;
    held.tunnel.spare();
    session.close();
    let record = soon(there.records.recv()).await;
    assert!(matches!(record, Some(GatewayRecord::Drain { .. })), "{record:?}");
    let failed = soon(there.tunnel.call(rig.operation("{}"))).await.err().unwrap();
    assert_eq!(failed.reached, Reached::NotSent);
    // Nobody closes it here, as a server would: its last words take a while.
    until("the relay is gone", || {
        rig.clock.advance(Duration::from_millis(100));
        there.tunnel.is_gone()
    })
    .await;
    assert!(!there.tunnel.is_good());
    let failed = soon(there.tunnel.call(rig.operation("{}"))).await.err().unwrap();
    assert_eq!(failed.reached, Reached::NotSent);
}

/// Answers when it is let.
struct Late(Semaphore);

impl Answers for Late {
    fn operation(&self, asked: Asked) -> BoxFuture<'_, Result<Bytes, Refusal>> {
        Box::pin(async move {
            self.0.acquire().await.unwrap().forget();
            Ok(asked.body)
        })
    }

    fn connect<'a>(
        &'a self,
        host: &'a str,
        _port: u16,
        _limit: Duration,
    ) -> BoxFuture<'a, Result<Box<dyn Carrier>, Refusal>> {
        Box::pin(async move { Err(Refusal::of_gateway("policy", host)) })
    }
}

/// What is new is not sent, what runs is answered, and then the relay ends, after `end`.
async fn ends_in_order(end: impl FnOnce(&Tunnel, &Until)) {
    let rig = Rig::new();
    let late = Arc::new(Late(Semaphore::new(0)));
    let (held, _session) = rig.tunnel(Arc::clone(&late) as Arc<dyn Answers>).await;
    let stop = Until::default();
    let mut there = relayed_until(&rig, &held.tunnel, &stop).await;
    let (asking, operation) = (there.tunnel.clone(), rig.operation("{\"first\":1}"));
    let first = tokio::spawn(async move { asking.call(operation).await });
    until("the first one runs at the gateway", || held.tunnel.running() == 1).await;
    end(&held.tunnel, &stop);
    let record = soon(there.records.recv()).await;
    assert!(matches!(record, Some(GatewayRecord::Drain { .. })), "{record:?}");
    let failed = soon(there.tunnel.call(rig.operation("{}"))).await.err().unwrap();
    assert_eq!((failed.leg, failed.reached), (Leg::Tunnel, Reached::NotSent));
    assert!(!there.tunnel.is_good(), "nobody asks it again");
    late.0.add_permits(1);
    assert_eq!(soon(first).await.unwrap().unwrap(), "{\"first\":1}");
    stop.closing.cancel();
    soon(there.tunnel.gone()).await;
}

#[tokio::test]
async fn a_server_that_stops_answers_for_what_runs_and_takes_nothing_new() {
    ends_in_order(|_, until| until.stopping.cancel()).await;
}

#[tokio::test]
async fn a_tunnel_that_takes_nothing_new_takes_nothing_new_from_another_server() {
    ends_in_order(|held, _| held.spare()).await;
}

#[tokio::test]
async fn what_the_other_server_did_not_send_is_told_as_not_sent() {
    let rig = Rig::new();
    let (held, _session) = rig.tunnel(Arc::new(Echo)).await;
    let there = relayed(&rig, &held.tunnel).await;
    // The wire takes longer operations than a gateway does, and it is the holder that looks.
    let long = rig.operation(&"a".repeat(300 * 1024));
    let failed = soon(held.tunnel.call(long.clone())).await.err().unwrap();
    assert_eq!((failed.leg, failed.reached), (Leg::Server, Reached::NotSent));
    let failed = soon(there.tunnel.call(long)).await.err().unwrap();
    assert_eq!((failed.leg, failed.reached), (Leg::Server, Reached::NotSent));
}

#[tokio::test]
async fn only_servers_of_the_installation_are_let_in() {
    let rig = Rig::new();
    let holder = peer(&rig);
    let tried = async |own: KeyedCertificate, trust: &TrustBundle| {
        let (near, far) = duplex(WIRE);
        let asker = PeerTls::new(&rig.ambient, trust, own).unwrap();
        let wanted = GatewayTunnelId::generate(&rig.ambient);
        let connecting = async {
            // In TLS 1.3 the asker may go on before the holder has looked at its certificate.
            match asker.connect(near, wanted).await {
                Ok(mut stream) => stream.read_u8().await.is_ok(),
                Err(_) => false,
            }
        };
        let (accepted, _) = tokio::join!(async { holder.accept(far).await.err() }, connecting);
        accepted
    };
    let gateway = rig.signed_by(&rig.authority, &rig.name());
    assert!(matches!(tried(gateway, &rig.trust()).await, Some(HandshakeFailed::Nameless)));
    let other = Authority::generate(rig.installation, rig.ambient.now()).unwrap();
    let foreign = other.sign_peer(rig.ambient.now()).unwrap();
    assert!(matches!(tried(foreign, &rig.trust()).await, Some(HandshakeFailed::Untrusted(_))));
    let own = rig.authority.sign_peer(rig.ambient.now()).unwrap();
    assert!(tried(own, &rig.trust()).await.is_none(), "a server of the installation is");
    // Nor is a server's certificate for others a gateway's.
    let own = rig.authority.sign_peer(rig.ambient.now()).unwrap();
    let (server, _) = refused(&rig, &rig.server(), &rig.trust(), own).await;
    assert!(server.is_some(), "it names no gateway");
}
