//! What stands before every route, whoever asks: methods that no route has, how many requests run at a time, how long one may
//! take, and the headers of every answer.

use std::{
    net::IpAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use hyper::body::{Frame, SizeHint};

use super::{
    Shared,
    concurrency::{Most, NoPlace, Place, Places},
    origin, problem,
    proxies::TrustedProxies,
    rate_limits::{RateLimiter, RateLimits},
};

/// What an operator may set of all this.
#[derive(Clone, Debug)]
pub struct Hardening {
    /// Proxies that are believed when they say who asked them.
    pub proxies: TrustedProxies,
    /// How often somebody may ask.
    pub rate_limits: RateLimits,
    /// Requests at a time.
    pub requests: Most,
    /// How long a request may take altogether; nothing: as long as it likes.
    pub longest_request: Option<Duration>,
    /// Whether browsers are told to come back by TLS only.
    pub strict_transport: StrictTransport,
}

/// Whether browsers are told to come back by TLS only (RFC 6797).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StrictTransport {
    /// They are.
    Told,
    /// Nothing is said: the server does not know that it is reached by TLS.
    Untold,
}

impl Hardening {
    /// Longer than anything of ours takes, and than clients wait.
    pub const LONGEST_REQUEST: Duration = Duration::from_mins(1);
    /// Far more than a server works on at a time; a hundred jobs behind one address are well below the second.
    pub const REQUESTS: Most = Most { altogether: 1_024, of_source: 512 };
}

impl Default for Hardening {
    /// Without limits of time and number: for a server whose clock somebody moves by hand. The wiring gives each.
    fn default() -> Self {
        Self {
            proxies: TrustedProxies::default(),
            rate_limits: RateLimits::NONE,
            requests: Most { altogether: usize::MAX, of_source: usize::MAX },
            longest_request: None,
            strict_transport: StrictTransport::Untold,
        }
    }
}

/// The same, at work.
#[derive(Debug)]
pub(super) struct Guards {
    pub(super) proxies: TrustedProxies,
    pub(super) rates: RateLimiter,
    pub(super) longest_request: Option<Duration>,
    places: Places,
    strict_transport: StrictTransport,
}

impl From<Hardening> for Guards {
    fn from(hardening: Hardening) -> Self {
        Self {
            proxies: hardening.proxies,
            rates: RateLimiter::new(hardening.rate_limits),
            longest_request: hardening.longest_request,
            places: Places::new(hardening.requests),
            strict_transport: hardening.strict_transport,
        }
    }
}

impl Guards {
    /// Whether the operator has said that requests come by TLS, or through proxies.
    pub(super) fn is_behind_tls_or_proxies(&self) -> bool {
        self.strict_transport == StrictTransport::Told || !self.proxies.are_none()
    }
}

/// Asked again and again by whoever must know whether we live: no limit holds it up.
const ALWAYS_ANSWERED: &str = "/api/status";

/// Lets a request in if there is a place for it.
pub(super) async fn admit(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    if !is_known(request.method()) {
        return problem::method_not_allowed().await;
    }
    let place = match place_for(&shared, &request) {
        Ok(place) => place,
        Err(NoPlace::Altogether) => return problem::overloaded().into_response(),
        Err(NoPlace::OfSource) => return problem::too_many_at_once().into_response(),
    };
    let response = next.run(request).await;
    // What is there as a whole needs nothing of ours any more.
    let is_streamed = response.body().size_hint().exact().is_none();
    match place.filter(|_| is_streamed) {
        Some(place) => response.map(|body| Body::new(Held { body, _place: place })),
        None => response,
    }
}

/// An answer's body, and its place among the requests that run: one that is streamed runs until its end.
struct Held {
    body: Body,
    _place: Place,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// TRACE shows a caller's headers to whoever reads the answer, CONNECT asks for a tunnel; no route has either.
fn is_known(method: &Method) -> bool {
    const KNOWN: [Method; 7] =
        [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
    KNOWN.contains(method)
}

fn place_for(shared: &Shared, request: &Request) -> Result<Option<Place>, NoPlace> {
    if request.uri().path() == ALWAYS_ANSWERED {
        return Ok(None);
    }
    let origin = origin::of(&shared.guards.proxies, request.extensions(), request.headers());
    let address = origin.ip_address.unwrap_or(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED));
    shared.guards.places.take(address).map(Some)
}

/// Nothing of an answer of ours is to be run, framed, or kept.
const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
/// The page that shows the API's description brings its own scripts and styles, and nothing from elsewhere.
const DOCUMENTS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' \
                                data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const DOCUMENTS: &str = "/api/docs";
const NO_POWERS: &str = "accelerometer=(), autoplay=(), camera=(), display-capture=(), fullscreen=(), geolocation=(), \
                         gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()";
/// Two years, as lists of such servers ask for.
const ONLY_BY_TLS: &str = "max-age=63072000; includeSubDomains";

/// Puts the headers on an answer that every answer has. What a page says for itself about its content and about being kept
/// stays.
pub(super) async fn headers(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let policy = if request.uri().path().starts_with(DOCUMENTS) { DOCUMENTS_POLICY } else { API_POLICY };
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    or_insert(headers, header::CONTENT_SECURITY_POLICY, policy);
    or_insert(headers, header::CACHE_CONTROL, "no-store");
    if shared.guards.strict_transport == StrictTransport::Told {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(ONLY_BY_TLS));
    }
    response
}

const ALWAYS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("permissions-policy"), NO_POWERS),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

fn or_insert(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    if !headers.contains_key(&name) {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
