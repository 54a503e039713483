//! One HTTPS exchange with somebody who is no cluster: an identity provider's documents and keys.
//!
//! The same guard and the same TLS as for clusters (see [`connect`](crate::connect)): looked up, checked, dialled at the
//! checked address, no proxy of the environment, no redirect followed. Nothing is pooled, because such exchanges are rare.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use mayfly_domain::clock::Ambient;

use crate::{
    EgressPolicy,
    ask::USER_AGENT,
    connect::{ConnectError, Direct, SecureConnector, SharedDial, TlsSettings},
    error::{Misconfigured, Step, Unreachable},
    exchange::exchange,
    executor::{TrustRoots, VerificationOff},
    place::Deadline,
};

/// Largest answer that is read, in bytes. Key sets of the largest providers have a tenth of it.
pub const LARGEST_DOCUMENT: usize = 1024 * 1024;

/// Longest address, in characters.
const LONGEST_ADDRESS: usize = 2048;

/// Speaks HTTPS to whoever an administrator named, past the egress guard.
pub struct Https {
    ambient: Ambient,
    dial: SharedDial,
    tls: TlsSettings,
}

/// Why an exchange did not happen. `Display` is for logs and the audit; nobody who may not learn what listens where is
/// shown it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum HttpsError {
    /// The address is not one that is ever asked.
    #[error("the address must be `https://`, with a host and without credentials or a fragment")]
    Address,
    /// The given CA cannot be used.
    #[error("{0}")]
    Trust(Misconfigured),
    /// No connection.
    #[error("{} failed: {}", .0.step, .0.kind)]
    Connect(ConnectError),
    /// It broke on the way, or was not HTTP.
    #[error("the connection broke while {0}")]
    Broken(Step),
    /// The time was up.
    #[error("there was no whole answer in time")]
    TimedOut,
    /// A redirect, which is never followed.
    #[error("the answer was a redirect ({0}), which is not followed")]
    Redirected(StatusCode),
    /// More than [`LARGEST_DOCUMENT`].
    #[error("the answer is larger than {LARGEST_DOCUMENT} bytes")]
    TooLarge,
}

impl HttpsError {
    /// Whether the egress guard refused the address, which may be told: it says nothing about what listens there.
    pub fn is_blocked(&self) -> bool {
        matches!(self, Self::Connect(error)
            if matches!(error.kind, crate::error::Kind::Unreachable(Unreachable::Blocked { .. })))
    }
}

impl Https {
    /// Connects directly, within `egress`; trusts `roots` where no CA is given.
    pub fn new(ambient: Ambient, egress: EgressPolicy, roots: TrustRoots) -> Self {
        let dial: SharedDial = Arc::new(Direct::new(ambient.clone(), egress));
        let tls = TlsSettings::new(ambient.clone(), VerificationOff::Refused, roots);
        Self { ambient, dial, tls }
    }

    /// Time and chance, as given.
    pub fn ambient(&self) -> &Ambient {
        &self.ambient
    }

    /// Sends `request`, whose address is a whole one, and reads the answer, whatever its status but a redirect. `ca` is
    /// then the only root. All of it before `deadline`.
    pub async fn send(
        &self,
        request: Request<Bytes>,
        ca: Option<&str>,
        deadline: Deadline,
    ) -> Result<Response<Bytes>, HttpsError> {
        let left = deadline.left(&self.ambient);
        self.ambient.within(left, self.exchange(request, ca)).await.unwrap_or(Err(HttpsError::TimedOut))
    }

    async fn exchange(&self, request: Request<Bytes>, ca: Option<&str>) -> Result<Response<Bytes>, HttpsError> {
        let (request, whole) = on_the_way(request)?;
        let config = self.tls.trusting(ca).map_err(HttpsError::Trust)?;
        let connector = SecureConnector::new(self.ambient.clone(), self.dial.clone(), config);
        let stream = connector.open(whole).await.map_err(HttpsError::Connect)?;
        exchange(stream, request, collect).await.map_err(|_| HttpsError::Broken(Step::Send))?
    }
}

/// The request as it is sent over one connection, and the address that the connection goes to.
fn on_the_way(request: Request<Bytes>) -> Result<(Request<Full<Bytes>>, Uri), HttpsError> {
    let whole = request.uri().clone();
    let authority = whole.authority().map(ToString::to_string).unwrap_or_default();
    let is_https = whole.scheme_str() == Some("https") && whole.host().is_some_and(|host| !host.is_empty());
    if !is_https || authority.contains('@') || whole.to_string().len() > LONGEST_ADDRESS {
        return Err(HttpsError::Address);
    }
    let (mut head, body) = request.into_parts();
    let path = whole.path_and_query().map_or("/", |path| path.as_str());
    head.uri = path.parse().map_err(|_| HttpsError::Address)?;
    head.headers.insert(header::HOST, HeaderValue::from_str(&authority).map_err(|_| HttpsError::Address)?);
    head.headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
    head.headers.entry(header::ACCEPT).or_insert(HeaderValue::from_static("application/json"));
    head.headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    Ok((Request::from_parts(head, Full::new(body)), whole))
}

async fn collect(response: Response<Incoming>) -> Result<Response<Bytes>, HttpsError> {
    let (head, mut incoming) = response.into_parts();
    if head.status.is_redirection() {
        return Err(HttpsError::Redirected(head.status));
    }
    if usize::try_from(incoming.size_hint().lower()).map_or(true, |size| size > LARGEST_DOCUMENT) {
        return Err(HttpsError::TooLarge);
    }
    let mut body = Vec::new();
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|_| HttpsError::Broken(Step::Answer))?;
        let Ok(data) = frame.into_data() else { continue };
        if body.len() + data.len() > LARGEST_DOCUMENT {
            return Err(HttpsError::TooLarge);
        }
        body.extend_from_slice(&data);
    }
    Ok(Response::from_parts(head, Bytes::from(body)))
}
