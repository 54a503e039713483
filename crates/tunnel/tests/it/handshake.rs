//! Nobody speaks in a tunnel who was not proven, at either end.

use std::time::Duration;

use mayfly_domain::ids::InstallationId;
use mayfly_tunnel::{
    answering::{ServeFailed, hear},
    asking::{Tunnel, refuse},
    authority::{Authority, BadRequest, CertificateRequest, GATEWAY_CERTIFICATE_LIFE, NewKey},
    tls::{HandshakeFailed, TunnelServer, connect_enrolment, connect_tunnel},
    trust::{AuthorityPin, InvalidTrustBundle, TrustBundle},
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

use crate::rig::{Rig, WIRE, refused, soon};

fn is_untrusted(failed: Option<&HandshakeFailed>) -> bool {
    matches!(failed, Some(HandshakeFailed::Untrusted(_)))
}

#[tokio::test]
async fn a_gateway_is_who_its_certificate_says() {
    let rig = Rig::new();
    let name = rig.name();
    let (near, far) = duplex(WIRE);
    let own = rig.signed_by(&rig.authority, &name);
    let (server, trust) = (rig.server(), rig.trust());
    let (accepted, connected) = tokio::join!(server.accept(far), connect_tunnel(&rig.ambient, &trust, own, near));
    let (seen, mut stream) = accepted.unwrap();
    assert_eq!((&seen.certificate.name, seen.authority), (&name, AuthorityPin::of(rig.authority.certificate())));
    assert_eq!(seen.certificate.expires_at.as_second(), (rig.ambient.now() + GATEWAY_CERTIFICATE_LIFE).as_second());
    connected.unwrap().write_all(b"hello").await.unwrap();
    let mut said = [0; 5];
    stream.read_exact(&mut said).await.unwrap();
    assert_eq!(&said, b"hello");
}

#[tokio::test]
async fn foreign_authorities_are_believed_by_nobody() {
    let rig = Rig::new();
    let other = Authority::generate(rig.installation, rig.ambient.now()).unwrap();
    let foreign = rig.signed_by(&other, &rig.name());
    let (server, gateway) = refused(&rig, &rig.server(), &rig.trust(), foreign).await;
    assert!(is_untrusted(server.as_ref()), "{server:?}");
    assert!(gateway.is_none());
    let own = rig.signed_by(&rig.authority, &rig.name());
    let elsewhere = TrustBundle::new(vec![other.certificate().clone()]).unwrap();
    let (_, gateway) = refused(&rig, &rig.server(), &elsewhere, own).await;
    assert!(is_untrusted(gateway.as_ref()), "{gateway:?}");
}

#[tokio::test]
async fn trust_in_nobody_is_no_trust() {
    assert_eq!(TrustBundle::new(Vec::new()), Err(InvalidTrustBundle::Empty));
}

#[tokio::test]
async fn a_certificate_ends_after_a_day_and_begins_five_minutes_early() {
    let rig = Rig::new();
    let own = || rig.signed_by(&rig.authority, &rig.name());
    let (early, late) = (own(), own());
    let server_at = |own| (rig.server(), own);
    rig.clock.advance(GATEWAY_CERTIFICATE_LIFE + Duration::from_secs(1));
    let (server, own) = server_at(late);
    let (failed, _) = refused(&rig, &server, &rig.trust(), own).await;
    assert!(is_untrusted(failed.as_ref()), "{failed:?}");
    let behind = Rig::new();
    // Another rig's clock stands where ours began, which is a day before.
    let server =
        TunnelServer::new(&behind.ambient, &rig.trust(), rig.authority.sign_server(behind.ambient.now()).unwrap())
            .unwrap();
    let (near, far) = duplex(WIRE);
    let trust = rig.trust();
    let (accepted, _connected) = tokio::join!(server.accept(far), connect_tunnel(&behind.ambient, &trust, early, near));
    assert!(accepted.is_ok());
}

#[tokio::test]
async fn whoever_shows_nothing_or_a_servers_certificate_is_not_let_in() {
    let rig = Rig::new();
    let posing = rig.authority.sign_server(rig.ambient.now()).unwrap();
    let (server, _) = refused(&rig, &rig.server(), &rig.trust(), posing).await;
    assert!(is_untrusted(server.as_ref()), "{server:?}");
    let (near, far) = duplex(WIRE);
    let pin = AuthorityPin::of(rig.authority.certificate());
    let server = rig.server();
    let (accepted, enrolling) = tokio::join!(server.accept(far), connect_enrolment(&rig.ambient, pin, near));
    assert!(is_untrusted(accepted.as_ref().err()), "{:?}", accepted.err());
    assert!(enrolling.is_err());
}

#[tokio::test]
async fn a_certificate_of_the_authority_that_names_no_gateway_is_refused() {
    let rig = Rig::new();
    let name = rig.name();
    let stranger =
        mayfly_domain::gateway::GatewayName { installation: InstallationId::generate(&rig.ambient), ..name.clone() };
    // Another installation's name under our own authority is told apart by whoever looks it up.
    let own = rig.signed_by(&rig.authority, &stranger);
    let (near, far) = duplex(WIRE);
    let (server, trust) = (rig.server(), rig.trust());
    let (accepted, _connected) = tokio::join!(server.accept(far), connect_tunnel(&rig.ambient, &trust, own, near));
    assert_eq!(accepted.unwrap().0.certificate.name.installation, stranger.installation);
}

#[test]
fn a_request_is_signed_by_the_key_it_is_for() {
    let (one, other) = (NewKey::generate().unwrap(), NewKey::generate().unwrap());
    let digest = |key: &NewKey| CertificateRequest::read(&key.request().unwrap()).unwrap().key_digest();
    assert_eq!(digest(&one), digest(&NewKey::from_pkcs8(&one.to_pkcs8()).unwrap()));
    assert_ne!(digest(&one), digest(&other));
    let mut request = one.request().unwrap();
    let last = request.len() - 1;
    request[last] ^= 1;
    assert_eq!(CertificateRequest::read(&request).err(), Some(BadRequest));
    assert_eq!(CertificateRequest::read(b"nonsense").err(), Some(BadRequest));
    let larger = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    let foreign = rcgen::CertificateParams::default().serialize_request(&larger).unwrap();
    assert_eq!(CertificateRequest::read(foreign.der()).err(), Some(BadRequest));
}

#[test]
fn an_authority_is_the_same_after_it_was_stored() {
    let rig = Rig::new();
    let again = Authority::from_parts(rig.authority.certificate(), &rig.authority.key()).unwrap();
    assert_eq!(AuthorityPin::of(again.certificate()), AuthorityPin::of(rig.authority.certificate()));
    let _signed = rig.signed_by(&again, &rig.name());
    assert_eq!(format!("{again:?}"), "Authority");
}

#[tokio::test]
async fn whoever_only_hears_the_server_is_no_tunnel() {
    let rig = Rig::new();
    let name = rig.name();
    let (server, gateway) = Box::pin(rig.secured(&name)).await;
    let opening = Box::pin(Tunnel::open(&rig.ambient, server, rig.hello()));
    let hearing = Box::pin(hear(&rig.ambient, gateway));
    let (opened, heard) = soon(async { tokio::join!(opening, hearing) }).await;
    assert_eq!(heard.unwrap().version, "1.2.3");
    assert!(opened.is_err());
    let (server, gateway) = Box::pin(rig.secured(&name)).await;
    let refusing = refuse(&rig.ambient, server, "not_open", "it was revoked");
    let ((), heard) = soon(async { tokio::join!(Box::pin(refusing), Box::pin(hear(&rig.ambient, gateway))) }).await;
    assert!(matches!(heard, Err(ServeFailed::Refused { message, .. }) if message == "it was revoked"));
}
