//! What the real agent tells those who probe it.

use anyhow::Context as _;
use mayfly_e2e::{Gateway, waiting::until};

use super::{Lab, PATIENCE, in_state, policy};

/// Where it says that probes are answered.
fn address(log: &str) -> Option<String> {
    let line = log.lines().find(|line| line.contains("probes are answered"))?;
    Some(format!("http://{}", line.split_once("address=")?.1.trim()))
}

#[tokio::test]
async fn real_gateway_is_ready_with_its_tunnel_and_lives_without_a_server() {
    let Lab { ground, cluster, mayfly, scene, path, enrolment } = Lab::new("gateway-probed").await;
    let gateway = Gateway::prepare(&mayfly, "pod-1", &enrolment, &policy(&ground), &cluster).unwrap();
    let gateway = gateway.with_arguments(&["--health", "127.0.0.1:0"]);
    let running = gateway.start().await.unwrap();
    in_state(&scene.client, &path, "healthy", PATIENCE).await;
    let base = address(&gateway.log().unwrap()).context("it says where it is probed").unwrap();
    let probe = async |path: &str| {
        let answer = reqwest::get(format!("{base}{path}")).await?;
        anyhow::Ok((answer.status().as_u16(), answer.text().await?))
    };
    assert_eq!(probe("/readyz").await.unwrap().0, 200);
    mayfly.stop().await.unwrap();
    let why = until(PATIENCE, "it is not ready any more, and says why", async || {
        let (status, why) = probe("/readyz").await?;
        Ok((status == 503 && why.contains("Tcp: ")).then_some(why))
    });
    why.await.unwrap();
    assert_eq!(probe("/livez").await.unwrap().0, 200);
    let (_, numbers) = probe("/metrics").await.unwrap();
    assert!(numbers.contains("mayfly_gateway_tunnels_total 1\n"), "{numbers}");
    running.stop().await.unwrap();
}
