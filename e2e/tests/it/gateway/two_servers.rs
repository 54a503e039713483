//! Two servers and a gateway whose tunnel leads to one of them: the other asks that one.

use mayfly_api::gateways::GatewayDetails;
use mayfly_e2e::{ACCOUNT, Gateway, Installation, Scene, waiting::until};
use serde_json::json;

use super::{PATIENCE, PROMISED, ground, in_state, make, policy};

/// A server of several. Which port others ask it at, it says itself.
const OF_SEVERAL: [(&str, &str); 1] = [("MAYFLY_PEERS_LISTEN", "127.0.0.1:0")];

#[tokio::test]
async fn real_tunnel_to_one_server_serves_the_callers_of_the_other() {
    let (ground, cluster) = ground("gateway-two-servers").await;
    let home = Installation::postgres().await;
    let holder = home.start_with(&OF_SEVERAL).await.unwrap();
    let scene = Scene::bootstrap(&holder).await.unwrap();
    let asker = home.start_with(&OF_SEVERAL).await.unwrap();
    let there = scene.at(&asker);
    let (path, enrolment) = make(&scene.client, "gw-lab").await;
    let policy = format!("{}forward: {{ enabled: true }}\n", policy(&ground));
    let gateway = Gateway::prepare(&holder, "pod-1", &enrolment, &policy, &cluster).unwrap();
    let running = gateway.start().await.unwrap();
    // Of two servers it has reached one.
    let shown = in_state(&scene.client, &path, "degraded", PATIENCE).await;
    let seen = in_state(&there.client, &path, "degraded", PROMISED).await;
    assert!(shown.tunnels[0].server.is_none() && seen.tunnels[0].server.is_some());

    let by_gateway = json!({
        "authMethod": "gateway", "gatewayId": shown.id,
        "url": null, "ca": null, "clusterToken": null, "sslEnabled": null,
    });
    there.create_secret_with(&by_gateway, &ground.side).await.unwrap();
    let through = json!({ "gatewayId": shown.id });
    there.create_secret_named("through", &through, &ground.side).await.unwrap();
    for asked in [&there, &scene] {
        let issued = asked.issue(None).await.unwrap();
        let who = ground.who_am_i(Scene::token(&issued).unwrap()).await.unwrap();
        assert_eq!(who, Some(format!("system:serviceaccount:{}:{ACCOUNT}", ground.side.namespace)));
    }

    // The server that held the tunnel dies without a word: the gateway comes to the other.
    let gone = gateway.at(&asker);
    holder.kill().await.unwrap();
    running.stop().await.unwrap();
    let away = there.issue(None).await.err().unwrap().to_string();
    assert!(away.contains("offline"), "{away}");
    let _running = gone.start().await.unwrap();
    until(PATIENCE, "leases go by the new tunnel", async || Ok(there.issue(None).await.ok())).await.unwrap();
    let details: GatewayDetails = there.client.get(&path).await.unwrap();
    assert!(details.gateway.tunnels.iter().any(|tunnel| tunnel.server.is_none()), "it came here");
    asker.stop().await.unwrap();
}
