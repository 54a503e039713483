//! A real process that enrols by the service account that it runs as: nothing secret is carried to it.

use std::fs;

use mayfly_api::gateways::{GatewayBody, GatewayDetails};
use mayfly_e2e::{ACCOUNT, Gateway, Installation, Scene, waiting::until};
use mayfly_testkit::claims::claims;
use serde_json::json;

use super::{PATIENCE, ground, in_state, policy};

#[tokio::test]
async fn real_process_enrols_by_its_account_and_another_account_does_not() {
    let (ground, cluster) = ground("gateway-by-account").await;
    let mayfly = Installation::sqlite().await.start().await.unwrap();
    let scene = Scene::bootstrap(&mayfly).await.unwrap();
    let keys = ground.object("/openid/v1/jwks").await.unwrap().unwrap().to_string();
    let new = json!({
        "name": "gw-lab", "method": "service-account", "issuer": claims(&cluster.token)["iss"], "keys": keys,
        "namespace": ground.side.namespace, "serviceAccountName": "issuer",
    });
    let made: GatewayBody = scene.client.post("/api/v1/gateways", &new).await.unwrap();
    let path = format!("/api/v1/gateways/{}", made.gateway.id);
    let details: GatewayDetails = scene.client.get(&path).await.unwrap();
    let text = details.enrolment_text.unwrap();
    let projected = async |account: &str| {
        let spec = json!({"audiences": [made.gateway.id], "expirationSeconds": 600});
        ground.token_with(account, &spec).await.unwrap()
    };
    let prepare = |instance: &str, token: &str| {
        let gateway = Gateway::prepare(&mayfly, instance, &text, &policy(&ground), &cluster).unwrap();
        let file = gateway.folder().join("projected");
        fs::write(&file, format!("{token}\n")).unwrap();
        gateway.with_arguments(&["--account-token", file.to_str().unwrap()])
    };

    let other = prepare("pod-2", &projected(ACCOUNT).await);
    assert_ne!(other.enrol().await.unwrap().ended().await.unwrap(), Some(0));
    assert!(other.log().unwrap().contains("service account"), "{}", other.log().unwrap());

    let token = projected("issuer").await;
    let gateway = prepare("pod-1", &token);
    let running = gateway.start().await.unwrap();
    in_state(&scene.client, &path, "healthy", PATIENCE).await;
    running.kill().await.unwrap();

    // A pod that starts without what it kept comes again by its next token, and waits for that while it has the old one.
    fs::remove_dir_all(gateway.folder().join("state")).unwrap();
    let running = gateway.start().await.unwrap();
    until(PATIENCE, "the used token is refused", async || Ok(gateway.log()?.contains("was used").then_some(())))
        .await
        .unwrap();
    fs::write(gateway.folder().join("projected"), projected("issuer").await).unwrap();
    in_state(&scene.client, &path, "healthy", PATIENCE).await;
    running.stop().await.unwrap();
    assert!(!gateway.log().unwrap().contains(&token));
    mayfly.stop().await.unwrap();
}
