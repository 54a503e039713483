//! What a lease's token did, told by the real API server: as it happens, and from its files.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use mayfly_e2e::{Scene, waiting::until};
use reqwest::{Method, StatusCode};
use serde_json::Value;

use super::cluster_stage::{Stage, said};

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
    let begun = Instant::now();
    let all = async || Ok(Some(stage.shown(&one.lease.id).await).filter(|shown| shown.len() >= 4));
    let shown = until(PROMISED, "the requests are shown", all).await.unwrap();
    println!("shown after {:?}", begun.elapsed());
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
    let path = format!("/api/v1/leases/{}/requests?projectSlug={}", other.lease.id, stage.scene.project_slug);
    let of_other: Value = stage.scene.client.get(&path).await.unwrap();
    assert_eq!(of_other["requests"].as_array().unwrap().len(), 1, "the other lease shows its own request: {of_other}");
    let table = stage.desk.done(&format!("lease requests {}", one.lease.id)).await;
    assert!(table.contains("403") && table.contains("/secrets") && table.lines().count() == 5, "{table}");
    let intake = stage.desk.json(&format!("audit intake show {}", stage.connection)).await;
    assert!(intake["intake"]["joined"].as_i64().unwrap() >= 5, "{intake}");
    stage.desk.done(&format!("audit intake rm {}", stage.connection)).await;
    stage.mayfly.stop().await.unwrap();
}
