//! Dynamic secrets and leases, made as clients make them.

use mayfly_domain::plan::{INSTALLATION_LABEL, ObjectKind};
use mayfly_testkit::fake_cluster::{FakeCluster, FakeObject};
use serde_json::{Value, json};

use super::{Answer, Caller, TestServer};

/// The namespace of the fake cluster that tests use.
pub(crate) const NAMESPACE: &str = "team-a";
/// The service account whose tokens are given out.
pub(crate) const ACCOUNT: &str = "deployer";

impl TestServer {
    /// Where dynamic secrets are, as every request of theirs says it.
    pub(crate) fn place(&self) -> Value {
        json!({"projectSlug": self.project.slug, "environmentSlug": "prod", "path": "/"})
    }

    /// The same as the parameters of a query.
    pub(crate) fn place_query(&self) -> String {
        format!("projectSlug={}&environmentSlug=prod&path=%2F", self.project.slug)
    }

    /// A request that makes a dynamic secret of the fake cluster.
    pub(crate) fn secret_request(&self, name: &str) -> Value {
        let inputs = json!({
            "credentialType": "static", "authMethod": "api", "url": self.cluster.url(), "ca": self.cluster.ca_pem(),
            "clusterToken": self.cluster_token, "sslEnabled": true, "namespace": NAMESPACE,
            "serviceAccountName": ACCOUNT, "audiences": [],
        });
        let secret = json!({
            "name": name, "defaultTTL": "1h", "maxTTL": "4h", "provider": {"type": "kubernetes", "inputs": inputs},
        });
        merged(&self.place(), &secret)
    }

    /// Makes that dynamic secret.
    pub(crate) async fn new_secret(&self, name: &str) -> Value {
        let made = self.as_admin().post("/api/v1/dynamic-secrets", &self.secret_request(name)).await.ok();
        made["dynamicSecret"].clone()
    }

    /// A request that makes a cluster connection of the organization to the fake cluster, shared with the project.
    pub(crate) fn connection_request(&self, name: &str) -> Value {
        json!({
            "name": name, "url": self.cluster.url(), "ca": self.cluster.ca_pem(), "clusterToken": self.cluster_token,
            "projectIds": [self.project.id],
        })
    }

    /// Makes that connection, with some fields otherwise.
    pub(crate) async fn new_connection(&self, name: &str, change: &Value) -> Value {
        let request = merged(&self.connection_request(name), change);
        let made = self.as_admin().post("/api/v1/cluster-connections", &request).await.ok();
        made["clusterConnection"].clone()
    }

    /// A request that makes a dynamic secret whose leases come with an account of their own, which may read pods.
    pub(crate) fn dynamic_secret_request(&self, name: &str) -> Value {
        self.dynamic_secret_request_in(&self.cluster, name)
    }

    /// The same of another cluster.
    pub(crate) fn dynamic_secret_request_in(&self, cluster: &FakeCluster, name: &str) -> Value {
        let rules = json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]);
        if cluster.object(ObjectKind::Role, Some(NAMESPACE), "pod-reader").is_none() {
            cluster.add_role(Some(NAMESPACE), "pod-reader", rules);
        }
        let inputs = json!({
            "credentialType": "dynamic", "authMethod": "api", "url": cluster.url(), "ca": cluster.ca_pem(),
            "clusterToken": cluster.add_dynamic_issuer_everywhere(), "sslEnabled": true, "namespace": NAMESPACE,
            "roleType": "role", "role": "pod-reader",
        });
        let secret = json!({
            "name": name, "defaultTTL": "1h", "maxTTL": "4h", "provider": {"type": "kubernetes", "inputs": inputs},
        });
        merged(&self.place(), &secret)
    }

    /// Makes that dynamic secret.
    pub(crate) async fn new_dynamic_secret(&self, name: &str) -> Value {
        self.new_dynamic_secret_in(&self.cluster, name).await
    }

    /// Makes one of another cluster.
    pub(crate) async fn new_dynamic_secret_in(&self, cluster: &FakeCluster, name: &str) -> Value {
        let request = self.dynamic_secret_request_in(cluster, name);
        self.as_admin().post("/api/v1/dynamic-secrets", &request).await.ok()["dynamicSecret"].clone()
    }

    /// What carries our label in the cluster, whoever put it there.
    pub(crate) fn owned(&self) -> Vec<FakeObject> {
        owned_in(&self.cluster)
    }

    /// Leases that are over and had a token.
    pub(crate) async fn ended_leases(&self) -> i64 {
        let ended = "SELECT COUNT(*) FROM lease_states WHERE state = 'ended' AND token_expires_at IS NOT NULL";
        self.home.number(ended).await
    }

    /// A request for a lease, with whatever more it says.
    pub(crate) fn lease_request(&self, name: &str, more: &Value) -> Value {
        merged(&merged(&self.place(), &json!({ "dynamicSecretName": name })), more)
    }

    /// Asks for a lease.
    pub(crate) async fn issue_with(&self, caller: &Caller, name: &str, more: &Value) -> Answer {
        caller.post("/api/v1/dynamic-secrets/leases", &self.lease_request(name, more)).await
    }

    /// A lease, as its answer has it.
    pub(crate) async fn issue(&self, caller: &Caller, name: &str) -> Value {
        self.issue_with(caller, name, &json!({})).await.ok()
    }

    /// A lease as the history tells it.
    pub(crate) async fn history(&self, caller: &Caller, id: &str) -> Answer {
        caller.get(&format!("/api/v1/leases/{id}?projectSlug={}", self.project.slug)).await
    }
}

/// What carries our label in a cluster, whoever put it there.
pub(crate) fn owned_in(cluster: &FakeCluster) -> Vec<FakeObject> {
    let is_ours = |object: &FakeObject| object.labels.contains_key(INSTALLATION_LABEL);
    cluster.objects().into_iter().filter(is_ours).collect()
}

/// `base` with the fields of `more`, object by object.
pub(crate) fn merged(base: &Value, more: &Value) -> Value {
    match (base, more) {
        (Value::Object(base), Value::Object(more)) => {
            let mut result = base.clone();
            for (key, value) in more {
                let value = result.get(key).map_or_else(|| value.clone(), |old| merged(old, value));
                result.insert(key.clone(), value);
            }
            Value::Object(result)
        }
        (_, more) => more.clone(),
    }
}
