//! Changing what is there, and removing what belongs to others.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    super::{
        ground::{Ground, RBAC, Request},
        honest::{LEASE, Shapes, rule},
        round::Attack,
    },
    faulty, strangers,
};

const CHANGE: &str = "an object must not be changed";
const REMOVAL: &str = "only objects of this installation may be removed";
const LABELS: &str = "an object must carry the labels of this installation";

pub(super) fn all(ground: &Ground, shapes: &Shapes) -> Vec<Attack> {
    let mut attacks = changes(ground, shapes);
    attacks.extend(makings(shapes));
    attacks.extend(removals(shapes));
    attacks
}

fn changes(ground: &Ground, shapes: &Shapes) -> Vec<Attack> {
    let named = |path: String, name: &str| format!("{path}/{name}");
    let account = named(shapes.core("serviceaccounts"), &shapes.name);
    let binding = named(shapes.rbac("rolebindings"), &shapes.name);
    let mallory = json!([{ "apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "mallory" }]);
    let put = Request {
        method: Method::PUT,
        path: binding.clone(),
        ..faulty(shapes.binding(), "/subjects", mallory.clone())
    };
    let adopted = json!({ "metadata": { "labels": Shapes::metadata("")["labels"] } });
    let rules = json!({ "rules": [rule("", "secrets", "get")] });
    let change = |name, path: String, body: Value| Attack::new(name, Request::patch(path, body), CHANGE);
    vec![
        change("take the labels off our account", account, json!({ "metadata": { "labels": null } }))
            .after([shapes.account()]),
        change("give our binding another subject", binding, json!({ "subjects": mallory })).after([shapes.binding()]),
        Attack::new("replace our binding", put, CHANGE).after([shapes.binding()]),
        change("widen our role", named(shapes.rbac("roles"), &shapes.name), rules.clone()).after([shapes.role()]),
        change(
            "keep our anchor from going",
            named(shapes.core("secrets"), &format!("mayfly-{LEASE}")),
            json!({ "metadata": { "finalizers": ["example.com/keep"] } }),
        )
        .after([shapes.anchor()]),
        change("widen the issuer's own role", named(shapes.rbac("roles"), "issuer"), rules.clone()),
        change(
            "widen the issuer's own cluster role",
            format!("{RBAC}/clusterroles/{}", ground.name),
            json!({ "metadata": { "labels": { "widened": "" } } }),
        ),
        change("widen the role that accounts get", named(shapes.rbac("roles"), "reader"), rules),
        change("take over a stranger's Secret", named(shapes.core("secrets"), "stranger"), adopted)
            .after([strangers(shapes.core("secrets"), json!({}))]),
        change(
            "read more into a stranger's account",
            named(shapes.core("serviceaccounts"), "stranger"),
            json!({ "automountServiceAccountToken": true }),
        )
        .after([strangers(shapes.core("serviceaccounts"), json!({}))]),
    ]
}

/// A PUT and an apply make what is not there: they are judged as what they do.
fn makings(shapes: &Shapes) -> Vec<Attack> {
    let path = format!("{}/{}", shapes.rbac("roles"), shapes.name);
    let bare = faulty(shapes.role(), "/metadata/labels", Value::Null);
    let put = Request { method: Method::PUT, path: path.clone(), ..bare.clone() };
    let typed = faulty(bare, "/apiVersion", json!("rbac.authorization.k8s.io/v1"));
    let typed = faulty(typed, "/kind", json!("Role"));
    let apply = Request { method: Method::PATCH, path: format!("{path}?fieldManager=mallory"), ..typed };
    vec![Attack::new("make an object by a PUT", put, LABELS), Attack::new("make an object by an apply", apply, LABELS)]
}

fn removals(shapes: &Shapes) -> Vec<Attack> {
    let stranger = |path: String, more: Value| strangers(path, more);
    let remove = |name, before: Request| {
        let name_of = before.body.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
        Attack::new(name, Request::delete(format!("{}/{name_of}", before.path)), REMOVAL).after([before])
    };
    let other = faulty(
        shapes.account(),
        "/metadata/labels/mayfly.dev~1installation",
        json!("01893b9e-ffff-7def-8abc-0123456789ab"),
    );
    let secrets = shapes.core("secrets");
    vec![
        remove("remove a stranger's account", stranger(shapes.core("serviceaccounts"), json!({}))),
        remove("remove a stranger's Secret", stranger(secrets.clone(), json!({}))),
        remove("remove a stranger's role", stranger(shapes.rbac("roles"), json!({ "rules": [] }))),
        remove(
            "remove a stranger's binding",
            stranger(shapes.rbac("rolebindings"), json!({ "roleRef": shapes.binding().body["roleRef"] })),
        ),
        remove("remove another installation's account", other),
        Attack::new(
            "remove every Secret at once",
            Request::delete(format!("{secrets}?fieldSelector=metadata.name%3Dstranger")),
            REMOVAL,
        )
        .after([stranger(secrets, json!({}))]),
    ]
}
