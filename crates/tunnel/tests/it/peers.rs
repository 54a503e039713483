//! A tunnel that leads to another server answers as if it were here, and to servers only.

use std::{sync::Arc, time::Duration};

use mayfly_domain::ids::GatewayTunnelId;
use mayfly_tunnel::{
    asking::{Opened, Tunnel},
    authority::{Authority, KeyedCertificate},
    failure::{Leg, Reached},
    peer::{PeerTls, relay},
    tls::HandshakeFailed,
    trust::TrustBundle,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

use crate::rig::{Echo, Rig, WIRE, refused, soon};

fn peer(rig: &Rig) -> PeerTls {
    PeerTls::new(&rig.ambient, &rig.trust(), rig.authority.sign_peer(rig.ambient.now()).unwrap()).unwrap()
}

/// `held` as another server has it, which asked for it by its id.
async fn relayed(rig: &Rig, held: &Tunnel) -> Opened {
    let (near, far) = duplex(WIRE);
    let (holder, asker, wanted) = (peer(rig), peer(rig), GatewayTunnelId::generate(&rig.ambient));
    let (accepted, connected) = tokio::join!(holder.accept(far), asker.connect(near, wanted));
    let (seen, stream) = accepted.unwrap();
    assert_eq!(seen, wanted);
    let (ambient, held) = (rig.ambient.clone(), held.clone());
    tokio::spawn(async move { relay(&ambient, stream, held).await.unwrap() });
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
    let there = relayed(&rig, &held.tunnel).await;
    held.tunnel.spare();
    session.close();
    soon(there.tunnel.gone()).await;
    assert!(!there.tunnel.is_good());
    let failed = soon(there.tunnel.call(rig.operation("{}"))).await.err().unwrap();
    assert_eq!(failed.reached, Reached::NotSent);
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
