//! What a JSON Web Token says of itself, as a client reads it: without looking at the signature.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

/// All claims.
///
/// # Panics
/// When it is no such token.
pub fn claims(token: &str) -> Value {
    part(token, 1)
}

/// The id of the key that signed it.
///
/// # Panics
/// When it has none, or is no such token.
pub fn key_id(token: &str) -> String {
    part(token, 0).get("kid").and_then(Value::as_str).expect("a token names its key").to_owned()
}

fn part(token: &str, which: usize) -> Value {
    let part = token.split('.').nth(which).expect("a token has three parts");
    let bytes = URL_SAFE_NO_PAD.decode(part).expect("its first two parts are base64");
    serde_json::from_slice(&bytes).expect("that is JSON")
}

/// The token's own number.
///
/// # Panics
/// When it has none, or is no such token.
pub fn jti(token: &str) -> String {
    claims(token).get("jti").and_then(Value::as_str).expect("a token has a number").to_owned()
}
