//! The real agent behind a proxy that asks for a name and a password.

use mayfly_e2e::{ACCOUNT, Gateway, PROXY_PASSWORD, Scene, waiting::until};
use mayfly_testkit::connect_proxy::{ConnectProxy, ProxyManner};
use serde_json::json;

use super::{Lab, PATIENCE, in_state, policy};

const PASSWORD: &str = "opens-the-proxy";

#[tokio::test]
async fn real_gateway_comes_through_a_proxy_and_says_when_its_password_is_wrong() {
    let Lab { ground, cluster, mayfly, scene, path, enrolment } = Lab::new("gateway-proxied").await;
    let proxy = ConnectProxy::start(ProxyManner::Asking("gw".to_owned(), PASSWORD.to_owned())).await.unwrap();

    let gateway = Gateway::prepare(&mayfly, "pod-1", &enrolment, &policy(&ground), &cluster).unwrap();
    let gateway = gateway.through(&proxy.url_with("gw@"), "another-one").unwrap();
    let wrong = gateway.start().await.unwrap();
    until(PATIENCE, "the wrong password is named", async || {
        Ok(gateway.log()?.contains("the name or the password for it is wrong (407)").then_some(()))
    })
    .await
    .unwrap();
    wrong.kill().await.unwrap();
    // The enrolment is still good: nothing of it left the machine.
    std::fs::write(gateway.folder().join(PROXY_PASSWORD), format!("{PASSWORD}\n")).unwrap();
    let running = gateway.start().await.unwrap();
    let shown = in_state(&scene.client, &path, "healthy", PATIENCE).await;
    let server = mayfly.url().rsplit_once('/').unwrap().1.to_owned();
    assert!(!proxy.asked().is_empty() && proxy.asked().iter().all(|asked| *asked == server), "{:?}", proxy.asked());
    let by_gateway = Scene::reached_by(&json!({
        "authMethod": "gateway", "gatewayId": shown.id, "serviceAccountName": ACCOUNT,
    }));
    scene.create_secret_with(&by_gateway, &ground.side).await.unwrap();
    let issued = scene.issue(None).await.unwrap();
    assert!(ground.who_am_i(Scene::token(&issued).unwrap()).await.unwrap().is_some());
    let log = gateway.log().unwrap();
    assert!(log.contains(&format!("proxy={}", proxy.url())), "{log}");
    assert!(!log.contains(PASSWORD) && !log.contains("another-one"), "{log}");
    running.stop().await.unwrap();
    mayfly.stop().await.unwrap();
}
