//! The agent, which looks its leases up on start, and the operator, which renews before anything else.

use serde_json::{Value, json};

use crate::support::{TestServer, merged};

#[tokio::test]
async fn the_agent_asks_with_another_parameter_and_mints_anew_on_404() {
    let server = TestServer::sqlite().await;
    let caller = server.as_machine("member").await.with_agent("infisical-cli/agent");
    server.new_secret("ci").await;
    let issued = server.issue(&caller, "ci").await;
    let id = issued["lease"]["id"].as_str().unwrap();
    let query = format!("projectSlug={}&environmentSlug=prod&secretPath=%2F", server.project.slug);
    let got = caller.get(&format!("/api/v1/dynamic-secrets/leases/{id}?{query}")).await.ok();
    assert_eq!(got["lease"]["id"], id);
    let elsewhere = query.replace("secretPath=%2F", "secretPath=%2Felsewhere");
    let gone = caller.get(&format!("/api/v1/dynamic-secrets/leases/{id}?{elsewhere}")).await;
    assert_eq!((gone.status, gone.problem()["error"].as_str()), (404, Some("NotFound")));
    let body = merged(&server.place(), &json!({ "leaseId": id, "isForced": true }));
    caller.delete(&format!("/api/v1/dynamic-secrets/leases/{id}"), &body).await.ok();
    let gone = caller.get(&format!("/api/v1/dynamic-secrets/leases/{id}?{query}")).await;
    assert_eq!(gone.refused(404, "lease_not_found"), format!("Dynamic secret lease with ID {id} was not found"));
}

#[tokio::test]
async fn the_operator_gets_a_fresh_lease_after_each_refused_renewal() {
    let server = TestServer::sqlite().await;
    let caller = server.as_machine("member").await.with_agent("k8-operator");
    server.new_secret("ci").await;
    let workspace = caller.get(&format!("/api/v1/workspace/{}", server.project.id)).await.ok();
    assert_eq!(workspace["workspace"]["id"], server.project.id.as_str());
    let mut tokens = Vec::new();
    for _ in 0..3 {
        // No `config` at all, and a TTL of digits and one letter.
        let issued = server.issue_with(&caller, "ci", &json!({"ttl": "30m"})).await.ok();
        assert!(issued["data"].as_object().unwrap().values().all(Value::is_string), "each becomes a key of a Secret");
        assert!(issued["dynamicSecret"]["maxTTL"].as_str().unwrap().ends_with(['s', 'm', 'h', 'd', 'w']));
        let id = issued["lease"]["id"].as_str().unwrap().to_owned();
        tokens.push(issued["data"]["TOKEN"].as_str().unwrap().to_owned());
        server.advance(360);
        let body = merged(&server.place(), &json!({"leaseId": id, "ttl": "30m"}));
        let refused = caller.post(&format!("/api/v1/dynamic-secrets/leases/{id}/renew"), &body).await;
        assert!(refused.refused(400, "lease_not_renewable").contains("Dynamic secret lease with ID"));
    }
    tokens.dedup();
    assert_eq!(tokens.len(), 3);
    let made = [("eventType", "create-dynamic-secret-lease")];
    let logs = server.as_admin().ask("/api/v1/organization/audit-logs", &made).await.ok();
    assert_eq!(logs["auditLogs"][0]["userAgentType"], "k8-operator");
}
