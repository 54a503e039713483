//! What is refused where an operator has opened only temporary accounts with one Role.

use serde_json::json;

use super::{
    attacks::faulty,
    ground::{Ground, Request},
    honest::Shapes,
    round::Attack,
};

const OUTSIDE: &str = "the namespace is closed";
const ROLE: &str = "the role is none of those that may be bound";

pub(super) fn all(ground: &Ground, shapes: &Shapes) -> Vec<Attack> {
    let elsewhere = |namespace: &str| Request {
        path: format!("/api/v1/namespaces/{namespace}/serviceaccounts"),
        ..shapes.account()
    };
    let reader = json!({ "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": ground.reader });
    vec![
        Attack::new("make an account where the label closes", elsewhere(&ground.other), OUTSIDE),
        Attack::new("make an account in a system namespace", elsewhere("kube-system"), OUTSIDE).only_tried(),
        Attack::new("bind in the whole cluster", shapes.cluster_binding(), "whole-cluster bindings are closed"),
        Attack::new("make a role", shapes.role(), "roles with rules of their own are closed"),
        Attack::new("make a cluster role", shapes.cluster_role(), "cluster roles with rules of their own are closed"),
        Attack::new("bind a cluster role", faulty(shapes.binding(), "/roleRef", reader), ROLE),
        Attack::new("bind a role of one's own", faulty(shapes.binding(), "/roleRef/name", json!(shapes.name)), ROLE),
        Attack::new("make an anchor", shapes.anchor(), OUTSIDE),
        Attack::new(
            "take an anchored token of an account that was not named",
            shapes.static_token(),
            "the account is neither temporary nor one that is allowed",
        )
        .after([shapes.anchor()]),
        Attack::new(
            "take a token for two days",
            faulty(shapes.token(), "/spec/expirationSeconds", json!(172_800)),
            "a token must live at most 86400 s",
        )
        .after([shapes.account()]),
    ]
}
