use mayfly_testkit::certificates::TestAuthority;

use super::*;

fn now() -> Timestamp {
    "2030-01-01T00:00:00Z".parse().unwrap()
}

fn refused(pem: &str) -> InvalidCa {
    parse_bundle(pem, now()).expect_err("it should be refused")
}

#[test]
fn each_mistake_has_its_own_reason() {
    let authority = TestAuthority::new("any");
    assert_eq!(refused(""), InvalidCa::Empty);
    assert_eq!(refused(" \r\n"), InvalidCa::Empty);
    assert_eq!(refused("hello"), InvalidCa::NotPem);
    assert_eq!(refused("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"), InvalidCa::NotPem);
    assert_eq!(refused(&authority.private_key_pem()), InvalidCa::PrivateKey);
    let both = format!("{}{}", authority.pem(), authority.private_key_pem());
    assert_eq!(refused(&both), InvalidCa::PrivateKey);
    assert_eq!(refused(&authority.pem().repeat(17)), InvalidCa::TooMany { count: 17 });
    assert_eq!(refused(&"x".repeat(LONGEST_BUNDLE + 1)), InvalidCa::TooLarge);
    let expired = refused(&TestAuthority::expired("old").pem());
    assert_eq!(expired.to_string(), "expired at 2000-01-01T00:00:00Z");
}

#[test]
fn a_damaged_certificate_is_counted_out() {
    let good = TestAuthority::new("any").pem();
    let not_a_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let not_base64 = "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n";
    let unfinished = "-----BEGIN CERTIFICATE-----\nAAAA\n";
    for damaged in [not_a_certificate, not_base64, unfinished] {
        assert_eq!(refused(damaged), InvalidCa::Damaged { number: 1 }, "{damaged}");
        assert_eq!(refused(&format!("{good}{damaged}")), InvalidCa::Damaged { number: 2 }, "{damaged}");
    }
}

#[test]
fn no_reason_repeats_the_text() {
    for text in ["hunter2", "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----"] {
        let reason = refused(text);
        assert!(!format!("{reason} {reason:?}").contains("hunter2"), "{reason}");
    }
}

#[test]
fn line_ends_and_surrounding_text_do_not_matter() {
    let authority = TestAuthority::new("any");
    let plain = parse_bundle(&authority.pem(), now()).unwrap();
    let windows = authority.pem().replace('\n', "\r\n");
    let commented = format!("subject=CN = any\nissuer=CN = any\n{}\n# the end", authority.pem());
    for text in [windows, commented] {
        let bundle = parse_bundle(&text, now()).unwrap();
        assert_eq!((bundle.sha256(), bundle.certificates()), (plain.sha256(), plain.certificates()));
    }
    assert!(plain.expires_at() > now());
}

#[test]
fn the_hash_is_the_same_in_any_order_and_differs_by_content() {
    let (one, two) = (TestAuthority::new("one").pem(), TestAuthority::new("two").pem());
    let hash = |text: String| parse_bundle(&text, now()).unwrap().sha256();
    assert_eq!(hash(format!("{one}{two}")), hash(format!("{two}{one}")));
    assert_ne!(hash(one.clone()), hash(two.clone()));
    assert_ne!(hash(one.clone()), hash(format!("{one}{two}")));
    assert_eq!(hash(one).len(), 64);
}

#[test]
fn a_bundle_is_good_as_long_as_one_of_it_is() {
    let rotating = format!("{}{}", TestAuthority::expired("old").pem(), TestAuthority::new("new").pem());
    assert_eq!(parse_bundle(&rotating, now()).unwrap().certificates().len(), 2);
    assert!(parse_bundle(&TestAuthority::new("any").pem().repeat(16), now()).is_ok());
}
