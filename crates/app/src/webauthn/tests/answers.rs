//! Whole answers of an honest authenticator, with one thing changed in each.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use mayfly_testkit::authenticator::{Authenticator, KeyKind, Making, Using, Vouching, cbor};
use serde_json::{Value, json};

use super::{super::*, party};

const SERVER: &str = "mayfly.example.com";
const ORIGIN: &str = "https://mayfly.example.com";

fn part(answer: &Value, name: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(answer["response"][name].as_str().unwrap()).unwrap()
}

fn made(authenticator: &mut Authenticator, change: impl FnOnce(&mut Making)) -> Result<Attested, Refused> {
    let options = json!({"challenge": "Y2hhbGxlbmdl", "rp": {"id": SERVER}, "user": {"id": "dXNlcg"}});
    let mut making = authenticator.make(&options, ORIGIN);
    change(&mut making);
    let answer = authenticator.made(&making);
    let client_data = part(&answer, "clientDataJSON");
    let read = ClientData::read(&client_data, Ceremony::Create)?;
    let attestation = Attestation {
        credential_id: authenticator.credential_id.clone(),
        client_data,
        attestation_object: part(&answer, "attestationObject"),
    };
    verify_attestation(&attestation, &read, &party(SERVER))
}

fn used(
    authenticator: &mut Authenticator,
    verification: UserVerification,
    change: impl FnOnce(&mut Using),
) -> Result<Asserted, Refused> {
    let options = json!({"challenge": "Y2hhbGxlbmdl", "rpId": SERVER});
    let mut using = authenticator.begin(&options, ORIGIN);
    change(&mut using);
    let answer = authenticator.used(&using);
    let client_data = part(&answer, "clientDataJSON");
    let read = ClientData::read(&client_data, Ceremony::Get)?;
    let assertion = Assertion {
        credential_id: authenticator.credential_id.clone(),
        client_data,
        authenticator_data: part(&answer, "authenticatorData"),
        signature: part(&answer, "signature"),
        user_handle: None,
    };
    let key = authenticator.public_key();
    let known = Known { public_key: &key, is_backup_eligible: authenticator.more_flags & 8 != 0, verification };
    verify_assertion(&assertion, &read, known, &party(SERVER))
}

#[test]
fn an_honest_passkey_is_made_and_used_with_each_algorithm() {
    for kind in KeyKind::ALL {
        for vouching in [Vouching::None, Vouching::ItSelf] {
            let mut authenticator = Authenticator::new(kind);
            authenticator.sign_count = 4;
            let attested = made(&mut authenticator, |making| {
                making.vouching = vouching;
                making.format = if vouching == Vouching::None { "none" } else { "packed" }.to_owned();
            });
            let attested = attested.unwrap();
            assert_eq!(attested.algorithm.number(), kind.number());
            assert_eq!(attested.credential_id, authenticator.credential_id);
            assert_eq!((attested.sign_count, attested.aaguid), (4, [7; 16]));
            let asserted = used(&mut authenticator, UserVerification::Required, |_| ()).unwrap();
            assert_eq!(asserted, Asserted { sign_count: 5, is_backed_up: false });
        }
    }
}

type Change<T> = (&'static str, fn(&mut T), Refused);

#[test]
fn each_step_of_making_one_refuses_what_fails_only_there() {
    let cases: &[Change<Making>] = &[
        ("step 7, the type", |making| making.client_data["type"] = "webauthn.get".into(), Refused::Ceremony),
        ("step 9, the origin", |making| making.client_data["origin"] = "https://evil.example".into(), Refused::Origin),
        (
            "step 9, another port",
            |making| making.client_data["origin"] = format!("{ORIGIN}:8443").into(),
            Refused::Origin,
        ),
        (
            "step 9, without TLS",
            |making| making.client_data["origin"] = format!("http://{SERVER}").into(),
            Refused::Origin,
        ),
        (
            "step 10, in a page of others",
            |making| making.client_data["crossOrigin"] = true.into(),
            Refused::CrossOrigin,
        ),
        ("step 11, a page around it", |making| making.client_data["topOrigin"] = ORIGIN.into(), Refused::CrossOrigin),
        ("step 13, a byte too many", |making| making.tail.push(0), Refused::AuthenticatorData),
        ("step 14, another server", |making| making.party = "evil.example".to_owned(), Refused::RelyingParty),
        ("step 14, a name above ours", |making| making.party = "example.com".to_owned(), Refused::RelyingParty),
        ("step 15, nobody there", |making| making.flags &= !1, Refused::UserPresence),
        ("step 16, not verified", |making| making.flags &= !4, Refused::UserVerification),
        ("step 17, copied but not to be", |making| making.flags |= 16, Refused::Backup),
        (
            "step 20, another algorithm",
            |making| {
                let number = |key: i64, value: i64| (cbor::integer(key), cbor::integer(value));
                making.public_key = cbor::map(&[number(1, 2), number(3, -47)]);
            },
            Refused::Algorithm,
        ),
        ("step 21, a form we did not ask for", |making| making.format = "tpm".to_owned(), Refused::AttestationFormat),
        ("step 21, none in capitals", |making| making.format = "None".to_owned(), Refused::AttestationFormat),
        (
            "step 22, none with something in it",
            |making| making.vouching = Vouching::ItSelf,
            Refused::AttestationStatement,
        ),
        (
            "step 22, packed with nothing in it",
            |making| making.format = "packed".to_owned(),
            Refused::AttestationStatement,
        ),
        ("the id beside it", |making| making.credential_id[0] ^= 1, Refused::CredentialId),
    ];
    for kind in KeyKind::ALL {
        let mut authenticator = Authenticator::new(kind);
        for (what, change, wanted) in cases {
            assert_eq!(made(&mut authenticator, change).unwrap_err(), *wanted, "{what}, {kind:?}");
        }
    }
    // Whoever vouches for itself has the key.
    let mut thief = Authenticator::new(KeyKind::Es256);
    let others = Authenticator::new(KeyKind::Es256).public_key();
    let stolen = made(&mut thief, |making| {
        (making.vouching, making.format) = (Vouching::ItSelf, "packed".to_owned());
        making.public_key = others;
    });
    assert_eq!(stolen.unwrap_err(), Refused::AttestationStatement);
    let keyless = made(&mut thief, |making| making.flags &= !0x40);
    assert_eq!(keyless.unwrap_err(), Refused::AttestedKey);
}

#[test]
fn each_step_of_using_one_refuses_what_fails_only_there() {
    let cases: &[Change<Using>] = &[
        ("step 11, the type", |using| using.client_data["type"] = "webauthn.create".into(), Refused::Ceremony),
        ("step 13, the origin", |using| using.client_data["origin"] = "https://evil.example".into(), Refused::Origin),
        ("step 14, in a page of others", |using| using.client_data["crossOrigin"] = true.into(), Refused::CrossOrigin),
        ("step 15, a page around it", |using| using.client_data["topOrigin"] = ORIGIN.into(), Refused::CrossOrigin),
        ("step 16, another server", |using| using.party = "evil.example".to_owned(), Refused::RelyingParty),
        ("step 17, nobody there", |using| using.flags &= !1, Refused::UserPresence),
        ("step 18, not verified", |using| using.flags &= !4, Refused::UserVerification),
        ("step 19, copied but not to be", |using| using.flags |= 16, Refused::Backup),
        ("step 20, to be copied all at once", |using| using.flags |= 8, Refused::Backup),
        ("a byte too many", |using| using.tail.push(0), Refused::AuthenticatorData),
        ("extensions that are none", |using| using.flags |= 0x80, Refused::AuthenticatorData),
    ];
    for kind in KeyKind::ALL {
        let mut authenticator = Authenticator::new(kind);
        for (what, change, wanted) in cases {
            let refused = used(&mut authenticator, UserVerification::Required, change).unwrap_err();
            assert_eq!(refused, *wanted, "{what}, {kind:?}");
        }
    }
    let mut synced = Authenticator::new(KeyKind::Es256);
    synced.more_flags = 0x18;
    let asserted = used(&mut synced, UserVerification::Required, |_| ()).unwrap();
    assert!(asserted.is_backed_up);
    let alone = used(&mut synced, UserVerification::Required, |using| using.flags &= !0x18).unwrap_err();
    assert_eq!(alone, Refused::Backup, "step 20, not to be copied all at once");
    let beside = used(&mut synced, UserVerification::Preferred, |using| using.flags &= !4);
    assert!(beside.is_ok(), "beside a password nobody has to be verified");
    let with_key = used(&mut synced, UserVerification::Required, |using| {
        let mut other = Authenticator::new(KeyKind::EdDsa);
        let options = json!({"challenge": "", "rp": {"id": SERVER}, "user": {"id": "dXNlcg"}});
        using.flags |= 0x40;
        using.tail = other.make(&options, ORIGIN).authenticator_data()[37..].to_vec();
    });
    assert_eq!(with_key.unwrap_err(), Refused::AttestedKey);
}
