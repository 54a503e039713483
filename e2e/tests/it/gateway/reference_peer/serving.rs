//! The other direction: a server of another make, and the real agent.

use mayfly_e2e::{Gateway, GatewayCluster, ReferencePeer, RunningPeer, waiting::until};
use serde_json::{Value, json};

use super::{
    super::{PATIENCE, ground},
    ACCOUNT,
};

/// A peer that listens, and an agent that has the enrolment it wrote.
pub(super) async fn pair(peer: &ReferencePeer, how: &[&str], cluster: &GatewayCluster) -> (RunningPeer, Gateway) {
    let file = peer.folder().join("enrolment-for-agent");
    let arguments = [&["--enrolment", file.to_str().unwrap()], how].concat();
    let mut serving = peer.start("serve", &arguments).unwrap();
    let server = serving.step("listening").await.unwrap()["server"].as_str().unwrap().to_owned();
    let enrolment = std::fs::read_to_string(file).unwrap();
    let policy = format!("static:\n  accounts:\n    - {{ namespace: team-a, name: {ACCOUNT} }}\n");
    let gateway = Gateway::prepare_for(&server, "pod-1", &enrolment, &policy, cluster).unwrap();
    (serving, gateway)
}

#[tokio::test]
async fn real_agent_gets_on_with_a_server_of_another_make() {
    let (_ground, cluster) = ground("peer-serves").await;
    let peer = ReferencePeer::prepare().await.unwrap();
    let (serving, gateway) = pair(&peer, &[], &cluster).await;
    let running = gateway.start().await.unwrap();
    let (told, succeeded) = serving.ended().await.unwrap();
    assert!(succeeded, "{told:?}");
    let found = |step: &str| told.iter().find(|line| line["step"] == step).unwrap();
    assert_eq!(found("proven")["instance"], "pod-1");
    let welcome = found("welcome");
    assert_eq!(welcome["apiServer"], json!(cluster.url));
    assert_eq!(welcome["sha256"], json!(format!("sha256:{}", welcome["policyDigest"].as_str().unwrap())));
    let answer = |what: &str| told.iter().find(|line| line["what"] == what).unwrap();
    let probe = answer("probe");
    assert!(probe["status"] == 200 && probe["body"]["Ok"]["version"].is_string(), "{probe}");
    assert_eq!(answer("null-field")["status"], 200, "who has nothing to say may say so");
    for (what, code) in [
        ("unknown-operation", "not_known"),
        ("unknown-field", "not_understood"),
        ("unlisted-target", "policy"),
        ("no-deadline", "bad_request"),
        ("no-attempt", "bad_request"),
        ("attempt-zero", "bad_request"),
        ("stream-without-deadline", "bad_request"),
    ] {
        let refused = answer(what);
        assert_eq!((&refused["status"], &refused["body"]["code"]), (&json!(403), &json!(code)), "{refused}");
    }
    until(PATIENCE, "the agent heard that the server goes", async || {
        Ok(gateway.log()?.contains("the server goes away").then_some(()))
    })
    .await
    .unwrap();
    running.stop().await.unwrap();
}

#[tokio::test]
async fn real_agent_refuses_a_server_that_says_what_the_document_does_not_know() {
    let (_ground, cluster) = ground("peer-misleads").await;
    let peer = ReferencePeer::prepare().await.unwrap();
    for (how, says) in [("unknown-field", "onlyOnMondays"), ("too-long", "frame size too big")] {
        let (mut serving, gateway) = pair(&peer, &["--how", how], &cluster).await;
        let running = gateway.start().await.unwrap();
        let refused: Value = serving.step("refused").await.unwrap();
        assert_eq!(refused["how"], json!(how));
        until(PATIENCE, "the agent says why", async || Ok(gateway.log()?.contains(says).then_some(()))).await.unwrap();
        running.stop().await.unwrap();
    }
}
