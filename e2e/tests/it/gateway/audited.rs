//! The real agent's own record, held against the real API server's audit log.

use std::{fs, process::Command};

use mayfly_e2e::{ACCOUNT, CREDENTIAL_ID, Gateway, RIGHTS_PATIENCE, Scene, binary, waiting::until};
use serde_json::{Value, json};

use super::{Lab, PATIENCE, in_state, policy};

#[tokio::test]
async fn real_record_of_a_gateway_joins_the_clusters_audit_log_by_the_operations_id() {
    let Lab { ground, cluster, mayfly, scene, path, enrolment } = Lab::new("gateway-audited").await;
    let gateway = Gateway::prepare(&mayfly, "pod-1", &enrolment, &policy(&ground), &cluster).unwrap();
    let record = gateway.folder().join("record");
    let gateway = gateway.with_arguments(&["--audit", record.to_str().unwrap()]);
    let running = gateway.start().await.unwrap();
    let shown = in_state(&scene.client, &path, "healthy", PATIENCE).await;
    let by_gateway = Scene::reached_by(&json!({
        "authMethod": "gateway", "gatewayId": shown.id, "serviceAccountName": ACCOUNT,
    }));
    scene.create_secret_with(&by_gateway, &ground.side).await.unwrap();
    let issued = scene.issue(None).await.unwrap();
    let token = Scene::token(&issued).unwrap();
    running.stop().await.unwrap();

    let text = fs::read_to_string(&record).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let line = lines.iter().find(|line| line["operation"] == "issue" && line["result"] == "done").unwrap();
    assert_eq!(line["objects"], json!([format!("ServiceAccount {}/{ACCOUNT}", ground.side.namespace)]));
    assert_eq!((&line["lease"], &line["id"]), (&json!(issued.lease.id), &json!(issued.lease.id)));
    assert!(!text.contains(token));
    let (id, jti) = (&line["id"], line["jti"].as_str().unwrap());
    // The API server writes its log down a moment after it answers.
    let joined = until(RIGHTS_PATIENCE, "the cluster's log has the token by the operation's id", async || {
        let made = |event: &Value| event.pointer(CREDENTIAL_ID) == Some(&json!(format!("JTI={jti}")));
        Ok(ground.issuer_calls()?.into_iter().find(|event| made(event) && event["auditID"] == *id))
    });
    assert_eq!(joined.await.unwrap()["objectRef"]["subresource"], "token");

    let verify =
        Command::new(binary::gateway().await.unwrap()).args(["audit", "verify"]).arg(&record).output().unwrap();
    assert!(verify.status.success(), "{verify:?}");
    fs::write(&record, text.replacen("\"done\"", "\"failed\"", 1)).unwrap();
    let verify =
        Command::new(binary::gateway().await.unwrap()).args(["audit", "verify"]).arg(&record).output().unwrap();
    assert!(!verify.status.success(), "{verify:?}");
    mayfly.stop().await.unwrap();
}
