//! Enrolments of gateways over the API.

use mayfly_testkit::both_databases;
use serde_json::{Value, json};

use crate::support::TestServer;

const GATEWAYS: &str = "/api/v1/gateways";

async fn gateway(server: &TestServer, name: &str) -> String {
    let made = server.as_admin().post(GATEWAYS, &json!({ "name": name })).await.ok();
    format!("{GATEWAYS}/{}", made["gateway"]["id"].as_str().expect("an id"))
}

both_databases! {
    async fn an_enrolment_is_listed_until_it_is_taken_back(server: TestServer) {
        let admin = server.as_admin();
        let (lab, other) = (gateway(&server, "lab").await, gateway(&server, "other").await);
        let make = async || admin.post(&format!("{lab}/enrolments"), &json!({"uses": 3})).await.ok()["enrolment"].clone();
        let (kept, wrong) = (make().await, make().await);
        let open = async || admin.get(&lab).await.ok()["enrolments"].clone();
        assert_eq!(open().await, json!([kept, wrong]));
        let at = |gateway: &str, id: &Value| format!("{gateway}/enrolments/{}", id.as_str().expect("an id"));
        admin.delete(&at(&other, &wrong["id"]), &json!({})).await.refused(404, "not_found");
        assert_eq!(admin.delete(&at(&lab, &wrong["id"]), &json!({})).await.ok(), json!({"enrolment": wrong}));
        assert_eq!(open().await, json!([kept]));
        admin.delete(&at(&lab, &wrong["id"]), &json!({})).await.refused(404, "not_found");
        admin.delete(&at(&lab, &json!("none")), &json!({})).await.refused(404, "not_found");
        let logs = admin.ask("/api/v1/organization/audit-logs", &[("eventType", "delete-gateway-token")]).await.ok();
        let told: Vec<&Value> = logs["auditLogs"].as_array().unwrap().iter().map(|log| &log["event"]["metadata"]).collect();
        assert_eq!(told.len(), 1);
        assert_eq!((&told[0]["tokenId"], &told[0]["usesLeft"]), (&wrong["id"], &json!(3)));
    }
}
