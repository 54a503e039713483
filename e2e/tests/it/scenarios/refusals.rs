//! What is refused, and what a refusal leaves behind.

use mayfly_e2e::{
    READER, Refused, SECRET,
    inputs::{dynamic, own_rules},
};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::belongings::Stage;

fn refused<T>(result: anyhow::Result<T>) -> Refused {
    let error = result.err().expect("it is refused");
    error.downcast().expect("it is an answer")
}

/// What the issuer has asked the cluster to make so far.
fn made(stage: &Stage) -> Vec<Value> {
    let mut calls = stage.ground.issuer_calls().unwrap();
    calls.retain(|event| event["verb"] == "create" && event["objectRef"]["apiGroup"] != "authorization.k8s.io");
    calls
}

#[tokio::test]
async fn real_role_is_not_bound_in_the_whole_cluster_and_nothing_is_made_for_the_attempt() {
    let stage = Stage::bare().await;
    let mut inputs = dynamic();
    inputs["bindingScope"] = json!("cluster");
    let refusal = refused(stage.scene.create_secret_with(&inputs, &stage.ground.side).await);
    assert_eq!(refusal.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refusal.body.to_string().contains("a Role counts in its namespace only"), "{refusal}");
    assert_eq!(stage.ground.issuer_calls().unwrap(), Vec::<Value>::new(), "the cluster was not even asked");
    stage.mayfly.stop().await.unwrap();
}

#[tokio::test]
async fn real_lease_that_nothing_could_end_in_time_is_refused_before_the_first_call() {
    let stage = Stage::set(&json!({ "revocable": false })).await;
    let before = stage.ground.issuer_calls().unwrap().len();
    let request = mayfly_api::leases::IssueLeaseRequest { ttl: Some("300s".to_owned()), ..stage.scene.lease_request() };
    let refusal = refused(stage.scene.issue_as(&request).await);
    assert_eq!(refusal.status, StatusCode::BAD_REQUEST);
    assert!(refusal.body.to_string().contains("at least 10 minutes"), "{refusal}");
    assert_eq!(stage.ground.issuer_calls().unwrap().len(), before);
    // Where deleting something ends it, the same lifetime is given.
    stage.scene.create_secret_named("ended-by-deletion", &dynamic(), &stage.ground.side).await.unwrap();
    let request =
        mayfly_api::leases::IssueLeaseRequest { dynamic_secret_name: "ended-by-deletion".to_owned(), ..request };
    assert_eq!(stage.scene.issue_as(&request).await.unwrap().lease.ends_when, "deleted");
    stage.mayfly.stop().await.unwrap();
}

#[tokio::test]
async fn real_issue_without_the_right_to_make_accounts_names_it_and_leaves_nothing_when_it_answers() {
    for inputs in [dynamic(), own_rules()] {
        let stage = Stage::set(&inputs).await;
        stage.ground.forbid_accounts().await.unwrap();
        let refusal = refused(stage.scene.issue(None).await);
        assert_eq!(stage.ground.owned().await.unwrap(), Vec::<String>::new(), "left behind");
        let told = refusal.body.to_string();
        assert!(told.contains("create") && told.contains("serviceaccounts"), "{told}");
        let calls = made(&stage);
        let of = |resource: &str, is_done: &dyn Fn(i64) -> bool| {
            let wanted = |event: &&Value| {
                let code = event["responseStatus"]["code"].as_i64().unwrap_or_default();
                event["objectRef"]["resource"] == resource
                    && event["requestURI"].as_str().is_some_and(real)
                    && is_done(code)
            };
            calls.iter().filter(wanted).count()
        };
        assert_eq!(of("serviceaccounts", &|code| code == 201), 0, "no account was ever there");
        assert_eq!(of("serviceaccounts", &|code| code == 403), 1, "it was tried");
        assert_eq!(of("rolebindings", &|code| code == 201), 1, "a binding was there for a while");
        let lease = &stage.scene.client.leases(&stage.scene.project_slug, None, None).await.unwrap()[0];
        assert_eq!((lease.state.as_str(), lease.outcome.as_deref()), ("ended", Some("never_issued")));
        stage.mayfly.stop().await.unwrap();
    }
}

/// Whether a call was meant, and not only tried.
fn real(uri: &str) -> bool {
    !uri.contains("dryRun")
}

#[tokio::test]
async fn real_missing_role_is_refused_when_the_secret_is_saved_and_when_a_lease_is_asked_for() {
    let stage = Stage::bare().await;
    let mut inputs = dynamic();
    inputs["role"] = json!("nowhere");
    let refusal = refused(stage.scene.create_secret_with(&inputs, &stage.ground.side).await);
    assert!(refusal.body.to_string().contains("nowhere"), "{refusal}");
    stage.scene.create_secret_with(&dynamic(), &stage.ground.side).await.unwrap();
    let home = &stage.ground.side.namespace;
    stage.ground.remove(&format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{home}/roles/{READER}")).await.unwrap();
    let refusal = refused(stage.scene.issue(None).await);
    assert!(refusal.body.to_string().contains(READER), "{SECRET}: {refusal}");
    assert_eq!(stage.ground.owned().await.unwrap(), Vec::<String>::new());
    stage.mayfly.stop().await.unwrap();
}
