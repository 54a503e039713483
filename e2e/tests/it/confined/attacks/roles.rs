//! Roles whose holders could become more than they are.

use serde_json::json;

use super::{
    super::{
        ground::{Ground, Request},
        honest::{Shapes, rule},
        round::Attack,
    },
    faulty,
};

const STAR: &str = "a rule must name what it allows, without `*`";
const MORE: &str = "a rule must not let its holder become more than it is";
const NAME: &str = "the name is none that Mayfly gives";
const RBAC: &str = "rbac.authorization.k8s.io";

pub(super) fn all(ground: &Ground, shapes: &Shapes) -> Vec<Attack> {
    let make = |name, rule, reason| Attack::new(name, faulty(shapes.role(), "/rules", json!([rule])), reason);
    let everywhere = |pointer: &str, value| faulty(shapes.cluster_role(), pointer, value);
    let outside = Request { path: shapes.role().path.replace(&ground.home, &ground.other), ..shapes.role() };
    let gathered = json!({ "clusterRoleSelectors": [{ "matchLabels": { "mayfly.example/nothing": "true" } }] });
    let gathered: Request = everywhere("/aggregationRule", gathered);
    let seeping = everywhere("/metadata/labels/rbac.authorization.k8s.io~1aggregate-to-nothing", json!("true"));
    vec![
        make("make a role over everything", rule("*", "*", "*"), STAR),
        make("make a role with every verb", rule("", "configmaps", "*"), STAR),
        make("make a role over every resource", rule("", "*", "get"), STAR),
        make("make a role over a subresource of everything", rule("", "*/status", "get"), STAR),
        make("make a role that reads secrets", rule("", "secrets", "get"), MORE),
        make("make a role that makes tokens", rule("", "serviceaccounts/token", "create"), MORE),
        make("make a role that binds roles", rule(RBAC, "roles", "bind"), MORE),
        make("make a role that escalates", rule(RBAC, "clusterroles", "escalate"), MORE),
        make("make a role that impersonates", rule("", "users", "impersonate"), MORE),
        make("make a role that runs pods", rule("", "pods", "create"), MORE),
        make("make a role that changes bindings", rule(RBAC, "rolebindings", "patch"), MORE),
        Attack::new(
            "make a role under a stranger's name",
            faulty(shapes.role(), "/metadata/name", json!("stranger")),
            NAME,
        ),
        Attack::new("make a role in another namespace", outside, "the namespace is closed"),
        Attack::new(
            "make a cluster role under a stranger's name",
            everywhere("/metadata/name", json!(format!("{}-x", ground.name))),
            NAME,
        ),
        Attack::new(
            "make a cluster role over every group",
            everywhere("/rules", json!([rule("*", "configmaps", "get")])),
            STAR,
        ),
        // The controller that gathers could make it anew after its removal.
        Attack::new("make a cluster role that gathers others", gathered, "a role must not gather the rules of others")
            .only_tried(),
        Attack::new(
            "make a cluster role that others gather",
            seeping,
            "an object must carry no labels but those that are allowed",
        ),
        Attack::new(
            "make a cluster role that changes policies",
            everywhere("/rules", json!([rule("admissionregistration.k8s.io", "validatingadmissionpolicies", "patch")])),
            MORE,
        ),
    ]
}
