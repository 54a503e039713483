//! Which key checks which signature.

use mayfly_providers::{Expected, InvalidKeys, KeySet, TokenRefused, check_signer, verify};
use mayfly_testkit::issuer::{SigningAlgorithm, TokenSigner};
use serde_json::{Value, json};

use crate::ground::{AUDIENCE, Ground};

fn read(keys: &[Value]) -> Result<KeySet, InvalidKeys> {
    KeySet::from_jwks(json!({ "keys": keys }).to_string().as_bytes())
}

#[tokio::test]
async fn each_algorithm_is_believed_with_its_own_key_as_jwks_and_as_pem() {
    for algorithm in SigningAlgorithm::ALL {
        let ground = Ground::with(algorithm, "127.0.0.0/8").await;
        let token = ground.token_with(&json!({}));
        let claims = ground.verify(&token).await.unwrap_or_else(|error| panic!("{algorithm:?}: {error}"));
        assert_eq!(claims.text("sub"), Some("repo:acme/shop:ref:refs/heads/main"));
        let pasted = KeySet::from_text(&ground.key.public_pem()).unwrap();
        let (issuer, audiences) = (ground.issuer.url(), [AUDIENCE.to_owned()]);
        let now = ground.ambient.now();
        let expected = Expected { issuer: &issuer, audiences: &audiences, now, longest_age_seconds: None };
        assert!(verify(&token, &pasted, &expected).is_ok(), "{algorithm:?}");
    }
}

#[tokio::test]
async fn no_algorithm_is_believed_with_the_key_of_another() {
    let issuer = "https://issuer.example.com";
    let claims = json!({"iss": issuer, "aud": AUDIENCE, "sub": "a", "exp": 4_000_000_000_i64});
    let audiences = [AUDIENCE.to_owned()];
    let now = jiff::Timestamp::from_second(1_900_000_000).unwrap();
    let expected = Expected { issuer, audiences: &audiences, now, longest_age_seconds: None };
    let signers: Vec<TokenSigner> =
        SigningAlgorithm::ALL.into_iter().map(|algorithm| TokenSigner::new("k", algorithm)).collect();
    for (owner, signer) in SigningAlgorithm::ALL.into_iter().zip(&signers) {
        let keys = read(&[signer.jwk()]).unwrap();
        assert!(verify(&signer.token(&claims), &keys, &expected).is_ok(), "{owner:?}");
        for claimed in SigningAlgorithm::ALL.into_iter().filter(|claimed| *claimed != owner) {
            let token = signer.sign(&json!({"alg": claimed.name(), "kid": "k"}), &claims.to_string());
            let refused = verify(&token, &keys, &expected).unwrap_err();
            assert_eq!(refused, TokenRefused::Algorithm, "{owner:?} {claimed:?}");
        }
    }
}

#[test]
fn keys_that_are_of_no_use_are_left_out_and_a_set_of_them_alone_is_refused() {
    let good = TokenSigner::new("good", SigningAlgorithm::Es256).jwk();
    let changed = |name: &str, value: Value| {
        let mut key = good.clone();
        key[name] = value;
        key
    };
    let useless = [
        changed("use", json!("enc")),
        changed("key_ops", json!(["sign"])),
        changed("alg", json!("HS256")),
        changed("alg", json!("ES512")),
        changed("crv", json!("secp256k1")),
        changed("kty", json!("oct")),
        changed("x", json!("AA")),
        changed("x", json!("not base64!")),
        json!({"kty": "oct", "k": "c2VjcmV0", "kid": "shared"}),
        json!({"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "small"}),
        json!("no key"),
    ];
    for key in &useless {
        assert_eq!(read(std::slice::from_ref(key)).unwrap_err(), InvalidKeys::NoneUsable, "{key}");
    }
    assert!(read(&[&useless[..], std::slice::from_ref(&good)].concat()).unwrap().knows(Some("good")));
    assert_eq!(read(&[changed("d", json!("c2VjcmV0"))]).unwrap_err(), InvalidKeys::Private);
    assert_eq!(read(&vec![good; 101]).unwrap_err(), InvalidKeys::TooMany);
    assert_eq!(KeySet::from_text("-----BEGIN PRIVATE KEY-----").unwrap_err(), InvalidKeys::Private);
    assert_eq!(KeySet::from_text("hello").unwrap_err(), InvalidKeys::NoneUsable);
    assert_eq!(KeySet::from_text("{").unwrap_err(), InvalidKeys::Malformed);
}

#[test]
fn keys_of_a_set_that_are_left_out_are_named_with_the_reason() {
    let good = TokenSigner::new("good", SigningAlgorithm::Es256).jwk();
    let called = |id: &str, name: &str, value: &str| {
        let mut key = good.clone();
        (key["kid"], key[name]) = (json!(id), json!(value));
        key
    };
    let set = [
        good.clone(),
        called("enc", "use", "enc"),
        called("hs", "alg", "HS256"),
        called("oct", "kty", "oct"),
        json!(1),
    ];
    let (keys, ignored) = KeySet::read_jwks(json!({ "keys": set }).to_string().as_bytes()).unwrap();
    assert_eq!((keys.ids(), keys.count()), (vec!["good"], 1));
    let told: Vec<_> = ignored.iter().map(|key| (key.id.as_deref(), key.why)).collect();
    assert_eq!(
        told,
        [
            (Some("enc"), "is not for checking signatures"),
            (Some("hs"), "is for an algorithm that is not accepted"),
            (Some("oct"), "is of a type or a size that is not accepted"),
            (None, "is no JWK"),
        ]
    );
}

#[test]
fn keys_are_the_same_whatever_their_order_and_shared_whatever_their_names() {
    let [one, two] = ["one", "two"].map(|id| TokenSigner::new(id, SigningAlgorithm::Es256));
    let (both, swapped) = (read(&[one.jwk(), two.jwk()]).unwrap(), read(&[two.jwk(), one.jwk()]).unwrap());
    assert!(both.is_same_as(&swapped));
    let (first, second) = (read(&[one.jwk()]).unwrap(), read(&[two.jwk()]).unwrap());
    assert!(!both.is_same_as(&first) && !first.is_same_as(&both) && both.shares_a_key_with(&first));
    assert!(!first.shares_a_key_with(&second));
    let pasted = KeySet::from_text(&one.public_pem()).unwrap();
    assert!(pasted.ids().is_empty() && pasted.shares_a_key_with(&both) && !pasted.is_same_as(&first));
}

#[test]
fn a_signer_is_known_by_its_key_and_not_by_what_it_calls_that() {
    let [own, other] = ["own", "other"].map(|id| TokenSigner::new(id, SigningAlgorithm::Es256));
    let liar = TokenSigner::new("own", SigningAlgorithm::Es256);
    let (issuer, keys) = ("https://issuer.example.com", read(&[own.jwk()]).unwrap());
    let check =
        |signer: &TokenSigner, keys: &KeySet| check_signer(&signer.token(&json!({"iss": issuer})), keys, issuer);
    assert_eq!(check(&own, &keys), Ok(()));
    assert_eq!(check(&liar, &keys), Err(TokenRefused::Signature));
    assert_eq!(check(&other, &keys), Err(TokenRefused::UnknownKey));
    let elsewhere = own.token(&json!({"iss": "https://other.example.com"}));
    assert_eq!(check_signer(&elsewhere, &keys, issuer), Err(TokenRefused::Issuer));
    // Nor is an algorithm that is not accepted a proof against a key that is not known.
    let claims = json!({"iss": issuer}).to_string();
    for (header, refused) in [
        (json!({"alg": "ES512", "kid": "next"}), TokenRefused::UnknownKey),
        (json!({"alg": "ES512", "kid": "own"}), TokenRefused::Algorithm),
        (json!({"alg": "ES512"}), TokenRefused::Algorithm),
    ] {
        assert_eq!(check_signer(&other.sign(&header, &claims), &keys, issuer), Err(refused), "{header}");
    }
    // A key without an id may be anybody's, until its signature does not fit.
    let pasted = KeySet::from_text(&own.public_pem()).unwrap();
    assert_eq!(check(&own, &pasted), Ok(()));
    assert_eq!(check(&other, &pasted), Err(TokenRefused::UnknownKey));
}
