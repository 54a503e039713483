//! The real agent removes what is over in a real cluster while there is no server.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::SignedDuration;
use mayfly_domain::{ids::LeaseId, plan::ObjectKind};
use mayfly_e2e::{Gateway, waiting::until};
use mayfly_testkit::{ambient::ambient, sealer::Sealer};
use serde_json::{Value, json};

use super::{Lab, PATIENCE};

/// Waits until the gateway has kept so many keys of seals.
async fn knows_keys(gateway: &Gateway, number: usize) {
    until(PATIENCE, "the gateway knows the keys of seals", async || {
        let Ok(text) = std::fs::read_to_string(gateway.folder().join(KEYS)) else { return Ok(None) };
        let known: Value = serde_json::from_str(&text)?;
        Ok((known["keys"].as_array().is_some_and(|keys| keys.len() == number)).then_some(()))
    })
    .await
    .unwrap();
}

/// Where a gateway keeps them, below its folder.
const KEYS: &str = "state/seal-keys.json";

#[tokio::test]
async fn real_objects_that_are_over_go_while_the_server_is_away() {
    let Lab { ground, cluster, mayfly, scene, enrolment, .. } = Lab::new("gateway-janitor").await;
    ground.allow_dynamic().await.unwrap();
    let namespace = ground.side.namespace.clone();
    let policy = format!("dynamic: {{ namespaces: [{namespace}] }}\n");
    let gateway = Gateway::prepare(&mayfly, "pod-1", &enrolment, &policy, &cluster).unwrap();
    assert_eq!(gateway.enrol().await.unwrap().ended().await.unwrap(), Some(0));
    let running = gateway.start().await.unwrap();
    knows_keys(&gateway, 1).await;
    let _: Value = scene.client.post("/api/v1/admin/key-rotations", &json!({ "kind": "signing" })).await.unwrap();
    knows_keys(&gateway, 2).await;
    running.stop().await.unwrap();
    mayfly.stop().await.unwrap();

    let (ambient, lease) = (ambient(), LeaseId::generate(&ambient()));
    let sealer = Sealer::new(&ambient);
    let key = json!({ "id": sealer.id, "key": STANDARD.encode(sealer.public()) });
    let known = json!({ "installation": sealer.installation, "keys": [key] });
    std::fs::write(gateway.folder().join(KEYS), known.to_string()).unwrap();
    let (core, rbac) = (format!("/api/v1/namespaces/{namespace}"), "/apis/rbac.authorization.k8s.io/v1");
    let bindings = format!("{rbac}/namespaces/{namespace}/rolebindings");
    let accounts = format!("{core}/serviceaccounts");
    let ended = |ago: i64| ambient.now() - SignedDuration::from_secs(ago);
    for (name, ago) in [("over", 121), ("just-over", 30)] {
        let of = |kind| sealer.metadata(lease, (kind, Some(namespace.as_str()), name), ended(ago));
        ground.create(&accounts, &json!({ "metadata": of(ObjectKind::ServiceAccount) })).await.unwrap();
        let binding = json!({
            "metadata": of(ObjectKind::RoleBinding),
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": mayfly_e2e::READER },
            "subjects": [{ "kind": "ServiceAccount", "name": name, "namespace": namespace }],
        });
        ground.create(&bindings, &binding).await.unwrap();
    }
    let running = gateway.start().await.unwrap();
    until(PATIENCE, "what is over is gone", async || {
        let gone = ground.object(&format!("{accounts}/over")).await?.is_none();
        Ok((gone && ground.object(&format!("{bindings}/over")).await?.is_none()).then_some(()))
    })
    .await
    .unwrap();
    assert!(ground.object(&format!("{accounts}/just-over")).await.unwrap().is_some());
    assert!(ground.object(&format!("{bindings}/just-over")).await.unwrap().is_some());
    let says_so = async || Ok(gateway.log()?.contains("removed=2 left=0").then_some(()));
    until(PATIENCE, "it says so", says_so).await.unwrap();
    running.stop().await.unwrap();
}
