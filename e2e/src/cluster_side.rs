//! Where tokens come from: an account in a cluster, and a token of the smallest issuer for it.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, ensure};
use mayfly_testkit::{
    fake_cluster::FakeCluster,
    real_cluster::{RealCluster, own_name},
};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::waiting::until;

/// The account whose tokens are issued.
pub const ACCOUNT: &str = "deployer";
const ISSUER: &str = "issuer";
const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";
/// Rights are learnt by a watch.
const RIGHTS_PATIENCE: Duration = Duration::from_secs(20);

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

    /// A fake cluster whose issuer may make temporary accounts with the Role [`READER`].
    pub fn dynamic_fake(cluster: &FakeCluster) -> Self {
        let namespace = "team-a".to_owned();
        let issuer_token = cluster.add_dynamic_issuer(&[&namespace]);
        let reading = json!([{ "apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"] }]);
        cluster.add_role(Some(&namespace), READER, reading);
        Self { url: cluster.url(), authority: cluster.ca_pem(), issuer_token, namespace }
    }

    /// What `inputs` says otherwise for leases with an account of their own, which has the Role [`READER`].
    pub fn dynamic() -> Value {
        json!({ "credentialType": "dynamic", "roleType": "role", "role": READER })
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

/// A namespace of a real cluster with an account that may read its config maps, and an issuer that may create tokens of
/// that account: the rights that the tutorial gives out.
pub struct RealGround {
    /// The cluster.
    pub cluster: Arc<RealCluster>,
    /// What a dynamic secret needs.
    pub side: ClusterSide,
    admin: Client,
}

impl RealGround {
    /// Makes one in `cluster`, under a name that begins with `prefix`.
    ///
    /// # Errors
    /// When the cluster refuses something.
    pub async fn prepare(cluster: Arc<RealCluster>, prefix: &str) -> anyhow::Result<Self> {
        let admin = cluster.admin_client()?;
        let side = ClusterSide {
            url: cluster.server().to_owned(),
            authority: cluster.ca_pem().to_owned(),
            issuer_token: String::new(),
            namespace: own_name(prefix),
        };
        let mut ground = Self { cluster, side, admin };
        ground.fill().await?;
        Ok(ground)
    }

    async fn fill(&mut self) -> anyhow::Result<()> {
        let namespace = self.side.namespace.clone();
        let accounts = format!("/api/v1/namespaces/{namespace}/serviceaccounts");
        self.create("/api/v1/namespaces", &named(&namespace)).await?;
        for account in [ISSUER, ACCOUNT] {
            self.create(&accounts, &named(account)).await?;
        }
        let issuing = json!({
            "apiGroups": [""], "resources": ["serviceaccounts/token"], "resourceNames": [ACCOUNT], "verbs": ["create"],
        });
        self.allow(ISSUER, &issuing).await?;
        let reading = json!({ "apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"] });
        self.allow(ACCOUNT, &reading).await?;
        let token = json!({ "resource": "serviceaccounts", "subresource": "token", "name": ACCOUNT, "verb": "create" });
        self.wait_until_allowed(ISSUER, token).await?;
        self.wait_until_allowed(ACCOUNT, json!({ "resource": "configmaps", "verb": "list" })).await?;
        self.side.issuer_token = self.token_of(ISSUER, 86_400).await?;
        Ok(())
    }

    /// A token of one of the accounts, asked for directly.
    ///
    /// # Errors
    /// When the cluster refuses.
    pub async fn token_of(&self, account: &str, seconds: u32) -> anyhow::Result<String> {
        let path = format!("/api/v1/namespaces/{}/serviceaccounts/{account}/token", self.side.namespace);
        let made = self.create(&path, &json!({ "spec": { "expirationSeconds": seconds } })).await?;
        made.pointer("/status/token").and_then(Value::as_str).map(str::to_owned).context("the answer has no token")
    }

    /// Whom the cluster takes the holder of `token` for; nothing if it refuses the token.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn who_am_i(&self, token: &str) -> anyhow::Result<Option<String>> {
        let url = format!("{}/apis/authentication.k8s.io/v1/selfsubjectreviews", self.side.url);
        let answer = self.cluster.client()?.post(url).bearer_auth(token).json(&json!({})).send().await?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            return Ok(None);
        }
        let review: Value = answer.json().await?;
        let name = review.pointer("/status/userInfo/username").and_then(Value::as_str);
        Ok(Some(name.with_context(|| format!("the review names nobody: {review}"))?.to_owned()))
    }

    /// The status of a read with `token`.
    ///
    /// # Errors
    /// When the cluster does not answer.
    pub async fn read(&self, token: &str, path: &str) -> anyhow::Result<StatusCode> {
        let request = self.cluster.client()?.get(format!("{}{path}", self.side.url));
        Ok(request.bearer_auth(token).send().await?.status())
    }

    /// From the cluster's own audit log: the `jti` of every token that the issuer was given for the account.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn tokens_made(&self) -> anyhow::Result<Vec<String>> {
        const ID: &str = "/annotations/authentication.kubernetes.io~1issued-credential-id";
        let issuer = format!("system:serviceaccount:{}:{ISSUER}", self.side.namespace);
        let is = |event: &Value, path: &str, text: &str| event.pointer(path).and_then(Value::as_str) == Some(text);
        let events = self.cluster.audit_log()?;
        let made = events
            .iter()
            .filter(|event| is(event, "/user/username", &issuer) && is(event, "/objectRef/subresource", "token"));
        let id = |event: &Value| event.pointer(ID)?.as_str()?.strip_prefix("JTI=").map(str::to_owned);
        Ok(made.filter_map(id).collect())
    }

    async fn allow(&self, account: &str, rule: &Value) -> anyhow::Result<()> {
        let home = format!("{RBAC}/namespaces/{}", self.side.namespace);
        self.create(&format!("{home}/roles"), &json!({ "metadata": { "name": account }, "rules": [rule] })).await?;
        let binding = json!({
            "metadata": { "name": account },
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": account },
            "subjects": [{ "kind": "ServiceAccount", "name": account, "namespace": self.side.namespace }],
        });
        self.create(&format!("{home}/rolebindings"), &binding).await.map(|_| ())
    }

    async fn wait_until_allowed(&self, account: &str, mut attributes: Value) -> anyhow::Result<()> {
        let namespace = &self.side.namespace;
        if let Value::Object(fields) = &mut attributes {
            fields.insert("namespace".to_owned(), json!(namespace));
        }
        let user = format!("system:serviceaccount:{namespace}:{account}");
        let review = json!({ "spec": { "user": user, "resourceAttributes": attributes } });
        let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
        until(RIGHTS_PATIENCE, "the rights of an account take effect", async || {
            let answer = self.create(path, &review).await?;
            Ok((answer.pointer("/status/allowed") == Some(&json!(true))).then_some(()))
        })
        .await
    }

    async fn create(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = self.admin.post(format!("{}{path}", self.side.url)).json(body).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status.is_success(), "POST {path}: {status} {text}");
        Ok(serde_json::from_str(&text)?)
    }
}

fn named(name: &str) -> Value {
    json!({ "metadata": { "name": name } })
}

/// The tutorial's own manifest, so that tests prove what the tutorial hands out.
const DYNAMIC_ISSUER: &str = include_str!("../../docs/tutorials/dynamic-issuer.yaml");

/// The rules of the least issuer for temporary accounts with the Role [`READER`], for rules of one's own and for revocable
/// tokens, in one namespace.
fn dynamic_rules() -> anyhow::Result<Value> {
    let objects: Vec<Value> = serde_saphyr::from_multiple(DYNAMIC_ISSUER).context("read the tutorial's manifest")?;
    let role = objects.iter().find(|object| object.get("kind") == Some(&json!("Role")));
    role.and_then(|role| role.get("rules")).cloned().context("the tutorial's manifest has a Role with rules")
}

/// The Role that temporary accounts get: it may read config maps.
pub const READER: &str = "reader";

impl RealGround {
    /// Lets the issuer make temporary accounts and anchors in its namespace, and makes the Role [`READER`].
    ///
    /// # Errors
    /// When the cluster refuses something.
    pub async fn allow_dynamic(&self) -> anyhow::Result<()> {
        let home = format!("{RBAC}/namespaces/{}", self.side.namespace);
        let reading = json!({ "apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"] });
        self.create(&format!("{home}/roles"), &json!({ "metadata": { "name": READER }, "rules": [reading] })).await?;
        let role = json!({ "metadata": { "name": "issuer-dynamic" }, "rules": dynamic_rules()? });
        self.create(&format!("{home}/roles"), &role).await?;
        let binding = json!({
            "metadata": { "name": "issuer-dynamic" },
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "issuer-dynamic" },
            "subjects": [{ "kind": "ServiceAccount", "name": ISSUER, "namespace": self.side.namespace }],
        });
        self.create(&format!("{home}/rolebindings"), &binding).await?;
        self.wait_until_allowed(ISSUER, json!({ "resource": "secrets", "verb": "delete" })).await?;
        let group = "rbac.authorization.k8s.io";
        let bind = json!({ "group": group, "resource": "roles", "name": READER, "verb": "bind" });
        self.wait_until_allowed(ISSUER, bind).await
    }

    /// Names of the objects in the namespace that carry our label, as `kind/name`; secrets among them.
    ///
    /// # Errors
    /// When the cluster does not answer.
    pub async fn owned(&self) -> anyhow::Result<Vec<String>> {
        let (home, mut found) = (&self.side.namespace, Vec::new());
        let lists = [
            ("ServiceAccount", format!("/api/v1/namespaces/{home}/serviceaccounts")),
            ("Secret", format!("/api/v1/namespaces/{home}/secrets")),
            ("RoleBinding", format!("{RBAC}/namespaces/{home}/rolebindings")),
            ("Role", format!("{RBAC}/namespaces/{home}/roles")),
        ];
        for (kind, path) in lists {
            let url = format!("{}{path}?labelSelector=mayfly.dev%2Finstallation", self.side.url);
            let list: Value = self.admin.get(url).send().await?.error_for_status()?.json().await?;
            let items = list.get("items").and_then(Value::as_array).context("a list has items")?;
            let name = |item: &Value| item.pointer("/metadata/name").and_then(Value::as_str).map(str::to_owned);
            found.extend(items.iter().filter_map(name).map(|name| format!("{kind}/{name}")));
        }
        Ok(found)
    }
}
