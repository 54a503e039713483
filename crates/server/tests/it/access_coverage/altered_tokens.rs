//! Access tokens that somebody has changed (attack A37 of the design): one bit, one claim, one header at a time.

use std::collections::BTreeSet;

use aws_lc_rs::hmac;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

use crate::support::TestServer;

const PATH: &str = "/api/v1/workspace";
/// Far in the future, as seconds since 1970.
const LATER: i64 = 4_102_444_800;
const NOBODY: &str = "018f0000-0000-7000-8000-000000000000";

#[tokio::test]
async fn altered_tokens_are_refused_and_the_unaltered_one_is_not() {
    let server = TestServer::sqlite().await;
    let machine = server.lone_machine("admin", &json!({})).await;
    let token = Token::read(&machine.token);
    let altered: BTreeSet<String> = [
        token.other_headers(),
        token.other_claims(),
        token.other_signatures(),
        token.other_keys(),
        token.other_texts(),
    ]
    .concat()
    .into_iter()
    .collect();
    assert!(!altered.contains(&machine.token));
    for altered in &altered {
        let answer = server.as_nobody().with_token(altered).get(PATH).await;
        assert!(answer.status == 401, "{altered}: {}", answer.text);
        let renewed = server.as_nobody().post("/api/v1/auth/token/renew", &json!({"accessToken": altered})).await;
        assert!(renewed.status == 401, "{altered}: {}", renewed.text);
    }
    println!("{} altered access tokens were refused", altered.len());
    assert!(altered.len() >= 120, "{}", altered.len());
    server.as_nobody().with_token(&machine.token).get(PATH).await.ok();
}

/// The parts of a token, read and as they are written.
struct Token {
    header: Value,
    claims: Value,
    parts: [String; 3],
}

fn written(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// `object` with the field `name` as `value`, or without it.
fn with(object: &Value, name: &str, value: Option<Value>) -> Value {
    let mut changed = object.clone();
    let fields = changed.as_object_mut().unwrap();
    match value {
        Some(value) => _ = fields.insert(name.to_owned(), value),
        None => _ = fields.remove(name),
    }
    changed
}

impl Token {
    fn read(token: &str) -> Self {
        let parts: Vec<String> = token.split('.').map(str::to_owned).collect();
        let read = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        Self { header: read(&parts[0]), claims: read(&parts[1]), parts: parts.try_into().unwrap() }
    }

    fn other_headers(&self) -> Vec<String> {
        let [_, claims, signature] = &self.parts;
        let mut altered = Vec::new();
        for algorithm in
            ["none", "None", "NONE", "nOnE", "", "HS384", "HS512", "hs256", "RS256", "ES256", "EdDSA", "PS256"]
        {
            let header = written(&with(&self.header, "alg", Some(json!(algorithm))));
            altered.push(format!("{header}.{claims}.{signature}"));
            altered.push(format!("{header}.{claims}."));
            altered.push(format!("{header}.{claims}"));
        }
        let key = json!({"kty": "oct", "k": "AAAA", "alg": "HS256"});
        for (name, value) in [
            ("alg", None),
            ("alg", Some(json!(null))),
            ("alg", Some(json!(["HS256"]))),
            ("kid", None),
            ("kid", Some(json!(null))),
            ("kid", Some(json!("../../etc/passwd"))),
            ("kid", Some(json!("/dev/null"))),
            ("kid", Some(json!(""))),
            ("kid", Some(json!("' OR 1=1 --"))),
            ("kid", Some(json!(7))),
            ("kid", Some(json!(["a"]))),
            ("kid", Some(json!(NOBODY))),
            ("jwk", Some(key.clone())),
            ("jku", Some(json!("https://attacker.example/keys"))),
            ("x5u", Some(json!("https://attacker.example/certificate"))),
            ("crit", Some(json!(["exp"]))),
            ("b64", Some(json!(false))),
            ("zip", Some(json!("DEF"))),
            ("cty", Some(json!("JWT"))),
        ] {
            altered.push(format!("{}.{claims}.{signature}", written(&with(&self.header, name, value))));
        }
        altered
    }

    fn other_claims(&self) -> Vec<String> {
        let [header, _, signature] = &self.parts;
        let altered = [
            ("exp", Some(json!(LATER))),
            ("exp", Some(json!(LATER.to_string()))),
            ("exp", Some(json!(4.1e9))),
            ("exp", Some(json!(-1))),
            ("exp", Some(json!(u64::MAX))),
            ("exp", Some(json!(null))),
            ("exp", None),
            ("iat", Some(json!(0))),
            ("iat", Some(json!("now"))),
            ("iat", None),
            ("nbf", Some(json!(LATER))),
            ("nbf", Some(json!("0"))),
            ("aud", Some(json!("mayfly"))),
            ("iss", Some(json!("mayfly"))),
            ("sub", Some(json!("admin"))),
            ("jti", Some(json!(""))),
            ("identityId", Some(json!(NOBODY))),
            ("identityId", None),
            ("identityAccessTokenId", Some(json!(NOBODY))),
            ("identityAccessTokenId", Some(json!([NOBODY]))),
            ("identityAccessTokenId", None),
            ("clientSecretId", Some(json!(NOBODY))),
            ("authTokenType", Some(json!("other"))),
            ("authTokenType", Some(json!("IdentityAccessToken"))),
            ("authTokenType", None),
        ];
        let altered = altered.into_iter().map(|(name, value)| with(&self.claims, name, value));
        altered
            .chain([json!({}), json!([]), json!(null)])
            .map(|claims| format!("{header}.{}.{signature}", written(&claims)))
            .collect()
    }

    fn other_signatures(&self) -> Vec<String> {
        let [header, claims, signature] = &self.parts;
        let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let flipped = (0..bytes.len()).map(|place| {
            let mut flipped = bytes.clone();
            flipped[place] ^= 1 << (place % 8);
            URL_SAFE_NO_PAD.encode(flipped)
        });
        let cut = [0, 1, 16, 31].map(|length| URL_SAFE_NO_PAD.encode(&bytes[..length]));
        let longer = [vec![0; 32], [&bytes[..], &[0]].concat(), [&bytes[..], &bytes[..]].concat()];
        let longer = longer.map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
        // The last character holds two bits that mean nothing: only one of four spellings is the signature.
        let (front, last) = signature.split_at(signature.len() - 1);
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let at = alphabet.iter().position(|letter| last.as_bytes() == [*letter]).unwrap();
        let respelt = (1..4).map(|bits| format!("{front}{}", char::from(alphabet[at ^ bits])));
        let spellings = [URL_SAFE.encode(&bytes), STANDARD.encode(&bytes), format!("{signature}x")];
        let all = flipped.chain(cut).chain(longer).chain(respelt).chain(spellings);
        all.map(|signature| format!("{header}.{claims}.{signature}")).collect()
    }

    /// Well signed, with keys that somebody else may have.
    fn other_keys(&self) -> Vec<String> {
        let [header, claims, signature] = &self.parts;
        let signed = format!("{header}.{claims}");
        let kid = self.header["kid"].as_str().unwrap();
        let keys: [&[u8]; 8] =
            [b"", b"\0", b"secret", b"mayfly", &[0; 32], kid.as_bytes(), header.as_bytes(), signature.as_bytes()];
        let tag = |key: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), signed.as_bytes());
        keys.map(|key| format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag(key)))).to_vec()
    }

    fn other_texts(&self) -> Vec<String> {
        let [header, claims, signature] = &self.parts;
        let twice = claims_twice(&self.claims);
        vec![
            format!("{header}.{claims}"),
            format!("{header}.{claims}."),
            format!(".{claims}.{signature}"),
            format!("{header}..{signature}"),
            format!("{header}.{claims}.{signature}.{signature}"),
            format!("{header}.{claims}.{signature}."),
            format!(".{header}.{claims}.{signature}"),
            format!("{claims}.{header}.{signature}"),
            format!("{header}=.{claims}=.{signature}="),
            format!("{header} .{claims}.{signature}"),
            format!("{header}.{claims} {signature}"),
            format!("{header}.{claims}.{signature},{header}.{claims}.{signature}"),
            format!("\"{header}.{claims}.{signature}\""),
            format!("Bearer {header}.{claims}.{signature}"),
            format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(twice)),
            format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(format!(" {}", self.claims))),
            format!("{header}.{}.{signature}", claims.to_uppercase()),
            "..".to_owned(),
            "null".to_owned(),
            "st.abc.def".to_owned(),
        ]
    }
}

/// The claims as text, with a second, later `exp` behind the first.
fn claims_twice(claims: &Value) -> String {
    let text = claims.to_string();
    format!("{},\"exp\":{LATER}}}", text.strip_suffix('}').unwrap())
}
