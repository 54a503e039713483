//! The public side of an identity provider: HTTPS, a discovery document, a key set, and tokens signed by its keys.
//!
//! It vouches for whatever the test asks, and stands behind the same front door as the fake cluster, so that the same
//! things can go wrong with it.

mod signer;

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response, StatusCode, header};
use serde_json::{Value, json};

pub use signer::{SigningAlgorithm, TokenSigner, unsigned};

use crate::{
    certificates::TestAuthority,
    fake_cluster::{Calls, Faults, RequestLog, front_door::FrontDoor, front_door::Upstream},
};

/// Where its document is.
const DOCUMENT: &str = "/.well-known/openid-configuration";
/// Where its keys are.
const KEYS: &str = "/keys";

/// A provider on a free port of 127.0.0.1. It stops when it is dropped.
pub struct TestIssuer {
    door: FrontDoor,
    authority: TestAuthority,
    shown: Arc<Shown>,
}

struct Shown(Mutex<Documents>);

struct Documents {
    discovery: Value,
    keys: Vec<Value>,
    /// What is answered elsewhere, by path.
    answers: BTreeMap<String, (StatusCode, String)>,
}

impl TestIssuer {
    /// Starts one without any key.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start() -> io::Result<Self> {
        let authority = TestAuthority::new("test issuer");
        let shown = Arc::new(Shown(Mutex::new(Documents {
            discovery: Value::Null,
            keys: Vec::new(),
            answers: BTreeMap::new(),
        })));
        let door = FrontDoor::open(authority.sign_for(&["127.0.0.1"]), shown.clone()).await?;
        let issuer = Self { door, authority, shown };
        let url = issuer.url();
        issuer.set_discovery(json!({"issuer": url, "jwks_uri": format!("{url}{KEYS}")}));
        Ok(issuer)
    }

    /// Its address, and what it calls itself.
    pub fn url(&self) -> String {
        format!("https://{}", self.door.address)
    }

    /// The authority that alone vouches for it.
    pub fn ca_pem(&self) -> String {
        self.authority.pem()
    }

    /// Replaces its document.
    pub fn set_discovery(&self, document: Value) {
        self.documents().discovery = document;
    }

    /// Replaces its keys.
    pub fn set_keys(&self, keys: &[&TokenSigner]) {
        self.documents().keys = keys.iter().map(|key| key.jwk()).collect();
    }

    /// Replaces its keys by anything.
    pub fn set_raw_keys(&self, keys: Vec<Value>) {
        self.documents().keys = keys;
    }

    /// Answers at `path`, whatever the method, with this status and text: a token endpoint, for example.
    pub fn set_answer(&self, path: &str, status: u16, text: impl Into<String>) {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        self.documents().answers.insert(path.to_owned(), (status, text.into()));
    }

    /// How often its keys were asked for.
    pub fn key_requests(&self) -> usize {
        self.requests().of(Calls::All).iter().filter(|seen| seen.path() == KEYS).count()
    }

    /// What arrived.
    pub fn requests(&self) -> &RequestLog {
        &self.door.requests
    }

    /// What goes wrong.
    pub fn faults(&self) -> &Faults {
        &self.door.faults
    }

    fn documents(&self) -> MutexGuard<'_, Documents> {
        self.shown.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn takes_key_sets(request: &Request<Bytes>) -> bool {
    let accepted = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.contains("application/jwk-set+json")
}

impl Upstream for Shown {
    fn act(&self, request: Request<Bytes>) -> BoxFuture<'_, Response<Bytes>> {
        let documents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (status, body) = match request.uri().path() {
            DOCUMENT => (StatusCode::OK, documents.discovery.to_string()),
            // As the API server of Kubernetes 1.36 does it.
            KEYS if !takes_key_sets(&request) => (StatusCode::NOT_ACCEPTABLE, String::new()),
            KEYS => (StatusCode::OK, json!({"keys": documents.keys}).to_string()),
            path => documents.answers.get(path).cloned().unwrap_or((StatusCode::NOT_FOUND, String::new())),
        };
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = status;
        response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
        Box::pin(async move { response })
    }
}
