//! Tokens of the issuer's own account, where an operator has opened them.

use serde_json::json;

use super::{
    ground::{Ground, Request},
    round::Attack,
};

/// What Mayfly asks for: two weeks.
const RENEWED_SECONDS: u64 = 1_209_600;

pub(super) fn honest(ground: &Ground) -> Vec<Request> {
    vec![token(&ground.home, "issuer", RENEWED_SECONDS)]
}

pub(super) fn all(ground: &Ground) -> Vec<Attack> {
    let longer = token(&ground.home, "issuer", RENEWED_SECONDS + 1);
    vec![
        Attack::new("take a longer token of the issuer itself", longer, "a token must live at most 1209600 s"),
        Attack::new(
            "take a token of its neighbour",
            token(&ground.home, "default", 600),
            "the account is neither temporary nor one that is allowed",
        ),
    ]
}

fn token(namespace: &str, account: &str, seconds: u64) -> Request {
    let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token");
    Request::post(path, json!({ "spec": { "expirationSeconds": seconds } }))
}
