//! What arrived, so that a test can say "nothing did".

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Request, header};
use tokio::sync::watch;

use super::calls::Calls;

/// How long a test waits for a request before it gives up: far longer than any busy machine needs.
const PATIENCE: Duration = Duration::from_secs(30);

/// One request, as it arrived.
#[derive(Clone, Debug)]
pub struct SeenRequest {
    /// Method, path and query.
    pub request: Request<Bytes>,
    /// Which connection it came over, counted from 1.
    pub connection: u64,
}

impl SeenRequest {
    /// Path and query.
    pub fn path(&self) -> &str {
        self.request.uri().path_and_query().map_or("", |path| path.as_str())
    }

    /// Its headers. The bearer token is replaced by a word.
    pub fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(self.request.body()).unwrap_or_default()
    }
}

/// Everything that arrived at one server. Clones are the same log.
#[derive(Clone, Debug)]
pub struct RequestLog {
    seen: Arc<Mutex<Vec<SeenRequest>>>,
    connections: Arc<watch::Sender<u64>>,
    arrivals: Arc<watch::Sender<()>>,
}

impl Default for RequestLog {
    fn default() -> Self {
        Self {
            seen: Arc::default(),
            connections: Arc::new(watch::Sender::new(0)),
            arrivals: Arc::new(watch::Sender::new(())),
        }
    }
}

impl RequestLog {
    /// The requests of some kind so far, oldest first.
    pub fn of(&self, calls: Calls) -> Vec<SeenRequest> {
        let seen = self.seen();
        seen.iter().filter(|seen| calls.contain(seen.request.method(), seen.request.uri().path())).cloned().collect()
    }

    /// How many requests of some kind arrived.
    pub fn count(&self, calls: Calls) -> usize {
        let seen = self.seen();
        seen.iter().filter(|seen| calls.contain(seen.request.method(), seen.request.uri().path())).count()
    }

    /// How many connections were accepted, with or without a request.
    pub fn connections(&self) -> u64 {
        *self.connections.borrow()
    }

    /// Waits until `count` requests of some kind arrived.
    ///
    /// # Panics
    /// After half a minute in vain.
    pub async fn wait_for(&self, calls: Calls, count: usize) {
        let mut arrivals = self.arrivals.subscribe();
        let arrived = arrivals.wait_for(|()| self.count(calls) >= count);
        #[expect(clippy::disallowed_methods, reason = "requests travel by the machine's time")]
        let result = tokio::time::timeout(PATIENCE, arrived).await.map(|_| ());
        assert!(result.is_ok(), "waited in vain for {count} requests of {calls:?}; there were {:?}", self.seen());
    }

    pub(super) fn add_connection(&self) -> u64 {
        let mut number = 0;
        self.connections.send_modify(|count| {
            *count += 1;
            number = *count;
        });
        number
    }

    pub(super) fn add(&self, request: &Request<Bytes>, connection: u64) {
        let mut request = request.clone();
        if let Some(authorization) = request.headers_mut().get_mut(header::AUTHORIZATION) {
            *authorization = http::HeaderValue::from_static("[hidden]");
        }
        self.seen().push(SeenRequest { request, connection });
        self.arrivals.send_replace(());
    }

    fn seen(&self) -> MutexGuard<'_, Vec<SeenRequest>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
