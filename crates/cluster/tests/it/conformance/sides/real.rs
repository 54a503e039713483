//! The real API server behind a fault proxy, with objects of this test's own.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, bail, ensure};
use mayfly_testkit::{
    fake_cluster::FaultProxy,
    real_cluster::{RealCluster, own_name, shared},
};
use reqwest::{Client, Method, StatusCode, header};
use serde_json::{Value, json};

use super::rights::{CORE, Rule};
use crate::ground::{DEPLOYER, ISSUER};

const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";

pub(super) struct RealSide {
    pub(super) proxy: FaultProxy,
    pub(super) issuer_token: String,
    cluster: Arc<RealCluster>,
    admin: Client,
    namespace: String,
}

impl RealSide {
    /// Makes a namespace, an account, and an issuer that may create the account's tokens and nothing else.
    pub(super) async fn prepare(namespace: &str) -> anyhow::Result<Self> {
        let cluster = shared().await?;
        let admin = cluster.admin_client()?;
        let proxy = FaultProxy::start(cluster.server(), cluster.ca_pem()).await?;
        let mut side = Self { proxy, issuer_token: String::new(), cluster, admin, namespace: namespace.to_owned() };
        side.create("/api/v1/namespaces", named(namespace)).await?;
        let accounts = format!("/api/v1/namespaces/{namespace}/serviceaccounts");
        side.create(&accounts, named(ISSUER)).await?;
        side.create(&accounts, named(DEPLOYER)).await?;
        let issuing = Rule::new(CORE, "serviceaccounts/token", &["create"]).on(DEPLOYER);
        side.give(Some(namespace), &[issuing]).await?;
        let token_path = format!("{accounts}/{ISSUER}/token");
        let token = side.create(&token_path, json!({ "spec": { "expirationSeconds": 86_400 } })).await?;
        side.issuer_token = token.pointer("/status/token").and_then(Value::as_str).context("no token")?.to_owned();
        Ok(side)
    }

    /// Gives the issuer rights in a namespace or everywhere, and waits until they have taken effect.
    pub(super) async fn give(&self, namespace: Option<&str>, rules: &[Rule]) -> anyhow::Result<()> {
        let (kind, home) = match namespace {
            Some(namespace) => ("Role", format!("{RBAC}/namespaces/{namespace}/")),
            None => ("ClusterRole", format!("{RBAC}/cluster")),
        };
        let name = own_name(ISSUER);
        let wire: Vec<Value> = rules.iter().map(Rule::wire).collect();
        self.create(&format!("{home}roles"), json!({ "metadata": { "name": name }, "rules": wire })).await?;
        self.create(&format!("{home}rolebindings"), self.binding(kind, &name)).await?;
        let last = rules.last().context("no rights")?;
        self.wait_until_allowed(&last.attributes(namespace)).await
    }

    /// The authorizer learns of new bindings by a watch, a moment later.
    async fn wait_until_allowed(&self, attributes: &Value) -> anyhow::Result<()> {
        let user = format!("system:serviceaccount:{}:{ISSUER}", self.namespace);
        let review = json!({ "spec": { "user": user, "resourceAttributes": attributes } });
        let mut ticks = tokio::time::interval(Duration::from_millis(10));
        for _ in 0..1000 {
            ticks.tick().await;
            let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
            if self.create(path, review.clone()).await?["status"]["allowed"] == true {
                return Ok(());
            }
        }
        bail!("the issuer's rights did not take effect: {review}")
    }

    fn binding(&self, kind: &str, role: &str) -> Value {
        json!({
            "metadata": { "name": role },
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role },
            "subjects": [{ "kind": "ServiceAccount", "name": ISSUER, "namespace": self.namespace }],
        })
    }

    async fn create(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        self.as_admin(Method::POST, path, Some(body)).await?.with_context(|| format!("there is no {path}"))
    }

    /// Makes one object of a manifest about roles.
    pub(super) async fn apply(&self, item: &Value) -> anyhow::Result<()> {
        let plural = format!("{}s", item["kind"].as_str().context("no kind")?.to_lowercase());
        let place =
            item["metadata"]["namespace"].as_str().map_or_else(String::new, |name| format!("namespaces/{name}/"));
        self.create(
            &format!("/apis/{}/{place}{plural}", item["apiVersion"].as_str().context("no group")?),
            item.clone(),
        )
        .await?;
        Ok(())
    }

    /// A call past the proxy, by somebody who may do everything. `None` says that the object is not there.
    pub(super) async fn as_admin(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> anyhow::Result<Option<Value>> {
        let kind = if method == Method::PATCH { "application/merge-patch+json" } else { "application/json" };
        let request = self.admin.request(method.clone(), format!("{}{path}", self.cluster.server()));
        let body = body.map_or_else(String::new, |body| body.to_string());
        let answer = request.header(header::CONTENT_TYPE, kind).body(body).send().await?;
        let status = answer.status();
        if status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let text = answer.text().await?;
        ensure!(status.is_success(), "{method} {path}: {status} {text}");
        Ok(serde_json::from_str(&text)?)
    }

    /// From the audit log: `jti`s of the tokens made for an account by anybody but the admin.
    pub(super) fn tokens_made(&self, namespace: &str, account: &str) -> anyhow::Result<Vec<String>> {
        let text = |event: &Value, path: &str| event.pointer(path).and_then(Value::as_str).map(str::to_owned);
        let path = format!("/namespaces/{namespace}/serviceaccounts/{account}/token");
        let events = self.cluster.audit_log_about(&path)?;
        let made = events.iter().filter(|event| {
            text(event, "/objectRef/subresource").as_deref() == Some("token")
                && text(event, "/objectRef/namespace").as_deref() == Some(namespace)
                && text(event, "/objectRef/name").as_deref() == Some(account)
                && event.pointer("/responseStatus/code") == Some(&json!(201))
        });
        let id = "/annotations/authentication.kubernetes.io~1issued-credential-id";
        Ok(made.filter_map(|event| Some(text(event, id)?.strip_prefix("JTI=")?.to_owned())).collect())
    }
}

fn named(name: &str) -> Value {
    json!({ "metadata": { "name": name } })
}
