//! The calls, answered as a real API server answers them.
//!
//! The conformance suite of `mayfly-cluster` runs the same tests against this and against the real one.

mod lists;
mod reviews;
mod token_requests;

use std::collections::HashMap;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Method, Request, Response, StatusCode, header};
use serde_json::{Value, json};

use super::{
    front_door::Upstream,
    rights::Needed,
    state::State,
    status::{Status, json_response},
};

/// The API, behind an optional path prefix.
pub(super) struct Api {
    pub(super) state: State,
    pub(super) path_prefix: String,
}

/// One call, taken apart.
struct Asked<'a> {
    state: &'a State,
    user: String,
    query: HashMap<String, String>,
    body: Value,
}

type Answer = Result<(StatusCode, Value), Status>;

impl Upstream for Api {
    fn act(&self, request: Request<Bytes>) -> BoxFuture<'_, Response<Bytes>> {
        let response = match request.uri().path().strip_prefix(self.path_prefix.as_str()) {
            None => not_mine(),
            Some(path) => match self.answer(&request, path) {
                Ok((code, body)) => json_response(code, &body),
                Err(status) => status.response(),
            },
        };
        Box::pin(async move { response })
    }
}

impl Api {
    fn answer(&self, request: &Request<Bytes>, path: &str) -> Answer {
        let user = self.authenticate(request)?;
        let query = request.uri().query().unwrap_or_default();
        let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let body = serde_json::from_slice(request.body()).unwrap_or_default();
        let asked = Asked { state: &self.state, user, query, body };
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        match (request.method(), segments.as_slice()) {
            (&Method::GET, ["version"]) => Ok((StatusCode::OK, version())),
            (&Method::GET, ["api", "v1", "namespaces"]) => asked.list_namespaces(),
            (&Method::GET, ["api", "v1", "namespaces", name]) => asked.read_namespace(name),
            (&Method::GET, ["api", "v1", "serviceaccounts"]) => asked.list_accounts(None),
            (&Method::GET, ["api", "v1", "namespaces", namespace, "serviceaccounts"]) => {
                asked.list_accounts(Some(namespace))
            }
            (&Method::GET, ["api", "v1", "namespaces", namespace, "serviceaccounts", name]) => {
                asked.read_account(namespace, name)
            }
            (&Method::POST, ["api", "v1", "namespaces", namespace, "serviceaccounts", name, "token"]) => {
                asked.create_token(namespace, name)
            }
            (&Method::POST, ["apis", "authorization.k8s.io", "v1", "selfsubjectaccessreviews"]) => {
                asked.review_access()
            }
            (&Method::POST, ["apis", "authentication.k8s.io", "v1", "selfsubjectreviews"]) => Ok(asked.review_self()),
            _ => Err(Status::no_such_path()),
        }
    }

    fn authenticate(&self, request: &Request<Bytes>) -> Result<String, Status> {
        let authorization = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = authorization.and_then(|value| value.strip_prefix("Bearer "));
        token.and_then(|token| self.state.user_of(token)).ok_or_else(Status::unauthorized)
    }
}

impl Asked<'_> {
    fn require(&self, needed: &Needed) -> Result<(), Status> {
        let held = needed.is_held_by(self.state.objects().rights_of(&self.user));
        if held { Ok(()) } else { Err(Status::forbidden(&self.user, needed)) }
    }

    fn read_namespace(&self, name: &str) -> Answer {
        // The namespace itself counts as the place of a request for it.
        self.require(&Needed::new("get", "namespaces", Some(name), Some(name)))?;
        let namespace = self.state.objects().namespace(name);
        Ok((StatusCode::OK, namespace.ok_or_else(|| Status::not_found("namespaces", name))?))
    }

    fn read_account(&self, namespace: &str, name: &str) -> Answer {
        self.require(&Needed::new("get", "serviceaccounts", Some(namespace), Some(name)))?;
        let account = self.state.objects().account(&(namespace.to_owned(), name.to_owned()));
        Ok((StatusCode::OK, account.ok_or_else(|| Status::not_found("serviceaccounts", name))?))
    }
}

fn version() -> Value {
    json!({
        "major": "1", "minor": "36", "gitVersion": "v1.36.3", "gitCommit": "", "gitTreeState": "clean",
        "buildDate": "2026-11-01T00:00:00Z", "goVersion": "go1.26", "compiler": "gc", "platform": "linux/amd64",
        "emulationMajor": "1", "emulationMinor": "36", "minCompatibilityMajor": "1", "minCompatibilityMinor": "35",
    })
}

/// What a proxy in front of an API server says to a path it does not know.
fn not_mine() -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(b"<html><body>404 page not found</body></html>"));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/html"));
    response
}
