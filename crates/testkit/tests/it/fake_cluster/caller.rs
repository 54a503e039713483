//! Somebody who makes calls to one cluster, and remembers the UIDs it told.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use mayfly_testkit::{claims::claims, fake_cluster::FakeCluster};
use reqwest::{Certificate, Client, Method, header};
use serde_json::{Value, json};

pub(super) const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";
pub(super) const WHO_AM_I: &str = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

/// A client with a token.
pub(super) struct Caller {
    server: String,
    client: Client,
    token: String,
    /// UIDs by the name of the object, which no two objects of a test share.
    uids: Mutex<HashMap<String, String>>,
}

impl Caller {
    pub(super) fn new(server: &str, client: Client, token: &str) -> Self {
        Self { server: server.to_owned(), client, token: token.to_owned(), uids: Mutex::default() }
    }

    pub(super) fn of_fake(cluster: &FakeCluster, token: &str) -> Self {
        let root = Certificate::from_pem(cluster.ca_pem().as_bytes()).unwrap();
        let client = Client::builder().tls_certs_only([root]).no_proxy().build().unwrap();
        Self::new(&cluster.url(), client, token)
    }

    /// Somebody else at the same cluster.
    pub(super) fn with_token(&self, token: &str) -> Self {
        Self::new(&self.server, self.client.clone(), token)
    }

    pub(super) async fn get(&self, path: &str) -> (u16, Value) {
        self.send(Method::GET, path, None).await
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.send(Method::POST, path, Some(body)).await
    }

    pub(super) async fn delete(&self, path: &str, body: Option<Value>) -> (u16, Value) {
        self.send(Method::DELETE, path, body).await
    }

    /// Whether its token is accepted.
    pub(super) async fn is_known(&self) -> bool {
        match self.post(WHO_AM_I, json!({})).await.0 {
            201 => true,
            401 => false,
            status => panic!("the cluster answered {status}"),
        }
    }

    /// Waits until its token is refused, twice as long as an API server remembers one.
    pub(super) async fn wait_until_unknown(&self) {
        let mut ticks = tokio::time::interval(Duration::from_millis(10));
        for _ in 0..2000 {
            ticks.tick().await;
            if !self.is_known().await {
                return;
            }
        }
        panic!("a token that should be refused is still accepted");
    }

    /// Sends a request and gives what came back. `<uid NAME>` in the body stands for the UID of an object.
    pub(super) async fn send(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let is_creation = method == Method::POST && !path.contains('?');
        let mut request = self.client.request(method, format!("{}{path}", self.server)).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(self.with_uids(&body));
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let answer: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        if let (true, 201, Some(uid)) = (is_creation, status, answer["metadata"]["uid"].as_str()) {
            let name = answer["metadata"]["name"].as_str().unwrap();
            self.uids.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), uid.to_owned());
        }
        (status, answer)
    }

    /// A change to an object, which only the real one takes.
    pub(super) fn merge(&self, path: &str, change: &Value) -> reqwest::RequestBuilder {
        let request = self.client.patch(format!("{}{path}", self.server)).bearer_auth(&self.token);
        request.header(header::CONTENT_TYPE, "application/merge-patch+json").body(change.to_string())
    }

    fn with_uids(&self, body: &Value) -> String {
        let uids = self.uids.lock().unwrap_or_else(PoisonError::into_inner);
        let text = body.to_string();
        uids.iter().fold(text, |text, (name, uid)| text.replace(&format!("<uid {name}>"), uid))
    }

    /// An answer without what differs from cluster to cluster and from moment to moment.
    pub(super) fn without_chance(&self, mut answer: Value) -> Value {
        strip(&mut answer);
        let uids = self.uids.lock().unwrap_or_else(PoisonError::into_inner);
        let text =
            uids.iter().fold(answer.to_string(), |text, (name, uid)| text.replace(uid, &format!("<uid {name}>")));
        serde_json::from_str(&text).unwrap()
    }
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("managedFields");
            for (key, value) in fields {
                match key.as_str() {
                    "creationTimestamp" | "deletionTimestamp" | "expirationTimestamp" | "resourceVersion" => {
                        *value = json!("<some>");
                    }
                    "token" => *value = lasting_claims(value.as_str().unwrap()),
                    _ => strip(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The claims of a token, but for its times and its number.
fn lasting_claims(token: &str) -> Value {
    let mut claims = claims(token);
    for chance in ["exp", "iat", "nbf", "jti"] {
        claims.as_object_mut().unwrap().remove(chance).unwrap();
    }
    claims
}
