//! A corpus of tokens that are almost right: none is believed, and the one they were made from is.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use mayfly_testkit::issuer::{SigningAlgorithm, TokenSigner, unsigned};
use serde_json::{Value, json};

use crate::ground::{AUDIENCE, Ground, with};

/// Fewer would be a corpus that lost something.
const LEAST: usize = 120;

/// A name for each, so that the one that is believed can be found.
type Corpus = Vec<(String, String)>;

fn signed_claims(ground: &Ground) -> Corpus {
    let now = ground.ambient.now().as_second();
    let url = ground.issuer.url();
    let mut changes = vec![
        json!({"exp": null}),
        json!({"exp": now}),
        json!({"exp": now - 1}),
        json!({"exp": 0}),
        json!({"exp": -1}),
        json!({"iss": null}),
        json!({"iss": ""}),
        json!({"iss": format!("{url}/")}),
        json!({"iss": url.to_uppercase()}),
        json!({"iss": [url]}),
        json!({"iss": {"iss": url}}),
        json!({"iss": "https://evil.example.com"}),
        json!({"aud": null}),
        json!({"aud": ""}),
        json!({"aud": []}),
        json!({"aud": [""]}),
        json!({"aud": {}}),
        json!({"aud": 7}),
        json!({"aud": true}),
        json!({"aud": [7]}),
        json!({"aud": [AUDIENCE, 7]}),
        json!({"aud": [[AUDIENCE]]}),
        json!({"aud": "Mayfly"}),
        json!({"aud": "mayfly "}),
        json!({"aud": " mayfly"}),
        json!({"aud": "mayfly2"}),
        json!({"aud": "mayfl"}),
        json!({"aud": "https://mayfly"}),
        json!({"aud": "mayfly,other"}),
        json!({"aud": "*"}),
        json!({"aud": ["other", "another"]}),
        json!({"nbf": now + 3600}),
        json!({"iat": now + 3600}),
    ];
    // Every time of every type that is not a whole number of seconds.
    for name in ["exp", "iat", "nbf"] {
        let later = now + 100;
        let odd = [
            json!(later.to_string()),
            json!(""),
            json!(true),
            json!(f64::from(i32::try_from(later % 1000).unwrap()) + 0.5),
            json!([later]),
            json!({"time": later}),
            json!(1e30),
            json!(i64::MAX),
            json!(u64::MAX),
        ];
        changes.extend(odd.into_iter().map(|value| json!({ name: value })));
    }
    let token = |change: &Value| (format!("claims {change}"), ground.token_with(change));
    let mut corpus: Corpus = changes.iter().map(token).collect();
    let header = json!({"alg": "ES256", "kid": "first"});
    let good = ground.claims().to_string();
    let twice =
        |name: &str, value: &Value| format!("{},\"{name}\":{value}}}", good.strip_suffix('}').expect("an object"));
    let payloads = [
        twice("aud", &json!(AUDIENCE)),
        twice("sub", &json!("repo:evil/x:ref:refs/heads/main")),
        twice("exp", &json!(now + 100)),
        format!("[{good}]"),
        "null".to_owned(),
        "7".to_owned(),
        String::new(),
        "{}".to_owned(),
        format!("{good}{good}"),
        format!("{good} x"),
        good.replace(&format!("\"exp\":{}", now + 300), &format!("\"exp\":{}.0", now + 300)),
        good.replace(&format!("\"exp\":{}", now + 300), "\"exp\":null"),
    ];
    corpus.extend(payloads.iter().map(|payload| (format!("payload {payload}"), ground.key.sign(&header, payload))));
    corpus
}

fn signed_headers(ground: &Ground) -> Corpus {
    let evil = TokenSigner::new("first", SigningAlgorithm::Es256);
    let good = json!({"alg": "ES256", "kid": "first"});
    let own = [
        json!({"alg": null}),
        json!({"alg": "none"}),
        json!({"alg": "None"}),
        json!({"alg": "NONE"}),
        json!({"alg": ""}),
        json!({"alg": "es256"}),
        json!({"alg": "ES256 "}),
        json!({"alg": ["ES256"]}),
        json!({"alg": 7}),
        json!({"alg": "HS256"}),
        json!({"alg": "HS384"}),
        json!({"alg": "HS512"}),
        json!({"alg": "RS256"}),
        json!({"alg": "PS256"}),
        json!({"alg": "ES384"}),
        json!({"alg": "ES512"}),
        json!({"alg": "ES256K"}),
        json!({"alg": "EdDSA"}),
        json!({"kid": "second"}),
        json!({"kid": ""}),
        json!({"kid": "First"}),
        json!({"kid": ["first"]}),
        json!({"kid": 1}),
        json!({"kid": {"a": 1}}),
        json!({"kid": "../../first"}),
        json!({"kid": "first\u{0}"}),
        json!({"kid": "' OR 1=1 --"}),
        json!({"crit": ["exp"], "exp": 1}),
        json!({"crit": []}),
        json!({"crit": ["b64"], "b64": false}),
    ];
    let claims = ground.claims().to_string();
    let by_own_key =
        |change: &Value| (format!("header {change}"), ground.key.sign(&with(good.clone(), change), &claims));
    let mut corpus: Corpus = own.iter().map(by_own_key).collect();
    // Signed by somebody else, who shows where the key is.
    let others = [
        json!({}),
        json!({"kid": null}),
        json!({"jwk": evil.jwk()}),
        json!({"jku": format!("{}/keys", ground.issuer.url())}),
        json!({"jku": "https://evil.example.com/keys"}),
        json!({"x5u": "https://evil.example.com/chain"}),
        json!({"x5c": ["MIIB"]}),
        json!({"kid": null, "jwk": evil.jwk()}),
        json!({"kid": "evil", "jwk": evil.jwk()}),
    ];
    corpus.extend(
        others.iter().map(|change| (format!("evil header {change}"), evil.sign(&with(good.clone(), change), &claims))),
    );
    for algorithm in [SigningAlgorithm::Rs256, SigningAlgorithm::Ps256, SigningAlgorithm::EdDsa] {
        let evil = TokenSigner::new("first", algorithm);
        corpus.push((format!("evil {algorithm:?}"), evil.token(&ground.claims())));
    }
    corpus
}

fn unsigned_shapes(ground: &Ground, good: &str) -> Corpus {
    let claims = ground.claims().to_string();
    let parts: Vec<&str> = good.split('.').collect();
    let [header, payload, signature] = parts[..] else { panic!("three parts") };
    let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let with_signature = |bytes: &[u8]| format!("{header}.{payload}.{}", URL_SAFE_NO_PAD.encode(bytes));
    let (r, s) = bytes.split_at(32);
    let mut flipped = bytes.clone();
    flipped[5] ^= 1;
    let swapped = unsigned(r#"{"alg":"ES256","kid":"first"}"#, &claims.replace("acme", "evil"));
    let mut corpus: Vec<String> = vec![
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "...".to_owned(),
        good.replace('.', ""),
        format!("{header}.{payload}"),
        format!("{header}.{payload}."),
        format!("{header}..{signature}"),
        format!(".{payload}.{signature}"),
        format!("{good}.{signature}"),
        format!("{good}="),
        format!("{good} "),
        format!(" {good}"),
        format!("Bearer {good}"),
        format!("{good}\n"),
        format!("{header}=.{payload}.{signature}"),
        format!("{payload}.{header}.{signature}"),
        format!("{header}.{header}.{signature}"),
        with_signature(&flipped),
        with_signature(&[s, r].concat()),
        with_signature(&[0; 64]),
        with_signature(&bytes[..63]),
        with_signature(&[&bytes[..], &[0]].concat()),
        with_signature(&[]),
        with_signature(&[&[0x30, 0x44, 0x02, 0x20], r, &[0x02, 0x20], s].concat()),
        format!("{swapped}.{signature}"),
        format!("{}.", unsigned(r#"{"alg":"none"}"#, &claims)),
        format!("{}.{signature}", unsigned(r#"{"alg":"none"}"#, &claims)),
        format!("{}.{signature}", unsigned(r#"{"alg":"ES256","alg":"none","kid":"first"}"#, &claims)),
        format!("{}.{signature}", unsigned("[]", &claims)),
        "a".repeat(40 * 1024),
        format!("{header}.{}.{signature}", "A".repeat(64 * 1024)),
        // What a cluster or a browser may send instead.
        r#"{"payload":"","protected":"","signature":""}"#.to_owned(),
        "eyJhbGciOiJub25lIn0.e30.".to_owned(),
    ];
    // A shared secret made of the public key: the oldest trick.
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, ground.key.public_pem().as_bytes());
    let confused = unsigned(r#"{"alg":"HS256","kid":"first"}"#, &claims);
    let tag = aws_lc_rs::hmac::sign(&key, confused.as_bytes());
    corpus.push(format!("{confused}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref())));
    corpus.into_iter().enumerate().map(|(number, token)| (format!("shape {number}"), token)).collect()
}

#[tokio::test]
async fn of_all_altered_tokens_none_is_believed() {
    let ground = Ground::new().await;
    let good = ground.token_with(&json!({}));
    let corpus: Corpus = [signed_claims(&ground), signed_headers(&ground), unsigned_shapes(&ground, &good)].concat();
    assert!(corpus.len() >= LEAST, "only {}", corpus.len());
    ground.verify(&good).await.expect("the control is believed");
    for (name, token) in &corpus {
        assert!(ground.verify(token).await.is_err(), "{name} was believed: {token}");
    }
    ground.verify(&good).await.expect("the control is still believed");
}

#[tokio::test]
async fn what_is_allowed_by_the_standard_is_believed() {
    let ground = Ground::new().await;
    let now = ground.ambient.now().as_second();
    for change in [
        json!({"aud": [AUDIENCE]}),
        json!({"aud": ["other", AUDIENCE]}),
        json!({"iat": null, "nbf": null}),
        json!({"iat": now + 20}),
        json!({"exp": now + 1}),
        json!({"extra": {"deep": [1, 2]}}),
    ] {
        ground.verify(&ground.token_with(&change)).await.unwrap_or_else(|error| panic!("{change}: {error}"));
    }
    let without_kid = ground.key.sign(&json!({"alg": "ES256"}), &ground.claims().to_string());
    ground.verify(&without_kid).await.expect("a token without a key id may be of any key");
    let nobody = ground.verify_for(&ground.token_with(&json!({})), &[]).await;
    assert!(nobody.is_err(), "no audience believes nothing");
    let blank = ground.verify_for(&ground.token_with(&json!({"aud": ""})), &[String::new()]).await;
    assert!(blank.is_err(), "an empty audience is none");
}
