//! Every answer of the fake cluster is compared with the real one's, whole: status, body and message.

use mayfly_domain::plan::{ObjectKind, is_namespaced};
use serde_json::{Value, json};

use super::{
    caller::{Caller, RBAC},
    pair::{Pair, path_of},
};

const NOBODY: &str = "11111111-1111-1111-1111-111111111111";

/// An object of `kind`, with a label of the test's own.
fn object(kind: ObjectKind, name: &str, label: &str) -> Value {
    let metadata = json!({ "name": name, "labels": { "test": label }, "annotations": { "a": "b" } });
    match kind {
        ObjectKind::ServiceAccount | ObjectKind::Secret => json!({ "metadata": metadata }),
        ObjectKind::Role | ObjectKind::ClusterRole => json!({
            "metadata": metadata, "rules": [{ "apiGroups": [""], "resources": ["pods"], "verbs": ["get"] }],
        }),
        ObjectKind::RoleBinding | ObjectKind::ClusterRoleBinding => {
            json!({ "metadata": metadata, "roleRef": role_ref("ClusterRole", "not-there"), "subjects": [subject()] })
        }
    }
}

fn role_ref(kind: &str, name: &str) -> Value {
    json!({ "apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name })
}

fn subject() -> Value {
    json!({ "kind": "ServiceAccount", "name": "x", "namespace": "y" })
}

fn options(uid: &str) -> Value {
    json!({ "preconditions": { "uid": uid } })
}

#[tokio::test]
async fn objects_of_every_kind_are_made_read_and_removed() {
    let pair = Pair::of_administrators("objects").await;
    for kind in ObjectKind::ALL {
        let path = path_of(kind, &pair.namespace);
        let name = format!("{}-{}", pair.namespace, kind.name().to_lowercase());
        let (body, one) = (object(kind, &name, &pair.namespace), format!("{path}/{name}"));
        assert_eq!(pair.rehearse(&path, &body).await, 201);
        assert_eq!(pair.get(&one).await.0, 404);
        assert_eq!(pair.post(&path, body.clone()).await.0, 201);
        assert_eq!(pair.post(&path, body.clone()).await.0, 409);
        assert_eq!(pair.post(&format!("{path}?dryRun=All"), body.clone()).await.0, 409);
        assert_eq!(pair.get(&one).await.0, 200);
        let (_, list) = pair.get(&format!("{path}?labelSelector=test%3D{}", pair.namespace)).await;
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
        assert_eq!(pair.delete(&one, Some(options(NOBODY))).await.0, 409);
        let mut dry = options(&format!("<uid {name}>"));
        dry["dryRun"] = json!(["All"]);
        assert_eq!(pair.delete(&one, Some(dry)).await.0, 200);
        assert_eq!(pair.delete(&format!("{one}?dryRun=All"), None).await.0, 200);
        assert_eq!(pair.get(&one).await.0, 200, "dry runs remove nothing");
        let (_, answer) = pair.delete(&one, Some(options(&format!("<uid {name}>")))).await;
        let is_object = kind == ObjectKind::ServiceAccount;
        assert_eq!(answer["kind"], if is_object { "ServiceAccount" } else { "Status" });
        assert_eq!(pair.delete(&one, Some(options(&format!("<uid {name}>")))).await.0, 404);
    }
    assert_eq!(pair.fake.objects(), []);
}

#[tokio::test]
async fn dry_run_in_the_query_means_nothing_beside_a_body() {
    let pair = Pair::of_administrators("dry").await;
    for kind in [ObjectKind::ServiceAccount, ObjectKind::Secret, ObjectKind::RoleBinding] {
        let path = path_of(kind, &pair.namespace);
        let name = format!("dry-{}", kind.name().to_lowercase());
        assert_eq!(pair.post(&path, object(kind, &name, "dry")).await.0, 201);
        let one = format!("{path}/{name}");
        assert_eq!(pair.delete(&format!("{one}?dryRun=All"), Some(options(&format!("<uid {name}>")))).await.0, 200);
        assert_eq!(pair.get(&one).await.0, 404);
    }
}

#[tokio::test]
async fn what_is_held_is_only_marked_until_it_is_released() {
    let pair = Pair::of_administrators("held").await;
    for kind in ObjectKind::ALL {
        let path = path_of(kind, &pair.namespace);
        let name = format!("{}-{}", pair.namespace, kind.name().to_lowercase());
        let one = format!("{path}/{name}");
        let mut body = object(kind, &name, &pair.namespace);
        body["metadata"]["finalizers"] = json!(["example.com/hold"]);
        assert_eq!(pair.post(&path, body.clone()).await.0, 201);
        let (_, dry) = pair.delete(&one, Some(json!({ "dryRun": ["All"] }))).await;
        assert!(dry["metadata"]["deletionTimestamp"].is_string());
        assert!(pair.get(&one).await.1["metadata"]["deletionTimestamp"].is_null());
        let (_, answer) = pair.delete(&one, Some(options(&format!("<uid {name}>")))).await;
        assert_eq!(answer["kind"], kind.name());
        assert_eq!(pair.delete(&one, Some(options(&format!("<uid {name}>")))).await.1, answer);
        assert_eq!(pair.delete(&one, Some(options(NOBODY))).await.0, 409);
        assert_eq!(pair.get(&one).await.1, answer);
        assert_eq!(pair.post(&path, body).await.0, 409);
        pair.release(kind, &name).await;
        assert_eq!(pair.get(&one).await.0, 404);
    }
}

#[tokio::test]
async fn nothing_is_made_where_there_is_no_namespace_or_a_going_one() {
    let pair = Pair::of_administrators("going").await;
    let held = json!({ "metadata": { "name": "held", "finalizers": ["example.com/hold"] } });
    assert_eq!(pair.post(&path_of(ObjectKind::Secret, &pair.namespace), held).await.0, 201);
    let account = object(ObjectKind::ServiceAccount, "account", "going");
    assert_eq!(pair.post(&path_of(ObjectKind::ServiceAccount, &pair.namespace), account).await.0, 201);
    pair.terminate_namespace().await;
    for kind in ObjectKind::ALL.into_iter().filter(|kind| is_namespaced(*kind)) {
        let (going, nowhere) = (path_of(kind, &pair.namespace), path_of(kind, "no-such-namespace"));
        for query in ["", "?dryRun=All"] {
            assert_eq!(pair.post(&format!("{going}{query}"), object(kind, "new", "going")).await.0, 403);
            assert_eq!(pair.post(&format!("{nowhere}{query}"), object(kind, "new", "going")).await.0, 404);
        }
        assert_eq!(pair.get(&format!("{nowhere}/new")).await.0, 404);
        assert_eq!(pair.delete(&format!("{nowhere}/new"), None).await.0, 404);
        assert_eq!(pair.get(&nowhere).await.1["items"], json!([]));
    }
    for (namespace, status) in [(pair.namespace.as_str(), 403), ("no-such-namespace", 404)] {
        let path = format!("{}/account/token", path_of(ObjectKind::ServiceAccount, namespace));
        assert_eq!(pair.post(&path, json!({ "spec": {} })).await.0, status);
    }
    pair.release(ObjectKind::Secret, "held").await;
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let pair = Pair::of_administrators("senseless").await;
    for kind in ObjectKind::ALL {
        let path = path_of(kind, &pair.namespace);
        assert_eq!(pair.post(&path, object(kind, "", "senseless")).await.0, 422);
        let mut elsewhere = object(kind, &pair.namespace, "senseless");
        elsewhere["metadata"]["namespace"] = json!("another");
        let status = if is_namespaced(kind) { 400 } else { 201 };
        assert_eq!(pair.post(&path, elsewhere).await.0, status);
    }
    for (kind, role_kind) in
        [(ObjectKind::RoleBinding, "Other"), (ObjectKind::ClusterRoleBinding, "Role"), (ObjectKind::RoleBinding, "")]
    {
        let mut body = object(kind, &pair.namespace, "senseless");
        body["roleRef"] = role_ref(role_kind, "x");
        assert_eq!(pair.post(&path_of(kind, &pair.namespace), body).await.0, 422);
    }
}

#[tokio::test]
async fn nobody_gives_what_they_do_not_hold() {
    let pair = Pair::of_administrators("escalation").await;
    let (roles, bindings) =
        (path_of(ObjectKind::Role, &pair.namespace), path_of(ObjectKind::RoleBinding, &pair.namespace));
    let group = "rbac.authorization.k8s.io";
    let strong = json!([
        { "apiGroups": ["apps", ""], "resources": ["widgets", "widgets/log"], "verbs": ["list", "get"] },
        { "apiGroups": ["apps"], "resources": ["*"], "resourceNames": ["b", "a"], "verbs": ["*"] },
        { "apiGroups": [""], "resources": ["pods"], "verbs": ["list", "get"] },
    ]);
    let strong = json!({ "metadata": { "name": "strong" }, "rules": strong });
    assert_eq!(pair.post(&roles, strong).await.0, 201);
    let pair = pair.into_account("user").await;
    let binding = |role: &str| {
        let metadata = json!({ "name": format!("to-{role}") });
        json!({ "metadata": metadata, "roleRef": role_ref("Role", role), "subjects": [subject()] })
    };
    let making = |name: &str| {
        let reading = json!({ "apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"] });
        json!({ "metadata": { "name": name }, "rules": [reading] })
    };
    assert_eq!(pair.post(&bindings, binding("strong")).await.0, 403, "no right at all");
    assert_eq!(pair.get(&format!("{RBAC}/rolebindings")).await.0, 403);
    assert_eq!(pair.get(&format!("{RBAC}/clusterroles/view")).await.0, 403);
    assert_eq!(pair.delete(&format!("{roles}/strong"), None).await.0, 403);
    pair.grant("user", ("create", group, "rolebindings"), &[]).await;
    pair.grant("user", ("create", group, "roles"), &[]).await;
    pair.grant("user", ("get", "", "pods"), &[]).await;
    for query in ["", "?dryRun=All"] {
        assert_eq!(pair.post(&format!("{bindings}{query}"), binding("strong")).await.0, 403);
        assert_eq!(pair.post(&format!("{roles}{query}"), making("new")).await.0, 403);
    }
    assert_eq!(pair.post(&bindings, binding("missing")).await.0, 404, "the role is looked for");
    assert_eq!(pair.post(&roles, json!({ "metadata": { "name": "empty" } })).await.0, 201);
    assert_eq!(pair.post(&bindings, binding("empty")).await.0, 201, "nothing is given");
    pair.grant("user", ("list", "", "pods"), &[]).await;
    assert_eq!(pair.post(&roles, making("held")).await.0, 201, "it is held");
    pair.grant("user", ("bind", group, "roles"), &["strong", "missing"]).await;
    assert_eq!(pair.post(&bindings, binding("strong")).await.0, 201);
    assert_eq!(pair.post(&bindings, binding("missing")).await.0, 201, "nobody looks whether it is there");
    let secrets = json!([{ "apiGroups": [""], "resources": ["secrets"], "verbs": ["get"] }]);
    let stronger = |name: &str| json!({ "metadata": { "name": name }, "rules": secrets });
    pair.grant("user", ("escalate", group, "roles"), &["named"]).await;
    assert_eq!(pair.post(&roles, stronger("named")).await.0, 403, "a new role has no name to be asked about");
    pair.grant("user", ("escalate", group, "roles"), &[]).await;
    assert_eq!(pair.post(&roles, stronger("named")).await.0, 201);
}

#[tokio::test]
async fn access_reviews_know_verbs_names_and_groups() {
    let pair = Pair::of_administrators("reviews").await.into_account("user").await;
    let group = "rbac.authorization.k8s.io";
    pair.grant("user", ("bind", group, "clusterroles"), &["view"]).await;
    pair.grant("user", ("delete", "", "secrets"), &[]).await;
    let namespace = pair.namespace.as_str();
    for (verb, group, resource, name, namespace, is_allowed) in [
        ("bind", group, "clusterroles", "view", namespace, true),
        ("bind", group, "clusterroles", "edit", namespace, false),
        ("bind", group, "clusterroles", "", namespace, false),
        ("bind", group, "clusterroles", "view", "", false),
        ("bind", "", "clusterroles", "view", namespace, false),
        ("escalate", group, "clusterroles", "view", namespace, false),
        ("delete", "", "secrets", "any", namespace, true),
        ("delete", "", "secrets", "", namespace, true),
        ("delete", group, "secrets", "", namespace, false),
        ("create", "", "secrets", "", namespace, false),
    ] {
        let attributes =
            json!({ "verb": verb, "group": group, "resource": resource, "name": name, "namespace": namespace });
        let review = json!({ "spec": { "resourceAttributes": attributes } });
        assert_eq!(pair.verdict(&review).await, is_allowed, "{review}");
    }
}

#[tokio::test]
async fn tokens_are_bound_to_the_account_and_the_secret_that_are_named() {
    let pair = Pair::of_administrators("bound").await;
    let (accounts, secrets) =
        (path_of(ObjectKind::ServiceAccount, &pair.namespace), path_of(ObjectKind::Secret, &pair.namespace));
    assert_eq!(pair.post(&accounts, object(ObjectKind::ServiceAccount, "deployer", "bound")).await.0, 201);
    assert_eq!(pair.post(&secrets, object(ObjectKind::Secret, "anchor", "bound")).await.0, 201);
    let path = format!("{accounts}/deployer/token");
    let bound = |name: &str, uid: &str| {
        let reference = json!({ "kind": "Secret", "apiVersion": "v1", "name": name, "uid": uid });
        json!({ "spec": { "boundObjectRef": reference } })
    };
    let of = |uid: &str| json!({ "metadata": { "uid": uid }, "spec": {} });
    for (request, status) in [
        (bound("anchor", "<uid anchor>"), 201),
        (bound("anchor", NOBODY), 409),
        (bound("missing", "<uid anchor>"), 404),
        (bound("", ""), 400),
        (json!({ "spec": { "boundObjectRef": { "kind": "ConfigMap", "apiVersion": "v1", "name": "x" } } }), 400),
        (json!({ "spec": { "boundObjectRef": { "kind": "Secret", "apiVersion": "v1", "name": "anchor" } } }), 201),
        (of("<uid deployer>"), 201),
        (of(NOBODY), 409),
        (json!({ "metadata": { "uid": NOBODY }, "spec": { "expirationSeconds": 10 } }), 409),
        (
            json!({ "spec": { "expirationSeconds": 10, "boundObjectRef": { "kind": "Secret", "name": "missing" } } }),
            422,
        ),
        (json!({ "metadata": { "namespace": "another" }, "spec": {} }), 400),
        (json!({ "spec": {} }), 201),
    ] {
        assert_eq!(pair.post(&path, request.clone()).await.0, status, "{request}");
    }
    assert_eq!(pair.post(&format!("{accounts}/missing/token"), of(NOBODY)).await.0, 404);
    let holders = pair.holders(&path, bound("anchor", "<uid anchor>")).await;
    assert_eq!(pair.delete(&format!("{secrets}/anchor"), Some(options("<uid anchor>"))).await.0, 200);
    forget(&holders).await;
    let holders = pair.holders(&path, json!({ "spec": {} })).await;
    assert_eq!(pair.delete(&format!("{accounts}/deployer"), Some(options("<uid deployer>"))).await.0, 200);
    forget(&holders).await;
}

/// No API server has seen these tokens yet, so the fake one knows them no more. The real one learns by a watch what was
/// removed, and remembers for ten seconds a token that was seen before it learned.
async fn forget([fake, real]: &[Caller; 2]) {
    assert!(!fake.is_known().await);
    real.wait_until_unknown().await;
}
