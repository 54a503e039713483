//! Clients that people already have, unchanged, against the real binary and a real cluster.

use std::{path::PathBuf, process::Command};

use mayfly_api::leases::LeaseBody;
use mayfly_e2e::{ACCOUNT, ENVIRONMENT, Installation, RealGround, Scene};
use mayfly_testkit::real_cluster::shared;
use serde_json::Value;

use crate::tools::{installed, own, python_with, run};

#[tokio::test]
async fn real_cluster_and_python_sdk_live_a_lease_s_life() {
    live_with("sdk-python", || {
        let mut command = Command::new(python_with("sdk-python", "sdk/python/requirements.txt").join("bin/python"));
        command.arg(own("sdk/python/life.py"));
        command
    })
    .await;
}

#[tokio::test]
async fn real_cluster_and_node_sdk_live_a_lease_s_life() {
    live_with("sdk-node", || {
        let mut command = Command::new("node");
        command.arg(node_modules().join("life.mjs"));
        command
    })
    .await;
}

/// A folder with the packages of the lock file, and the program beside them: Node looks for packages where it lies.
fn node_modules() -> PathBuf {
    let inputs = ["package.json", "package-lock.json", "life.mjs"].map(|name| own("sdk/node").join(name));
    installed("sdk-node", &inputs, |folder| {
        for input in &inputs {
            std::fs::copy(input, folder.join(input.file_name().unwrap())).unwrap();
        }
        let install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
        run(Command::new("npm").args(install).current_dir(folder));
    })
}

async fn live_with(name: &str, client: impl FnOnce() -> Command + Send + 'static) {
    let ground = RealGround::prepare(shared().await.unwrap(), name).await.unwrap();
    let mayfly = Installation::sqlite().await.start().await.unwrap();
    let scene = Scene::bootstrap(&mayfly).await.unwrap();
    let (client_id, client_secret) = scene.add_machine(name).await.unwrap();
    let variables = [
        ("MAYFLY_URL", mayfly.url().to_owned()),
        ("CLIENT_ID", client_id),
        ("CLIENT_SECRET", client_secret),
        ("PROJECT", scene.project_slug.clone()),
        ("PROJECT_ID", scene.project_id.clone()),
        ("ENVIRONMENT", ENVIRONMENT.to_owned()),
        ("INPUTS", ground.side.inputs().to_string()),
    ];
    let told = tokio::task::spawn_blocking(move || run(client().envs(variables))).await.unwrap();
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    check(&ground, &scene, &told).await;
    mayfly.stop().await.unwrap();
}

/// What the client held is what the cluster accepts and what the history tells.
async fn check(ground: &RealGround, scene: &Scene, told: &Value) {
    let user = format!("system:serviceaccount:{}:{ACCOUNT}", ground.side.namespace);
    assert_eq!(ground.who_am_i(told["token"].as_str().unwrap()).await.unwrap(), Some(user));
    let ids: Vec<&str> = told["leases"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    let made = ground.tokens_made().unwrap();
    for id in &ids {
        let path = format!("/api/v1/leases/{id}?projectSlug={}", scene.project_slug);
        let LeaseBody { lease } = scene.client.get(&path).await.unwrap();
        assert_eq!(lease.state, "closed", "the lease, or its secret, was ended");
        assert!(made.contains(&lease.jti.unwrap()));
    }
    let events = scene.client.audit_log(&scene.project_id).await.unwrap();
    let count = |kind: &str| events.iter().filter(|event| event.event.kind == kind).count();
    assert_eq!((ids.len(), made.len()), (2, 2));
    assert_eq!((count("create-dynamic-secret-lease"), count("delete-dynamic-secret-lease")), (2, 2));
}
