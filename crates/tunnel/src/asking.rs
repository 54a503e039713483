//! The server's end: asks, over a tunnel that a gateway opened.
//!
//! Clones are the same tunnel. What is asked through one that closes is told how far it got ([`Reached`]), and nothing is
//! asked twice here: whoever asked decides.
//!
//! [`Reached`]: crate::failure::Reached

mod life;
mod open;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use h2::{SendStream, client::SendRequest};
use http::{HeaderValue, Method, Request, StatusCode, Uri};
use mayfly_domain::{
    clock::Ambient,
    gateway_policy::GatewayOperation,
    ids::{GatewayOperationId, LeaseId},
};
use tokio::sync::{
    Notify, Semaphore,
    mpsc::{self, error::TrySendError},
    watch,
};
use tokio_util::sync::CancellationToken;

pub use life::LET_GO_LIMIT;
pub use open::{OpenFailed, Opened, refuse};

use crate::{
    body::{BodyFault, read_all, write_all},
    byte_stream::ByteStream,
    failure::{CallFailed, Leg, Reached, Refusal},
    liveness::{Health, SILENT_AFTER},
    protocol::{
        ACTOR_HEADER, ATTEMPT_HEADER, DEADLINE_HEADER, LARGEST_ANSWER, LARGEST_REQUEST, LEASE_HEADER, MOST_FORWARDS,
        OPERATION_HEADER, OPERATIONS_PATH,
    },
    record::{GatewayStatus, ServerRecord, Welcome},
};

/// Operations that run over one tunnel at once.
const MOST_RUNNING: usize = 128;

/// Operations that wait for a place, besides.
const MOST_WAITING: u32 = 256;

/// What is kept back of a deadline at most, for the answer's way.
const ANSWER_MARGIN: Duration = Duration::from_millis(500);

/// A tunnel to a gateway.
#[derive(Clone)]
pub struct Tunnel(Arc<Inner>);

struct Inner {
    ambient: Ambient,
    requests: SendRequest<Bytes>,
    outbox: mpsc::Sender<ServerRecord>,
    welcome: Welcome,
    status: watch::Sender<GatewayStatus>,
    health: watch::Receiver<Health>,
    nudge: Arc<Notify>,
    places: Semaphore,
    forwards: Arc<Semaphore>,
    waiting: AtomicU32,
    running: AtomicU32,
    spared: CancellationToken,
    let_go: CancellationToken,
    end: CancellationToken,
}

/// Something that a gateway is asked to do.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The same at each try.
    pub id: GatewayOperationId,
    /// What.
    pub name: GatewayOperation,
    /// Which try, from 1.
    pub attempt: u32,
    /// The lease that it is for.
    pub lease: Option<LeaseId>,
    /// For whom, in a few words for the gateway's own log.
    pub actor: Option<String>,
    /// What is left of the caller's time.
    pub limit: Duration,
    /// One JSON document.
    pub body: Bytes,
}

impl Tunnel {
    /// Who is at the other end.
    pub fn welcome(&self) -> &Welcome {
        &self.0.welcome
    }

    /// What it last [said](Self::said) of how it is.
    pub fn status(&self) -> GatewayStatus {
        self.0.status.borrow().clone()
    }

    /// Takes note of what it says of how it is.
    pub fn said(&self, status: GatewayStatus) {
        self.0.status.send_replace(status);
    }

    /// Whether both are one tunnel.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Operations that run.
    pub fn running(&self) -> u32 {
        self.0.running.load(Ordering::Relaxed)
    }

    /// Tells the gateway something. Nothing where the tunnel is gone; one that does not listen is closed.
    pub fn tell(&self, record: ServerRecord) {
        if let Err(TrySendError::Full(_)) = self.0.outbox.try_send(record) {
            self.close();
        }
    }

    /// Closes it at once.
    pub fn close(&self) {
        self.0.end.cancel();
    }

    /// Asks for `operation` and reads the answer, a JSON document. A tunnel that says that it closes is spared from then on.
    pub async fn call(&self, operation: Operation) -> Result<Bytes, CallFailed> {
        self.heeding(self.answered(operation).await)
    }

    async fn answered(&self, operation: Operation) -> Result<Bytes, CallFailed> {
        let limit = operation.limit;
        let begun = self.0.ambient.now();
        if operation.body.len() > LARGEST_REQUEST {
            let message = format!("an operation has at most {LARGEST_REQUEST} bytes");
            return Err(CallFailed::not_sent(Leg::Server, "too_long", message));
        }
        let place = self.0.ambient.within(limit, self.place()).await;
        let _place = place.unwrap_or_else(|| Err(overloaded()))?;
        let spent = self.0.ambient.now().duration_since(begun).unsigned_abs();
        let left = limit.saturating_sub(spent);
        let _running = Running::begin(&self.0.running);
        let answer = self.soon_or_pinged(left, self.exchange(operation, left)).await;
        answer.unwrap_or_else(|| Err(CallFailed::unknown("timed_out", "the gateway did not answer in time")))
    }

    /// Opens a byte stream from the gateway to `host` (a name or an address without brackets) at `port`.
    pub async fn connect(&self, host: &str, port: u16, limit: Duration) -> Result<ByteStream, CallFailed> {
        let place = Arc::clone(&self.0.forwards).try_acquire_owned().map_err(|_| {
            CallFailed::not_sent(Leg::Server, "overloaded", format!("{MOST_FORWARDS} byte streams are open already"))
        })?;
        let opened = self.soon_or_pinged(limit, self.open_stream(host, port, limit)).await;
        let late = || Err(CallFailed::unknown("timed_out", "the gateway did not connect in time"));
        Ok(self.heeding(opened.unwrap_or_else(late))?.holding(place))
    }

    fn heeding<T>(&self, outcome: Result<T, CallFailed>) -> Result<T, CallFailed> {
        if let Err(CallFailed { leg: Leg::Tunnel, reached: Reached::NotSent, .. }) = outcome {
            self.spare();
        }
        outcome
    }

    async fn open_stream(&self, host: &str, port: u16, limit: Duration) -> Result<ByteStream, CallFailed> {
        let authority = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
        let mut request = Request::new(());
        *request.method_mut() = Method::CONNECT;
        *request.uri_mut() = authority.parse().map_err(|_| {
            CallFailed::not_sent(Leg::Server, "bad_address", format!("`{authority}` is no host and port"))
        })?;
        request.headers_mut().insert(DEADLINE_HEADER, milliseconds(limit));
        let (response, sender) = self.send(request, false).await?;
        let response = response.await.map_err(|error| CallFailed::of_stream(&error))?;
        if response.status() != StatusCode::OK {
            return Err(refused(response).await);
        }
        Ok(ByteStream::new(sender, response.into_body()))
    }

    /// What `asked` comes to within `limit`. Where that is silent, it is seen whether anybody is there.
    async fn soon_or_pinged<T>(&self, limit: Duration, asked: impl Future<Output = T>) -> Option<T> {
        let mut asked = Box::pin(asked);
        let patience = limit.min(SILENT_AFTER);
        if let Some(answer) = self.0.ambient.within(patience, &mut asked).await {
            return Some(answer);
        }
        self.0.nudge.notify_one();
        self.0.ambient.within(limit.saturating_sub(patience), asked).await
    }

    /// A place among those that run.
    async fn place(&self) -> Result<tokio::sync::SemaphorePermit<'_>, CallFailed> {
        if let Ok(place) = self.0.places.try_acquire() {
            return Ok(place);
        }
        let _waiting = Running::begin(&self.0.waiting);
        if self.0.waiting.load(Ordering::Relaxed) > MOST_WAITING {
            return Err(overloaded());
        }
        self.0.places.acquire().await.map_err(|_| CallFailed::closing())
    }

    async fn exchange(&self, operation: Operation, left: Duration) -> Result<Bytes, CallFailed> {
        let (response, mut sender) = self.send(request(&operation, shortened(left)), false).await?;
        write_all(&mut sender, operation.body).await.map_err(|error| CallFailed::of_stream(&error))?;
        let response = response.await.map_err(|error| CallFailed::of_stream(&error))?;
        if response.status() != StatusCode::OK {
            return Err(refused(response).await);
        }
        read_all(response.into_body(), LARGEST_ANSWER).await.map_err(|fault| match fault {
            BodyFault::TooLong => CallFailed::unknown("too_long", "the gateway's answer is too long"),
            BodyFault::Broken(error) => CallFailed::unknown("tunnel_broke", format!("the tunnel broke: {error}")),
        })
    }

    async fn send(
        &self,
        request: Request<()>,
        is_whole: bool,
    ) -> Result<(h2::client::ResponseFuture, SendStream<Bytes>), CallFailed> {
        let requests = self.0.requests.clone().ready().await;
        let mut requests =
            requests.map_err(|error| CallFailed::not_sent(Leg::Tunnel, "tunnel_closing", error.to_string()))?;
        requests.send_request(request, is_whole).map_err(|_| CallFailed::closing())
    }
}

/// Counts one more for as long as it lives.
struct Running<'a>(&'a AtomicU32);

impl<'a> Running<'a> {
    fn begin(count: &'a AtomicU32) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What the gateway is given of `left`: its own answer to a deadline says more than ours, and has to come back in time.
fn shortened(left: Duration) -> Duration {
    left.saturating_sub((left / 10).min(ANSWER_MARGIN))
}

fn request(operation: &Operation, left: Duration) -> Request<()> {
    let mut request = Request::new(());
    *request.method_mut() = Method::POST;
    *request.uri_mut() = path(&format!("{OPERATIONS_PATH}{}", operation.name.word()));
    let headers = request.headers_mut();
    headers.insert(OPERATION_HEADER, text(&operation.id.to_string()));
    headers.insert(ATTEMPT_HEADER, HeaderValue::from(operation.attempt));
    headers.insert(DEADLINE_HEADER, milliseconds(left));
    if let Some(lease) = operation.lease {
        headers.insert(LEASE_HEADER, text(&lease.to_string()));
    }
    if let Some(actor) = &operation.actor {
        headers.insert(ACTOR_HEADER, text(actor));
    }
    request
}

/// An address within the tunnel. HTTP/2 wants a scheme and a host; both are names only.
fn path(path: &str) -> Uri {
    Uri::builder().scheme("https").authority("gateway").path_and_query(path).build().unwrap_or_default()
}

/// What cannot stand in a header is left out; nothing that is decided on is such a text.
fn text(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

fn milliseconds(duration: Duration) -> HeaderValue {
    HeaderValue::from(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

fn overloaded() -> CallFailed {
    CallFailed::not_sent(Leg::Server, "overloaded", "too many operations wait for this gateway")
}

async fn refused(response: http::Response<h2::RecvStream>) -> CallFailed {
    let status = response.status();
    let body = read_all(response.into_body(), LARGEST_ANSWER).await;
    let refusal = body.ok().and_then(|bytes| serde_json::from_slice::<Refusal>(&bytes).ok());
    let odd =
        || CallFailed::unknown("bad_answer", format!("the gateway answered {status} and nothing that can be read"));
    refusal.map_or_else(odd, CallFailed::from)
}
