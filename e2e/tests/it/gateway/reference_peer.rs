//! A gateway of another make, which keeps to `docs/reference/gateway-wire.md`, and the real server: what they make of each
//! other holds the document to the server, and the server to the document.

mod refused;
mod serving;
mod versions;

use mayfly_api::gateways::{GatewayBody, GatewayDetails};
use mayfly_e2e::{ACCOUNT, ReferencePeer, Scene, inputs, waiting::within};
use serde_json::{Value, json};

use super::{Lab, PATIENCE, PROMISED, in_state};

/// One that stands before the lab's cluster and has enrolled, with a key of this kind.
async fn enrolled(lab: &Lab, key: &str) -> ReferencePeer {
    let account = json!({ "namespace": lab.ground.side.namespace, "name": ACCOUNT });
    let policy = json!({ "static": { "accounts": [account] }, "forward": { "enabled": true } });
    let peer = ReferencePeer::prepare().await.unwrap().standing_before(&lab.cluster, &policy).unwrap();
    let (told, succeeded) = peer.enrol(lab.mayfly.url(), &lab.enrolment, key).await.unwrap();
    assert!(succeeded, "{told:?}");
    let last = told.last().unwrap();
    assert_eq!((&last["step"], &last["generation"]), (&json!("enrolled"), &json!(1)), "{told:?}");
    assert!(lab.path.ends_with(last["gateway"].as_str().unwrap()), "{told:?}");
    peer
}

#[tokio::test]
async fn real_server_gets_on_with_a_gateway_of_another_make() {
    let lab = Lab::new("peer-lives").await;
    let peer = enrolled(&lab, "ed25519").await;
    let mut running = peer.run(&[]).unwrap();
    let hello = running.step("hello").await.unwrap();
    assert_eq!(hello["installation"], json!(lab.mayfly.installation_id()));
    let shown = in_state(&lab.scene.client, &lab.path, "healthy", PATIENCE).await;
    assert_eq!(shown.api_server.as_deref(), Some(lab.cluster.url.as_str()));
    assert_eq!(shown.policy.unwrap()["static"]["accounts"][0]["name"], ACCOUNT);

    // By its own account, in one typed operation.
    let by_gateway = |account: &str| {
        Scene::reached_by(&json!({ "authMethod": "gateway", "gatewayId": shown.id, "serviceAccountName": account }))
    };
    lab.scene.create_secret_with(&by_gateway(ACCOUNT), &lab.ground.side).await.unwrap();
    let issued = lab.scene.issue(None).await.unwrap();
    let who = lab.ground.who_am_i(Scene::token(&issued).unwrap()).await.unwrap();
    assert_eq!(who, Some(format!("system:serviceaccount:{}:{ACCOUNT}", lab.ground.side.namespace)));
    let mut operation = running.step("operation").await.unwrap();
    while operation["name"] != "issue" {
        operation = running.step("operation").await.unwrap();
    }
    assert_eq!(operation["lease"], json!(issued.lease.id));
    // Its own policy decides, not what its account may: that may make tokens of any account here by now.
    lab.ground.allow_dynamic().await.unwrap();
    let other = lab.scene.create_secret_named("other", &by_gateway("issuer"), &lab.ground.side).await;
    let other = other.err().unwrap().to_string();
    assert!(other.contains("static.accounts"), "{other}");

    // By bytes that it passes on.
    let through = json!({ "gatewayId": shown.id });
    lab.scene.create_secret_named("through", &through, &lab.ground.side).await.unwrap();
    let forward = running.step("forward").await.unwrap();
    assert_eq!(Some(forward["to"].as_str().unwrap()), lab.cluster.url.strip_prefix("https://"));
    let mut wanted = lab.scene.lease_request();
    wanted.dynamic_secret_name = "through".to_owned();
    let issued = lab.scene.issue_as(&wanted).await.unwrap();
    assert!(lab.ground.who_am_i(Scene::token(&issued).unwrap()).await.unwrap().is_some());

    // It says that it goes, and the server lets it.
    let told = running.stop().await.unwrap();
    assert!(told.iter().any(|line| line["step"] == "draining"), "{told:?}");
    in_state(&lab.scene.client, &lab.path, "offline", PROMISED).await;
    lab.mayfly.stop().await.unwrap();
}

#[tokio::test]
async fn real_server_cuts_a_gateway_of_another_make_when_it_is_revoked() {
    let lab = Lab::new("peer-revoked").await;
    let peer = enrolled(&lab, "p256").await;
    let mut running = peer.run(&["--renew"]).unwrap();
    // It comes by its first certificate, and the server counts the next.
    assert_eq!(running.step("renewed").await.unwrap()["generation"], json!(2));
    in_state(&lab.scene.client, &lab.path, "healthy", PATIENCE).await;
    running.stop().await.unwrap();
    let mut running = peer.run(&[]).unwrap();
    running.step("welcome").await.unwrap();
    in_state(&lab.scene.client, &lab.path, "healthy", PATIENCE).await;

    let revoked: GatewayBody = lab.scene.client.post(&format!("{}/revoke", lab.path), &json!({})).await.unwrap();
    assert_eq!(revoked.gateway.state, "revoked");
    let cut = std::time::Duration::from_secs(2);
    within(cut, "its tunnel is cut", running.step("closed")).await.unwrap().unwrap();
    let details: GatewayDetails = lab.scene.client.get(&lab.path).await.unwrap();
    assert!(details.gateway.tunnels.is_empty());
    let (told, _) = peer.run(&[]).unwrap().ended().await.unwrap();
    let refused: &Value = told.iter().find(|line| line["step"] == "refused").unwrap();
    assert_eq!((&refused["leg"], &refused["code"]), (&json!("hello"), &json!("not_open")), "{told:?}");
    lab.mayfly.stop().await.unwrap();
}

#[tokio::test]
async fn real_server_that_stops_says_so_and_waits_for_what_it_asked_of_a_gateway_of_another_make() {
    let lab = Lab::new("peer-drained").await;
    let peer = enrolled(&lab, "ed25519").await;
    let mut running = peer.run(&["--hold"]).unwrap();
    let shown = in_state(&lab.scene.client, &lab.path, "healthy", PATIENCE).await;
    let by_gateway = inputs::by_gateway(&shown.id);
    lab.scene.create_secret_with(&by_gateway, &lab.ground.side).await.unwrap();
    // It is asked for a token, and gives none before it hears that the server goes.
    let scene = lab.scene.clone();
    let issuing = tokio::spawn(async move { scene.issue(None).await });
    running.step("holding").await.unwrap();
    lab.mayfly.stop().await.unwrap();
    running.step("drain").await.unwrap();
    assert_eq!(running.step("operation").await.unwrap()["name"], "issue");
    let issued = issuing.await.unwrap().unwrap();
    assert!(lab.ground.who_am_i(Scene::token(&issued).unwrap()).await.unwrap().is_some());
    // The server closes the tunnel, and nobody else.
    assert_eq!(running.step("closed").await.unwrap()["drained"], json!(true));
    let (_, succeeded) = running.ended().await.unwrap();
    assert!(succeeded);
}
