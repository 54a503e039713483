//! While the authority changes, both count; a gateway that pins one is shown that one, as long as it is kept.

use mayfly_testkit::certificates::TestAuthority;
use mayfly_tunnel::{
    authority::{Authority, CertificateRequest, KeyedCertificate, NewKey},
    peer::PeerTls,
    tls::{EnrolmentServer, HandshakeFailed, TunnelServer, connect_enrolment, connect_tunnel, read_certificate},
    trust::{AuthorityPin, TrustBundle},
};
use tokio::io::duplex;

use crate::rig::{Rig, WIRE, refused};

fn next(rig: &Rig) -> Authority {
    Authority::generate(rig.installation, rig.ambient.now()).unwrap()
}

fn bundle(authorities: &[&Authority]) -> TrustBundle {
    TrustBundle::new(authorities.iter().map(|authority| authority.certificate().clone()).collect()).unwrap()
}

fn pin(authority: &Authority) -> AuthorityPin {
    AuthorityPin::of(authority.certificate())
}

fn shown_by(rig: &Rig, authority: &Authority) -> KeyedCertificate {
    authority.sign_server(rig.ambient.now()).unwrap()
}

/// Whether a gateway that pins `pin` enrols at a server that shows `own`, and `others` to whoever asks for them.
async fn enrols(rig: &Rig, pin: AuthorityPin, own: &Authority, others: &[&Authority]) -> Result<(), HandshakeFailed> {
    let others = others.iter().map(|other| shown_by(rig, other)).collect();
    let server = EnrolmentServer::new(&rig.ambient, shown_by(rig, own), others).unwrap();
    let (near, far) = duplex(WIRE);
    let (accepted, connected) = tokio::join!(server.accept(far), connect_enrolment(&rig.ambient, pin, near));
    assert_eq!(accepted.is_ok(), connected.is_ok());
    connected.map(drop)
}

#[tokio::test]
async fn both_authorities_count_while_they_change_and_it_is_known_whose_word_it_was() {
    let rig = Rig::new();
    let next = next(&rig);
    let both = bundle(&[&next, &rig.authority]);
    for showing in [&rig.authority, &next] {
        let server = TunnelServer::new(&rig.ambient, &both, shown_by(&rig, showing)).unwrap();
        for signing in [&rig.authority, &next] {
            let own = rig.signed_by(signing, &rig.name());
            let (near, far) = duplex(WIRE);
            let connecting = connect_tunnel(&rig.ambient, &both, own, near);
            let (accepted, connected) = tokio::join!(server.accept(far), connecting);
            assert_eq!(accepted.unwrap().0.authority, pin(signing));
            assert!(connected.is_ok());
        }
    }
}

#[tokio::test]
async fn a_certificate_that_names_the_new_authority_is_still_the_old_ones() {
    let rig = Rig::new();
    let (name, next) = (rig.name(), next(&rig));
    // Whoever has the old key writes whatever name they like into what they sign: here, the new authority's key's.
    let key = NewKey::generate().unwrap();
    let request = CertificateRequest::read(&key.request().unwrap()).unwrap();
    let stolen = Authority::from_parts(next.certificate(), &rig.authority.key()).unwrap();
    let forged = stolen.sign_gateway(&request, &name, rig.ambient.now()).unwrap();
    assert_eq!(read_certificate(&forged).unwrap().name, name);
    let both = bundle(&[&next, &rig.authority]);
    let server = TunnelServer::new(&rig.ambient, &both, shown_by(&rig, &next)).unwrap();
    let (near, far) = duplex(WIRE);
    let (accepted, _connected) =
        tokio::join!(server.accept(far), connect_tunnel(&rig.ambient, &both, key.with(forged), near));
    assert_eq!(accepted.unwrap().0.authority, pin(&rig.authority));
}

#[tokio::test]
async fn an_authority_that_was_removed_is_believed_by_nobody() {
    let rig = Rig::new();
    let next = next(&rig);
    let server = TunnelServer::new(&rig.ambient, &bundle(&[&next]), shown_by(&rig, &next)).unwrap();
    let stolen = rig.signed_by(&rig.authority, &rig.name());
    let (seen, _) = refused(&rig, &server, &bundle(&[&next, &rig.authority]), stolen).await;
    assert!(matches!(seen, Some(HandshakeFailed::Untrusted(_))), "{seen:?}");

    let own = || next.sign_peer(rig.ambient.now()).unwrap();
    let holder = PeerTls::new(&rig.ambient, &bundle(&[&next]), own()).unwrap();
    let old = rig.authority.sign_peer(rig.ambient.now()).unwrap();
    let both = bundle(&[&next, &rig.authority]);
    for (own, is_believed) in [(old, false), (own(), true)] {
        let asker = PeerTls::new(&rig.ambient, &both, own).unwrap();
        let wanted = mayfly_domain::ids::GatewayTunnelId::generate(&rig.ambient);
        let (near, far) = duplex(WIRE);
        let (accepted, _connected) = tokio::join!(holder.accept(far), asker.connect(near, wanted));
        assert_eq!(accepted.is_ok(), is_believed);
    }
}

#[tokio::test]
async fn a_gateway_is_shown_the_authority_that_it_pins_as_long_as_it_is_kept() {
    let rig = Rig::new();
    let (old, next) = (&rig.authority, next(&rig));
    for (signing, other) in [(old, &next), (&next, old)] {
        for pinned in [old, &next] {
            enrols(&rig, pin(pinned), signing, &[other]).await.unwrap();
        }
    }
    let gone = enrols(&rig, pin(old), &next, &[]).await.unwrap_err();
    assert!(matches!(gone, HandshakeFailed::NotPinned(named) if named == pin(old)), "{gone:?}");
    assert!(gone.to_string().contains(&pin(old).to_string()), "{gone}");
    let corporate = AuthorityPin::of(&TestAuthority::new("corp").certificate());
    let foreign = enrols(&rig, corporate, &next, &[old]).await.unwrap_err();
    assert!(matches!(foreign, HandshakeFailed::NotPinned(_)), "{foreign:?}");
}
