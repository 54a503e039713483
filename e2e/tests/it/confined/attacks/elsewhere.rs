//! Writing what no issuer has to write, and what RBAC refuses without any policy.

use reqwest::Method;
use serde_json::json;

use super::{
    super::{
        ground::{Ground, Request},
        honest::Shapes,
        round::Attack,
    },
    strangers,
};

const ELSEWHERE: &str = "an issuer must write nothing but accounts, anchors, roles and bindings";
const POLICIES: &str = "/apis/admissionregistration.k8s.io/v1";

pub(super) fn all(ground: &Ground, shapes: &Shapes) -> Vec<Attack> {
    let pod = json!({ "spec": { "serviceAccountName": "deployer", "containers": [{ "name": "c", "image": "i" }] } });
    let map = strangers(shapes.core("configmaps"), json!({}));
    let label = json!({ "metadata": { "labels": { "opened": "" } } });
    vec![
        Attack::new("run a pod as an existing account", strangers(shapes.core("pods"), pod), ELSEWHERE),
        Attack::new("make a config map", map.clone(), ELSEWHERE),
        Attack::new("remove a config map", Request::delete(format!("{}/stranger", map.path)), ELSEWHERE).after([map]),
        Attack::new(
            "label a namespace",
            Request::patch(format!("/api/v1/namespaces/{}", ground.other), label),
            ELSEWHERE,
        ),
    ]
}

/// The policies do not guard themselves: an issuer must have no right to them.
pub(in super::super) fn refused_by_rights(ground: &Ground) -> Vec<(&'static str, Request)> {
    let path = |plural: &str| format!("{POLICIES}/{plural}/{}-tokens", ground.name);
    let policy = || path("validatingadmissionpolicies");
    let binding = || path("validatingadmissionpolicybindings");
    let read = |path: String| Request { method: Method::GET, path, body: json!({}) };
    vec![
        ("remove a policy", Request::delete(policy())),
        ("remove a policy's binding", Request::delete(binding())),
        ("weaken a policy", Request::patch(policy(), json!({ "spec": { "failurePolicy": "Ignore" } }))),
        ("weaken a policy's binding", Request::patch(binding(), json!({ "spec": { "validationActions": ["Audit"] } }))),
        ("read a policy", read(policy())),
    ]
}
