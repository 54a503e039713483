//! What is made for a lease.

use mayfly_api::{dynamic_secrets::DynamicSecretBody, leases::EndedLeases};
use mayfly_domain::plan::{INSTALLATION_LABEL, LEASE_LABEL, MANAGED_BY, MANAGED_BY_LABEL};
use mayfly_e2e::{
    ENVIRONMENT, READER, Refused, SECRET, Scene,
    inputs::{dynamic, own_rules},
};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::belongings::Stage;

const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";

/// `inputs` with a label and an annotation of the holder's own.
fn marked(mut inputs: Value) -> Value {
    inputs["labels"] = json!({ "team": "shop" });
    inputs["annotations"] = json!({ "example.com/why": "it is asked for" });
    inputs
}

/// Issues from a dynamic secret whose accounts are named by a template, and looks at the account and its binding. Gives
/// the stage with their name.
async fn made_with_marks(inputs: Value, role: impl Fn(&str) -> String) -> (Stage, String) {
    let stage = Stage::bare().await;
    let mut request = stage.scene.secret_request(SECRET, &marked(inputs), &stage.ground.side);
    request["usernameTemplate"] = json!("ci-shop-{{random 8}}");
    let _: DynamicSecretBody = stage.scene.client.post("/api/v1/dynamic-secrets", &request).await.unwrap();
    let lease = stage.issue("1h").await.lease;
    let (name, home) = (lease.service_account_name.clone(), stage.ground.side.namespace.clone());
    assert!(name.starts_with("ci-shop-") && name.len() > "ci-shop-".len(), "{name}");
    let account = format!("/api/v1/namespaces/{home}/serviceaccounts/{name}");
    let binding = format!("{RBAC}/namespaces/{home}/rolebindings/{name}");
    for path in [&account, &binding] {
        let object = stage.ground.object(path).await.unwrap().unwrap_or_else(|| panic!("{path} is there"));
        let metadata = &object["metadata"];
        let wanted = json!({
            "team": "shop",
            MANAGED_BY_LABEL: MANAGED_BY,
            INSTALLATION_LABEL: stage.mayfly.installation_id(),
            LEASE_LABEL: lease.id,
        });
        assert_eq!(metadata["labels"], wanted, "{path}");
        assert_eq!(metadata["annotations"]["example.com/why"], "it is asked for", "{path}");
    }
    let binding = stage.ground.object(&binding).await.unwrap().unwrap();
    assert_eq!(binding["subjects"], json!([{ "kind": "ServiceAccount", "name": name, "namespace": home }]));
    let group = "rbac.authorization.k8s.io";
    assert_eq!(binding["roleRef"], json!({ "apiGroup": group, "kind": "Role", "name": role(&name) }));
    (stage, name)
}

#[tokio::test]
async fn real_account_and_binding_bear_the_name_and_marks_asked_for() {
    let (stage, _) = made_with_marks(dynamic(), |_| READER.to_owned()).await;
    assert_eq!(stage.ground.owned().await.unwrap().len(), 2, "the account and its one binding");
    stage.mayfly.stop().await.unwrap();
}

#[tokio::test]
async fn real_role_has_the_rules_that_were_written() {
    let inputs = own_rules();
    let (stage, name) = made_with_marks(inputs.clone(), str::to_owned).await;
    let path = format!("{RBAC}/namespaces/{}/roles/{name}", stage.ground.side.namespace);
    let role = stage.ground.object(&path).await.unwrap().unwrap();
    assert_eq!(role["rules"], inputs["rules"]);
    assert_eq!(role["metadata"]["labels"]["team"], "shop");
    stage.mayfly.stop().await.unwrap();
}

#[tokio::test]
async fn real_leases_that_are_ended_together_take_their_tokens_along() {
    let stage = Stage::set(&dynamic()).await;
    let leases = [stage.issue("1h").await, stage.issue("1h").await];
    assert_eq!(stage.ground.owned().await.unwrap().len(), 4);
    for issued in &leases {
        assert!(stage.ground.who_am_i(Scene::token(issued).unwrap()).await.unwrap().is_some());
    }
    let end =
        json!({ "dynamicSecretId": leases[0].lease.dynamic_secret_id, "reason": "a key leaked", "dryRun": false });
    let ended: EndedLeases = stage.scene.client.post("/api/v1/leases/end", &end).await.unwrap();
    assert_eq!((ended.found, ended.ending, ended.closed), (2, 2, 0));
    for issued in &leases {
        stage.ends(issued).await;
    }
    let path = format!("/api/v1/dynamic-secrets/{SECRET}");
    let place = json!({ "projectSlug": stage.scene.project_slug, "environmentSlug": ENVIRONMENT, "path": "/" });
    let _: DynamicSecretBody = stage.scene.client.delete(&path, &place).await.unwrap();
    let gone = stage.scene.client.get::<Value>(&format!("{path}?{}", stage.scene.place_query())).await.unwrap_err();
    assert_eq!(gone.downcast::<Refused>().unwrap().status, StatusCode::NOT_FOUND);
    stage.mayfly.stop().await.unwrap();
}
