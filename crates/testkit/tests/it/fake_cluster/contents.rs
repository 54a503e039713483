//! What a test puts into the fake cluster, takes out of it and sees in it.

use mayfly_domain::plan::ObjectKind;
use mayfly_testkit::{
    clock::TestClock,
    fake_cluster::{FakeCluster, FakeClusterOptions, FakeRight},
};
use serde_json::{Value, json};

use super::{
    caller::{Caller, RBAC},
    pair::path_of,
};

async fn cluster_and_admin() -> (FakeCluster, Caller) {
    let cluster = FakeCluster::start(FakeClusterOptions::new(TestClock::default().ambient(1))).await.unwrap();
    let token = cluster.add_user("admin");
    cluster.grant("admin", FakeRight::everywhere("*", "*"));
    let caller = Caller::of_fake(&cluster, &token);
    (cluster, caller)
}

#[tokio::test]
async fn everything_is_seen_by_kind_namespace_and_name() {
    let (cluster, admin) = cluster_and_admin().await;
    let uid = cluster.add_role(None, "view", json!([]));
    cluster.add_account("team-b", "builder");
    let sent = json!({ "metadata": { "name": "anchor", "labels": { "a": "b" }, "annotations": { "c": "d" } } });
    let (status, secret) = admin.post(&path_of(ObjectKind::Secret, "team-b"), sent).await;
    assert_eq!(status, 201);
    cluster.add_labelled_account("team-a", "deployer", &[("x", "y")]);
    let seen = cluster.objects();
    assert!(seen.is_sorted());
    let names: Vec<_> =
        seen.iter().map(|object| (object.kind, object.namespace.as_deref(), object.name.as_str())).collect();
    let account = ObjectKind::ServiceAccount;
    assert_eq!(
        names,
        [
            (ObjectKind::Secret, Some("team-b"), "anchor"),
            (account, Some("team-a"), "deployer"),
            (account, Some("team-b"), "builder"),
            (ObjectKind::ClusterRole, None, "view"),
        ]
    );
    assert_eq!((&seen[0].labels["a"], &seen[0].annotations["c"], &seen[3].uid), (&"b".into(), &"d".into(), &uid));
    assert_eq!(json!(seen[0].uid), secret["metadata"]["uid"]);
    assert_eq!(cluster.object(ObjectKind::Secret, Some("team-b"), "anchor"), Some(secret));
}

#[tokio::test]
async fn roles_keep_their_uid_when_their_rules_change() {
    let (cluster, admin) = cluster_and_admin().await;
    let uid = cluster.add_role(Some("team"), "deployer", json!([]));
    let rules = json!([{ "apiGroups": [""], "resources": ["pods"], "verbs": ["get"] }]);
    cluster.set_rules(Some("team"), "deployer", rules.clone());
    let (_, role) = admin.get(&format!("{}/deployer", path_of(ObjectKind::Role, "team"))).await;
    assert_eq!((&role["metadata"]["uid"], &role["rules"]), (&json!(uid), &rules));
}

#[tokio::test]
async fn what_is_held_stays_until_it_is_released() {
    let (cluster, admin) = cluster_and_admin().await;
    cluster.add_object(ObjectKind::Secret, Some("team"), "anchor", json!({}));
    cluster.hold(ObjectKind::Secret, Some("team"), "anchor");
    let path = format!("{}/anchor", path_of(ObjectKind::Secret, "team"));
    assert_eq!(admin.delete(&path, None).await.1["kind"], "Secret");
    assert_eq!(cluster.objects().len(), 1);
    cluster.release(ObjectKind::Secret, Some("team"), "anchor");
    assert_eq!((cluster.objects(), admin.get(&path).await.0), (vec![], 404));
    cluster.add_object(ObjectKind::Secret, Some("team"), "other", json!({}));
    cluster.hold(ObjectKind::Secret, Some("team"), "other");
    cluster.release(ObjectKind::Secret, Some("team"), "other");
    assert_eq!(cluster.objects().len(), 1, "nobody told it to go");
}

#[tokio::test]
async fn a_namespace_takes_all_that_is_in_it_along() {
    let (cluster, admin) = cluster_and_admin().await;
    cluster.add_namespace_with_labels("team-a", &[("tier", "test")]);
    for namespace in ["team-a", "team-b"] {
        cluster.add_account(namespace, "deployer");
        cluster.add_role(Some(namespace), "deployer", json!([]));
    }
    let path = "/api/v1/namespaces/team-a";
    let (_, before) = admin.get(path).await;
    assert_eq!(before["metadata"]["labels"], json!({ "kubernetes.io/metadata.name": "team-a", "tier": "test" }));
    cluster.terminate_namespace("team-a");
    let (_, going) = admin.get(path).await;
    assert_eq!((&going["status"]["phase"], cluster.objects().len()), (&json!("Terminating"), 4));
    cluster.remove_namespace("team-a");
    assert_eq!((admin.get(path).await.0, cluster.objects().len()), (404, 2));
}

/// Reads a list to its end, and gives its names and the number of pages.
async fn read_all(caller: &Caller, path: &str) -> (Vec<String>, usize) {
    let (mut names, mut pages, mut token) = (Vec::new(), 0, String::new());
    loop {
        let (status, list) = caller.get(&format!("{path}&continue={token}")).await;
        assert_eq!(status, 200, "{list}");
        pages += 1;
        let name = |item: &Value| item["metadata"]["name"].as_str().unwrap().to_owned();
        names.extend(list["items"].as_array().unwrap().iter().map(name));
        match list["metadata"]["continue"].as_str() {
            Some(next) => next.clone_into(&mut token),
            None => return (names, pages),
        }
    }
}

#[tokio::test]
async fn lists_are_read_in_pages_by_label_in_one_namespace_or_in_all() {
    let (cluster, admin) = cluster_and_admin().await;
    for number in 0..25 {
        for namespace in ["team-a", "team-b", "team-c"] {
            let owner = if number % 5 == 0 { "us" } else { "them" };
            let body = json!({ "metadata": { "labels": { "owner": owner } } });
            let kind = ObjectKind::RoleBinding;
            cluster.add_object(kind, Some(namespace), &format!("{namespace}-{number:02}"), body);
        }
    }
    let all = format!("{RBAC}/rolebindings");
    let (names, pages) = read_all(&admin, &format!("{all}?limit=10")).await;
    assert_eq!((names.len(), names.is_sorted(), pages), (75, true, 8));
    let (names, pages) = read_all(&admin, &format!("{all}?limit=10&labelSelector=owner%3Dus")).await;
    assert_eq!((names.len(), pages), (15, 2));
    for (selector, count) in [("owner%21%3Dus", 20), ("owner", 25), ("%21owner", 0), ("owner%3Dus%2Cother", 0)] {
        let path = format!("{}?limit=7&labelSelector={selector}", path_of(ObjectKind::RoleBinding, "team-b"));
        let (names, _) = read_all(&admin, &path).await;
        assert_eq!(names.len(), count, "{selector}");
        assert!(names.iter().all(|name| name.starts_with("team-b-")));
    }
}
