//! Starting, stopping, restarting, resetting, and being several.

use std::path::Path;

use mayfly_testkit::real_cluster::{
    ClusterOptions, Presence, RealCluster, SigningKey, Stopped, presence, shared, stop_in,
};
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::api::{Api, NAMESPACES, wait_until};

fn options(name: &str, state_dir: &Path) -> ClusterOptions {
    // P-256 because its key is made in no time.
    let signing_key = Some(SigningKey::P256);
    ClusterOptions { name: name.to_owned(), state_dir: state_dir.to_owned(), port: 0, signing_key }
}

fn process_exists(process_id: u32) -> bool {
    Path::new("/proc").join(process_id.to_string()).join("cwd").exists()
}

/// The children of a process, by its main thread, which starts them all.
fn children_of(process_id: u32) -> Vec<u32> {
    let path = format!("/proc/{process_id}/task/{process_id}/children");
    let children = std::fs::read_to_string(path).unwrap();
    children.split_whitespace().map(|id| id.parse().unwrap()).collect()
}

#[tokio::test]
async fn restart_keeps_data_address_and_credentials() {
    let directory = tempfile::tempdir().unwrap();
    let mut cluster = RealCluster::start(&options("restarted", directory.path())).await.unwrap();
    let before = Api::admin(&cluster);
    let kept = before.create_namespace("kept").await;
    let account = format!("{kept}/serviceaccounts/default");
    before.wait_for(&account).await;
    let token = before.create(&format!("{account}/token"), json!({"spec": {}})).await["status"]["token"].clone();
    let identity = before.identity().await;
    let summary = cluster.summary().clone();

    cluster.restart().await.unwrap();

    assert_ne!(cluster.summary().process_id, summary.process_id);
    assert_eq!(cluster.server(), summary.server);
    // The caller from before, with its address, authority and token, just goes on.
    before.get(&kept).await;
    assert_eq!(before.identity().await, identity);
    let issued = Api::new(&cluster, token.as_str());
    assert!(issued.who_am_i().await["username"].as_str().unwrap().starts_with("system:serviceaccount:kept-"));
    assert!(cluster.audit_log().unwrap().iter().any(|event| event["objectRef"]["subresource"] == "token"));
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn clusters_that_run_at_once_are_strangers() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (first, second) = (options("same-name", first.path()), options("same-name", second.path()));
    let (first, second) = tokio::try_join!(RealCluster::start(&first), RealCluster::start(&second)).unwrap();
    assert_ne!(first.server(), second.server());
    assert_ne!(first.ca_pem(), second.ca_pem());
    assert_ne!(Api::admin(&first).identity().await, Api::admin(&second).identity().await);
    let stranger = Api::new(&second, Some(first.admin_token()));
    let (status, _) = stranger.send(Method::GET, NAMESPACES, None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let untrusting = first.client().unwrap().get(format!("{}/readyz", second.server())).send().await;
    assert!(untrusting.is_err(), "one cluster's authority vouched for the other");
}

#[tokio::test]
async fn fresh_start_wipes_all_but_the_address() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("notes.txt"), "mine").unwrap();
    let options = options("reset", directory.path());
    let cluster = RealCluster::start(&options).await.unwrap();
    let api = Api::admin(&cluster);
    let wiped = api.create_namespace("wiped").await;
    let (server, identity) = (cluster.server().to_owned(), api.identity().await);
    cluster.stop().await.unwrap();

    let another_key = ClusterOptions { signing_key: Some(SigningKey::Rsa), ..options };
    let refused = RealCluster::start(&another_key).await.unwrap_err().to_string();
    assert!(refused.contains("signs with p256, not rsa"), "{refused}");
    let cluster = RealCluster::start_afresh(&another_key).await.unwrap();

    let api = Api::admin(&cluster);
    api.wait_until_gone(&wiped).await;
    assert_eq!(cluster.server(), server);
    assert_ne!(api.identity().await, identity);
    assert_eq!(std::fs::read_to_string(directory.path().join("notes.txt")).unwrap(), "mine");
}

#[tokio::test]
async fn state_directory_holds_one_cluster_at_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let options = options("alone", directory.path());
    assert_eq!(presence(directory.path()).unwrap(), Presence::Stopped);
    let cluster = RealCluster::start(&options).await.unwrap();
    let refused = RealCluster::start(&options).await.unwrap_err().to_string();
    assert!(refused.contains("already running"), "{refused}");
    assert_eq!(presence(directory.path()).unwrap(), Presence::Ready(cluster.summary().clone()));
    Api::admin(&cluster).get("/readyz").await;
}

#[tokio::test]
async fn dropped_cluster_leaves_no_process() {
    let directory = tempfile::tempdir().unwrap();
    let cluster = RealCluster::start(&options("dropped", directory.path())).await.unwrap();
    let process_id = cluster.summary().process_id;
    let children = children_of(process_id);
    assert_eq!(children.len(), 1, "the controller manager");
    drop(cluster);
    assert!(!process_exists(process_id));
    wait_until("its child is gone too", || !children.iter().copied().any(process_exists)).await.unwrap();
    assert_eq!(presence(directory.path()).unwrap(), Presence::Stopped);
}

#[tokio::test]
async fn detached_cluster_runs_on_and_is_found_again() {
    let directory = tempfile::tempdir().unwrap();
    let cluster = RealCluster::start(&options("detached", directory.path())).await.unwrap();
    let process_id = cluster.summary().process_id;
    cluster.detach().unwrap();
    let mut found = RealCluster::attach(directory.path()).unwrap().unwrap();
    Api::admin(&found).get(NAMESPACES).await;
    let refused = found.restart().await.unwrap_err().to_string();
    assert!(refused.contains("only the process that started"), "{refused}");
    drop(found);
    assert!(matches!(presence(directory.path()).unwrap(), Presence::Ready(_)), "letting go of it ended it");
    assert_eq!(stop_in(directory.path()).await.unwrap(), Stopped::Ended);
    assert!(RealCluster::attach(directory.path()).unwrap().is_none());
    assert_eq!(stop_in(directory.path()).await.unwrap(), Stopped::WasNotRunning);
    assert!(!process_exists(process_id));
}

#[tokio::test]
async fn taken_port_is_an_error_that_says_so() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let mut options = options("blocked", directory.path());
    options.port = taken.local_addr().unwrap().port();
    let refused = RealCluster::start(&options).await.unwrap_err().to_string();
    assert!(refused.contains("address already in use"), "{refused}");
}

#[tokio::test]
async fn tests_of_a_process_share_one_cluster() {
    let (first, second) = tokio::try_join!(shared(), shared()).unwrap();
    assert_eq!(first.summary(), second.summary());
    assert_eq!(first.summary().signing_key, SigningKey::Rsa);
    assert!(first.summary().version.starts_with("v1."), "{}", first.summary().version);
}
