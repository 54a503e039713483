//! What temporary accounts may be given, and what is made with them: the numbers are those of
//! `docs/reference/peer-scenarios.md`.

use serde_json::{Value, json};

use super::{cases::check_all, rows::create};
use crate::support::{NAMESPACE, merged};

const RULE: &str = r#"{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}"#;

#[tokio::test]
async fn roles_rules_and_marks() {
    check_all(|server| {
        let issuer = server.cluster.add_dynamic_issuer(&[NAMESPACE]);
        let dynamic = |id, change: Value| {
            let access = json!({"credentialType": "dynamic", "serviceAccountName": "(absent)", "role": "reader",
                "roleType": "role", "clusterToken": issuer});
            create(server, id, &json!({"provider": {"inputs": merged(&access, &change)}}))
        };
        let row = |id, field: &str, value: Value, text: &str| {
            dynamic(id, json!({ (field): value })).field(&format!("provider.inputs.{field}"), text)
        };
        let rules = |rules: Value| json!({"role": "(absent)", "rules": rules});
        let at_rules = "provider.inputs.rules";
        let rule: Value = serde_json::from_str(RULE).unwrap();
        vec![
            row("13", "rules", json!([rule]), "must not be given beside `role`: one of the two"),
            row("13", "role", json!("(absent)"), "is required"),
            row("13", "credentialType", json!("(absent)"), "required"),
            row("14", "namespace", json!("(absent)"), "is required"),
            row("15", "namespaceSelector", json!("team in"), "must be a label selector"),
            row("15", "namespaceSelector", json!({"matchLabels": 7}), "must be a label selector"),
            row("15", "namespaceSelector", json!({}), "must"),
            dynamic("16", rules(json!("- verbs: [get]"))).field(at_rules, "must be a list of rules"),
            dynamic("16", rules(json!([{"verbs": ["get"]}]))).field(at_rules, "in each rule (rule 1)"),
            dynamic("16", rules(json!([rule, {"verb": ["get"]}]))).field(at_rules, "must be a list of rules"),
            row("17", "labels", json!({"team": 7}), "must be an object of texts"),
            row("17", "annotations", json!({"why": ["a"]}), "must be an object of texts"),
            row("18", "roleType", json!("notARole"), "must be `role` or `cluster-role`"),
            row("22", "namespace", json!("app3, app4, App4"), "lower-case"),
            row("28", "bindingScope", json!("everywhere"), "must be `namespace` or `cluster`"),
            row("43", "bindingScope", json!("cluster"), "a Role counts in its namespace only"),
        ]
    })
    .await;
}
