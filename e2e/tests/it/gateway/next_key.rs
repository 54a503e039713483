//! A cluster that signs tokens by another key from one moment to the next: whoever is connected tells the new one, and the next
//! process is believed by it.

use std::{fs, sync::Arc, time::Duration};

use mayfly_api::{
    gateways::{GatewayBody, GatewayDetails},
    leases::IssueLeaseRequest,
};
use mayfly_e2e::{ACCOUNT, Client, Gateway, GatewayCluster, Installation, Mayfly, RealGround, Scene, waiting::until};
use mayfly_testkit::{
    claims::{claims, key_id},
    real_cluster::{ClusterOptions, RealCluster},
};
use serde_json::{Value, json};

use super::{PATIENCE, as_seen, in_state, policy};

/// A gateway looks at the keys each minute, and who is refused meanwhile asks again each five seconds.
const TOLD: Duration = Duration::from_secs(90);

/// What leads through the gateway that tells keys, and through the one that may not.
const TOLD_BY: &str = "told-by";
const PASTED_FOR: &str = "pasted-for";

/// One gateway that the cluster's keys were pasted for.
struct Made {
    id: String,
    text: String,
}

impl Made {
    async fn new(client: &Client, ground: &RealGround, name: &str, follows: bool) -> Self {
        let new = json!({
            "name": name, "method": "service-account", "issuer": claims(&ground.side.issuer_token)["iss"],
            "keys": published(ground).await.to_string(), "namespace": ground.side.namespace,
            "serviceAccountName": "issuer", "followsKeys": follows,
        });
        let made: GatewayBody = client.post("/api/v1/gateways", &new).await.unwrap();
        let details: GatewayDetails = client.get(&format!("/api/v1/gateways/{}", made.gateway.id)).await.unwrap();
        Self { id: made.gateway.id, text: details.enrolment_text.unwrap() }
    }

    fn path(&self) -> String {
        format!("/api/v1/gateways/{}", self.id)
    }

    /// A process of it, with a fresh token of its account.
    async fn process(&self, mayfly: &Mayfly, ground: &RealGround, cluster: &GatewayCluster, name: &str) -> Gateway {
        let gateway = Gateway::prepare(mayfly, name, &self.text, &policy(ground), cluster).unwrap();
        let spec = json!({"audiences": [self.id], "expirationSeconds": 600});
        let file = gateway.folder().join("projected");
        fs::write(&file, ground.token_with("issuer", &spec).await.unwrap()).unwrap();
        gateway.with_arguments(&["--account-token", file.to_str().unwrap()])
    }
}

async fn published(ground: &RealGround) -> Value {
    ground.object("/openid/v1/jwks").await.unwrap().unwrap()
}

async fn key_ids(client: &Client, gateway: &Made) -> Vec<String> {
    let details: GatewayDetails = client.get(&gateway.path()).await.unwrap();
    details.gateway.key_ids.unwrap()
}

/// The key that the newest lease's token was not checked by, where it was not.
async fn unchecked(scene: &Scene) -> Value {
    let path = "/api/v1/organization/audit-logs?eventType=create-dynamic-secret-lease&limit=1";
    let page: Value = scene.client.get(path).await.unwrap();
    page["auditLogs"][0]["event"]["metadata"]["uncheckedKeyId"].clone()
}

/// The key that signed the token of a lease that is issued now.
async fn key_of(scene: &Scene, secret: &str) -> String {
    let request = IssueLeaseRequest { dynamic_secret_name: secret.to_owned(), ..scene.lease_request() };
    let issued = scene.issue_as(&request).await.unwrap();
    key_id(Scene::token(&issued).unwrap())
}

#[tokio::test]
async fn the_next_key_of_a_cluster_is_told_and_nobody_is_kept_away() {
    let folder = tempfile::tempdir().unwrap();
    let state_dir = folder.path().join("cluster");
    let options = ClusterOptions { name: "next-key".to_owned(), state_dir, port: 0, signing_key: None };
    let cluster = Arc::new(RealCluster::start(&options).await.unwrap());
    let mut ground = RealGround::prepare(cluster, "gateway-next-key").await.unwrap();
    let seen = as_seen(&ground).await;
    let mayfly = Installation::sqlite().await.start().await.unwrap();
    let scene = Scene::bootstrap(&mayfly).await.unwrap();
    let followed = Made::new(&scene.client, &ground, "gw-lab", true).await;
    let pasted = Made::new(&scene.client, &ground, "gw-pasted", false).await;
    let (one, control) = (
        followed.process(&mayfly, &ground, &seen, "pod-1").await,
        pasted.process(&mayfly, &ground, &seen, "pod-1").await,
    );
    let _running = (one.start().await.unwrap(), control.start().await.unwrap());
    for gateway in [&followed, &pasted] {
        in_state(&scene.client, &gateway.path(), "healthy", PATIENCE).await;
    }
    let old = key_ids(&scene.client, &followed).await;
    for (name, gateway) in [(TOLD_BY, &followed), (PASTED_FOR, &pasted)] {
        let through = json!({"authMethod": "gateway", "gatewayId": gateway.id, "serviceAccountName": ACCOUNT});
        scene.create_secret_named(name, &Scene::reached_by(&through), &ground.side).await.unwrap();
        assert_eq!([key_of(&scene, name).await], *old);
        assert_eq!(unchecked(&scene).await, Value::Null);
    }

    Arc::get_mut(&mut ground.cluster).unwrap().restart_with_next_key().await.unwrap();
    let published = published(&ground).await;
    let mut ids: Vec<&str> =
        published["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap()).collect();
    assert!(ids.len() == 2 && ids.contains(&old[0].as_str()), "{ids:?}");
    // What leads through it goes on, by tokens of the new key: it is told before one is handed out, or nobody checked by it.
    let next = key_of(&scene, TOLD_BY).await;
    assert!(next != old[0] && ids.contains(&next.as_str()), "{next}");
    assert_eq!(unchecked(&scene).await, Value::Null);
    assert_eq!(key_of(&scene, PASTED_FOR).await, next);
    assert_eq!(unchecked(&scene).await, json!(next));
    let two = followed.process(&mayfly, &ground, &seen, "pod-2").await;
    let refused = pasted.process(&mayfly, &ground, &seen, "pod-2").await;
    let _next = (two.start().await.unwrap(), refused.start().await.unwrap());
    until(TOLD, "the next process is there", async || {
        let details: GatewayDetails = scene.client.get(&followed.path()).await?;
        Ok(details.gateway.tunnels.iter().any(|tunnel| tunnel.instance == "pod-2").then_some(()))
    })
    .await
    .unwrap();
    until(TOLD, "the other one's next process is refused", async || {
        Ok(refused.log()?.contains("not known here").then_some(()))
    })
    .await
    .unwrap();
    let mut told = key_ids(&scene.client, &followed).await;
    told.sort();
    ids.sort_unstable();
    assert_eq!(told, ids);
    assert_eq!(key_ids(&scene.client, &pasted).await, old);
    let details: GatewayDetails = scene.client.get(&pasted.path()).await.unwrap();
    assert!(details.gateway.tunnels.iter().all(|tunnel| tunnel.instance == "pod-1"));
    mayfly.stop().await.unwrap();
}
