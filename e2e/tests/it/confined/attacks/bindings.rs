//! Rights for whom they are not meant.

use serde_json::{Value, json};

use super::{
    super::{
        ground::{Ground, Request},
        honest::Shapes,
        round::Attack,
    },
    faulty,
};

const ROLE: &str = "the role is none of those that may be bound";
const SUBJECT: &str = "a binding must have one subject, its own temporary account";
const NAME: &str = "the name is none that Mayfly gives";
const GROUP: &str = "rbac.authorization.k8s.io";

pub(super) fn all(ground: &Ground, shapes: &Shapes) -> Vec<Attack> {
    let mut attacks = in_namespace(ground, shapes);
    attacks.extend(everywhere(ground, shapes));
    attacks
}

fn in_namespace(ground: &Ground, shapes: &Shapes) -> Vec<Attack> {
    let bind = |name, pointer: &str, value, reason| Attack::new(name, faulty(shapes.binding(), pointer, value), reason);
    let with = |name, subjects: Value| bind(name, "/subjects", subjects, SUBJECT);
    let whole = |kind: &str, name: &str| json!([{ "apiGroup": GROUP, "kind": kind, "name": name }]);
    let elsewhere =
        |namespace: &str, name: &str| json!({ "kind": "ServiceAccount", "name": name, "namespace": namespace });
    vec![
        bind("bind cluster-admin in the namespace", "/roleRef", role("cluster-admin"), ROLE),
        bind("bind another Role of the namespace", "/roleRef/name", json!("issuer-dynamic"), ROLE),
        with("bind to a user", whole("User", "mallory")),
        with("bind to a group", whole("Group", "system:authenticated")),
        with("bind to an account of another namespace", json!([elsewhere(&ground.other, &shapes.name)])),
        with("bind to an existing account", json!([elsewhere(&ground.home, "deployer")])),
        with("bind to the issuer itself", json!([elsewhere(&ground.home, "issuer")])),
        with("bind to two subjects", json!([shapes.subject(), elsewhere(&ground.home, "deployer")])),
        with("bind to nobody yet", json!([])),
        Attack::new("bind under a stranger's name", strange(shapes.binding()), NAME),
        Attack::new("bind in another namespace", outside(ground, shapes), "the namespace is closed"),
    ]
}

fn everywhere(ground: &Ground, shapes: &Shapes) -> Vec<Attack> {
    let bind = |name, pointer: &str, value, reason| {
        Attack::new(name, faulty(shapes.cluster_binding(), pointer, value), reason)
    };
    let other = json!({ "kind": "ServiceAccount", "name": shapes.name, "namespace": ground.other });
    let group = json!({ "apiGroup": GROUP, "kind": "Group", "name": "system:serviceaccounts" });
    let own: Request = faulty(shapes.cluster_binding(), "/roleRef", role(&ground.name));
    vec![
        bind("bind cluster-admin in the whole cluster", "/roleRef", role("cluster-admin"), ROLE),
        Attack::new("bind the issuer's own rights in the whole cluster", own, ROLE),
        bind("bind a group in the whole cluster", "/subjects", json!([group]), SUBJECT),
        bind("bind an account of a closed namespace in the whole cluster", "/subjects", json!([other]), SUBJECT),
        Attack::new("bind under a stranger's name in the whole cluster", strange(shapes.cluster_binding()), NAME),
        bind("bind two accounts in the whole cluster", "/subjects", json!([shapes.subject(), other]), SUBJECT),
    ]
}

/// The binding and its subject have one name, which is a stranger's.
fn strange(binding: Request) -> Request {
    let mut subject = binding.body["subjects"][0].clone();
    subject["name"] = json!("stranger");
    faulty(faulty(binding, "/metadata/name", json!("stranger")), "/subjects", json!([subject]))
}

fn outside(ground: &Ground, shapes: &Shapes) -> Request {
    let mut subject = shapes.subject();
    subject["namespace"] = json!(ground.other);
    let binding = faulty(shapes.binding(), "/subjects", json!([subject]));
    Request { path: binding.path.replace(&ground.home, &ground.other), ..binding }
}

fn role(name: &str) -> Value {
    json!({ "apiGroup": GROUP, "kind": "ClusterRole", "name": name })
}
