//! Where tokens come from: an account in a cluster, and a token of the smallest issuer for it.

use mayfly_testkit::fake_cluster::FakeCluster;
use serde_json::{Value, json};

/// The account whose tokens are issued.
pub const ACCOUNT: &str = "deployer";
/// The Role that temporary accounts get: it may read config maps.
pub const READER: &str = "reader";

/// What a dynamic secret needs to know of a cluster.
#[derive(Clone)]
pub struct ClusterSide {
    /// The API server's address.
    pub url: String,
    /// The authority that vouches for it.
    pub authority: String,
    /// A token that may create tokens of the account, and nothing else.
    pub issuer_token: String,
    /// Where the account is; its name is [`ACCOUNT`].
    pub namespace: String,
}

impl ClusterSide {
    /// An account in a fake cluster.
    pub fn fake(cluster: &FakeCluster) -> Self {
        let namespace = "team-a".to_owned();
        let issuer_token = cluster.add_issuer_for(&namespace, ACCOUNT);
        Self { url: cluster.url(), authority: cluster.ca_pem(), issuer_token, namespace }
    }

    /// The same, with an issuer that may make temporary accounts and anchors there, and with the Role [`READER`].
    pub fn fake_dynamic(cluster: &FakeCluster) -> Self {
        let namespace = "team-a".to_owned();
        cluster.add_account(&namespace, ACCOUNT);
        cluster.add_role(Some(&namespace), READER, reader_rules());
        let issuer_token = cluster.add_dynamic_issuer_everywhere();
        Self { url: cluster.url(), authority: cluster.ca_pem(), issuer_token, namespace }
    }

    /// The fields of a dynamic secret's `inputs`.
    pub fn inputs(&self) -> Value {
        json!({
            "credentialType": "static",
            "authMethod": "api",
            "url": self.url,
            "clusterToken": self.issuer_token,
            "ca": self.authority,
            "sslEnabled": true,
            "namespace": self.namespace,
            "serviceAccountName": ACCOUNT,
            "audiences": [],
        })
    }
}

/// What the account and the Role may do.
pub(crate) fn reader_rules() -> Value {
    json!([{ "apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"] }])
}
