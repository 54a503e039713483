//! What is closed unless it is opened: roles that raise their holder's rights, judged by the rules they have at each lease,
//! and the cluster's own namespaces. Whatever way a dynamic secret names them.

use mayfly_app::Settings;
use mayfly_domain::plan::OnRoleChange;
use mayfly_testkit::both_databases;
use serde_json::{Value, json};

use crate::support::{Answer, DEFAULT_DATABASES, NAMESPACE, TestServer, TestServerOptions, merged};

const SECRETS: &str = "/api/v1/dynamic-secrets";
const OTHER: &str = "team-b";

fn rules(verb: &str, resource: &str) -> Value {
    json!([{"apiGroups": [""], "resources": [resource], "verbs": [verb]}])
}

fn harmless() -> Value {
    rules("get", "pods")
}

fn dangerous() -> Value {
    rules("get", "secrets")
}

/// A request for a secret of a private connection, with some inputs otherwise.
fn request(server: &TestServer, inputs: &Value) -> Value {
    merged(&server.dynamic_secret_request("ci"), &json!({"provider": {"inputs": inputs}}))
}

/// Inputs that name no namespace, only the labels of those they allow.
fn by_labels(more: &Value) -> Value {
    let selector = json!({"matchLabels": {"stage": "test"}});
    merged(&json!({"namespace": null, "namespaceSelector": selector}), more)
}

async fn save(server: &TestServer, inputs: &Value) -> Answer {
    server.as_admin().post(SECRETS, &request(server, inputs)).await
}

async fn issue_in(server: &TestServer, namespace: &str) -> Answer {
    server.issue_with(&server.as_admin(), "ci", &json!({"config": {"namespace": namespace}})).await
}

/// The text of a refusal of the role, after which nothing was made.
async fn refused_role(server: &TestServer, namespace: &str) -> String {
    let before = server.owned();
    let refused = issue_in(server, namespace).await;
    let problem = refused.problem();
    refused.refused(400, "role_closed");
    assert_eq!(server.owned(), before, "something was made");
    problem["message"].as_str().unwrap().to_owned()
}

both_databases! {
    async fn a_dangerous_cluster_role_is_refused_where_only_labels_say_the_namespace(server: TestServer) {
        server.cluster.add_namespace_with_labels(OTHER, &[("stage", "test")]);
        server.cluster.add_role(None, "reader", dangerous());
        let inputs = by_labels(&json!({"roleType": "cluster-role", "bindingScope": "namespace", "role": "reader"}));
        let faults = save(&server, &inputs).await.faults();
        assert_eq!((faults[0].0.as_str(), faults[0].1.as_str()), ("body.provider.inputs.role", "role_closed"));

        server.cluster.set_rules(None, "reader", harmless());
        save(&server, &inputs).await.ok();
        issue_in(&server, OTHER).await.ok();
        // What it has become counts, not what it was when somebody saved.
        server.cluster.set_rules(None, "reader", dangerous());
        let told = refused_role(&server, OTHER).await;
        assert!(told.contains("ClusterRole `reader` lets its holder read secrets"), "{told}");
    }

    async fn a_dangerous_role_of_a_namespace_that_nobody_knew_is_refused_at_the_lease(server: TestServer) {
        server.cluster.add_namespace_with_labels(OTHER, &[("stage", "test")]);
        server.cluster.add_role(Some(OTHER), "reader", dangerous());
        save(&server, &by_labels(&json!({"role": "reader"}))).await.ok();
        let told = refused_role(&server, OTHER).await;
        assert!(told.contains(&format!("Role `reader` in namespace `{OTHER}` lets its holder read secrets")), "{told}");
        server.cluster.set_rules(Some(OTHER), "reader", harmless());
        issue_in(&server, OTHER).await.ok();
    }

    async fn the_role_of_each_namespace_is_looked_at(server: TestServer) {
        server.cluster.add_role(Some(OTHER), "pod-reader", dangerous());
        let inputs = json!({"namespace": format!("{NAMESPACE},{OTHER}")});
        let faults = save(&server, &inputs).await.faults();
        assert_eq!((faults[0].0.as_str(), faults[0].1.as_str()), ("body.provider.inputs.role", "role_closed"));
        assert!(faults[0].2.contains(&format!("in namespace `{OTHER}` lets its holder")), "{}", faults[0].2);
        server.cluster.set_rules(Some(OTHER), "pod-reader", harmless());
        save(&server, &inputs).await.ok();
        server.cluster.set_rules(Some(OTHER), "pod-reader", dangerous());
        issue_in(&server, NAMESPACE).await.ok();
        refused_role(&server, OTHER).await;
    }

    async fn a_role_that_has_changed_is_shown_with_each_lease(server: TestServer) {
        save(&server, &json!({})).await.ok();
        let before = issue_in(&server, NAMESPACE).await.ok()["lease"].clone();
        assert_eq!(before.get("roleChanged"), None, "it is as it was saved");
        server.cluster.set_rules(Some(NAMESPACE), "pod-reader", rules("list", "pods"));
        let after = issue_in(&server, NAMESPACE).await.ok()["lease"].clone();
        assert_eq!(after["roleChanged"], true);
        let seen = server.history(&server.as_admin(), after["id"].as_str().unwrap()).await.ok();
        assert_eq!(seen["lease"]["roleChanged"], true);
        let events = server.events().await;
        let issued = events.iter().map(|one| &one["event"]).filter(|event| event["type"] == "create-dynamic-secret-lease");
        let mark = |event: &Value| (event["metadata"]["leaseId"].clone(), event["metadata"]["roleChanged"].clone());
        let mut marks: Vec<(Value, Value)> = issued.map(mark).collect();
        marks.sort_by_key(|(_, mark)| mark.is_boolean());
        assert_eq!(marks, [(before["id"].clone(), Value::Null), (after["id"].clone(), json!(true))]);
    }

    async fn a_role_that_was_dangerous_once_issues_again_after_it_was_saved_harmless(server: TestServer) {
        let admin = server.as_admin();
        server.cluster.add_role(Some(NAMESPACE), "reader", dangerous());
        let token = json!({"clusterToken": server.cluster.add_dynamic_issuer_everywhere()});
        let open = merged(&token, &json!({"limits": {"escalatingRoles": true}}));
        let connection = server.new_connection("staging", &open).await;
        let path = format!("/api/v1/cluster-connections/{}", connection["id"].as_str().unwrap());
        let inputs = json!({
            "credentialType": "dynamic", "clusterConnectionId": connection["id"], "namespace": NAMESPACE,
            "roleType": "role", "role": "reader",
        });
        let secret = json!({"name": "ci", "defaultTTL": "1h", "provider": {"type": "kubernetes", "inputs": inputs}});
        admin.post(SECRETS, &merged(&server.place(), &secret)).await.ok();
        server.cluster.set_rules(Some(NAMESPACE), "reader", harmless());
        admin.patch(&path, &json!({"limits": {}})).await.ok();
        let refused = server.issue_with(&admin, "ci", &json!({})).await;
        assert_eq!(refused.problem()["details"]["limit"], "escalatingRoles", "it was saved as dangerous");
        let again = merged(&server.place(), &json!({"data": {"inputs": {"audiences": []}}}));
        admin.patch(&format!("{SECRETS}/ci"), &again).await.ok();
        server.issue(&admin, "ci").await;
    }

    async fn the_clusters_own_namespaces_are_closed_to_labels_too(server: TestServer) {
        server.cluster.add_namespace_with_labels("kube-tools", &[("stage", "test")]);
        server.cluster.add_role(Some("kube-tools"), "pod-reader", harmless());
        save(&server, &by_labels(&json!({}))).await.ok();
        let refused = issue_in(&server, "kube-tools").await;
        assert_eq!(refused.problem()["details"][0]["path"], json!(["body", "config", "namespace"]));
        refused.refused(400, "namespace_closed");
        assert_eq!(server.owned(), []);
    }
}

#[tokio::test]
async fn what_the_operator_opened_is_open_at_the_lease() {
    for database in DEFAULT_DATABASES {
        let private_connections = mayfly_app::Openings::ALL;
        let settings = Settings { private_connections, ..Settings::default() };
        let server = TestServer::start(TestServerOptions { settings, ..TestServerOptions::new(database) }).await;
        server.cluster.add_namespace_with_labels("kube-tools", &[("stage", "test")]);
        server.cluster.add_role(Some("kube-tools"), "reader", dangerous());
        save(&server, &by_labels(&json!({"role": "reader"}))).await.ok();
        issue_in(&server, "kube-tools").await.ok();
    }
}

#[tokio::test]
async fn a_changed_role_blocks_in_each_namespace_by_what_was_saved_there() {
    for database in DEFAULT_DATABASES {
        let settings = Settings { on_role_change: OnRoleChange::Block, ..Settings::default() };
        let server = TestServer::start(TestServerOptions { settings, ..TestServerOptions::new(database) }).await;
        server.cluster.add_role(Some(OTHER), "pod-reader", rules("list", "services"));
        save(&server, &json!({"namespace": format!("{NAMESPACE},{OTHER}")})).await.ok();
        for namespace in [NAMESPACE, OTHER] {
            issue_in(&server, namespace).await.ok();
        }
        server.cluster.set_rules(Some(OTHER), "pod-reader", harmless());
        issue_in(&server, OTHER).await.refused(400, "cluster_refused");
        issue_in(&server, NAMESPACE).await.ok();
    }
}
