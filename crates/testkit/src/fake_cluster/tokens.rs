//! Service account tokens in the shape of a real API server's, signed by a key made for the occasion.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use mayfly_domain::clock::Ambient;
use serde_json::{Map, Value, json};

/// Signs tokens.
pub(super) struct Signer(EcdsaKeyPair);

/// What a token is to say.
pub(super) struct Claims<'a> {
    pub(super) issuer: &'a str,
    pub(super) namespace: &'a str,
    pub(super) account: &'a str,
    pub(super) account_uid: &'a str,
    /// Name and UID of the secret it is bound to.
    pub(super) secret: Option<(&'a str, &'a str)>,
    pub(super) audiences: &'a [String],
    pub(super) issued_at: Timestamp,
    pub(super) seconds: i64,
}

impl Signer {
    pub(super) fn new() -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
        Self(key.expect("the machine's random source does not fail once it has started"))
    }

    /// A token, and the `jti` in it.
    pub(super) fn sign(&self, claims: &Claims<'_>, ambient: &Ambient) -> (String, String) {
        let jti = uuid(ambient);
        let now = claims.issued_at.as_second();
        let mut bound = Map::new();
        bound.insert("namespace".to_owned(), json!(claims.namespace));
        bound.insert("serviceaccount".to_owned(), json!({ "name": claims.account, "uid": claims.account_uid }));
        bound.extend(claims.secret.map(|(name, uid)| ("secret".to_owned(), json!({ "name": name, "uid": uid }))));
        let payload = json!({
            "aud": claims.audiences,
            "exp": now + claims.seconds,
            "iat": now,
            "iss": claims.issuer,
            "jti": jti,
            "kubernetes.io": bound,
            "nbf": now,
            "sub": format!("system:serviceaccount:{}:{}", claims.namespace, claims.account),
        });
        (self.seal(&payload), jti)
    }

    fn seal(&self, payload: &Value) -> String {
        let header = json!({ "alg": "ES256", "kid": "fake" });
        let signed = format!("{}.{}", encode(&header), encode(payload));
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes());
        let signature = signature.expect("the machine's random source does not fail once it has started");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// Changes the claims of a token, which leaves its signature wrong: whoever passes tokens on cannot tell.
///
/// # Panics
/// If `token` is not a JWT.
pub fn with_changed_claims(token: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    let payload = parts.get_mut(1).expect("a JWT has three parts");
    let json = URL_SAFE_NO_PAD.decode(payload.as_bytes()).expect("the claims of a JWT are base64");
    let mut claims = serde_json::from_slice(&json).expect("the claims of a JWT are JSON");
    change(&mut claims);
    *payload = encode(&claims);
    parts.join(".")
}

pub(super) fn uuid(ambient: &Ambient) -> String {
    uuid::Builder::from_random_bytes(ambient.random()).into_uuid().to_string()
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}
