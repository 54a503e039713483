//! Ends of other versions, which name features that the other end does not know, or none: they get on with each other.
//!
//! There is one version of Mayfly so far. The other ones are the peer, which says of itself what it is told to.

use mayfly_api::gateways::{Gateway as Shown, GatewayDetails};
use mayfly_e2e::{ReferencePeer, Scene, inputs, waiting::until};
use serde_json::json;

use super::{
    super::{Lab, PATIENCE, ground, in_state},
    enrolled,
    serving::pair,
};

/// Two versions before and one after all that there are, with what they name.
const VERSIONS: [(&str, &str); 3] = [("0.0.1", ""), ("0.0.2", "what-was-once"), ("99.0.0", "what-is-not-yet,nor-this")];

/// The gateway, once it is there and its version is stored.
async fn of_version(lab: &Lab, version: &str) -> Shown {
    until(PATIENCE, &format!("a gateway of version {version} is there"), async || {
        let GatewayDetails { gateway, .. } = lab.scene.client.get(&lab.path).await?;
        let is_it = gateway.state == "healthy" && gateway.version.as_deref() == Some(version);
        Ok(is_it.then_some(gateway))
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn real_server_gets_on_with_gateways_of_every_version() {
    let lab = Lab::new("peer-versions").await;
    let peer = enrolled(&lab, "ed25519").await;
    let mut is_made = false;
    for (version, features) in VERSIONS {
        let mut running = peer.run(&["--version", version, "--features", features]).unwrap();
        running.step("welcome").await.unwrap();
        let shown = of_version(&lab, version).await;
        assert!(shown.tunnels.iter().all(|tunnel| tunnel.version == version) && shown.tunnels.len() == 1, "{shown:?}");
        if !is_made {
            lab.scene.create_secret_with(&inputs::by_gateway(&shown.id), &lab.ground.side).await.unwrap();
            is_made = true;
        }
        let issued = lab.scene.issue(None).await.unwrap();
        assert!(lab.ground.who_am_i(Scene::token(&issued).unwrap()).await.unwrap().is_some(), "{version}");
        running.stop().await.unwrap();
        in_state(&lab.scene.client, &lab.path, "offline", PATIENCE).await;
    }
    lab.mayfly.stop().await.unwrap();
}

#[tokio::test]
async fn real_agent_gets_on_with_servers_of_every_version() {
    let (_ground, cluster) = ground("peer-older").await;
    for (version, features) in VERSIONS {
        let peer = ReferencePeer::prepare().await.unwrap();
        let (serving, gateway) = pair(&peer, &["--version", version, "--features", features], &cluster).await;
        let running = gateway.start().await.unwrap();
        let (told, succeeded) = serving.ended().await.unwrap();
        let probe = told.iter().find(|line| line["what"] == "probe");
        assert!(succeeded && probe.is_some_and(|answer| answer["status"] == json!(200)), "{version}: {told:?}");
        assert!(gateway.log().unwrap().contains(version), "the agent says whom it came to");
        running.stop().await.unwrap();
    }
}
