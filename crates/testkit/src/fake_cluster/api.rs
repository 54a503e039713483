//! The calls, answered as a real API server answers them.
//!
//! The conformance suite of `mayfly-cluster` runs the same tests against this and against the real one.

mod creations;
mod deletions;
mod lists;
mod reviews;
mod selector;
mod token_requests;

use std::collections::HashMap;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Method, Request, Response, StatusCode, header};
use serde_json::{Value, json};

use super::{
    front_door::Upstream,
    resources::{Place, Resource},
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
            (&Method::POST, ["api", "v1", "namespaces", namespace, "serviceaccounts", name, "token"]) => {
                asked.create_token(namespace, name)
            }
            (&Method::POST, ["apis", "authorization.k8s.io", "v1", "selfsubjectaccessreviews"]) => {
                asked.review_access()
            }
            (&Method::POST, ["apis", "authentication.k8s.io", "v1", "selfsubjectreviews"]) => Ok(asked.review_self()),
            (&Method::POST, ["apis", "authentication.k8s.io", "v1", "tokenreviews"]) => asked.review_token(),
            (method, segments) => {
                let place = Place::read(segments).ok_or_else(Status::no_such_path)?;
                match (method, place.name) {
                    (&Method::GET, None) => asked.list_objects(&place),
                    (&Method::GET, Some(name)) => asked.read_object(&place, name),
                    (&Method::POST, None) if place.takes_objects() => asked.create_object(&place),
                    (&Method::DELETE, Some(name)) => asked.delete_object(&place, name),
                    _ => Err(Status::no_such_method()),
                }
            }
        }
    }

    fn authenticate(&self, request: &Request<Bytes>) -> Result<String, Status> {
        let authorization = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = authorization.and_then(|value| value.strip_prefix("Bearer "));
        token.and_then(|token| self.state.user_of(token)).ok_or_else(Status::unauthorized)
    }
}

impl Asked<'_> {
    fn holds(&self, needed: &Needed) -> bool {
        needed.is_held_by(self.state.objects().rights_of(&self.user))
    }

    fn require(&self, needed: &Needed) -> Result<(), Status> {
        if self.holds(needed) { Ok(()) } else { Err(Status::forbidden(&self.user, needed)) }
    }

    fn read_namespace(&self, name: &str) -> Answer {
        // The namespace itself counts as the place of a request for it.
        self.require(&Needed::new("get", "namespaces", Some(name), Some(name)))?;
        let objects = self.state.objects();
        let namespace = objects.store.namespace(name).ok_or_else(|| Status::not_found("namespaces", name))?;
        Ok((StatusCode::OK, namespace.body.clone()))
    }

    fn read_object(&self, place: &Place<'_>, name: &str) -> Answer {
        self.require(&Needed::of(place.resource, "get", place.namespace, Some(name)))?;
        let objects = self.state.objects();
        let object = objects.store.get(place.resource.kind, &place.key(name));
        Ok((StatusCode::OK, object.ok_or_else(|| Status::no_such_object(place.resource, name))?.body.clone()))
    }

    /// New things need a namespace that is there and stays.
    fn require_open(&self, namespace: &str, resource: &Resource, name: &str) -> Result<(), Status> {
        let objects = self.state.objects();
        let found = objects.store.namespace(namespace).ok_or_else(|| Status::not_found("namespaces", namespace))?;
        if found.deleted_at.is_some() { Err(Status::namespace_is_going(resource, name, namespace)) } else { Ok(()) }
    }

    /// A body may name the namespace of its path, and no other. Outside of namespaces, nobody looks.
    fn require_same_namespace(&self, namespace: Option<&str>) -> Result<(), Status> {
        let said = self.body.pointer("/metadata/namespace").and_then(Value::as_str).filter(|said| !said.is_empty());
        if said.is_none() || namespace.is_none() || said == namespace {
            return Ok(());
        }
        let message = "the namespace of the provided object does not match the namespace sent on the request";
        Err(Status::bad_request(message.to_owned()))
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
