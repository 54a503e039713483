//! The chart's objects in a real cluster: taken by its API server, enough for the agent, and enough for nothing else.

mod attacks;
mod rights;
mod secrets;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use mayfly_api::gateways::{GatewayBody, GatewayDetails};
use mayfly_e2e::{ACCOUNT, Installation, Mayfly, Pod, RIGHTS_PATIENCE, RealGround, Scene, binary, waiting::until};
use mayfly_testkit::{
    claims::claims,
    real_cluster::{own_name, shared},
    tools::HelmVersion,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{PATIENCE, in_state};
use crate::tools::{helm, kubectl, own, run};

/// What the objects and their account are called.
const NAME: &str = "gw";

/// By which Kubernetes makes a lasting token. It is allowed, so that a Secret with it is refused for being one.
const TOKEN_ACCOUNT: &str = "kubernetes.io/service-account.name";

/// A cluster with the objects of a chart in it, and the gateway that they are for.
struct Site {
    ground: RealGround,
    mayfly: Mayfly,
    scene: Scene,
    gateway: String,
    /// Of the pods.
    home: String,
    /// Of leases.
    leases: String,
    folder: TempDir,
}

impl Site {
    async fn prepare() -> Self {
        let ground = RealGround::prepare(shared().await.unwrap(), "gateway-charted").await.unwrap();
        let mayfly = Installation::sqlite().await.start().await.unwrap();
        let scene = Scene::bootstrap(&mayfly).await.unwrap();
        let [home, leases] = ["gateway-home", "gateway-leases"].map(own_name);
        let new = json!({
            "name": "gw-lab", "method": "service-account", "namespace": home, "serviceAccountName": NAME,
            "issuer": claims(&ground.side.issuer_token)["iss"], "keys": ground.object("/openid/v1/jwks").await.unwrap().unwrap().to_string(),
        });
        let made: GatewayBody = scene.client.post("/api/v1/gateways", &new).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let site = Self { ground, mayfly, scene, gateway: made.gateway.id, home, leases, folder };
        site.write_values().await;
        site
    }

    fn path(&self) -> String {
        format!("/api/v1/gateways/{}", self.gateway)
    }

    fn values(&self) -> PathBuf {
        self.folder.path().join("values.yaml")
    }

    /// Every kind of lease, held to it by admission policies.
    async fn write_values(&self) {
        let details: GatewayDetails = self.scene.client.get(&self.path()).await.unwrap();
        let values = json!({
            "gateway": { "id": self.gateway },
            "enrolment": { "text": details.enrolment_text.unwrap() },
            "server": { "url": self.mayfly.url() },
            "policy": {
                "static": { "accounts": [{ "namespace": self.ground.side.namespace, "name": ACCOUNT }], "anchors": true },
                "dynamic": { "namespaces": [self.leases], "roles": [{ "kind": "ClusterRole", "name": "view" }] },
            },
            "namespaces": { "create": true },
            "admissionPolicy": {
                "enabled": true, "installation": self.mayfly.installation_id(), "annotations": [TOKEN_ACCOUNT],
            },
            "networkPolicy": {
                "enabled": true,
                "apiServer": [{ "cidr": "192.0.2.10/32", "port": 6443 }],
                "server": [{ "cidr": "198.51.100.7/32", "port": 443 }],
            },
        });
        fs::write(self.values(), values.to_string()).unwrap();
    }

    /// What `mayfly-gateway manifest` prints, in a file.
    async fn manifest(&self) -> PathBuf {
        let mut command = self.manifest_of(NAME, &self.values()).await;
        self.kept("manifest.yaml", command.arg("--create-namespace"))
    }

    async fn manifest_of(&self, release: &str, values: &Path) -> Command {
        let mut command = Command::new(binary::gateway().await.unwrap());
        command.args(["manifest", "--name", release, "--namespace", &self.home, "--values"]).arg(values);
        command
    }

    /// What Helm makes of the chart, in a file.
    fn rendered(&self, version: HelmVersion) -> PathBuf {
        let mut command = helm(version, self.folder.path());
        command.args(["template", NAME, "--namespace", &self.home, "--kube-version", "1.36", "--values"]);
        self.kept("rendered.yaml", command.arg(self.values()).arg(own("../charts/mayfly-gateway")))
    }

    fn kept(&self, name: &str, command: &mut Command) -> PathBuf {
        let file = self.folder.path().join(name);
        fs::write(&file, run(command).stdout).unwrap();
        file
    }

    /// What kubectl says of it, as the admin.
    fn kubectl(&self, arguments: &[&str], file: &Path) -> String {
        let mut command = Command::new(kubectl());
        command.arg("--kubeconfig").arg(self.ground.cluster.kubeconfig()).args(arguments).arg("--filename").arg(file);
        String::from_utf8(run(&mut command).stdout).unwrap()
    }

    /// A token of the gateway's account, as its pods have one.
    async fn token(&self) -> String {
        let path = format!("/api/v1/namespaces/{}/serviceaccounts/{NAME}/token", self.home);
        let made = self.ground.create(&path, &json!({ "spec": {} })).await.unwrap();
        made["status"]["token"].as_str().unwrap().to_owned()
    }

    /// A lease through the gateway, and whom the cluster takes its holder for.
    async fn issue(&self, name: &str, inputs: Value) -> (String, String) {
        self.issue_through(&self.gateway, name, inputs).await
    }

    async fn issue_through(&self, gateway: &str, name: &str, inputs: Value) -> (String, String) {
        let mut wished = json!({ "authMethod": "gateway", "gatewayId": gateway });
        if let (Value::Object(wished), Value::Object(inputs)) = (&mut wished, inputs) {
            wished.extend(inputs);
        }
        self.scene.create_secret_named(name, &Scene::reached_by(&wished), &self.ground.side).await.unwrap();
        let request = mayfly_api::leases::IssueLeaseRequest {
            dynamic_secret_name: name.to_owned(),
            ..self.scene.lease_request()
        };
        let issued = self.scene.issue_as(&request).await.unwrap();
        let who = self.ground.who_am_i(Scene::token(&issued).unwrap()).await.unwrap();
        (issued.lease.id, who.unwrap())
    }
}

/// The command that values and guide name for the addresses of the API server, run as the admin.
#[tokio::test]
async fn real_cluster_understands_the_command_for_its_addresses() {
    let cluster = shared().await.unwrap();
    let commands = ["../charts/mayfly-gateway/values.yaml", "../docs/guides/gateways.md"].map(|file| {
        let text = fs::read_to_string(own(file)).unwrap();
        text.split('`').find(|piece| piece.starts_with("kubectl get endpoint")).unwrap().to_owned()
    });
    assert_eq!(commands[0], commands[1]);
    let mut command = Command::new(kubectl());
    command.arg("--kubeconfig").arg(cluster.kubeconfig()).args(commands[0].split(' ').skip(1));
    let told = String::from_utf8(run(command.args(["--output", "json"])).stdout).unwrap();
    // This cluster has no controller that would fill them, and no network that would need it.
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["kind"], "List", "{told}");
    // A namespace of one's own has none of the API server.
    assert!(commands[0].contains("--namespace default "), "{}", commands[0]);
}

/// Objects that were applied. They are removed when this is dropped, since others use the same cluster.
struct Installed {
    kubeconfig: PathBuf,
    manifest: PathBuf,
}

impl Installed {
    fn from(site: &Site, manifest: &Path) -> Self {
        Self { kubeconfig: site.ground.cluster.kubeconfig().to_owned(), manifest: manifest.to_owned() }
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        let mut command = Command::new(kubectl());
        command.arg("--kubeconfig").arg(&self.kubeconfig).args(["delete", "--ignore-not-found", "--wait=false"]);
        let removed = command.arg("--filename").arg(&self.manifest).output();
        if let Ok(output) = removed.as_ref()
            && output.status.success()
        {
            return;
        }
        // A test that fails already says why.
        assert!(std::thread::panicking(), "the objects stay: {removed:?}");
    }
}

fn objects(file: &Path) -> Vec<Value> {
    let objects: Vec<Value> = serde_saphyr::from_multiple(&fs::read_to_string(file).unwrap()).unwrap();
    objects.into_iter().filter(|object| !object.is_null()).collect()
}

#[tokio::test]
async fn real_chart_is_applied_and_its_account_may_do_what_it_must_and_nothing_else() {
    let site = Site::prepare().await;
    let manifest = site.manifest().await;
    let namespaces = site.folder.path().join("namespaces.yaml");
    let of_cluster: Vec<_> = objects(&manifest).into_iter().filter(|object| object["kind"] == "Namespace").collect();
    assert_eq!(of_cluster.len(), 2);
    fs::write(&namespaces, json!({ "apiVersion": "v1", "kind": "List", "items": of_cluster }).to_string()).unwrap();
    let installed = Installed::from(&site, &manifest);
    site.kubectl(&["apply"], &namespaces);
    for file in [site.rendered(HelmVersion::Three), site.rendered(HelmVersion::Four), manifest.clone()] {
        let told = site.kubectl(&["apply", "--dry-run=server", "--validate=strict"], &file);
        assert!(told.contains("deployment.apps/gw created (server dry run)"), "{told}");
    }
    site.kubectl(&["apply", "--validate=strict"], &site.rendered(HelmVersion::Four));
    let again = site.kubectl(&["apply"], &manifest);
    for object in ["deployment.apps", "configmap", "serviceaccount"] {
        assert!(again.contains(&format!("{object}/gw unchanged")), "{again}");
    }

    let token = site.token().await;
    rights::are_exactly_those_needed(&site, &token).await;
    attacks::are_refused(&site, &token).await;
    works(&site, &objects(&manifest)).await;
    secrets::are_read_by_the_agent(&site).await;
    drop(installed);
    let roles = format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{}/roles", site.ground.side.namespace);
    let left = site.ground.object(&roles).await.unwrap().unwrap().to_string();
    assert!(!left.contains(&site.gateway), "what was installed is removed: {left}");
    site.mayfly.stop().await.unwrap();
}

/// The agent itself, started as a pod would start it.
async fn works(site: &Site, objects: &[Value]) {
    let pod = Pod::prepare(&site.ground, objects, "0b8f7b2e-3a55-4c0e-9d55-2a6f6a1d7e01").await.unwrap();
    let running = pod.start().await.unwrap();
    in_state(&site.scene.client, &site.path(), "healthy", PATIENCE).await;
    let (code, report) = pod.doctor().await.unwrap();
    assert_eq!(code, Some(0), "{report}");

    let (lease, who) = site.issue("static", json!({ "revocable": true })).await;
    assert_eq!(who, format!("system:serviceaccount:{}:{ACCOUNT}", site.ground.side.namespace));
    assert!(site.ground.owned().await.unwrap().iter().any(|object| object.starts_with("Secret/")));
    site.scene.end(&lease).await.unwrap();
    let dynamic = json!({
        "credentialType": "dynamic", "roleType": "cluster-role", "role": "view", "bindingScope": "namespace",
        "namespace": site.leases, "serviceAccountName": null,
    });
    let (lease, who) = site.issue("dynamic", dynamic).await;
    assert!(who.starts_with(&format!("system:serviceaccount:{}:dynamic-secret-sa-", site.leases)), "{who}");
    site.scene.end(&lease).await.unwrap();
    let gone = until(RIGHTS_PATIENCE, "everything of the leases is gone", async || {
        let path = format!("/api/v1/namespaces/{}/serviceaccounts?labelSelector=mayfly.dev%2Flease", site.leases);
        let accounts = site.ground.object(&path).await?.unwrap_or_default();
        let is_gone = accounts["items"].as_array().is_some_and(Vec::is_empty);
        Ok((is_gone && site.ground.owned().await?.is_empty()).then_some(()))
    });
    gone.await.unwrap();
    running.stop().await.unwrap();
    assert!(!pod.log().unwrap().contains("ERROR"), "{}", pod.log().unwrap());
}
