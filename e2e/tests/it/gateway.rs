//! The real agent and the real server: how one comes, stays, goes and is kept away.

use std::time::Duration;

use mayfly_api::gateways::{Gateway as Shown, GatewayBody, GatewayDetails, MadeGatewayEnrolment};
use mayfly_e2e::{ACCOUNT, Client, Gateway, GatewayCluster, Installation, RealGround, Scene, waiting::until};
use mayfly_testkit::real_cluster::shared;
use serde_json::json;

/// A machine that builds beside it is slow; what is promised in seconds is shorter.
const PATIENCE: Duration = Duration::from_secs(30);

/// A page says within five seconds that a gateway is there, and one that was revoked is cut within two.
const PROMISED: Duration = Duration::from_secs(5);

/// What the gateway lets itself be asked: tokens of the one account that its own account may make tokens of.
fn policy(ground: &RealGround) -> String {
    format!("static:\n  accounts:\n    - {{ namespace: {}, name: {ACCOUNT} }}\n", ground.side.namespace)
}

async fn make(client: &Client, name: &str) -> (String, String) {
    let made: GatewayBody = client.post("/api/v1/gateways", &json!({ "name": name })).await.unwrap();
    assert_eq!(made.gateway.state, "never-connected");
    let path = format!("/api/v1/gateways/{}", made.gateway.id);
    let enrolment: MadeGatewayEnrolment = client.post(&format!("{path}/enrolments"), &json!({})).await.unwrap();
    (path, enrolment.enrolment_text)
}

async fn in_state(client: &Client, path: &str, state: &str, patience: Duration) -> Shown {
    let what = format!("the gateway is {state}");
    let found = until(patience, &what, async || {
        let details: GatewayDetails = client.get(path).await?;
        Ok((details.gateway.state == state).then_some(details.gateway))
    });
    found.await.unwrap()
}

async fn ground(name: &str) -> (RealGround, GatewayCluster) {
    let ground = RealGround::prepare(shared().await.unwrap(), name).await.unwrap();
    let cluster = GatewayCluster {
        url: ground.side.url.clone(),
        authority: ground.side.authority.clone(),
        token: ground.token_of("issuer", 3_600).await.unwrap(),
    };
    (ground, cluster)
}

#[tokio::test]
async fn real_gateway_enrols_once_and_comes_again_whatever_dies() {
    let (ground, cluster) = ground("gateway-lives").await;
    let mayfly = Installation::sqlite().await.start().await.unwrap();
    let scene = Scene::bootstrap(&mayfly).await.unwrap();
    let (path, enrolment) = make(&scene.client, "gw-lab").await;
    let gateway = Gateway::prepare(&mayfly, "pod-1", &enrolment, &policy(&ground), &cluster).unwrap();
    let running = gateway.start().await.unwrap();
    let shown = in_state(&scene.client, &path, "healthy", PATIENCE).await;
    assert_eq!(shown.api_server.as_deref(), Some(cluster.url.as_str()));
    assert_eq!(shown.policy.unwrap()["static"]["accounts"][0]["name"], ACCOUNT);
    assert_eq!(shown.tunnels[0].instance, "pod-1");

    // Another process with the same enrolment is told why it may not, and goes no further.
    let second = Gateway::prepare(&mayfly, "pod-2", &enrolment, &policy(&ground), &cluster).unwrap();
    let _refused = second.start().await.unwrap();
    until(PATIENCE, "the second one is refused", async || Ok(second.log()?.contains("was used already").then_some(())))
        .await
        .unwrap();

    running.kill().await.unwrap();
    in_state(&scene.client, &path, "offline", PROMISED).await;
    let why = until(PATIENCE, "it is told why", async || {
        let details: GatewayDetails = scene.client.get(&path).await?;
        Ok(details.gateway.left_because)
    });
    assert!(!why.await.unwrap().is_empty());
    let running = gateway.start().await.unwrap();
    in_state(&scene.client, &path, "healthy", PROMISED).await;
    running.stop().await.unwrap();
    in_state(&scene.client, &path, "offline", PROMISED).await;
    let log = gateway.log().unwrap();
    let (_, secret) = enrolment.split_at("mayfly_enrol_".len());
    assert!(log.contains("the tunnel is open") && !log.contains(secret), "{log}");
    mayfly.stop().await.unwrap();
}

#[tokio::test]
async fn real_gateway_that_was_revoked_is_cut_and_does_not_come_back() {
    let (ground, cluster) = ground("gateway-revoked").await;
    let mayfly = Installation::sqlite().await.start().await.unwrap();
    let scene = Scene::bootstrap(&mayfly).await.unwrap();
    let (path, enrolment) = make(&scene.client, "gw-lab").await;
    let gateway = Gateway::prepare(&mayfly, "pod-1", &enrolment, &policy(&ground), &cluster).unwrap();
    let _running = gateway.start().await.unwrap();
    in_state(&scene.client, &path, "healthy", PATIENCE).await;
    let revoked: GatewayBody = scene.client.post(&format!("{path}/revoke"), &json!({})).await.unwrap();
    assert_eq!(revoked.gateway.state, "revoked");
    let cut = until(Duration::from_secs(2), "its tunnel is cut", async || {
        let details: GatewayDetails = scene.client.get(&path).await?;
        Ok(details.gateway.tunnels.is_empty().then_some(()))
    });
    cut.await.unwrap();
    until(PATIENCE, "it is told why", async || {
        Ok(gateway.log()?.contains("does not let this gateway come").then_some(()))
    })
    .await
    .unwrap();
    let refused = scene.client.post::<MadeGatewayEnrolment>(&format!("{path}/enrolments"), &json!({})).await;
    assert!(refused.err().unwrap().to_string().contains("no_gateway_enrolment"));
    mayfly.stop().await.unwrap();
}

#[tokio::test]
async fn real_token_comes_through_a_gateway_and_the_server_holds_no_credential() {
    let (ground, cluster) = ground("gateway-leases").await;
    let mayfly = Installation::sqlite().await.start().await.unwrap();
    let scene = Scene::bootstrap(&mayfly).await.unwrap();
    let (path, enrolment) = make(&scene.client, "gw-lab").await;
    let gateway = Gateway::prepare(&mayfly, "pod-1", &enrolment, &policy(&ground), &cluster).unwrap();
    let running = gateway.start().await.unwrap();
    let shown = in_state(&scene.client, &path, "healthy", PATIENCE).await;
    let by_gateway = |account: &str| {
        json!({
            "authMethod": "gateway", "gatewayId": shown.id, "serviceAccountName": account,
            "url": null, "ca": null, "clusterToken": null, "sslEnabled": null,
        })
    };
    let made = scene.create_secret_with(&by_gateway(ACCOUNT), &ground.side).await.unwrap();
    let inputs = made.dynamic_secret.inputs.unwrap();
    assert_eq!((inputs.auth_method.as_str(), inputs.gateway_id.as_deref()), ("gateway", Some(shown.id.as_str())));
    assert_eq!((inputs.url, inputs.cluster_token), (None, None));
    let issued = scene.issue(None).await.unwrap();
    let who = ground.who_am_i(Scene::token(&issued).unwrap()).await.unwrap();
    assert_eq!(who, Some(format!("system:serviceaccount:{}:{ACCOUNT}", ground.side.namespace)));
    scene.end(&issued.lease.id).await.unwrap();

    // Its own policy decides, not what its account may.
    scene.create_secret_named("other", &by_gateway("issuer"), &ground.side).await.err().unwrap();

    running.stop().await.unwrap();
    let away = scene.issue(None).await.err().unwrap().to_string();
    assert!(away.contains("offline"), "{away}");
    mayfly.stop().await.unwrap();
}

#[tokio::test]
async fn real_token_comes_by_bytes_that_a_gateway_passes_on_where_its_policy_lets_it() {
    let (ground, cluster) = ground("gateway-bytes").await;
    let mayfly = Installation::sqlite().await.start().await.unwrap();
    let scene = Scene::bootstrap(&mayfly).await.unwrap();
    let (path, enrolment) = make(&scene.client, "gw-lab").await;
    // Its own account has no part in this: a token that the cluster refuses will do.
    let cluster = GatewayCluster { token: "none".to_owned(), ..cluster };
    let open = "operations: []\nforward: { enabled: true }\n";
    let gateway = Gateway::prepare(&mayfly, "pod-1", &enrolment, open, &cluster).unwrap();
    let running = gateway.start().await.unwrap();
    let shown = in_state(&scene.client, &path, "healthy", PATIENCE).await;
    let through = json!({ "gatewayId": shown.id });
    let made = scene.create_secret_with(&through, &ground.side).await.unwrap();
    let inputs = made.dynamic_secret.inputs.unwrap();
    assert_eq!((inputs.auth_method.as_str(), inputs.gateway_id.as_deref()), ("api", Some(shown.id.as_str())));
    let issued = scene.issue(None).await.unwrap();
    assert!(ground.who_am_i(Scene::token(&issued).unwrap()).await.unwrap().is_some());
    running.stop().await.unwrap();
    let away = scene.issue(None).await.err().unwrap().to_string();
    assert!(away.contains("offline"), "{away}");
    mayfly.stop().await.unwrap();
}
