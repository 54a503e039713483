//! Tokens of whom they should not be, for longer or for others than they should be.

use serde_json::{Value, json};

use super::{
    super::{
        ground::{Ground, Request},
        honest::{LEASE, Shapes},
        round::Attack,
    },
    faulty, strangers,
};

const ACCOUNT: &str = "the account is neither temporary nor one that is allowed";
const BOUND: &str = "a token of an existing account must be bound to an anchor";

pub(super) fn all(ground: &Ground, shapes: &Shapes) -> Vec<Attack> {
    let seconds = || json!({ "expirationSeconds": 600 });
    let token = |namespace: &str, account: &str| {
        Request::post(
            format!("/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"),
            json!({ "spec": seconds() }),
        )
    };
    let secret = |name: &str| json!({ "expirationSeconds": 600, "boundObjectRef": bound(name) });
    let temporary = |name, pointer: &str, value: Value, reason| {
        Attack::new(name, faulty(shapes.token(), pointer, value), reason).after([shapes.account()])
    };
    let stranger = || strangers(shapes.core("serviceaccounts"), json!({}));
    let anchored = shapes.token_of("stranger", &secret(&format!("mayfly-{LEASE}")));
    let ten_years = json!(315_360_000);
    let other = Request { path: format!("/api/v1/namespaces/{}/serviceaccounts", ground.other), ..shapes.account() };
    vec![
        Attack::new("take a token of a stranger's account", shapes.token_of("stranger", &seconds()), ACCOUNT)
            .after([stranger()]),
        Attack::new("take one that is bound to an anchor", anchored, ACCOUNT).after([stranger(), shapes.anchor()]),
        Attack::new("take a token of the issuer itself", token(&ground.home, "issuer"), ACCOUNT),
        Attack::new("take a token of an account of kube-system", token("kube-system", "default"), ACCOUNT),
        Attack::new(
            "take a token of a temporary account of another namespace",
            token(&ground.other, &shapes.name),
            ACCOUNT,
        )
        .after([other]),
        Attack::new("take an unbound token of the existing account", shapes.token_of("deployer", &seconds()), BOUND),
        Attack::new(
            "take one that is bound to a stranger's Secret",
            shapes.token_of("deployer", &secret("stranger")),
            BOUND,
        )
        .after([strangers(shapes.core("secrets"), json!({}))]),
        temporary(
            "take a token for ten years",
            "/spec/expirationSeconds",
            ten_years.clone(),
            "a token must live at most 86400 s",
        ),
        Attack::new(
            "take a bound token for ten years",
            faulty(shapes.static_token(), "/spec/expirationSeconds", ten_years),
            "a token must live at most 86400 s",
        )
        .after([shapes.anchor()]),
        temporary(
            "take a token for a cloud",
            "/spec/audiences",
            json!(["sts.amazonaws.com"]),
            "a token must have no audiences but those that are allowed",
        ),
    ]
}

fn bound(name: &str) -> Value {
    json!({ "apiVersion": "v1", "kind": "Secret", "name": name })
}
