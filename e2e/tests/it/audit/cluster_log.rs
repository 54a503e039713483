//! What a lease's token did, told by the real API server: as it happens, and from its files.

use std::{collections::BTreeSet, time::Duration};

use mayfly_e2e::{Scene, waiting::until};
use mayfly_testkit::ambient::ambient;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use super::{
    cluster_stage::{Stage, said},
    proxy::Proxy,
};

/// A request is shown so soon after it was made, with the flags of the guide.
const PROMISED: Duration = Duration::from_secs(5);

fn ids(shown: &[Value]) -> BTreeSet<String> {
    shown.iter().map(|request| request["auditId"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn real_a_lease_shows_exactly_what_its_token_did_within_seconds() {
    let stage = Stage::set("audited", &[], &[], None).await;
    let (one, other) = (stage.lease().await, stage.lease().await);
    let (token, jti) = (Scene::token(&one).unwrap(), one.lease.jti.clone().unwrap());
    let home = format!("/api/v1/namespaces/{}", stage.side.namespace);
    let asked = [
        (token, Method::GET, format!("{home}/configmaps"), StatusCode::OK),
        (token, Method::GET, format!("{home}/configmaps/none"), StatusCode::NOT_FOUND),
        (token, Method::GET, format!("{home}/secrets"), StatusCode::FORBIDDEN),
        (token, Method::POST, format!("{home}/configmaps"), StatusCode::FORBIDDEN),
        (Scene::token(&other).unwrap(), Method::GET, format!("{home}/configmaps"), StatusCode::OK),
        (stage.cluster.admin_token(), Method::GET, format!("{home}/secrets"), StatusCode::OK),
        ("nobody's", Method::GET, format!("{home}/configmaps"), StatusCode::UNAUTHORIZED),
    ];
    for (token, method, path, status) in asked {
        assert_eq!(stage.ask(token, method, &path).await, status, "{path}");
    }
    let begun = ambient().now();
    // The API server sends what it has once a second, so the last of them may come after the others.
    let all = async || {
        let [own, of_other] = [stage.told(&one.lease.id).await, stage.told(&other.lease.id).await];
        Ok((own.len() >= 4 && !of_other.is_empty()).then_some((own, of_other)))
    };
    let (shown, of_other) = until(PROMISED, "the requests are shown", all).await.unwrap();
    println!("shown after {:#}", ambient().now().duration_since(begun));
    let namespace = stage.side.namespace.as_str();
    let expected = [
        ("list", "configmaps", 200),
        ("get", "configmaps", 404),
        ("list", "secrets", 403),
        ("create", "configmaps", 403),
    ];
    let mut said: Vec<_> = shown.iter().map(said).collect();
    let mut wanted: Vec<_> = expected
        .iter()
        .map(|(verb, resource, code)| ((*verb).to_owned(), (*resource).to_owned(), namespace.to_owned(), *code))
        .collect();
    said.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(said, wanted);
    assert_eq!(ids(&shown), stage.in_the_clusters_log(&jti).into_iter().collect(), "as the cluster itself has it");
    assert!(shown.iter().all(|request| request["sourceIp"] == "127.0.0.1" && request["at"].as_str().is_some()));
    assert_eq!(of_other.len(), 1, "the other lease shows its own request: {of_other:?}");
    assert_eq!(ids(&stage.shown(&one.lease.id).await), ids(&shown), "the CLI shows the same");
    let table = stage.desk.done(&format!("lease requests {}", one.lease.id)).await;
    assert!(table.contains("403") && table.contains("/secrets") && table.lines().count() == 5, "{table}");
    let intake = stage.desk.json(&format!("audit intake show {}", stage.connection)).await;
    assert!(intake["intake"]["joined"].as_i64().unwrap() >= 5, "{intake}");
    stage.desk.done(&format!("audit intake rm {}", stage.connection)).await;
    stage.mayfly.stop().await.unwrap();
}

/// The API server waits longer each time until it sends a batch again.
const RETRIED: Duration = Duration::from_mins(1);

#[tokio::test]
async fn real_what_the_webhook_sends_again_is_there_once_and_an_outage_loses_nothing() {
    let proxy = Proxy::start().await;
    let stage = Stage::set("resent", &[], &[], Some(&proxy.url())).await;
    proxy.leads_to(stage.mayfly.url());
    let issued = stage.lease().await;
    let (token, id, jti) = (Scene::token(&issued).unwrap(), &issued.lease.id, issued.lease.jti.clone().unwrap());
    let path = format!("/api/v1/namespaces/{}/configmaps", stage.side.namespace);
    let ask_often = async |stage: &Stage| {
        for _ in 0..20 {
            assert_eq!(stage.ask(token, Method::GET, &path).await, StatusCode::OK);
        }
    };
    let is_shown = async |stage: &Stage, count: usize| {
        let all = async || Ok(Some(stage.shown(id).await).filter(|shown| shown.len() >= count));
        let shown = until(RETRIED, "the requests are shown", all).await.unwrap();
        assert_eq!(ids(&shown), stage.in_the_clusters_log(&jti).into_iter().collect());
        assert_eq!(shown.len(), count);
    };
    let events = async |stage: &Stage| {
        let intake = stage.desk.json(&format!("audit intake show {}", stage.connection)).await;
        intake["intake"]["events"].as_u64().unwrap()
    };
    proxy.swallow_answers(true);
    ask_often(&stage).await;
    is_shown(&stage, 20).await;
    let before = events(&stage).await;
    // Mayfly has them, and the API server does not know.
    proxy.cut();
    proxy.swallow_answers(false);
    let again = async || Ok((events(&stage).await > before).then_some(()));
    until(RETRIED, "the API server sends again", again).await.unwrap();
    is_shown(&stage, 20).await;

    // Away for a while: what was asked meanwhile comes when it is back.
    proxy.leads_to("https://127.0.0.1:1");
    proxy.cut();
    ask_often(&stage).await;
    let stage = stage.restart_mayfly(&[]).await;
    proxy.leads_to(stage.mayfly.url());
    is_shown(&stage, 40).await;
    stage.mayfly.stop().await.unwrap();
}

/// Requests beside those of the lease, so that the log is rotated.
const OTHERS: usize = 4_500;
/// Of the lease.
const OWN: usize = 300;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_followed_files_that_rotate_lose_and_double_nothing_whoever_is_killed() {
    let flags = ["--audit-webhook-config-file=", "--audit-log-maxsize=1", "--audit-log-maxbackup=50"];
    let mut stage = Stage::set("followed", &flags, &[], None).await;
    let issued = stage.lease().await;
    let (token, id, jti) = (Scene::token(&issued).unwrap(), &issued.lease.id, issued.lease.jti.clone().unwrap());
    let (intake, log) = (stage.kubeconfig.display().to_string(), stage.log().display().to_string());
    let line = format!("audit import --intake {intake} --follow --state position {log}");
    let path = format!("/api/v1/namespaces/{}/configmaps", stage.side.namespace);
    let place = |stage: &Stage| std::fs::read_to_string(stage.desk.file("position")).unwrap_or_default();
    let mut follower = stage.desk.start(&line);
    for round in 0..6 {
        let before = place(&stage);
        let own = futures::future::join_all((0..OWN / 6).map(|_| stage.ask(token, Method::GET, &path)));
        let mut others = Vec::new();
        for _ in 0..OTHERS / 6 / 25 {
            let some = (0..25).map(|_| stage.ask(&stage.side.issuer_token, Method::GET, &path));
            others.extend(futures::future::join_all(some).await);
        }
        assert!(own.await.iter().all(|status| *status == StatusCode::OK));
        assert!(others.iter().all(|status| *status == StatusCode::FORBIDDEN));
        let moved = async || Ok((place(&stage) != before).then_some(()));
        until(RETRIED, "the follower goes on", moved).await.unwrap();
        follower.kill().await;
        if round == 2 {
            stage = stage.restart_mayfly(&[]).await;
        }
        follower = stage.desk.start(&line);
    }
    let all = async || Ok(Some(stage.shown(id).await).filter(|shown| shown.len() >= OWN));
    let shown = until(RETRIED, "all requests are shown", all).await.unwrap();
    assert_eq!(shown.len(), OWN);
    assert_eq!(ids(&shown), stage.in_the_clusters_log(&jti).into_iter().collect());
    let folder = std::fs::read_dir(stage.log().parent().unwrap()).unwrap();
    let rotated = folder.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("audit-"));
    let rotated = rotated.count();
    println!("{OWN} requests of a lease among {} in {} files, six kills", OTHERS + OWN, rotated + 1);
    assert!(rotated >= 2, "the log was rotated {rotated} times");
    let told = stage.desk.json(&format!("audit import --connection {} {log}", stage.connection)).await;
    assert_eq!(told["joined"], 0, "reading all of it again changes nothing: {told}");
    assert!(told["events"].as_u64().unwrap() >= (OTHERS + OWN) as u64, "{told}");
    follower.kill().await;
    stage.mayfly.stop().await.unwrap();
}
