//! A real process that enrols by the service account that it runs as: nothing secret is carried to it.

use std::fs;

use mayfly_api::gateways::{GatewayBody, GatewayDetails};
use mayfly_e2e::{ACCOUNT, Gateway, GatewayCluster, Installation, Mayfly, RealGround, Scene, inputs, waiting::until};
use mayfly_testkit::claims::claims;
use serde_json::{Value, json};

use super::{PATIENCE, ground, in_state, policy};

/// A gateway of the account `issuer`, as the server knows it.
struct Made {
    id: String,
    path: String,
    enrolment: String,
}

/// Made by `more`, which says where the keys of the cluster are from.
async fn made(scene: &Scene, (ground, cluster): (&RealGround, &GatewayCluster), more: &Value) -> Made {
    let usual = json!({
        "name": "gw-lab", "method": "service-account", "issuer": claims(&cluster.token)["iss"],
        "namespace": ground.side.namespace, "serviceAccountName": "issuer",
    });
    let made: GatewayBody = scene.client.post("/api/v1/gateways", &inputs::over(usual, more)).await.unwrap();
    let path = format!("/api/v1/gateways/{}", made.gateway.id);
    let details: GatewayDetails = scene.client.get(&path).await.unwrap();
    Made { id: made.gateway.id, path, enrolment: details.enrolment_text.unwrap() }
}

/// A process with `token` for its account's.
fn prepare(
    (mayfly, made): (&Mayfly, &Made),
    instance: &str,
    token: &str,
    (ground, cluster): (&RealGround, &GatewayCluster),
) -> Gateway {
    let gateway = Gateway::prepare(mayfly, instance, &made.enrolment, &policy(ground), cluster).unwrap();
    let file = gateway.folder().join("projected");
    fs::write(&file, format!("{token}\n")).unwrap();
    gateway.with_arguments(&["--account-token", file.to_str().unwrap()])
}

/// A token of `account` for that gateway alone.
async fn projected(ground: &RealGround, account: &str, made: &Made) -> String {
    let spec = json!({"audiences": [made.id], "expirationSeconds": 600});
    ground.token_with(account, &spec).await.unwrap()
}

#[tokio::test]
async fn real_process_enrols_by_its_account_and_another_account_does_not() {
    let (ground, cluster) = ground("gateway-by-account").await;
    let mayfly = Installation::sqlite().await.start().await.unwrap();
    let scene = Scene::bootstrap(&mayfly).await.unwrap();
    let keys = ground.object("/openid/v1/jwks").await.unwrap().unwrap().to_string();
    let made = made(&scene, (&ground, &cluster), &json!({ "keys": keys })).await;
    let prepare = |instance: &str, token: &str| prepare((&mayfly, &made), instance, token, (&ground, &cluster));
    let projected = async |account: &str| projected(&ground, account, &made).await;

    let other = prepare("pod-2", &projected(ACCOUNT).await);
    assert_ne!(other.enrol().await.unwrap().ended().await.unwrap(), Some(0));
    assert!(other.log().unwrap().contains("is of another account"), "{}", other.log().unwrap());

    let token = projected("issuer").await;
    let gateway = prepare("pod-1", &token);
    let running = gateway.start().await.unwrap();
    in_state(&scene.client, &made.path, "healthy", PATIENCE).await;
    running.kill().await.unwrap();

    // A pod that starts without what it kept comes again by its next token, and waits for that while it has the old one.
    fs::remove_dir_all(gateway.folder().join("state")).unwrap();
    let running = gateway.start().await.unwrap();
    until(PATIENCE, "the used token is refused", async || Ok(gateway.log()?.contains("was used").then_some(())))
        .await
        .unwrap();
    fs::write(gateway.folder().join("projected"), projected("issuer").await).unwrap();
    in_state(&scene.client, &made.path, "healthy", PATIENCE).await;
    running.stop().await.unwrap();
    assert!(!gateway.log().unwrap().contains(&token));
    mayfly.stop().await.unwrap();
}

#[tokio::test]
async fn real_cluster_that_publishes_its_keys_is_asked_for_them() {
    let (ground, cluster) = ground("gateway-published").await;
    let mayfly = Installation::sqlite().await.start().await.unwrap();
    let scene = Scene::bootstrap(&mayfly).await.unwrap();
    let binding = ground.publish_keys().await.unwrap();
    let published = json!({ "discoveryUrl": ground.side.url, "discoveryCaCert": ground.side.authority });
    let made = made(&scene, (&ground, &cluster), &published).await;

    let there = (&ground, &cluster);
    let other = prepare((&mayfly, &made), "pod-2", &projected(&ground, ACCOUNT, &made).await, there);
    assert_ne!(other.enrol().await.unwrap().ended().await.unwrap(), Some(0));
    assert!(other.log().unwrap().contains("is of another account"), "{}", other.log().unwrap());
    let gateway = prepare((&mayfly, &made), "pod-1", &projected(&ground, "issuer", &made).await, there);
    let running = gateway.start().await.unwrap();
    in_state(&scene.client, &made.path, "healthy", PATIENCE).await;
    ground.remove(&binding).await.unwrap();
    scene.create_secret_with(&inputs::by_gateway(&made.id), &ground.side).await.unwrap();
    let issued = scene.issue(None).await.unwrap();
    let token = Scene::token(&issued).unwrap();
    assert!(ground.who_am_i(token).await.unwrap().unwrap().ends_with(ACCOUNT));
    running.stop().await.unwrap();
    mayfly.stop().await.unwrap();
}
