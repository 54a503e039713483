//! Pools of gateways over the API, and ways that lead through them.

use mayfly_testkit::both_databases;
use serde_json::{Value, json};

use crate::support::{TestServer, merged};

const POOLS: &str = "/api/v1/gateway-pools";

async fn gateway(server: &TestServer, name: &str) -> String {
    let made = server.as_admin().post("/api/v1/gateways", &json!({ "name": name })).await.ok();
    made["gateway"]["id"].as_str().expect("an id").to_owned()
}

async fn pool(server: &TestServer, name: &str) -> String {
    server.as_admin().post(POOLS, &json!({ "name": name })).await.ok()["id"].as_str().expect("an id").to_owned()
}

/// What a secret says of its way.
fn way(inputs: &Value) -> Value {
    let none = json!({"url": null, "ca": null, "clusterToken": null, "sslEnabled": null});
    merged(&none, inputs)
}

both_databases! {
    async fn a_pool_is_made_filled_renamed_and_removed(server: TestServer) {
        let admin = server.as_admin();
        assert_eq!(admin.get(POOLS).await.ok(), json!([]));
        let (lab, one, two) = (pool(&server, "lab").await, gateway(&server, "gw-1").await, gateway(&server, "gw-2").await);
        admin.post(POOLS, &json!({"name": "lab"})).await.refused(400, "name_taken");
        admin.post(POOLS, &json!({"name": ""})).await.refused(422, "validation_failure");
        let path = format!("{POOLS}/{lab}");
        for member in [&one, &two, &one] {
            admin.post(&format!("{path}/memberships"), &json!({"gatewayId": member})).await.ok();
        }
        let shown = admin.get(&path).await.ok();
        assert_eq!(shown["memberGatewayIds"], json!([one, two]));
        assert_eq!((&shown["memberCount"], &shown["healthyMemberCount"]), (&json!(2), &json!(0)));
        assert_eq!((&shown["connectedResourcesCount"], &shown["name"]), (&json!(0), &json!("lab")));
        assert_eq!(admin.get(POOLS).await.ok(), json!([shown]));
        let unknown = json!({"gatewayId": "018f0000-0000-7000-8000-000000000000"});
        admin.post(&format!("{path}/memberships"), &unknown).await.refused(404, "not_found");

        let kept = admin.delete(&format!("/api/v1/gateways/{one}"), &json!({})).await;
        kept.refused(400, "gateway_in_use");
        assert_eq!(kept.problem()["details"]["gatewayPools"], json!([{"gatewayPoolId": lab, "name": "lab"}]));
        let left = admin.delete(&format!("{path}/memberships/{one}"), &json!({})).await.ok();
        assert_eq!(left["memberGatewayIds"], json!([two]));
        admin.delete(&format!("{path}/memberships/{one}"), &json!({})).await.refused(404, "not_found");
        admin.delete(&format!("/api/v2/gateways/{one}"), &json!({})).await.ok();

        let renamed = admin.patch(&path, &json!({"name": "laboratory"})).await.ok();
        assert_eq!(renamed["name"], "laboratory");
        let nothing = admin.get(&format!("{path}/resources")).await.ok();
        assert_eq!(nothing, json!({"dynamicSecrets": [], "clusterConnections": [], "gatewayPools": [], "leaseIds": []}));
        admin.delete(&path, &json!({})).await.ok();
        admin.get(&path).await.refused(404, "not_found");
        assert_eq!(admin.get(POOLS).await.ok(), json!([]));
    }
}

#[tokio::test]
async fn a_way_leads_through_a_gateway_or_a_pool_that_is_there() {
    let server = TestServer::sqlite().await;
    let (lab, one) = (pool(&server, "lab").await, gateway(&server, "gw-1").await);
    let make = async |inputs: Value| {
        let request = merged(&server.secret_request("ci"), &json!({"provider": {"inputs": way(&inputs)}}));
        server.as_admin().post("/api/v1/dynamic-secrets", &request).await
    };
    let both = make(json!({"authMethod": "gateway", "gatewayId": one, "gatewayPoolId": lab})).await;
    assert_eq!(both.faults()[0].0, "body.provider.inputs.gatewayPoolId");
    let none = make(json!({"authMethod": "gateway"})).await;
    assert_eq!(none.faults()[0].0, "body.provider.inputs.gatewayId");
    let absent = json!({"authMethod": "gateway", "gatewayPoolId": "018f0000-0000-7000-8000-000000000000"});
    make(absent).await.refused(404, "not_found");
    // This server has no place but its own, and asks nobody directly where a gateway is named.
    let (url, ca) = (server.cluster.url(), server.cluster.ca_pem());
    let with_token = json!({"url": url, "ca": ca, "clusterToken": server.cluster_token, "sslEnabled": true});
    let asked = server.cluster.requests().connections();
    for (way, is_own) in [("gatewayId", true), ("gatewayPoolId", true), ("gatewayId", false), ("gatewayPoolId", false)]
    {
        let id = if way == "gatewayId" { &one } else { &lab };
        let mut inputs = json!({"authMethod": if is_own { "gateway" } else { "api" }});
        inputs[way] = json!(id);
        let inputs = if is_own { inputs } else { merged(&with_token, &inputs) };
        let away = make(inputs).await;
        assert!(away.text.contains("none can be reached from here"), "{}", away.text);
    }
    assert_eq!(server.cluster.requests().connections(), asked);
    make(with_token).await.ok();
    assert!(server.cluster.requests().connections() > asked, "the way without a gateway is open");
}
