//! The ready-made issuers can do what they are for, and no more.

use mayfly_domain::plan::ObjectKind;
use mayfly_testkit::{
    clock::TestClock,
    fake_cluster::{FakeCluster, FakeClusterOptions},
};
use serde_json::{Value, json};

use super::{caller::Caller, pair::path_of};

async fn cluster() -> FakeCluster {
    let cluster = FakeCluster::start(FakeClusterOptions::new(TestClock::default().ambient(1))).await.unwrap();
    cluster.add_role(None, "view", json!([{ "apiGroups": [""], "resources": ["pods"], "verbs": ["get"] }]));
    cluster
}

fn named(name: &str) -> Value {
    json!({ "metadata": { "name": name } })
}

fn binding(name: &str, role_kind: &str, role: &str) -> Value {
    json!({
        "metadata": { "name": name },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": role_kind, "name": role },
        "subjects": [{ "kind": "ServiceAccount", "name": name, "namespace": "team" }],
    })
}

fn role(name: &str) -> Value {
    json!({ "metadata": { "name": name }, "rules": [{ "apiGroups": [""], "resources": ["pods"], "verbs": ["list"] }] })
}

/// Makes, one after the other, what a lease needs, reads each of it back, and removes it.
async fn go_through(issuer: &Caller, objects: &[(ObjectKind, Value)]) {
    for (kind, body) in objects {
        let path = path_of(*kind, "team");
        let (status, answer) = issuer.post(&path, body.clone()).await;
        assert_eq!(status, 201, "{answer}");
        if *kind != ObjectKind::Secret {
            let name = body["metadata"]["name"].as_str().unwrap();
            assert_eq!(issuer.get(&format!("{path}/{name}")).await.0, 200);
            assert_eq!(issuer.get(&path).await.1["items"].as_array().unwrap().len(), 1);
        }
    }
    for (kind, body) in objects {
        let name = body["metadata"]["name"].as_str().unwrap();
        let (status, answer) = issuer.delete(&format!("{}/{name}", path_of(*kind, "team")), None).await;
        assert_eq!(status, 200, "{answer}");
    }
}

#[tokio::test]
async fn a_dynamic_issuer_makes_and_removes_what_leases_need_in_its_namespaces() {
    let cluster = cluster().await;
    let issuer = Caller::of_fake(&cluster, &cluster.add_dynamic_issuer(&["team"]));
    let account = (ObjectKind::ServiceAccount, named("temp"));
    let binding_of = |kind: &str, role: &str| (ObjectKind::RoleBinding, binding("temp", kind, role));
    go_through(&issuer, &[(ObjectKind::Secret, named("anchor")), account.clone()]).await;
    go_through(&issuer, &[account.clone(), binding_of("ClusterRole", "view")]).await;
    assert_eq!(issuer.get("/api/v1/namespaces/team").await.0, 200);
    assert_eq!(issuer.get(&format!("{}/view", path_of(ObjectKind::ClusterRole, ""))).await.0, 200);
    assert_eq!(issuer.post(&path_of(ObjectKind::ServiceAccount, "team"), account.1).await.0, 201);
    let token_path = format!("{}/temp/token", path_of(ObjectKind::ServiceAccount, "team"));
    assert_eq!(issuer.post(&token_path, json!({ "spec": {} })).await.0, 201);
    for (path, body) in [
        (path_of(ObjectKind::Role, "team"), role("strong")),
        (path_of(ObjectKind::ServiceAccount, "kube-system"), named("temp")),
        (path_of(ObjectKind::ClusterRoleBinding, ""), binding("temp", "ClusterRole", "view")),
    ] {
        assert_eq!(issuer.post(&path, body).await.0, 403, "{path}");
    }
    assert_eq!(issuer.get(&path_of(ObjectKind::Secret, "team")).await.0, 403);
}

#[tokio::test]
async fn a_dynamic_issuer_of_the_whole_cluster_makes_roles_with_any_rules() {
    let cluster = cluster().await;
    let issuer = Caller::of_fake(&cluster, &cluster.add_dynamic_issuer_everywhere());
    cluster.add_namespace("team");
    cluster.delete_object(ObjectKind::ClusterRole, None, "view");
    let account = (ObjectKind::ServiceAccount, named("temp"));
    let inside =
        [account.clone(), (ObjectKind::Role, role("temp")), (ObjectKind::RoleBinding, binding("temp", "Role", "temp"))];
    go_through(&issuer, &inside).await;
    let everywhere = [
        account,
        (ObjectKind::ClusterRole, role("temp")),
        (ObjectKind::ClusterRoleBinding, binding("temp", "ClusterRole", "temp")),
    ];
    go_through(&issuer, &everywhere).await;
}
