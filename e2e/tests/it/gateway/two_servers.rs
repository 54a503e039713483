//! Two servers and a gateway whose tunnel leads to one of them: the other asks that one.

use mayfly_api::gateways::GatewayDetails;
use mayfly_e2e::{ACCOUNT, Balancer, Gateway, Installation, Scene, inputs, waiting::until};
use mayfly_testkit::network::Room;
use serde_json::json;

use super::{OF_SEVERAL, PATIENCE, PROMISED, ground, in_state, make, policy};

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

    let by_gateway = inputs::by_gateway(&shown.id);
    there.create_secret_with(&by_gateway, &ground.side).await.unwrap();
    let through = json!({ "gatewayId": shown.id });
    there.create_secret_named("through", &through, &ground.side).await.unwrap();
    for asked in [&there, &scene] {
        let issued = asked.issue(None).await.unwrap();
        let who = ground.who_am_i(Scene::token(&issued).unwrap()).await.unwrap();
        assert_eq!(who, Some(format!("system:serviceaccount:{}:{ACCOUNT}", ground.side.namespace)));
    }

    // The server that held the tunnel dies without a word: the gateway comes to the other.
    let gone = gateway.with_server(asker.url());
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

#[tokio::test]
async fn real_gateway_keeps_a_tunnel_to_each_of_two_servers_and_misses_neither() {
    let (ground, cluster) = ground("gateway-two-tunnels").await;
    let home = Installation::postgres().await;
    let one = home.start_with(&OF_SEVERAL).await.unwrap();
    let scene = Scene::bootstrap(&one).await.unwrap();
    let two = home.start_with(&OF_SEVERAL).await.unwrap();
    let balancer = Balancer::start(&Room::machine(), &[one.url().to_owned(), two.url().to_owned()]).unwrap();
    let there = scene.at(&two);
    let (path, enrolment) = make(&scene.client, "gw-lab").await;
    let gateway =
        Gateway::prepare(&one, "pod-1", &enrolment, &policy(&ground), &cluster).unwrap().with_server(balancer.url());
    let running = gateway.start().await.unwrap();
    for client in [&scene.client, &there.client] {
        // A server learns within seconds that there is another.
        until(PATIENCE, "one tunnel leads here and one there", async || {
            let details: GatewayDetails = client.get(&path).await?;
            let here = details.gateway.tunnels.iter().filter(|tunnel| tunnel.server.is_none()).count();
            Ok(((details.gateway.tunnels.len(), here) == (2, 1)).then_some(()))
        })
        .await
        .unwrap();
    }
    let shown = in_state(&scene.client, &path, "healthy", PATIENCE).await;
    let by_gateway = inputs::by_gateway(&shown.id);
    scene.create_secret_with(&by_gateway, &ground.side).await.unwrap();

    // One server dies without a word, and no lease of the other's callers fails.
    one.kill().await.unwrap();
    for _ in 0..8 {
        there.issue(None).await.unwrap();
    }
    let three = home.start_with(&OF_SEVERAL).await.unwrap();
    let instead = Balancer::start(&Room::machine(), &[two.url().to_owned(), three.url().to_owned()]).unwrap();
    running.stop().await.unwrap();
    let gateway = gateway.with_server(instead.url());
    let _running = gateway.start().await.unwrap();
    in_state(&there.client, &path, "healthy", PATIENCE).await;
    scene.at(&three).issue(None).await.unwrap();
    three.stop().await.unwrap();
    two.stop().await.unwrap();
}
