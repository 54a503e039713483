//! The controllers whose work Mayfly relies on. All tests share one cluster, each in a namespace of its own.

use mayfly_testkit::real_cluster::{own_name, shared};
use serde_json::json;

use super::api::Api;

const ROLES: &str = "/apis/rbac.authorization.k8s.io/v1/clusterroles";

#[tokio::test]
async fn ready_cluster_has_rules_in_its_aggregated_roles() {
    let api = Api::admin(&shared().await.unwrap());
    for name in ["view", "edit", "admin"] {
        let role = api.get(&format!("{ROLES}/{name}")).await;
        assert!(role["rules"].as_array().is_some_and(|rules| rules.len() > 3), "{name}: {role}");
    }
}

#[tokio::test]
async fn new_role_is_aggregated_into_the_one_that_selects_it() {
    let api = Api::admin(&shared().await.unwrap());
    let (part, whole) = (own_name("part"), own_name("whole"));
    let labels = json!({"aggregate-to": whole});
    let rules = json!([{"apiGroups": ["x.test"], "resources": ["things"], "verbs": ["get"]}]);
    api.create(ROLES, json!({"metadata": {"name": part, "labels": labels}, "rules": rules})).await;
    let selector = json!({"clusterRoleSelectors": [{"matchLabels": labels}]});
    api.create(ROLES, json!({"metadata": {"name": whole}, "aggregationRule": selector})).await;
    let path = format!("{ROLES}/{whole}");
    api.wait(&path, "it has the part's rules", |_, role| role["rules"] == rules).await;
}

#[tokio::test]
async fn deleted_namespace_takes_what_is_in_it_along() {
    let api = Api::admin(&shared().await.unwrap());
    let namespace = api.create_namespace("deleted").await;
    let inside = format!("{namespace}/configmaps");
    api.create(&inside, json!({"metadata": {"name": "inside"}})).await;
    api.delete(&namespace).await;
    api.wait_until_gone(&namespace).await;
    api.wait_until_gone(&format!("{inside}/inside")).await;
}

#[tokio::test]
async fn dependant_goes_after_its_owner() {
    let api = Api::admin(&shared().await.unwrap());
    let path = format!("{}/configmaps", api.create_namespace("collected").await);
    let owner = api.create(&path, json!({"metadata": {"name": "owner"}})).await;
    let reference = json!({"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["metadata"]["uid"]});
    api.create(&path, json!({"metadata": {"name": "dependant", "ownerReferences": [reference]}})).await;
    api.create(&path, json!({"metadata": {"name": "bystander"}})).await;
    api.delete(&format!("{path}/owner")).await;
    api.wait_until_gone(&format!("{path}/dependant")).await;
    api.get(&format!("{path}/bystander")).await;
}

#[tokio::test]
async fn new_namespace_gets_its_default_account() {
    let api = Api::admin(&shared().await.unwrap());
    let namespace = api.create_namespace("with-account").await;
    api.wait_for(&format!("{namespace}/serviceaccounts/default")).await;
}

#[tokio::test]
async fn token_secret_of_an_account_is_filled() {
    let api = Api::admin(&shared().await.unwrap());
    let namespace = api.create_namespace("with-token-secret").await;
    api.wait_for(&format!("{namespace}/serviceaccounts/default")).await;
    let secret = json!({
        "metadata": {"name": "lasting", "annotations": {"kubernetes.io/service-account.name": "default"}},
        "type": "kubernetes.io/service-account-token",
    });
    api.create(&format!("{namespace}/secrets"), secret).await;
    let path = format!("{namespace}/secrets/lasting");
    let filled = api.wait(&path, "it has a token", |_, secret| secret["data"]["token"].is_string()).await;
    assert!(filled["data"]["ca.crt"].is_string(), "the authority is missing");
}
