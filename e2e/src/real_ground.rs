//! A place in a real cluster where tokens come from.

use std::{collections::HashSet, sync::Arc, time::Duration};

use anyhow::{Context as _, ensure};
use mayfly_testkit::real_cluster::{RealCluster, own_name};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::{
    cluster_side::{ACCOUNT, ClusterSide, READER, reader_rules},
    waiting::until,
};

const ISSUER: &str = "issuer";
/// What the issuer of temporary accounts has its rights from.
const DYNAMIC: &str = "issuer-dynamic";
const RBAC_GROUP: &str = "rbac.authorization.k8s.io";
const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";
/// Where an audit event tells of the token that its call made.
pub const CREDENTIAL_ID: &str = "/annotations/authentication.kubernetes.io~1issued-credential-id";
/// Rights are learnt by a watch: an account has those that it was given by then.
pub const RIGHTS_PATIENCE: Duration = Duration::from_secs(20);

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
        self.allow(ISSUER, &json!([issuing])).await?;
        self.allow(ACCOUNT, &reader_rules()).await?;
        let token = json!({ "resource": "serviceaccounts", "subresource": "token", "name": ACCOUNT, "verb": "create" });
        self.wait_until_allowed(ISSUER, token).await?;
        self.wait_until_allowed(ACCOUNT, json!({ "resource": "configmaps", "verb": "list" })).await?;
        self.side.issuer_token = self.token_of(ISSUER, 86_400).await?;
        Ok(())
    }

    /// Lets everybody read the keys of the cluster, as [managed ones do], and waits until anybody can. Gives the path of the object that
    /// says so, which is the whole cluster's.
    ///
    /// # Errors
    /// When the cluster refuses something.
    ///
    /// [managed ones do]: https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery
    pub async fn publish_keys(&self) -> anyhow::Result<String> {
        let bindings = format!("{RBAC}/clusterrolebindings");
        let name = format!("{}-keys-for-everybody", self.side.namespace);
        let everybody = json!({
            "metadata": { "name": name },
            "roleRef": { "apiGroup": RBAC_GROUP, "kind": "ClusterRole", "name": "system:service-account-issuer-discovery" },
            "subjects": [{ "apiGroup": RBAC_GROUP, "kind": "Group", "name": "system:unauthenticated" }],
        });
        self.create(&bindings, &everybody).await?;
        let (anybody, keys) = (self.cluster.client()?, format!("{}/openid/v1/jwks", self.side.url));
        until(RIGHTS_PATIENCE, "everybody reads the cluster's keys", async || {
            Ok(anybody.get(&keys).send().await?.status().is_success().then_some(()))
        })
        .await?;
        Ok(format!("{bindings}/{name}"))
    }

    /// A token of one of the accounts, asked for directly.
    ///
    /// # Errors
    /// When the cluster refuses.
    pub async fn token_of(&self, account: &str, seconds: u32) -> anyhow::Result<String> {
        self.token_with(account, &json!({ "expirationSeconds": seconds })).await
    }

    /// The same, with any wish.
    ///
    /// # Errors
    /// When the cluster refuses.
    pub async fn token_with(&self, account: &str, spec: &Value) -> anyhow::Result<String> {
        let path = format!("/api/v1/namespaces/{}/serviceaccounts/{account}/token", self.side.namespace);
        let made = self.create(&path, &json!({ "spec": spec })).await?;
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

    /// From the cluster's own audit log: the `jti` of every token that the issuer was given.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn tokens_made(&self) -> anyhow::Result<Vec<String>> {
        Ok(self.tokens_by_call()?.into_iter().map(|(_, jti)| jti).collect())
    }

    /// The same, each after what its call is called by (`auditID`).
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn tokens_by_call(&self) -> anyhow::Result<Vec<(String, String)>> {
        let made = |event: &Value| {
            let jti = event.pointer(CREDENTIAL_ID)?.as_str()?.strip_prefix("JTI=")?;
            Some((event.get("auditID")?.as_str()?.to_owned(), jti.to_owned()))
        };
        Ok(self.token_calls()?.iter().filter_map(made).collect())
    }

    /// From the same log: the names of the accounts that they were for.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn accounts_with_tokens(&self) -> anyhow::Result<HashSet<String>> {
        let account = |event: &Value| event.pointer("/objectRef/name")?.as_str().map(str::to_owned);
        Ok(self.token_calls()?.iter().filter_map(account).collect())
    }

    /// The issuer's calls that made a token.
    fn token_calls(&self) -> anyhow::Result<Vec<Value>> {
        let mut events = self.issuer_calls()?;
        events.retain(|event| event.pointer(CREDENTIAL_ID).is_some());
        Ok(events)
    }

    /// From the same log: everything that the issuer asked for.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn issuer_calls(&self) -> anyhow::Result<Vec<Value>> {
        let issuer = format!("system:serviceaccount:{}:{ISSUER}", self.side.namespace);
        let mut events = self.cluster.audit_log_about(&issuer)?;
        events.retain(|event| event.pointer("/user/username") == Some(&json!(issuer)));
        Ok(events)
    }

    async fn allow(&self, account: &str, rules: &Value) -> anyhow::Result<()> {
        let home = format!("{RBAC}/namespaces/{}", self.side.namespace);
        self.create(&format!("{home}/roles"), &json!({ "metadata": { "name": account }, "rules": rules })).await?;
        let binding = json!({
            "metadata": { "name": account },
            "roleRef": { "apiGroup": RBAC_GROUP, "kind": "Role", "name": account },
            "subjects": [{ "kind": "ServiceAccount", "name": account, "namespace": self.side.namespace }],
        });
        self.create(&format!("{home}/rolebindings"), &binding).await.map(|_| ())
    }

    async fn wait_until_allowed(&self, account: &str, attributes: Value) -> anyhow::Result<()> {
        until(RIGHTS_PATIENCE, "the rights of an account take effect", async || {
            Ok(self.may(account, &attributes).await?.then_some(()))
        })
        .await
    }

    /// Whether an account of the namespace may do something in it, as an access review names it.
    ///
    /// # Errors
    /// When the cluster does not answer.
    pub async fn may(&self, account: &str, attributes: &Value) -> anyhow::Result<bool> {
        let (namespace, mut attributes) = (&self.side.namespace, attributes.clone());
        if let Value::Object(fields) = &mut attributes {
            fields.insert("namespace".to_owned(), json!(namespace));
        }
        let user = format!("system:serviceaccount:{namespace}:{account}");
        let review = json!({ "spec": { "user": user, "resourceAttributes": attributes } });
        let answer = self.create("/apis/authorization.k8s.io/v1/subjectaccessreviews", &review).await?;
        Ok(answer.pointer("/status/allowed") == Some(&json!(true)))
    }

    /// Takes the right to make service accounts from the issuer of [`allow_dynamic`](Self::allow_dynamic), and nothing
    /// else.
    ///
    /// # Errors
    /// When the cluster refuses something.
    pub async fn forbid_accounts(&self) -> anyhow::Result<()> {
        let mut rules = dynamic_rules()?;
        let rules_of = rules.as_array_mut().context("rules are a list")?;
        let accounts = rules_of.iter_mut().find(|rule| rule.get("resources") == Some(&json!(["serviceaccounts"])));
        *accounts.and_then(|rule| rule.get_mut("verbs")).context("a rule is about accounts")? = json!(["get", "list"]);
        let url = format!("{}{RBAC}/namespaces/{}/roles/{DYNAMIC}", self.side.url, self.side.namespace);
        let change = json!({ "metadata": { "name": DYNAMIC }, "rules": rules });
        self.admin.put(url).json(&change).send().await?.error_for_status()?;
        let attributes = json!({ "resource": "serviceaccounts", "verb": "create" });
        until(RIGHTS_PATIENCE, "the right is taken away", async || {
            Ok((!self.may(ISSUER, &attributes).await?).then_some(()))
        })
        .await
    }

    /// An object as the admin reads it, if it is there.
    ///
    /// # Errors
    /// When the cluster does not answer.
    pub async fn object(&self, path: &str) -> anyhow::Result<Option<Value>> {
        let answer = self.admin.get(format!("{}{path}", self.side.url)).send().await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        Ok(Some(answer.error_for_status()?.json().await?))
    }

    /// Removes an object as the admin.
    ///
    /// # Errors
    /// When the cluster refuses.
    pub async fn remove(&self, path: &str) -> anyhow::Result<()> {
        self.admin.delete(format!("{}{path}", self.side.url)).send().await?.error_for_status()?;
        Ok(())
    }

    /// Makes an object as the admin.
    ///
    /// # Errors
    /// When the cluster refuses.
    pub async fn create(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
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

/// The rules of the least issuer for temporary accounts with the Role [`READER`], for rules of one's own and for
/// revocable tokens, in one namespace.
fn dynamic_rules() -> anyhow::Result<Value> {
    let objects: Vec<Value> = serde_saphyr::from_multiple(DYNAMIC_ISSUER).context("read the tutorial's manifest")?;
    let role = objects.iter().find(|object| object.get("kind") == Some(&json!("Role")));
    role.and_then(|role| role.get("rules")).cloned().context("the tutorial's manifest has a Role with rules")
}

impl RealGround {
    /// Lets the issuer make temporary accounts and anchors in its namespace, and makes the Role [`READER`].
    ///
    /// # Errors
    /// When the cluster refuses something.
    pub async fn allow_dynamic(&self) -> anyhow::Result<()> {
        let home = format!("{RBAC}/namespaces/{}", self.side.namespace);
        let reader = json!({ "metadata": { "name": READER }, "rules": reader_rules() });
        self.create(&format!("{home}/roles"), &reader).await?;
        let role = json!({ "metadata": { "name": DYNAMIC }, "rules": dynamic_rules()? });
        self.create(&format!("{home}/roles"), &role).await?;
        let binding = json!({
            "metadata": { "name": DYNAMIC },
            "roleRef": { "apiGroup": RBAC_GROUP, "kind": "Role", "name": DYNAMIC },
            "subjects": [{ "kind": "ServiceAccount", "name": ISSUER, "namespace": self.side.namespace }],
        });
        self.create(&format!("{home}/rolebindings"), &binding).await?;
        self.wait_until_allowed(ISSUER, json!({ "resource": "secrets", "verb": "delete" })).await?;
        let bind = json!({ "group": RBAC_GROUP, "resource": "roles", "name": READER, "verb": "bind" });
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
