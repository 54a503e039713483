use crate::{egress::BlockReason, right::Right};

use super::*;

fn every_kind() -> Vec<Kind> {
    let unreachable = [
        Unreachable::NameDoesNotResolve,
        Unreachable::Blocked { address: "10.11.12.13".parse().unwrap(), reason: BlockReason::Denied },
        Unreachable::ConnectionRefused,
        Unreachable::TimedOut,
        Unreachable::ConnectionLost,
        Unreachable::Network { what: "no route to host".to_owned() },
    ];
    let untrusted = [
        Untrusted::UnknownIssuer,
        Untrusted::WrongName,
        Untrusted::Expired,
        Untrusted::NotYetValid,
        Untrusted::Certificate { what: "odd".to_owned() },
        Untrusted::Handshake { what: "odd".to_owned() },
    ];
    let message = || "the cluster's words".to_owned();
    let mut kinds = vec![
        Kind::Misconfigured(Misconfigured::VerificationOff),
        Kind::Misconfigured(Misconfigured::Ca(crate::ca::InvalidCa::NotPem)),
        Kind::Misconfigured(Misconfigured::Credential),
        Kind::Misconfigured(Misconfigured::Address),
        Kind::Redirected { status: 302 },
        Kind::NotKubernetes { found: "text/html".to_owned() },
        Kind::TooLarge { limit: 7 },
        Kind::Unreadable { why: "it is empty".to_owned() },
        Kind::CredentialRefused,
        Kind::Forbidden { missing: Box::new(Right::core("get", "pods")), message: message() },
        Kind::Missing { object: "namespace `a`".to_owned(), message: message() },
        Kind::Rejected { status: 422, reason: "Invalid".to_owned(), message: message() },
        Kind::Busy { retry_after_seconds: Some(1) },
        Kind::ServerFailed { status: 500, message: message() },
        Kind::WrongToken(WrongToken::NotJwt),
        Kind::WrongToken(too_short()),
        Kind::OtherCluster,
        Kind::Unrecognized { why: "grant more".to_owned() },
    ];
    kinds.extend(unreachable.into_iter().map(Kind::Unreachable));
    kinds.extend(untrusted.into_iter().map(Kind::Untrusted));
    let presented = Presented { issuer: "CN=somebody".to_owned(), sha256: "9f2c".to_owned() };
    kinds.push(Kind::UntrustedCertificate { why: Untrusted::UnknownIssuer, presented });
    kinds
}

fn too_short() -> WrongToken {
    WrongToken::LivesTooShort { expires_at: Timestamp::UNIX_EPOCH, granted_seconds: 300, asked_seconds: 86_400 }
}

fn error(kind: Kind) -> ClusterError {
    ClusterError {
        server: "https://kubernetes.test:6443".to_owned(),
        call: Call::CreateToken,
        step: Step::Connect,
        kind,
        certainty: Certainty::NeverSent,
    }
}

#[test]
fn texts_are_lower_case_without_a_full_stop_and_name_call_server_and_step() {
    for kind in every_kind() {
        let error = error(kind);
        for text in [error.to_string(), error.public_text()] {
            assert!(text.starts_with("requesting a token at `https://kubernetes.test:6443`"), "{text}");
            assert!(!text.ends_with('.'), "{text}");
        }
        assert!(error.public_text().contains("failed while connecting: "), "{}", error.public_text());
    }
}

#[test]
fn the_public_text_tells_no_address_and_no_ports_state() {
    let states = [Unreachable::ConnectionRefused, Unreachable::TimedOut, Unreachable::ConnectionLost];
    let texts = states.map(|state| error(Kind::Unreachable(state)).public_text());
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
    let blocked = every_kind().into_iter().map(|kind| error(kind).public_text());
    assert!(blocked.into_iter().all(|text| !text.contains("10.11.12.13")));
}

#[test]
fn errors_cross_a_wire_unchanged() {
    for kind in every_kind() {
        let error = error(kind);
        let wire = serde_json::to_string(&error).unwrap();
        assert_eq!(serde_json::from_str::<ClusterError>(&wire).unwrap(), error, "{wire}");
    }
}

#[test]
fn what_the_caller_can_mend_is_invalid_and_what_may_pass_is_unavailable() {
    let class = |kind: Kind| error(kind).class();
    assert_eq!(class(Kind::CredentialRefused), ErrorClass::Invalid);
    assert_eq!(class(Kind::Untrusted(Untrusted::UnknownIssuer)), ErrorClass::Invalid);
    assert_eq!(class(Kind::Unreachable(Unreachable::ConnectionRefused)), ErrorClass::Unavailable);
    let blocked = Unreachable::Blocked { address: "127.0.0.1".parse().unwrap(), reason: BlockReason::Loopback };
    assert_eq!(class(Kind::Unreachable(blocked)), ErrorClass::Invalid);
    assert_eq!(class(Kind::ServerFailed { status: 503, message: String::new() }), ErrorClass::Unavailable);
    assert_eq!(class(Kind::OtherCluster), ErrorClass::Conflict);
    assert_eq!(class(Kind::WrongToken(WrongToken::NotJwt)), ErrorClass::Unavailable);
    assert_eq!(class(Kind::WrongToken(too_short())), ErrorClass::Invalid, "trying again gives the same");
}

#[test]
fn a_lifetime_below_the_shortest_is_told_with_all_its_numbers_and_the_flag_to_look_at() {
    let text = error(Kind::WrongToken(too_short())).public_text();
    for part in ["300 s", "86400 s", "600 s", "`--service-account-max-token-expiration`"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
