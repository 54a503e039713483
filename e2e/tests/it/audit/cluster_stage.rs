//! A real API server that is started as the guide says, and Mayfly beside it, by TLS.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use mayfly_api::{cluster_connections::ClusterConnectionBody, leases::IssuedLease};
use mayfly_e2e::{ClusterSide, Installation, Mayfly, RealGround, Scene, waiting::until};
use mayfly_testkit::{
    certificates::TestAuthority,
    real_cluster::{ClusterOptions, RealCluster},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::desk::Desk;
use crate::tutorials::documents;

/// Where the guide puts its files on the API server's machine.
const GUIDES_FOLDER: &str = "/etc/kubernetes/mayfly";
/// Where it has the API server write its log.
const GUIDES_LOGS: &str = "/var/log/kubernetes/audit";

/// Everybody.
pub(super) struct Stage {
    _home: TempDir,
    pub(super) mayfly: Mayfly,
    pub(super) installation: Installation,
    pub(super) scene: Scene,
    pub(super) desk: Desk,
    pub(super) cluster: RealCluster,
    pub(super) side: ClusterSide,
    /// The id of the connection to the cluster.
    pub(super) connection: String,
    /// The kubeconfig of its intake.
    pub(super) kubeconfig: PathBuf,
    certificate: String,
    key: String,
    options: ClusterOptions,
}

impl Stage {
    /// With further flags of the API server, and settings of Mayfly. `intake` is the address that its kubeconfig names in
    /// place of Mayfly's own.
    pub(super) async fn set(name: &str, flags: &[&str], settings: &[(&str, &str)], intake: Option<&str>) -> Self {
        let home = tempfile::tempdir().unwrap();
        let state_dir = home.path().join("cluster");
        let options = ClusterOptions { name: name.to_owned(), state_dir, port: 0, signing_key: None };
        let ground = RealGround::prepare(Arc::new(RealCluster::start(&options).await.unwrap()), name).await.unwrap();
        let side = ground.side.clone();
        let (certificate, key) = front_door(home.path());
        let installation = Installation::sqlite().await;
        let mut all = vec![("MAYFLY_TLS_CERTIFICATE", certificate.as_str()), ("MAYFLY_TLS_KEY", key.as_str())];
        all.extend(settings);
        let plain = installation.start().await.unwrap();
        let mut scene = Scene::bootstrap(&plain).await.unwrap();
        plain.stop().await.unwrap();
        let mayfly = installation.start_with(&all).await.unwrap();
        scene.client = mayfly.client().unwrap().with_token(scene.client.token().unwrap());
        let desk = Desk::new(&mayfly, &scene).await.trusting(&home.path().join("ca.crt"));
        let request = json!({
            "name": "real", "url": side.url, "ca": side.authority, "clusterToken": side.issuer_token,
            "projectIds": [scene.project_id],
        });
        let made: ClusterConnectionBody = scene.client.post("/api/v1/cluster-connections", &request).await.unwrap();
        let connection = made.cluster_connection.id;
        let ca = home.path().join("ca.crt");
        let url = intake.unwrap_or(mayfly.url());
        let line = format!("audit intake create {connection} --url {url} --ca-file {}", ca.display());
        let kubeconfig = home.path().join("audit-webhook.kubeconfig");
        fs::write(&kubeconfig, desk.done(&line).await).unwrap();
        Arc::into_inner(ground.cluster).unwrap().stop().await.unwrap();
        let flags: Vec<String> = guides_flags(home.path(), &options)
            .into_iter()
            .chain(flags.iter().map(|flag| (*flag).to_owned()))
            .collect();
        let cluster = RealCluster::start_with(&options, &flags).await.unwrap();
        Self {
            _home: home,
            mayfly,
            installation,
            scene,
            desk,
            cluster,
            side,
            connection,
            kubeconfig,
            certificate,
            key,
            options,
        }
    }

    /// A lease of a dynamic secret by the connection; the first call makes it.
    pub(super) async fn lease(&self) -> IssuedLease {
        let inputs = Scene::reached_by(&json!({ "clusterConnectionId": self.connection }));
        // The second time its name is taken.
        let _ = self.scene.create_secret_with(&inputs, &self.side).await;
        let issuing = async || Ok(self.scene.issue(None).await.ok());
        until(Duration::from_secs(20), "the cluster gives a token", issuing).await.unwrap()
    }

    /// Asks the cluster for something, and gives the status.
    pub(super) async fn ask(&self, token: &str, method: Method, path: &str) -> StatusCode {
        let request = self.cluster.client().unwrap().request(method, format!("{}{path}", self.side.url));
        request.bearer_auth(token).json(&json!({})).send().await.unwrap().status()
    }

    /// The ids of all requests with the token of a lease that the cluster itself has in its log.
    pub(super) fn in_the_clusters_log(&self, jti: &str) -> Vec<String> {
        let id = |event: &Value| event["auditID"].as_str().unwrap().to_owned();
        let mut ids: Vec<String> = self
            .cluster
            .audit_log_about(&format!("JTI={jti}\""))
            .unwrap()
            .iter()
            .filter(|event| is_by(event, jti))
            .map(id)
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// What the API tells of a lease.
    pub(super) async fn told(&self, lease: &str) -> Vec<Value> {
        let path = format!("/api/v1/leases/{lease}/requests?projectSlug={}", self.scene.project_slug);
        let told: Value = self.scene.client.get(&path).await.unwrap();
        told["requests"].as_array().unwrap().clone()
    }

    /// What the CLI shows of a lease.
    pub(super) async fn shown(&self, lease: &str) -> Vec<Value> {
        self.desk.json(&format!("lease requests {lease}")).await["requests"].as_array().unwrap().clone()
    }

    /// Kills Mayfly and starts it again at the same address.
    pub(super) async fn restart_mayfly(self, settings: &[(&str, &str)]) -> Self {
        let address = self.mayfly.url().rsplit_once('/').unwrap().1.to_owned();
        self.mayfly.kill().await.unwrap();
        let mut all = vec![
            ("MAYFLY_TLS_CERTIFICATE", self.certificate.as_str()),
            ("MAYFLY_TLS_KEY", self.key.as_str()),
            ("MAYFLY_LISTEN", address.as_str()),
        ];
        all.extend(settings);
        let mayfly = self.installation.start_with(&all).await.unwrap();
        Self { mayfly, ..self }
    }

    /// Where the API server writes its log.
    pub(super) fn log(&self) -> PathBuf {
        self.options.state_dir.join("audit.log")
    }
}

/// Whether an event is of a request with that token, and not of the call that made it.
fn is_by(event: &Value, jti: &str) -> bool {
    event["user"]["extra"]["authentication.kubernetes.io/credential-id"][0] == format!("JTI={jti}")
}

/// What a shown request says: verb, resource, name of its namespace and status.
pub(super) fn said(request: &Value) -> (String, String, String, i64) {
    let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
    (text("verb"), text("resource"), text("namespace"), request["status"].as_i64().unwrap_or_default())
}

/// Mayfly's certificate and key, with their authority beside them.
fn front_door(folder: &Path) -> (String, String) {
    let authority = TestAuthority::new("Front door");
    let (certificate, key) = authority.sign_pem_for(&["127.0.0.1"]);
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    write("ca.crt", &authority.pem());
    (write("tls.crt", &certificate), write("tls.key", &key))
}

/// The flags of the guide, with its files where ours are.
fn guides_flags(home: &Path, options: &ClusterOptions) -> Vec<String> {
    let guide = fs::read_to_string(documents().join("guides/audit.md")).unwrap();
    let block = guide.split("```\n").find(|block| block.starts_with("--audit-policy-file=")).unwrap();
    fs::copy(documents().join("guides/cluster-audit-policy.yaml"), home.join("cluster-audit-policy.yaml")).unwrap();
    let here = |line: &str| {
        let line = line.replace(GUIDES_FOLDER, &home.display().to_string());
        line.replace(GUIDES_LOGS, &options.state_dir.display().to_string())
    };
    block.lines().map(here).collect()
}
