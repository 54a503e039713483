//! The few calls to the Kubernetes API that the demo makes itself.

use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use reqwest::{
    Certificate, Client, Identity, Method, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue},
};
use serde_json::{Value, json};

/// Longer than any of these calls takes, on a busy machine too.
const CALL_PATIENCE: Duration = Duration::from_secs(30);
/// API servers learn rights by a watch, usually within a second.
const RIGHTS_ATTEMPTS: usize = 300;
const INTERVAL: Duration = Duration::from_millis(100);

/// A cluster, as one caller sees it.
#[derive(Clone, Debug)]
pub(super) struct Api {
    server: String,
    client: Client,
}

/// How a caller proves who they are.
#[derive(Clone, Copy)]
pub(super) enum Proof<'a> {
    Token(&'a str),
    /// Client certificate and key, as PEM one after the other.
    Certificate(&'a str),
}

impl Api {
    /// `authority` is PEM, and then the only one that is believed.
    pub(super) fn new(server: &str, authority: Option<&str>, proof: Proof<'_>) -> anyhow::Result<Self> {
        let mut builder =
            Client::builder().timeout(CALL_PATIENCE).redirect(reqwest::redirect::Policy::none()).no_proxy();
        if let Some(authority) = authority {
            let certificates =
                Certificate::from_pem_bundle(authority.as_bytes()).context("read the cluster's authority")?;
            builder = builder.tls_certs_only(certificates);
        }
        builder = match proof {
            Proof::Token(token) => builder.default_headers(bearer(token)?),
            Proof::Certificate(pem) => {
                builder.identity(Identity::from_pem(pem.as_bytes()).context("read the client certificate")?)
            }
        };
        let client = builder.build().context("make a client of the cluster")?;
        Ok(Self { server: server.trim_end_matches('/').to_owned(), client })
    }

    /// Sends a request, and gives what came back, whatever it is.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<(StatusCode, Value)> {
        let mut request = self.client.request(method.clone(), format!("{}{path}", self.server));
        if let Some(body) = body {
            let kind = if method == Method::PATCH { "application/apply-patch+yaml" } else { "application/json" };
            request = request.header(CONTENT_TYPE, kind).body(body.to_string());
        }
        let response = request.send().await.with_context(|| format!("ask the cluster at {}", self.server))?;
        let status = response.status();
        let text = response.text().await.context("read the cluster's answer")?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }

    /// Makes something, and gives what was made.
    pub(super) async fn create(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let (status, answer) = self.send(Method::POST, path, Some(body)).await?;
        ensure!(status == StatusCode::CREATED, "the cluster answered POST {path} with {status}: {}", message(&answer));
        Ok(answer)
    }

    /// Makes an object, or makes it what it should be.
    pub(super) async fn apply(&self, path: &str, object: &Value) -> anyhow::Result<()> {
        let path = format!("{path}?fieldManager=mayfly-demo&force=true");
        let (status, answer) = self.send(Method::PATCH, &path, Some(object)).await?;
        ensure!(status.is_success(), "the cluster answered PATCH {path} with {status}: {}", message(&answer));
        Ok(())
    }

    /// Whom the cluster takes us for.
    pub(super) async fn who_am_i(&self) -> anyhow::Result<String> {
        let review = self.create("/apis/authentication.k8s.io/v1/selfsubjectreviews", &json!({})).await?;
        let name = review.pointer("/status/userInfo/username").and_then(Value::as_str);
        Ok(name.context("the cluster's review names nobody")?.to_owned())
    }

    /// Waits until we have a right.
    pub(super) async fn wait_until_allowed(&self, attributes: &Value) -> anyhow::Result<()> {
        let review = json!({"spec": {"resourceAttributes": attributes}});
        let mut ticks = tokio::time::interval(INTERVAL);
        for _ in 0..RIGHTS_ATTEMPTS {
            ticks.tick().await;
            let answer = self.create("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", &review).await?;
            if answer.pointer("/status/allowed") == Some(&Value::Bool(true)) {
                return Ok(());
            }
        }
        bail!("the cluster does not grant {attributes}")
    }
}

fn bearer(token: &str) -> anyhow::Result<HeaderMap> {
    let mut header = HeaderValue::try_from(format!("Bearer {token}")).context("the token is no token")?;
    header.set_sensitive(true);
    Ok(HeaderMap::from_iter([(AUTHORIZATION, header)]))
}

/// What a Kubernetes error says.
pub(super) fn message(answer: &Value) -> &str {
    answer.get("message").and_then(Value::as_str).unwrap_or("no explanation")
}
