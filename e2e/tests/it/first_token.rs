//! From nothing to a token that a real API server accepts.

use std::{fs, path::Path, process::Command, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use mayfly_api::leases::{IssuedLease, LeaseBody};
use mayfly_e2e::{ACCOUNT, Installation, Mayfly, RealGround, Refused, Scene};
use mayfly_testkit::real_cluster::{ClusterOptions, RealCluster, SigningKey, shared};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::tools::{kubectl, run};

struct Stage {
    ground: RealGround,
    mayfly: Mayfly,
    scene: Scene,
    issued: IssuedLease,
}

impl Stage {
    async fn set(cluster: Arc<RealCluster>) -> Self {
        let ground = RealGround::prepare(cluster, "first-token").await.unwrap();
        let mayfly = Installation::sqlite().await.start().await.unwrap();
        let scene = Scene::with_secret(&mayfly, &ground.side).await.unwrap();
        let issued = scene.issue(Some("to see whether it works")).await.unwrap();
        Self { ground, mayfly, scene, issued }
    }

    fn token(&self) -> &str {
        Scene::token(&self.issued).unwrap()
    }

    fn user(&self) -> String {
        format!("system:serviceaccount:{}:{ACCOUNT}", self.ground.side.namespace)
    }

    /// A path below the account's namespace.
    fn path(&self, resource: &str) -> String {
        format!("/api/v1/namespaces/{}/{resource}", self.ground.side.namespace)
    }
}

/// The header (0) or the claims (1) of a JWT.
pub(crate) fn part(token: &str, index: usize) -> Value {
    let encoded = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(encoded).unwrap()).unwrap()
}

#[tokio::test]
async fn real_token_is_what_its_lease_says_and_may_what_its_account_may() {
    let stage = Stage::set(shared().await.unwrap()).await;
    let (token, lease) = (stage.token(), &stage.issued.lease);
    assert_eq!(part(token, 0)["alg"], "RS256");
    assert_eq!(part(token, 1)["jti"], json!(lease.jti));
    let expires: Timestamp = lease.token_expires_at.as_ref().unwrap().parse().unwrap();
    assert_eq!(part(token, 1)["exp"], expires.as_second());
    assert!(lease.expire_at.parse::<Timestamp>().unwrap() <= expires);
    assert_eq!((lease.state.as_str(), lease.ends_when.as_str()), ("active", "expired"));
    let ground = &stage.ground;
    assert_eq!(ground.who_am_i(token).await.unwrap(), Some(stage.user()));
    assert_eq!(ground.read(token, &stage.path("configmaps")).await.unwrap(), StatusCode::OK);
    assert_eq!(ground.read(token, &stage.path("secrets")).await.unwrap(), StatusCode::FORBIDDEN);
    assert_eq!(ground.read(token, "/api/v1/nodes").await.unwrap(), StatusCode::FORBIDDEN);
    stage.mayfly.stop().await.unwrap();
}

#[tokio::test]
async fn real_token_signed_on_p256_is_accepted() {
    let directory = tempfile::tempdir().unwrap();
    let options = ClusterOptions {
        name: "first-token".to_owned(),
        state_dir: directory.path().to_owned(),
        port: 0,
        signing_key: Some(SigningKey::P256),
    };
    let stage = Stage::set(Arc::new(RealCluster::start(&options).await.unwrap())).await;
    assert_eq!(part(stage.token(), 0)["alg"], "ES256");
    assert_eq!(part(stage.token(), 1)["jti"], json!(stage.issued.lease.jti));
    assert_eq!(stage.ground.who_am_i(stage.token()).await.unwrap(), Some(stage.user()));
    assert_eq!(stage.ground.read(stage.token(), &stage.path("configmaps")).await.unwrap(), StatusCode::OK);
}

#[tokio::test]
async fn real_token_of_a_lease_that_was_ended_early_lives_on_and_the_answer_says_so() {
    let stage = Stage::set(shared().await.unwrap()).await;
    let (id, expires) = (&stage.issued.lease.id, stage.issued.lease.token_expires_at.clone());
    let LeaseBody { lease } = stage.scene.end(id).await.unwrap();
    assert_eq!((lease.state.as_str(), lease.ends_when.as_str()), ("closed", "expired"));
    assert_eq!(lease.token_expires_at, expires);
    assert_eq!(stage.ground.who_am_i(stage.token()).await.unwrap(), Some(stage.user()));
    let gone = format!("/api/v1/dynamic-secrets/leases/{id}?{}", stage.scene.place_query());
    let refused = stage.scene.client.get::<Value>(&gone).await.unwrap_err();
    assert_eq!(refused.downcast::<Refused>().unwrap().status, StatusCode::NOT_FOUND);
    let kept = format!("/api/v1/leases/{id}?projectSlug={}", stage.scene.project_slug);
    let LeaseBody { lease } = stage.scene.client.get(&kept).await.unwrap();
    assert_eq!((lease.state.as_str(), lease.token_expires_at), ("closed", expires));
}

#[tokio::test]
async fn real_kubectl_works_with_what_the_answer_holds() {
    let stage = Stage::set(shared().await.unwrap()).await;
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = folder.path().join("kubeconfig");
    fs::write(&kubeconfig, kubeconfig_of(&stage).to_string()).unwrap();
    let program = tokio::task::spawn_blocking(kubectl).await.unwrap();
    let kubectl = |arguments: &[&str]| kubectl_command(&program, &kubeconfig, arguments);
    let told = run(&mut kubectl(&["auth", "whoami", "--output", "json"]));
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(told["status"]["userInfo"]["username"], stage.user());
    run(&mut kubectl(&["get", "configmaps"]));
    let refused = kubectl(&["get", "secrets"]).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("Forbidden"), "{said}");
}

/// As a person makes one from the answer alone. YAML is a superset of JSON.
fn kubeconfig_of(stage: &Stage) -> Value {
    let cluster = stage.issued.lease.cluster.as_ref().unwrap();
    let named = |name: &str, field: &str, value: Value| json!([{ "name": name, field: value }]);
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": named("c", "cluster",
            json!({ "server": cluster.server, "certificate-authority-data": cluster.ca_data })),
        "users": named("u", "user", json!({ "token": stage.token() })),
        "contexts": named("x", "context", json!({ "cluster": "c", "user": "u", "namespace": stage.issued.lease.namespace })),
        "current-context": "x",
    })
}

fn kubectl_command(program: &Path, kubeconfig: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.env("KUBECONFIG", kubeconfig).env("HOME", kubeconfig.parent().unwrap()).args(arguments);
    command
}
