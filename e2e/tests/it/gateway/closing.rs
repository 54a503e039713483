//! A balancer that closes connections by itself: after some time whatever passes, or once nothing has passed for a while.

use std::{io::Read as _, sync::Arc, time::Duration};

use mayfly_api::gateways::GatewayDetails;
use mayfly_e2e::{Balancer, Closes, Gateway, RunningGateway, SECRET, inputs, waiting::until};
use mayfly_testkit::{ambient::ambient, counts, network::Room};
use serde_json::json;

use super::{
    Lab, PATIENCE,
    calls::{Asking, Call, Calls, DEADLINE},
    in_state, policy,
};

/// Connections that are closed under those who ask.
const CLOSINGS: usize = 3;

/// Tunnels that the gateway renews by itself after that.
const RENEWALS: usize = 2;

/// Callers whose work the gateway does.
const BY_GATEWAY: usize = 3;

/// The dynamic secret whose bytes the gateway passes on.
const THROUGH: &str = "through";

/// A gateway's pings are ten seconds apart, so no tunnel is idle for longer.
const MORE_THAN_A_PING: Duration = Duration::from_secs(2);

async fn behind(lab: &Lab, closes: Closes) -> (Balancer, Gateway, RunningGateway) {
    let balancer = Balancer::closing(&Room::machine(), &[lab.mayfly.url().to_owned()], closes).unwrap();
    let policy = format!("{}forward: {{ enabled: true }}\n", policy(&lab.ground));
    let gateway = Gateway::prepare(&lab.mayfly, "pod-1", &lab.enrolment, &policy, &lab.cluster).unwrap();
    let gateway = gateway.with_server(balancer.url());
    let running = gateway.start().await.unwrap();
    let shown = in_state(&lab.scene.client, &lab.path, "healthy", PATIENCE).await;
    let by_gateway = inputs::by_gateway(&shown.id);
    lab.scene.create_secret_with(&by_gateway, &lab.ground.side).await.unwrap();
    lab.scene.create_secret_named(THROUGH, &json!({ "gatewayId": shown.id }), &lab.ground.side).await.unwrap();
    (balancer, gateway, running)
}

/// How many have ended that it had not let go.
fn ended(gateway: &Gateway) -> usize {
    gateway.log().unwrap().matches("the tunnel ended").count()
}

fn seconds() -> Duration {
    Duration::from_secs(u64::try_from(counts::of(counts::BALANCED_SECONDS)).unwrap())
}

#[tokio::test]
async fn real_balancer_that_closes_whatever_passes_fails_no_call() {
    let lab = Lab::new("closed-by-age").await;
    let after = seconds();
    let (balancer, gateway, _running) = behind(&lab, Closes { after: Some(after), idle: None }).await;
    let load = Arc::new(Calls::default());
    let callers = [[SECRET; BY_GATEWAY].as_slice(), &[THROUGH; 2]].concat();
    let callers = callers.iter().map(|secret| Asking { scene: lab.scene.clone(), secret: (*secret).to_owned() });
    let asking = load.begin(callers.collect());
    let patience = after * u32::try_from(CLOSINGS).unwrap() + PATIENCE;
    until(patience, "connections were closed", async || Ok((balancer.closed() >= CLOSINGS).then_some(())))
        .await
        .unwrap();
    load.each_has_within(load.least() + 2, PATIENCE).await;
    // The gateway has seen that often enough, and is before it from now on.
    let (cut, opened, learned) = (ended(&gateway), gateway.opened().unwrap(), ambient().now());
    until(patience, "tunnels are renewed", async || Ok((gateway.opened().unwrap() >= opened + RENEWALS).then_some(())))
        .await
        .unwrap();
    // One that it has let go may still be closed under the call that it answers last.
    assert_eq!(ended(&gateway), cut, "none is closed that was not let go");
    let seen = i64::try_from(after.as_secs()).unwrap();
    until(PATIENCE, "the age is told", async || {
        let details: GatewayDetails = lab.scene.client.get(&lab.path).await?;
        let ages: Vec<_> = details.gateway.tunnels.iter().filter_map(|tunnel| tunnel.closed_at_age_seconds).collect();
        // The gateway counts from when a tunnel is open, the balancer from when its connection was.
        Ok((!ages.is_empty() && ages.iter().all(|age| (seen - 3..=seen + 2).contains(age))).then_some(()))
    })
    .await
    .unwrap();
    load.end();
    asking.await.unwrap();
    let calls = load.calls();
    // Bytes that were on the way are lost with their tunnel, and no token is asked for twice: until the gateway is before that.
    let counts = |call: &&Call| call.caller < BY_GATEWAY || call.begun > learned;
    let refused: Vec<_> = calls.iter().filter(counts).filter_map(|call| call.refused.as_ref()).collect();
    let through = calls.iter().filter(|call| call.caller >= BY_GATEWAY && call.begun > learned).count();
    assert!(through > 0, "bytes are passed on meanwhile");
    let longest = calls.iter().map(|call| call.took).max().unwrap();
    let opened = gateway.opened().unwrap();
    println!("{} calls over {opened} tunnels, the longest took {longest:?}", calls.len());
    assert_eq!(refused, Vec::<&String>::new());
    assert!(opened > CLOSINGS && longest < DEADLINE);
    lab.mayfly.stop().await.unwrap();
}

#[tokio::test]
async fn real_balancer_that_closes_what_is_idle_leaves_a_tunnel_that_nobody_asks() {
    let lab = Lab::new("closed-idle").await;
    let idle = Duration::from_secs(10).max(seconds()) + MORE_THAN_A_PING;
    let closes = Closes { after: None, idle: Some(idle) };
    let (balancer, gateway, _running) = behind(&lab, closes).await;
    // The control: where neither end says anything it closes. The server would, before that.
    let nobody = Room::machine().listen().unwrap();
    let control = Balancer::closing(&Room::machine(), &[format!("http://{}", nobody.local_addr().unwrap())], closes);
    let control = control.unwrap();
    let mut silent = Room::machine().connect(control.url().trim_start_matches("http://").parse().unwrap()).unwrap();
    let reading = tokio::task::spawn_blocking(move || silent.read(&mut [0]));
    until(idle * 2 + PATIENCE, "it is closed", async || Ok(reading.is_finished().then_some(()))).await.unwrap();
    // It counts after it has closed.
    until(PATIENCE, "it is counted", async || Ok((control.closed() == 1).then_some(()))).await.unwrap();
    assert_eq!(balancer.closed(), 0);
    lab.scene.issue(None).await.unwrap();
    assert_eq!(gateway.opened().unwrap(), 1, "it is still the first");
    lab.mayfly.stop().await.unwrap();
}
