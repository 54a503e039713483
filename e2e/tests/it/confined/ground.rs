//! A namespace of a real cluster whose issuer was given far too much by a careless operator, and the policies over it.

use std::{collections::BTreeSet, fs, path::PathBuf, process::Command};

use anyhow::{Context as _, ensure};
use mayfly_e2e::{RIGHTS_PATIENCE, RealGround, print, waiting::until};
use mayfly_testkit::real_cluster::{own_name, shared};
use reqwest::{Client, Method, StatusCode, header::CONTENT_TYPE};
use serde_json::{Value, json};

use super::round::Refusal;
use crate::tools::{kubectl, run};

pub(super) const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";
/// A template of names: the holder's name is between the beginning and the end.
pub(super) const TEMPLATE: &str = "ci-shop-{{truncate identity.name 12}}-";

pub(super) struct Ground {
    pub(super) real: RealGround,
    /// Where temporary accounts may be.
    pub(super) home: String,
    /// Another namespace, where they may not.
    pub(super) other: String,
    /// A ClusterRole that may be bound, and that reads config maps.
    pub(super) reader: String,
    /// What the policies' names begin with, and the name of the issuer's careless rights.
    pub(super) name: String,
    /// The cluster's own audience.
    audience: String,
    pub(super) admin: Client,
    folder: tempfile::TempDir,
}

/// A call of the cluster's API.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Value,
}

/// What came of one.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Value,
}

impl Request {
    pub(super) fn post(path: impl Into<String>, body: Value) -> Self {
        Self { method: Method::POST, path: path.into(), body }
    }

    pub(super) fn patch(path: impl Into<String>, body: Value) -> Self {
        Self { method: Method::PATCH, path: path.into(), body }
    }

    pub(super) fn delete(path: impl Into<String>) -> Self {
        Self { method: Method::DELETE, path: path.into(), body: json!({}) }
    }

    /// The same, only tried.
    pub(super) fn tried(&self) -> Self {
        let sign = if self.path.contains('?') { '&' } else { '?' };
        Self { path: format!("{}{sign}dryRun=All", self.path), ..self.clone() }
    }
}

impl Answer {
    pub(super) fn message(&self) -> &str {
        self.body.pointer("/message").and_then(Value::as_str).unwrap_or_default()
    }
}

impl Ground {
    pub(super) async fn prepare(prefix: &str) -> anyhow::Result<Self> {
        let real = RealGround::prepare(shared().await?, prefix).await?;
        real.allow_dynamic().await?;
        let (admin, home) = (real.cluster.admin_client()?, real.side.namespace.clone());
        let [other, reader, name] = ["other", "reader", "issuer"].map(|part| own_name(&format!("{prefix}-{part}")));
        let audience = String::new();
        let mut ground = Self { real, home, other, reader, name, audience, admin, folder: tempfile::tempdir()? };
        ground.audience = ground.own_audience().await?;
        ground
            .make("/api/v1/namespaces", json!({ "metadata": { "name": ground.other, "labels": { "closed": "" } } }))
            .await?;
        let reading = json!([{ "apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"] }]);
        let roles = format!("{RBAC}/clusterroles");
        ground.make(&roles, json!({ "metadata": { "name": ground.reader }, "rules": reading })).await?;
        ground.make(&roles, json!({ "metadata": { "name": ground.name }, "rules": careless() })).await?;
        let binding = json!({
            "metadata": { "name": ground.name },
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": ground.name },
            "subjects": [{ "kind": "ServiceAccount", "name": "issuer", "namespace": ground.home }],
        });
        ground.make(&format!("{RBAC}/clusterrolebindings"), binding).await?;
        let namespaces = format!("/api/v1/namespaces/{}", ground.other);
        let allowed = until(RIGHTS_PATIENCE, "the issuer's rights take effect", async || {
            let tried = ground.steal(&Request::patch(&namespaces, json!({})).tried()).await?;
            Ok(tried.status.is_success().then_some(()))
        });
        allowed.await?;
        Ok(ground)
    }

    /// What tokens are for where nobody says otherwise.
    async fn own_audience(&self) -> anyhow::Result<String> {
        let path = format!("/api/v1/namespaces/{}/serviceaccounts/deployer/token", self.home);
        let made = self.make(&path, json!({ "spec": {} })).await?;
        made.pointer("/spec/audiences/0").and_then(Value::as_str).map(str::to_owned).context("a token has an audience")
    }

    /// The user that the policies are about.
    fn issuer(&self) -> String {
        format!("system:serviceaccount:{}:issuer", self.home)
    }

    /// Flags of an operator who uses every kind of lease.
    pub(super) fn opened_flags(&self) -> Vec<String> {
        let account = format!("{}/deployer", self.home);
        let mut flags = vec!["--namespace", &self.home, "--role", "reader", "--cluster-role", &self.reader];
        flags.extend(["--cluster-role-everywhere", &self.reader, "--own-rules", "everywhere", "--account", &account]);
        flags.extend(["--audience", &self.audience, "--longest-token", "86400"]);
        flags.extend(["--name-template", "{{randomUsername}}", "--name-template", TEMPLATE]);
        // Even one that lets an annotation through which makes tokens.
        flags.extend(["--annotation", "kubernetes.io/service-account.name"]);
        flags.into_iter().map(str::to_owned).collect()
    }

    /// Flags of one who uses temporary accounts with one role, in namespaces that a label does not close.
    pub(super) fn closed_flags() -> Vec<String> {
        let selector = json!({ "matchExpressions": [{ "key": "closed", "operator": "DoesNotExist" }] });
        ["--namespace-selector", &selector.to_string(), "--role", "reader"].map(str::to_owned).to_vec()
    }

    /// Generates the policies and applies them as an operator does.
    pub(super) async fn confine(&self, installation: &str, flags: &[String]) -> anyhow::Result<()> {
        let issuer = self.issuer();
        let first =
            ["admission-policy", "--installation", installation, "--issuer", &issuer, "--policy-name", &self.name];
        let printed = print(first.into_iter().chain(flags.iter().map(String::as_str))).await?;
        fs::write(self.policies(), printed)?;
        self.kubectl(&["apply", "--filename"]).await
    }

    /// Everything that the policies in the cluster can say.
    pub(super) async fn refusals(&self) -> anyhow::Result<BTreeSet<Refusal>> {
        let list = self.read("/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies").await?;
        let items = list.body.pointer("/items").and_then(Value::as_array).context("a list has items")?;
        let mut refusals = BTreeSet::new();
        for item in items {
            let text =
                |item: &Value, path: &str| item.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
            let name = text(item, "/metadata/name");
            let Some(policy) = name.strip_prefix(&format!("{}-", self.name)) else { continue };
            let validations = item.pointer("/spec/validations").and_then(Value::as_array).context("it validates")?;
            let refusal = |validation| Refusal { policy: policy.to_owned(), reason: text(validation, "/message") };
            refusals.extend(validations.iter().map(refusal));
        }
        ensure!(refusals.len() > 10, "the policies say only {refusals:?}");
        Ok(refusals)
    }

    fn policies(&self) -> PathBuf {
        self.folder.path().join("policies.yaml")
    }

    async fn kubectl(&self, arguments: &'static [&'static str]) -> anyhow::Result<()> {
        let (kubeconfig, file, home) =
            (self.real.cluster.kubeconfig().to_owned(), self.policies(), self.folder.path().to_owned());
        let work = move || {
            let mut command = Command::new(kubectl());
            command.env("KUBECONFIG", kubeconfig).env("HOME", home).args(arguments).arg(file);
            run(&mut command)
        };
        tokio::task::spawn_blocking(work).await.map(|_| ()).context("run kubectl")
    }

    /// Removes what is not in a namespace: it would stay for all who share the cluster.
    pub(super) async fn clear(&self) -> anyhow::Result<()> {
        if self.policies().exists() {
            self.kubectl(&["delete", "--ignore-not-found", "--filename"]).await?;
        }
        for name in [&self.name, &self.reader] {
            self.remove(&format!("{RBAC}/clusterrolebindings/{name}")).await?;
            self.remove(&format!("{RBAC}/clusterroles/{name}")).await?;
        }
        self.remove(&format!("/api/v1/namespaces/{}", self.other)).await
    }

    /// Makes an object as the admin.
    pub(super) async fn make(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        let made = self.ask(&self.admin, &Request::post(path, body)).await?;
        ensure!(made.status.is_success(), "{path}: {} {}", made.status, made.message());
        Ok(made.body)
    }

    /// Removes an object as the admin, whoever holds it, if it is there.
    pub(super) async fn remove(&self, path: &str) -> anyhow::Result<()> {
        let freed = Request::patch(path, json!({ "metadata": { "finalizers": null } }));
        let freed = self.ask(&self.admin, &freed).await?;
        if freed.status == StatusCode::NOT_FOUND {
            return Ok(());
        }
        let removed = self.ask(&self.admin, &Request::delete(path)).await?;
        ensure!(
            removed.status.is_success() || removed.status == StatusCode::NOT_FOUND,
            "{path}: {}",
            removed.message()
        );
        Ok(())
    }

    /// Reads an object as the admin.
    pub(super) async fn read(&self, path: &str) -> anyhow::Result<Answer> {
        self.ask(&self.admin, &Request { method: Method::GET, path: path.to_owned(), body: Value::Null }).await
    }

    /// Does something with the issuer's token.
    pub(super) async fn steal(&self, request: &Request) -> anyhow::Result<Answer> {
        let mut header = reqwest::header::HeaderMap::new();
        header.insert("authorization", format!("Bearer {}", self.real.side.issuer_token).parse()?);
        self.send(
            self.real.cluster.client()?.request(request.method.clone(), self.url(request)).headers(header),
            request,
        )
        .await
    }

    async fn ask(&self, client: &Client, request: &Request) -> anyhow::Result<Answer> {
        self.send(client.request(request.method.clone(), self.url(request)), request).await
    }

    fn url(&self, request: &Request) -> String {
        format!("{}{}", self.real.side.url, request.path)
    }

    async fn send(&self, call: reqwest::RequestBuilder, request: &Request) -> anyhow::Result<Answer> {
        let kind = match request.method {
            Method::PATCH if request.path.contains("fieldManager") => "application/apply-patch+yaml",
            Method::PATCH => "application/merge-patch+json",
            _ => "application/json",
        };
        let call = if request.method == Method::GET { call } else { call.body(request.body.to_string()) };
        let answer = call.header(CONTENT_TYPE, kind).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        Ok(Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) })
    }
}

/// Rights over everything of the kinds that an issuer needs, in all namespaces, and some more.
fn careless() -> Value {
    let verbs = ["create", "get", "list", "update", "patch", "delete", "deletecollection"];
    let more = [&verbs[..], &["bind", "escalate"]].concat();
    json!([
        { "apiGroups": [""], "resources": ["serviceaccounts", "secrets", "configmaps", "pods", "namespaces"], "verbs": verbs },
        { "apiGroups": [""], "resources": ["serviceaccounts/token"], "verbs": ["create"] },
        {
            "apiGroups": ["rbac.authorization.k8s.io"],
            "resources": ["roles", "rolebindings", "clusterroles", "clusterrolebindings"],
            "verbs": more,
        },
    ])
}
