//! The few API calls these tests make, over plain HTTPS.

use std::time::Duration;

use anyhow::ensure;
use mayfly_testkit::real_cluster::{RealCluster, own_name};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

/// Controllers act within a second; a busy machine takes longer.
const PATIENCE: Duration = Duration::from_secs(30);
pub(crate) const NAMESPACES: &str = "/api/v1/namespaces";
const INTERVAL: Duration = Duration::from_millis(25);

/// A cluster's API, as seen by one caller.
pub(crate) struct Api {
    server: String,
    client: Client,
    token: Option<String>,
}

impl Api {
    /// As the admin.
    pub(crate) fn admin(cluster: &RealCluster) -> Self {
        Self::new(cluster, Some(cluster.admin_token()))
    }

    /// As the holder of a token, or as nobody.
    pub(crate) fn new(cluster: &RealCluster, token: Option<&str>) -> Self {
        let client = cluster.client().unwrap();
        Self { server: cluster.server().to_owned(), client, token: token.map(str::to_owned) }
    }

    /// Sends a request and gives what came back, whatever it is.
    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> (StatusCode, Value) {
        let mut request = self.client.request(method, format!("{}{path}", self.server));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.send(Method::GET, path, None).await;
        assert_eq!(status, StatusCode::OK, "GET {path}: {body}");
        body
    }

    pub(crate) async fn create(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.send(Method::POST, path, Some(&body)).await;
        assert_eq!(status, StatusCode::CREATED, "POST {path}: {answer}");
        answer
    }

    pub(crate) async fn delete(&self, path: &str) {
        let (status, answer) = self.send(Method::DELETE, path, None).await;
        assert!(status.is_success(), "DELETE {path}: {status} {answer}");
    }

    /// Makes a namespace of a new name, and gives its path.
    pub(crate) async fn create_namespace(&self, prefix: &str) -> String {
        let name = own_name(prefix);
        self.create(NAMESPACES, json!({"metadata": {"name": name}})).await;
        format!("{NAMESPACES}/{name}")
    }

    /// What the API server takes the caller for.
    pub(crate) async fn who_am_i(&self) -> Value {
        let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
        self.create(path, json!({})).await["status"]["userInfo"].clone()
    }

    /// The uid of `kube-system`, which no two clusters share.
    pub(crate) async fn identity(&self) -> String {
        self.get("/api/v1/namespaces/kube-system").await["metadata"]["uid"].as_str().unwrap().to_owned()
    }

    /// Asks again and again until the answer holds.
    pub(crate) async fn wait(&self, path: &str, wanted: &str, holds: impl Fn(StatusCode, &Value) -> bool) -> Value {
        let mut last = (StatusCode::OK, Value::Null);
        let search = async {
            let mut ticks = tokio::time::interval(INTERVAL);
            loop {
                ticks.tick().await;
                last = self.send(Method::GET, path, None).await;
                if holds(last.0, &last.1) {
                    return;
                }
            }
        };
        #[expect(clippy::disallowed_methods, reason = "the cluster works by the machine's time")]
        let found = tokio::time::timeout(PATIENCE, search).await;
        assert!(found.is_ok(), "waited in vain until {wanted}; GET {path} last answered {} {}", last.0, last.1);
        last.1
    }

    /// Waits until an object is there.
    pub(crate) async fn wait_for(&self, path: &str) -> Value {
        self.wait(path, "it is there", |status, _| status == StatusCode::OK).await
    }

    /// Waits until an object is gone.
    pub(crate) async fn wait_until_gone(&self, path: &str) {
        self.wait(path, "it is gone", |status, _| status == StatusCode::NOT_FOUND).await;
    }
}

/// Waits for what is no API call.
pub(crate) async fn wait_until(wanted: &str, holds: impl Fn() -> bool) -> anyhow::Result<()> {
    let mut ticks = tokio::time::interval(INTERVAL);
    let search = async {
        while !holds() {
            ticks.tick().await;
        }
    };
    #[expect(clippy::disallowed_methods, reason = "the cluster works by the machine's time")]
    let found = tokio::time::timeout(PATIENCE, search).await;
    ensure!(found.is_ok(), "waited in vain until {wanted}");
    Ok(())
}
