//! What authenticators and browsers answer.

use mayfly_app::webauthn::{
    Assertion, Attestation, AuthenticatorData, Cbor, Ceremony, ClientData, Known, PublicKey, Refused, UserVerification,
    verify_assertion, verify_attestation,
};
use mayfly_domain::passkey::{Passkey, RelyingParty};
use mayfly_testkit::authenticator::cbor;

/// What a page of ours has signed.
const CLIENT_DATA: &[u8] = br#"{"type":"webauthn.get","challenge":"YWJj","origin":"https://mayfly.example.com"}"#;

/// A key whose owner is not here: the public half of RFC 8032's first example (section 7.1).
const KEY: [u8; 32] = [
    0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72,
    0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a,
];

fn party() -> RelyingParty {
    RelyingParty::at("https://mayfly.example.com").expect("a name")
}

/// CBOR reads in one way and is written as that, each byte of authenticator data belongs to something, client data is of
/// one ceremony, and whoever has not the key signs nothing.
pub fn passkeys(data: &[u8]) {
    canonical(data);
    authenticator_data(data);
    client_data(data);
    if let Ok(key) = PublicKey::read(data) {
        assert_eq!(PublicKey::read(&[data, &[0]].concat()), Err(Refused::PublicKey));
        assert_eq!(key.check(b"what nobody signed", data), Err(Refused::Signature));
    }
    made(data);
    used(data);
}

fn canonical(data: &[u8]) {
    let Ok((value, rest)) = Cbor::read_first(data) else { return };
    let length = data.len() - rest.len();
    let own = data.get(..length).expect("what is left is at the end");
    assert_eq!(written(&value), own, "another way to write the same was read");
    assert_eq!(Cbor::read(own).as_ref(), Ok(&value));
    assert_eq!(Cbor::read(data).is_ok(), rest.is_empty());
    assert!(format!("{value:?}").len() < 10, "it shows no more than its kind");
}

fn written(value: &Cbor<'_>) -> Vec<u8> {
    match value {
        Cbor::Integer(number) => cbor::integer(*number),
        Cbor::Bytes(bytes) => cbor::bytes(bytes),
        Cbor::Text(text) => cbor::text(text),
        Cbor::List(entries) => cbor::list(&entries.iter().map(written).collect::<Vec<_>>()),
        Cbor::Map(entries) => {
            cbor::map(&entries.iter().map(|(key, value)| (written(key), written(value))).collect::<Vec<_>>())
        }
        Cbor::Boolean(answer) => vec![if *answer { 0xf5 } else { 0xf4 }],
        Cbor::Null => vec![0xf6],
    }
}

fn authenticator_data(data: &[u8]) {
    let Ok(read) = AuthenticatorData::read(data) else { return };
    assert!(AuthenticatorData::read(&[data, &[0]].concat()).is_err(), "a byte that belongs to nothing");
    let shorter = data.len().checked_sub(1).and_then(|length| data.get(..length)).expect("it has a byte");
    assert!(AuthenticatorData::read(shorter).is_err(), "a byte that is not missed");
    let parts = read.attested.map_or(0, |key| 18 + key.credential_id.len() + key.public_key.len());
    let extensions = read.extensions.as_ref().map_or(0, |extensions| written(extensions).len());
    assert_eq!(data.len(), 37 + parts + extensions);
    if let Some(key) = read.attested {
        assert!((1..=Passkey::LONGEST_CREDENTIAL_ID).contains(&key.credential_id.len()));
        assert!(Cbor::read(key.public_key).is_ok());
    }
}

fn client_data(data: &[u8]) {
    let read = [Ceremony::Create, Ceremony::Get].map(|ceremony| ClientData::read(data, ceremony).map(drop));
    match read {
        [Ok(()), other] | [other, Ok(())] => assert_eq!(other, Err(Refused::Ceremony)),
        [Err(one), Err(other)] => {
            assert_eq!(one, other);
            assert!(matches!(one, Refused::ClientData | Refused::Ceremony));
        }
    }
}

/// A passkey that was made, whatever is in it, can be used: it has a key and the id that was shown.
fn made(data: &[u8]) {
    let client_data = br#"{"type":"webauthn.create","challenge":"YWJj","origin":"https://mayfly.example.com"}"#;
    let read = ClientData::read(client_data, Ceremony::Create).expect("good client data");
    let object = Cbor::read(data).ok();
    let shown = object.as_ref().and_then(|object| object.named("authData")).and_then(Cbor::bytes);
    let shown = shown.and_then(|shown| AuthenticatorData::read(shown).ok()).and_then(|shown| shown.attested);
    let attestation = Attestation {
        credential_id: shown.map(|key| key.credential_id.to_vec()).unwrap_or_default(),
        client_data: client_data.to_vec(),
        attestation_object: data.to_vec(),
    };
    let Ok(attested) = verify_attestation(&attestation, &read, &party()) else { return };
    let key = PublicKey::read(&attested.public_key).expect("what was accepted is a key");
    assert_eq!(key.algorithm, attested.algorithm);
    assert!(attested.is_backup_eligible || !attested.is_backed_up);
    let other = Attestation { credential_id: b"another".to_vec(), ..attestation };
    let other = verify_attestation(&other, &read, &party());
    assert!(other == Err(Refused::CredentialId) || attested.credential_id == b"another");
}

/// Nobody signs in without the key.
fn used(data: &[u8]) {
    let read = ClientData::read(CLIENT_DATA, Ceremony::Get).expect("good client data");
    let public_key = cbor::map(&[
        (cbor::integer(1), cbor::integer(1)),
        (cbor::integer(3), cbor::integer(-8)),
        (cbor::integer(-1), cbor::integer(6)),
        (cbor::integer(-2), cbor::bytes(&KEY)),
    ]);
    let (authenticator_data, signature) = data.split_at(data.len().saturating_sub(64));
    let assertion = Assertion {
        credential_id: b"id".to_vec(),
        client_data: CLIENT_DATA.to_vec(),
        authenticator_data: authenticator_data.to_vec(),
        signature: signature.to_vec(),
        user_handle: None,
    };
    for is_backup_eligible in [false, true] {
        let known = Known { public_key: &public_key, is_backup_eligible, verification: UserVerification::Preferred };
        assert!(verify_assertion(&assertion, &read, known, &party()).is_err(), "somebody has the key who has it not");
    }
}
