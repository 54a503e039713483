//! The forms that are read: CBOR, the authenticator's data, the browser's data, and keys.

use mayfly_domain::passkey::PasskeyAlgorithm;
use mayfly_testkit::authenticator::{
    Authenticator, KeyKind,
    cbor::{bytes, head, integer, map, text},
};
use serde_json::json;

use super::super::*;

#[test]
fn numbers_are_read_at_every_length() {
    for number in [0, 23, 24, 255, 256, 65_535, 65_536, 4_294_967_295, 4_294_967_296, i64::MAX] {
        for number in [number, -1 - number] {
            assert_eq!(Cbor::read(&integer(number)), Ok(Cbor::Integer(number)), "{number}");
        }
    }
    assert_eq!(Cbor::read(&head(0, 1 << 63)), Err(InvalidCbor), "more than we count");
}

#[test]
fn only_the_canonical_form_of_cbor_is_read() {
    let refused: &[(&str, Vec<u8>)] = &[
        ("nothing", vec![]),
        ("a number in more bytes than it needs", vec![0x18, 23]),
        ("a length in more bytes than it needs", vec![0x58, 1, b'a']),
        ("bytes without end", vec![0x5f, 0x41, b'a', 0xff]),
        ("a list without end", vec![0x9f, 0xff]),
        ("a map without end", vec![0xbf, 0xff]),
        ("a tag", vec![0xc0, 0x60]),
        ("a fraction", vec![0xf9, 0, 0]),
        ("undefined", vec![0xf7]),
        ("bytes that are not there", vec![0x44, 1, 2, 3]),
        ("text that is none", vec![0x61, 0xff]),
        ("more bytes than any machine has", head(2, u64::MAX)),
        ("a list longer than any machine has room for", [head(4, u64::MAX), vec![0]].concat()),
        ("a map longer than any machine has room for", [head(5, u64::MAX), vec![0, 0]].concat()),
        ("a key that is twice there", map(&[(integer(1), integer(2)), (integer(1), integer(3))])),
        ("a name that is twice there", map(&[(text("a"), integer(2)), (text("a"), integer(2))])),
        ("a key that is a list", map(&[(vec![0x80], integer(2))])),
        ("a list in five others", vec![0x81, 0x81, 0x81, 0x81, 0x81, 0]),
        ("something after the end", [integer(1), integer(2)].concat()),
        ("too many entries", map(&(0..65).map(|key| (integer(key), integer(0))).collect::<Vec<_>>())),
    ];
    for (what, written) in refused {
        assert_eq!(Cbor::read(written), Err(InvalidCbor), "{what}");
    }
    assert!(Cbor::read(&[0x81, 0x81, 0x81, 0x81, 0]).is_ok(), "a list in three others");
    assert!(Cbor::read(&map(&(0..64).map(|key| (integer(key), integer(0))).collect::<Vec<_>>())).is_ok());
    let several = Cbor::read_first(&[0x83, 0xf4, 0xf5, 0xf6, 0xff]).unwrap();
    assert_eq!(several, (Cbor::List(vec![Cbor::Boolean(false), Cbor::Boolean(true), Cbor::Null]), &[0xff][..]));
}

/// Authenticator data of a new key, with what comes after the count.
fn data(flags: u8, tail: &[u8]) -> Vec<u8> {
    [&[9; 32], &[flags][..], &[0, 0, 1, 2], tail].concat()
}

#[test]
fn each_byte_of_authenticator_data_belongs_to_something() {
    let key = Authenticator::new(KeyKind::EdDsa).public_key();
    let with_key = |length: u16, id: &[u8]| [&[1; 16], &length.to_be_bytes()[..], id, &key].concat();
    let extensions = map(&[(text("credProtect"), integer(2))]);
    let (plain, made) = (data(0x05, &[]), data(0x45, &with_key(3, b"abc")));
    let read = AuthenticatorData::read(&plain).unwrap();
    assert!(read.flags.is_user_present() && read.flags.is_user_verified() && !read.flags.is_backup_eligible());
    assert_eq!((read.sign_count, &read.attested, &read.extensions), (258, &None, &None));
    let read = AuthenticatorData::read(&made).unwrap().attested.unwrap();
    assert_eq!((read.aaguid, read.credential_id, read.public_key), ([1; 16], &b"abc"[..], key.as_slice()));
    let both = data(0xc5, &[with_key(3, b"abc"), extensions.clone()].concat());
    let read = AuthenticatorData::read(&both).unwrap();
    assert!(read.attested.is_some_and(|key| key.credential_id == b"abc") && read.extensions.is_some());
    for shorter in 0..both.len() {
        assert_eq!(AuthenticatorData::read(&both[..shorter]), Err(Refused::AuthenticatorData), "{shorter} bytes");
    }
    let refused: &[(&str, Vec<u8>)] = &[
        ("a byte too many", data(0x05, &[0])),
        ("a key that is not announced", data(0x05, &with_key(3, b"abc"))),
        ("extensions that are not announced", data(0x05, &extensions)),
        ("extensions that are no map", data(0x85, &integer(1))),
        ("extensions that are not there", data(0x85, &[])),
        ("a key that is not there", data(0x45, &[])),
        ("an id of no bytes", data(0x45, &with_key(0, b""))),
        ("an id longer than what is left", data(0x45, &with_key(u16::MAX, b"abc"))),
        ("an id of 1,024 bytes", data(0x45, &with_key(1_024, &[2; 1_024]))),
        ("a byte after the key", data(0x45, &[with_key(3, b"abc"), vec![0]].concat())),
    ];
    for (what, bytes) in refused {
        assert_eq!(AuthenticatorData::read(bytes), Err(Refused::AuthenticatorData), "{what}");
    }
    assert!(AuthenticatorData::read(&data(0x45, &with_key(1_023, &[2; 1_023]))).is_ok(), "the longest id");
}

#[test]
fn client_data_is_one_object_with_each_member_once() {
    let read = |text: &str| ClientData::read(text.as_bytes(), Ceremony::Get).map(|read| read.challenge);
    let whole = json!({"type": "webauthn.get", "challenge": "abc", "origin": "https://a", "other": [1]}).to_string();
    assert_eq!(read(&whole), Ok("abc".to_owned()), "what browsers add is left alone");
    assert_eq!(ClientData::read(whole.as_bytes(), Ceremony::Create).unwrap_err(), Refused::Ceremony);
    for bad in [
        "",
        "[]",
        "null",
        r#"{"type":"webauthn.get","challenge":"abc"}"#,
        r#"{"type":"webauthn.get","origin":"https://a"}"#,
        r#"{"challenge":"abc","origin":"https://a"}"#,
        r#"{"type":"webauthn.get","challenge":1,"origin":"https://a"}"#,
        r#"{"type":"webauthn.get","challenge":"abc","challenge":"abd","origin":"https://a"}"#,
        r#"{"type":"webauthn.get","challenge":"abc","origin":"https://a","crossOrigin":"no"}"#,
        r#"{"type":"webauthn.get","challenge":"abc","origin":"https://a"} {}"#,
    ] {
        assert_eq!(read(bad), Err(Refused::ClientData), "{bad}");
    }
    assert_eq!(ClientData::read(b"\xff\xfe", Ceremony::Get).unwrap_err(), Refused::ClientData);
}

#[test]
fn a_key_has_the_members_of_its_kind_and_no_others() {
    for (kind, algorithm) in [
        (KeyKind::EdDsa, PasskeyAlgorithm::EdDsa),
        (KeyKind::Es256, PasskeyAlgorithm::Es256),
        (KeyKind::Rs256, PasskeyAlgorithm::Rs256),
    ] {
        let written = Authenticator::new(kind).public_key();
        assert_eq!(PublicKey::read(&written).unwrap().algorithm, algorithm);
        assert_eq!(PublicKey::read(&[written.clone(), vec![0]].concat()), Err(Refused::PublicKey), "a byte too many");
        let mut more = written.clone();
        more[0] += 1;
        more.extend([integer(4), integer(1)].concat());
        assert_eq!(PublicKey::read(&more), Err(Refused::PublicKey), "a member too many");
    }
}

#[test]
fn a_key_that_is_none_is_refused() {
    let (one, number) = (bytes(&[1; 32]), |key: i64, value: i64| (integer(key), integer(value)));
    let modulus = |length: usize, last: u8| {
        let mut modulus = vec![0xc1; length];
        modulus[length - 1] = last;
        (integer(-1), bytes(&modulus))
    };
    let rsa = |modulus, exponent: &[u8]| map(&[number(1, 3), number(3, -257), modulus, (integer(-2), bytes(exponent))]);
    assert!(PublicKey::read(&rsa(modulus(256, 1), &[1, 0, 1])).is_ok(), "else nothing below means anything");
    let refused: &[(&str, Vec<u8>, Refused)] = &[
        ("no map", integer(1), Refused::PublicKey),
        ("no algorithm", map(&[number(1, 1), number(-1, 6), (integer(-2), one.clone())]), Refused::PublicKey),
        ("an algorithm we do not ask for", map(&[number(1, 2), number(3, -35)]), Refused::Algorithm),
        (
            "Ed25519 on another curve",
            map(&[number(1, 1), number(3, -8), number(-1, 7), (integer(-2), one.clone())]),
            Refused::PublicKey,
        ),
        (
            "ES256 on another curve",
            map(&[number(1, 2), number(3, -7), number(-1, 2), (integer(-2), one.clone()), (integer(-3), one.clone())]),
            Refused::PublicKey,
        ),
        (
            "a point that is not on the curve",
            map(&[number(1, 2), number(3, -7), number(-1, 1), (integer(-2), one.clone()), (integer(-3), one.clone())]),
            Refused::PublicKey,
        ),
        (
            "a compressed point",
            map(&[number(1, 2), number(3, -7), number(-1, 1), (integer(-2), one.clone()), (integer(-3), vec![0xf5])]),
            Refused::PublicKey,
        ),
        ("an RSA key of 1,024 bits", rsa(modulus(128, 1), &[1, 0, 1]), Refused::PublicKey),
        ("an RSA key of 8,200 bits", rsa(modulus(1_025, 1), &[1, 0, 1]), Refused::PublicKey),
        ("an even modulus", rsa(modulus(256, 2), &[1, 0, 1]), Refused::PublicKey),
        ("an exponent of 1", rsa(modulus(256, 1), &[1]), Refused::PublicKey),
        ("no exponent", rsa(modulus(256, 1), &[]), Refused::PublicKey),
        ("an endless exponent", rsa(modulus(256, 1), &[1; 9]), Refused::PublicKey),
    ];
    for (what, written, wanted) in refused {
        assert_eq!(PublicKey::read(written), Err(*wanted), "{what}");
    }
}
