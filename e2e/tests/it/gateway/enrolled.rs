//! Enrolling as a step of its own, and the death of the process in the middle of it.

use mayfly_api::gateways::GatewayDetails;
use mayfly_e2e::{Gateway, waiting::until};
use mayfly_testkit::connect_proxy::{ConnectProxy, ProxyManner};

use super::{Lab, PATIENCE, in_state, policy};

/// More bytes than a gateway sends until the inner handshake is answered, and fewer than with its request: what comes after
/// that, the server's answer, is lost.
const HANDSHAKE: usize = 2_000;

#[tokio::test]
async fn real_gateway_that_died_before_it_was_answered_enrols_by_the_same_token() {
    let Lab { ground, cluster, mayfly, scene, path, enrolment } = Lab::new("gateway-enrolled").await;
    let proxy = ConnectProxy::start(ProxyManner::Swallowing(HANDSHAKE)).await.unwrap();
    let gateway = Gateway::prepare(&mayfly, "pod-1", &enrolment, &policy(&ground), &cluster).unwrap();
    let gateway = gateway.with_arguments(&["--proxy", &proxy.url()]);
    let details = async || scene.client.get::<GatewayDetails>(&path).await;

    let deaf = gateway.enrol().await.unwrap();
    until(PATIENCE, "the server signed it", async || Ok((!details().await?.instances.is_empty()).then_some(())))
        .await
        .unwrap();
    deaf.kill().await.unwrap();
    assert!(!gateway.folder().join("state/identity.json").exists());

    proxy.behave(ProxyManner::Open);
    assert_eq!(gateway.enrol().await.unwrap().ended().await.unwrap(), Some(0), "{}", gateway.log().unwrap());
    let known = details().await.unwrap();
    assert_eq!((known.instances.len(), known.instances[0].generation), (1, 1));
    assert!(known.enrolments.is_empty(), "the token was used");

    // From here on no enrolment is needed, and to enrol again changes nothing.
    std::fs::remove_file(gateway.folder().join("enrolment")).unwrap();
    assert_eq!(gateway.enrol().await.unwrap().ended().await.unwrap(), Some(0));
    let running = gateway.start().await.unwrap();
    in_state(&scene.client, &path, "healthy", PATIENCE).await;
    running.stop().await.unwrap();
    mayfly.stop().await.unwrap();
}
