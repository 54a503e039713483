//! Secrets and accounts that are not what Mayfly makes.

use serde_json::{Value, json};

use super::{
    super::{
        ground::{Ground, Request},
        honest::Shapes,
        round::Attack,
    },
    faulty, strangers,
};

const OUTSIDE: &str = "the namespace is closed";
const EMPTY: &str = "a secret must be opaque, immutable and empty";
const NAME: &str = "the name is none that Mayfly gives";
const LABELS: &str = "an object must carry the labels of this installation";
const FREE_LABELS: &str = "an object must carry no labels but those that are allowed";
const ANNOTATIONS: &str = "an object must carry no annotations but those that are allowed";
const BARE: &str = "an account must hold nothing, and its token must not be mounted";

pub(super) fn all(ground: &Ground, shapes: &Shapes) -> Vec<Attack> {
    let mut attacks = secrets(ground, shapes);
    attacks.extend(accounts(ground, shapes));
    attacks.extend(metadata(ground, shapes));
    attacks
}

fn secrets(ground: &Ground, shapes: &Shapes) -> Vec<Attack> {
    let make = |name, pointer: &str, value, reason| Attack::new(name, faulty(shapes.anchor(), pointer, value), reason);
    let outside = Request { path: format!("/api/v1/namespaces/{}/secrets", ground.other), ..shapes.anchor() };
    let lasting = faulty(shapes.anchor(), "/type", json!("kubernetes.io/service-account-token"));
    let lasting = faulty(lasting, "/metadata/annotations/kubernetes.io~1service-account.name", json!("deployer"));
    vec![
        Attack::new("make a lasting token of an account as a Secret", lasting, EMPTY),
        Attack::new("make an anchor in another namespace", outside, OUTSIDE),
        make("make a Secret with data", "/data", json!({ "key": "dmFsdWU=" }), EMPTY),
        make("make a Secret with text", "/stringData", json!({ "key": "value" }), EMPTY),
        make("make a Secret of another type", "/type", json!("example.com/type"), EMPTY),
        make("make a Secret that can be filled later", "/immutable", Value::Null, EMPTY),
        make("make a Secret under another name", "/metadata/name", json!("stranger"), NAME),
        make("make an anchor under a temporary account's name", "/metadata/name", json!(shapes.name), NAME),
    ]
}

fn accounts(ground: &Ground, shapes: &Shapes) -> Vec<Attack> {
    let make = |name, pointer: &str, value, reason| Attack::new(name, faulty(shapes.account(), pointer, value), reason);
    let outside = Request { path: format!("/api/v1/namespaces/{}/serviceaccounts", ground.other), ..shapes.account() };
    vec![
        make("make an account whose token is mounted", "/automountServiceAccountToken", json!(true), BARE),
        make("make an account that does not say", "/automountServiceAccountToken", Value::Null, BARE),
        make("make an account that pulls with a secret", "/imagePullSecrets", json!([{ "name": "stranger" }]), BARE),
        make("make an account that mounts a secret", "/secrets", json!([{ "name": "stranger" }]), BARE),
        make("make an account under somebody else's name", "/metadata/name", json!("stranger"), NAME),
        make("make an account whose name goes on", "/metadata/name", json!(format!("{}-x", shapes.name)), NAME),
        Attack::new("make an account in another namespace", outside, OUTSIDE),
    ]
}

fn metadata(ground: &Ground, shapes: &Shapes) -> Vec<Attack> {
    let make = |name, pointer: &str, value, reason| {
        Attack::new(name, faulty(shapes.account(), &format!("/metadata{pointer}"), value), reason)
    };
    let other = json!("01893b9e-ffff-7def-8abc-0123456789ab");
    let role = json!("arn:aws:iam::1:role/admin");
    let owner =
        json!([{ "apiVersion": "v1", "kind": "ConfigMap", "name": "stranger", "uid": "a", "controller": true }]);
    let generated = faulty(shapes.account(), "/metadata/generateName", json!(format!("{}-", ground.name)));
    vec![
        make("make an object without labels", "/labels", Value::Null, LABELS),
        make("make an object of another installation", "/labels/mayfly.dev~1installation", other, LABELS),
        make("make an object of no lease", "/labels/mayfly.dev~1lease", json!("x"), LABELS),
        make("make an object with a free label", "/labels/team", json!("x"), FREE_LABELS),
        make(
            "make an object without a seal",
            "/annotations/mayfly.dev~1seal",
            Value::Null,
            "an object must carry a seal and its end",
        ),
        make("give an account a role in a cloud", "/annotations/eks.amazonaws.com~1role-arn", role, ANNOTATIONS),
        make(
            "make an object that cannot go",
            "/finalizers",
            json!(["example.com/keep"]),
            "an object must have no finalizers",
        ),
        make("make an object that goes with another", "/ownerReferences", owner, "an object must have no owners")
            .after([strangers(shapes.core("configmaps"), json!({}))]),
        Attack::new("ask for a generated name besides", generated, "an object must have a name of its own"),
    ]
}
