//! The token that Mayfly itself uses in a real cluster, exchanged for a fresh one that then does the work.

use std::time::Duration;

use mayfly_api::cluster_connections::{ClusterConnection, ClusterConnectionBody};
use mayfly_e2e::{Installation, READER, RealGround, Scene, waiting::until};
use mayfly_testkit::{ambient::ambient, real_cluster::shared};
use serde_json::json;

/// Two weeks are asked for; this cluster grants a day (`--service-account-max-token-expiration`), less what the test takes.
const LEAST_LIFE: Duration = Duration::from_hours(23);
/// Looked for every few seconds.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn real_cluster_exchanges_a_short_token_and_takes_the_new_one() {
    let ground = RealGround::prepare(shared().await.unwrap(), "renewed").await.unwrap();
    ground.allow_dynamic().await.unwrap();
    let mayfly = Installation::sqlite().await.start().await.unwrap();
    let scene = Scene::bootstrap(&mayfly).await.unwrap();
    let short = ground.token_of("issuer", 600).await.unwrap();
    let request = json!({
        "name": "real", "url": ground.side.url, "ca": ground.side.authority, "clusterToken": short, "renewsToken": true,
        "projectIds": [scene.project_id],
    });
    let path = "/api/v1/cluster-connections";
    let made: ClusterConnectionBody = scene.client.post(path, &request).await.unwrap();
    let path = format!("{path}/{}", made.cluster_connection.id);
    let renewed = until(PATIENCE, "the token is exchanged", async || {
        let body: ClusterConnectionBody = scene.client.get(&path).await?;
        let ClusterConnection { renewal_problem, version, .. } = &body.cluster_connection;
        assert_eq!(*renewal_problem, None);
        Ok((*version == 2).then_some(body.cluster_connection))
    });
    let renewed = renewed.await.unwrap();
    let end: jiff::Timestamp = renewed.token_expires_at.unwrap().parse().unwrap();
    let left = Duration::try_from(end.duration_since(ambient().now())).unwrap();
    assert!(left > LEAST_LIFE, "{left:?}");

    let inputs = Scene::reached_by(&json!({
        "credentialType": "dynamic", "clusterConnectionId": renewed.id, "namespace": ground.side.namespace,
        "roleType": "role", "role": READER,
    }));
    scene.create_secret_with(&inputs, &ground.side).await.unwrap();
    let issued = scene.issue(None).await.unwrap();
    assert_eq!(ground.owned().await.unwrap().len(), 2);
    scene.end(&issued.lease.id).await.unwrap();
    assert_eq!(ground.owned().await.unwrap(), Vec::<String>::new());
    mayfly.stop().await.unwrap();
}
