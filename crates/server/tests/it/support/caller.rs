//! Somebody who calls the server: with an access token or without, as some program.

use std::{net::IpAddr, time::Duration};

use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::Value;

use super::Answer;

/// How long a request may take on a busy machine before the test gives up.
const PATIENCE: Duration = Duration::from_mins(1);

/// A caller. Clones are the same one.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    client: reqwest::Client,
    base: String,
    headers: HeaderMap,
}

impl Caller {
    pub(super) fn new(base: &str) -> Self {
        Self::with_client(base, reqwest::Client::builder())
    }

    /// The same caller from another address of this machine, such as `127.0.0.2`.
    pub(crate) fn at(self, address: IpAddr) -> Self {
        let moved = Self::with_client(&self.base, reqwest::Client::builder().local_address(address));
        Self { client: moved.client, ..self }
    }

    fn with_client(base: &str, builder: reqwest::ClientBuilder) -> Self {
        let client = builder
            .tls_certs_only([])
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .expect("the settings fit together");
        Self { client, base: base.to_owned(), headers: HeaderMap::new() }
    }

    /// The same caller of another server, or of one that was started anew.
    pub(crate) fn at_server(self, of: &Self) -> Self {
        Self { base: of.base.clone(), ..self }
    }

    /// The same caller with an access token.
    pub(crate) fn with_token(self, token: &str) -> Self {
        self.with_header("authorization", &format!("Bearer {token}"))
    }

    /// The same caller with one more header.
    pub(crate) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.append(name, HeaderValue::from_str(value).expect("a value that a header may hold"));
        self
    }

    /// The same caller as another program.
    pub(crate) fn with_agent(self, agent: &str) -> Self {
        self.with_header("user-agent", agent)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    /// A `GET` with parameters, encoded as every client does.
    pub(crate) async fn ask(&self, path: &str, parameters: &[(&str, &str)]) -> Answer {
        let request = self.client.get(format!("{}{path}", self.base)).query(parameters);
        self.finish(request, format!("GET {path} {parameters:?}")).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::DELETE, path, Some(body)).await
    }

    /// Any request with a JSON body or none.
    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let asked = format!("{method} {path}");
        let request = self.client.request(method, format!("{}{path}", self.base));
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        self.finish(request, asked).await
    }

    /// A `POST` of any bytes with any content type.
    pub(crate) async fn post_bytes(&self, path: &str, content_type: Option<&str>, body: Vec<u8>) -> Answer {
        let request = self.client.post(format!("{}{path}", self.base)).body(body);
        let request = match content_type {
            Some(kind) => request.header(header::CONTENT_TYPE, kind),
            None => request,
        };
        self.finish(request, format!("POST {path} as {content_type:?}")).await
    }

    async fn finish(&self, request: reqwest::RequestBuilder, asked: String) -> Answer {
        let answer = request.headers(self.headers.clone()).send().await;
        let answer = answer.unwrap_or_else(|error| panic!("{asked}: no answer: {error:?}"));
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.unwrap_or_else(|error| panic!("{asked}: {error:?}"));
        Answer { status, headers, text, asked }
    }
}
