//! Lists of all lengths, and whose objects are ours.

use mayfly_cluster::{Discover, Discovered, ListOwned, Listing, More, OwnedObjects, Place, Right, Scope};
use mayfly_domain::{ids::InstallationId, plan::ObjectKind};
use mayfly_testkit::fake_cluster::{Calls, FakeRight, Fault, When};
use serde_json::json;

use crate::ground::{Ground, ISSUER_USER, NAMESPACE};

async fn discover(ground: &Ground) -> Discovered {
    let discover =
        Discover { target: ground.target.clone(), namespace: Some(NAMESPACE.parse().unwrap()), more: More::Accounts };
    ground.executor.discover(discover, ground.deadline()).await.unwrap()
}

async fn list_owned(ground: &Ground, installation: InstallationId, scope: Scope) -> OwnedObjects {
    let operation = ListOwned { target: ground.target.clone(), installation, scope };
    ground.executor.list_owned(operation, ground.deadline()).await.unwrap()
}

fn may_list_all(ground: &Ground) {
    for resource in ["serviceaccounts", "rolebindings", "roles", "clusterrolebindings", "clusterroles"] {
        ground.cluster.grant(ISSUER_USER, FakeRight::everywhere("list", resource));
    }
}

fn may_list_accounts(ground: &Ground, count: usize) {
    ground.cluster.grant(ISSUER_USER, FakeRight::within(NAMESPACE, "list", "serviceaccounts"));
    for number in 0..count {
        ground.cluster.add_account(NAMESPACE, &format!("worker-{number:05}"));
    }
}

#[tokio::test]
async fn a_list_is_read_page_by_page() {
    let ground = Ground::new().await;
    may_list_accounts(&ground, 450);
    let Some(Listing::Complete { items }) = discover(&ground).await.accounts else { panic!("it may list") };
    assert_eq!(items.len(), 452, "with the issuer and the deployer");
    assert!(items.is_sorted());
    assert_eq!(ground.requests().count(Calls::AccountList), 3);
}

#[tokio::test]
async fn a_list_without_end_is_cut() {
    let ground = Ground::new().await;
    may_list_accounts(&ground, 5_100);
    let Some(Listing::Cut { items }) = discover(&ground).await.accounts else { panic!("it is cut") };
    assert_eq!(items.len(), 5_000);
}

#[tokio::test]
async fn what_is_ours_is_listed_to_the_end() {
    let ground = Ground::new().await;
    let ours = InstallationId::generate(&ground.ambient);
    may_list_all(&ground);
    for number in 0..5_100 {
        let label = [("mayfly.dev/installation", &*ours.to_string())];
        ground.cluster.add_labelled_account(NAMESPACE, &format!("lease-{number:05}"), &label);
    }
    let owned = list_owned(&ground, ours, Scope::Cluster).await;
    assert_eq!((owned.found.len(), owned.cut), (5_100, Vec::new()));
}

#[tokio::test]
async fn objects_too_large_for_a_page_come_in_smaller_ones() {
    let ground = Ground::new().await;
    let ours = InstallationId::generate(&ground.ambient);
    may_list_all(&ground);
    let annotations = json!({"example.com/why": "x".repeat(20 * 1024)});
    for number in 0..120 {
        let metadata =
            json!({"labels": {"mayfly.dev/installation": ours.to_string()}, "annotations": annotations.clone()});
        let body = json!({ "metadata": metadata });
        let name = format!("lease-{number:05}");
        ground.cluster.add_object(ObjectKind::ServiceAccount, Some(NAMESPACE), &name, body);
    }
    let owned = list_owned(&ground, ours, Scope::Cluster).await;
    assert_eq!((owned.found.len(), owned.cut), (120, Vec::new()));
}

#[tokio::test]
async fn a_list_that_the_cluster_forgot_in_the_middle_is_cut() {
    let ground = Ground::new().await;
    may_list_accounts(&ground, 450);
    let gone =
        r#"{"kind":"Status","reason":"Expired","message":"The provided continue parameter is too old","code":410}"#;
    ground.faults().inject(Calls::AccountList, When::Nth(2), Fault::answer(410, "application/json", gone));
    let Some(Listing::Cut { items }) = discover(&ground).await.accounts else { panic!("it is cut") };
    assert_eq!(items.len(), 200);
}

#[tokio::test]
async fn one_forbidden_list_does_not_hide_the_other() {
    let ground = Ground::new().await;
    may_list_accounts(&ground, 0);
    let found = discover(&ground).await;
    assert_eq!(found.namespaces, Listing::NotAllowed { missing: Right::core("list", "namespaces") });
    let items = vec!["deployer".parse().unwrap(), "issuer".parse().unwrap()];
    assert_eq!(found.accounts, Some(Listing::Complete { items }));
}

#[tokio::test]
async fn only_objects_with_our_label_are_ours() {
    let ground = Ground::new().await;
    let (ours, theirs) = (InstallationId::generate(&ground.ambient), InstallationId::generate(&ground.ambient));
    let label = "mayfly.dev/installation";
    let uid = ground.cluster.add_labelled_account("team-b", "lease-1", &[(label, &ours.to_string()), ("a", "b")]);
    ground.cluster.add_labelled_account("team-b", "lease-2", &[(label, &theirs.to_string())]);
    ground.cluster.add_labelled_account("team-b", "lease-3", &[("other", &ours.to_string())]);
    may_list_all(&ground);
    let owned = list_owned(&ground, ours, Scope::Cluster).await;
    let [found] = owned.found.as_slice() else { panic!("{:?}", owned.found) };
    assert_eq!((found.object.kind.as_str(), found.object.name.as_str()), ("ServiceAccount", "lease-1"));
    assert_eq!((found.object.namespace.clone().unwrap().as_str(), found.object.uid.clone()), ("team-b", Some(uid)));
    assert_eq!(found.created_at.unwrap().as_second(), ground.ambient.now().as_second());
    assert_eq!(found.labels["a"], "b");
    assert!(owned.unseen.is_empty() && owned.cut.is_empty());
}

#[tokio::test]
async fn a_place_we_may_not_look_into_is_said_beside_what_was_found() {
    let ground = Ground::new().await;
    let ours = InstallationId::generate(&ground.ambient);
    for namespace in [NAMESPACE, "team-b"] {
        ground.cluster.add_labelled_account(namespace, "lease-1", &[("mayfly.dev/installation", &ours.to_string())]);
    }
    for resource in ["serviceaccounts", "rolebindings", "roles"] {
        ground.cluster.grant(ISSUER_USER, FakeRight::within(NAMESPACE, "list", resource));
    }
    let scope = Scope::Namespaces(vec!["team-b".parse().unwrap(), NAMESPACE.parse().unwrap()]);
    let owned = list_owned(&ground, ours, scope).await;
    assert_eq!(owned.found.len(), 1);
    let list =
        |resource: &str| Right { group: "rbac.authorization.k8s.io".to_owned(), ..Right::core("list", resource) };
    let unseen = [
        list("rolebindings").within("team-b"),
        Right::core("list", "serviceaccounts").within("team-b"),
        list("roles").within("team-b"),
        list("clusterrolebindings"),
        list("clusterroles"),
    ];
    assert_eq!(owned.unseen, unseen);
}
