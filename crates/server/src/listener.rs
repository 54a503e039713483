//! Accepting connections, with a limit on each thing a stranger can keep us waiting for.
//!
//! The usual way of serving lets a connection be without a request for as long as it likes; so this loop is ours. One that
//! has not brought a request yet, or has none under way, is watched by [`idle`].

mod counted;
mod idle;
mod taken;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo};
use http::{Request, StatusCode};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto::Builder,
        graceful::{GracefulShutdown, Watcher},
    },
};
use mayfly_domain::clock::Ambient;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use self::{counted::Counted, idle::Activity, taken::Taken};
use crate::{
    http::{
        concurrency::{Most, Place, Places},
        proxies::TrustedProxies,
    },
    tls::Tls,
};

/// The whole head of a request must have come by then; a handshake too.
pub const HEAD_DEADLINE: Duration = Duration::from_secs(10);
/// Connections at a time: well below the usual limit on open files, and far above what one server has to do.
pub const MOST_CONNECTIONS: usize = 4_096;
/// A connection without a request is kept that long for the next one, unless it is set: longer than most load balancers keep
/// it, which would else send a request into a connection that is being closed (60 s is the default of those of AWS, and of nginx).
pub const IDLE_DEADLINE: Duration = Duration::from_secs(75);
/// Bytes that may come on a connection while no request is under way, until it ends: what is left of a body that was refused,
/// and far too little to keep anybody busy with frames that ask for nothing.
pub const MOST_BETWEEN_REQUESTS: usize = 4 * 1024 * 1024;
/// Bytes of a request's head. Access tokens are below one KiB, queries below two.
pub const LARGEST_HEAD: usize = 32 * 1024;
/// Headers of a request.
pub const MOST_HEADERS: usize = 100;
/// Requests at a time on one HTTP/2 connection.
const MOST_STREAMS: u32 = 128;
/// Streams that a peer has opened and reset without having waited, before the connection ends (CVE-2023-44487).
const MOST_RESETS: usize = 32;
/// Streams that a peer made us reset by its mistakes, before the connection ends (CVE-2025-8671).
const MOST_MISTAKES: usize = 32;
/// Bytes of one answer that wait for a peer who does not take them.
const MOST_UNSENT: usize = 64 * 1024;
/// Bytes of bodies that a peer may send before somebody has read them: of one request, and of all on a connection.
const MOST_UNREAD: (u32, u32) = (256 * 1024, 512 * 1024);
/// How long requests that run when the server is asked to stop may take.
const DRAIN_DEADLINE: Duration = Duration::from_secs(30);
/// After a failed accept, which is usually a lack of file handles: let some be given back.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How connections are accepted.
#[derive(Clone)]
pub struct ListenerOptions {
    /// Connections at a time.
    pub connections: Most,
    /// Proxies, of which one address has the connections of many.
    pub proxies: TrustedProxies,
    /// With TLS, where there is a certificate.
    pub tls: Option<Tls>,
    /// How long it is waited for a request.
    pub patience: Patience,
}

/// How long a connection may be without a request.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Until the whole head of the first one has come, and of each later one of HTTP/1 from its first byte.
    pub head: Duration,
    /// Between one and the next.
    pub idle: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { head: HEAD_DEADLINE, idle: IDLE_DEADLINE }
    }
}

impl Default for ListenerOptions {
    fn default() -> Self {
        let connections = Most { altogether: MOST_CONNECTIONS, of_source: MOST_CONNECTIONS };
        Self { connections, proxies: TrustedProxies::default(), tls: None, patience: Patience::default() }
    }
}

/// Serves `router` until `stopping`, then lets running requests finish for [`DRAIN_DEADLINE`].
pub async fn serve(listener: TcpListener, router: Router, ambient: Ambient, stopping: CancellationToken) {
    serve_with(listener, router, ListenerOptions::default(), (ambient, stopping)).await;
}

/// The same, by `options`.
pub async fn serve_with(
    listener: TcpListener,
    router: Router,
    options: ListenerOptions,
    (ambient, stopping): (Ambient, CancellationToken),
) {
    let server = Arc::new(server());
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(options.connections.altogether));
    let sources = Places::new(Most { altogether: usize::MAX, ..options.connections });
    while let Some((stream, peer, place)) = next(&listener, &places, &ambient, &stopping).await {
        let Ok(of_source) = place_of_source(&sources, &options.proxies, peer) else { continue };
        let connection =
            Connection { server: Arc::clone(&server), router: router.clone(), peer, patience: options.patience };
        let (tls, watcher) = (options.tls.clone(), graceful.watcher());
        tokio::spawn(connection.accept(stream, tls, watcher, Held { _place: place, _of_source: of_source }));
    }
    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => {}
        () = ambient.sleep(DRAIN_DEADLINE) => tracing::warn!("some requests did not finish in time"),
    }
}

/// Nothing for a proxy: it has a connection for each of many clients.
fn place_of_source(sources: &Places, proxies: &TrustedProxies, peer: SocketAddr) -> Result<Option<Place>, ()> {
    if proxies.are_at(peer.ip().to_canonical()) {
        return Ok(None);
    }
    // Whoever holds that many gets no answer: to close costs less.
    sources.take(peer.ip().to_canonical()).map(Some).map_err(drop)
}

fn server() -> Builder<TokioExecutor> {
    let mut server = Builder::new(TokioExecutor::new());
    // Heads are timed by [`idle`]. The library's own limit, thirty seconds where it has a timer, is one on pauses too.
    server.http1().header_read_timeout(None).max_buf_size(LARGEST_HEAD).max_headers(MOST_HEADERS);
    let mut second = server.http2();
    second.timer(TokioTimer::new()).keep_alive_interval(HEAD_DEADLINE).keep_alive_timeout(HEAD_DEADLINE);
    second.max_concurrent_streams(MOST_STREAMS).max_pending_accept_reset_streams(MOST_RESETS);
    second.max_local_error_reset_streams(MOST_MISTAKES).max_send_buf_size(MOST_UNSENT);
    second.initial_stream_window_size(MOST_UNREAD.0).initial_connection_window_size(MOST_UNREAD.1);
    second.max_header_list_size(u32::try_from(LARGEST_HEAD).unwrap_or(u32::MAX));
    server
}

/// The next connection, once there is a place for it; nothing when the server is to stop.
async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    ambient: &Ambient,
    stopping: &CancellationToken,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    loop {
        let place = tokio::select! {
            place = Arc::clone(places).acquire_owned() => place.ok()?,
            () = stopping.cancelled() => return None,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopping.cancelled() => return None,
        };
        match accepted {
            Ok((stream, peer)) => {
                // Answers are small and waited for.
                let _ = stream.set_nodelay(true);
                return Some((stream, peer, place));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                ambient.sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Its places among the connections. They go with its stream, which may live longer than it speaks HTTP.
struct Held {
    _place: OwnedSemaphorePermit,
    _of_source: Option<Place>,
}

/// One connection.
struct Connection {
    server: Arc<Builder<TokioExecutor>>,
    router: Router,
    peer: SocketAddr,
    patience: Patience,
}

impl Connection {
    async fn accept(self, stream: TcpStream, tls: Option<Tls>, watcher: Watcher, held: Held) {
        let Some(tls) = tls else { return self.serve(stream, watcher, held).await };
        // A handshake that fails or takes too long is its client's affair.
        if let Some(Ok(stream)) = idle::within(self.patience.head, tls.acceptor().accept(stream)).await {
            self.serve(stream, watcher, held).await;
        }
    }

    async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(self, stream: S, watcher: Watcher, held: Held) {
        let Self { server, router, peer, patience } = self;
        let activity = Arc::new(Activity::default());
        let of_requests = Arc::clone(&activity);
        let service = service_fn(move |request: Request<Incoming>| {
            let running = of_requests.begin(request.version());
            let (router, taking) = (router.clone(), Arc::clone(&of_requests));
            async move {
                let response = answer(router, peer, request).await;
                if response.as_ref().is_ok_and(|response| response.status() == StatusCode::SWITCHING_PROTOCOLS) {
                    taking.switch();
                }
                drop(running);
                response.map(|response| response.map(|body| Taken::new(body, taking.answer())))
            }
        });
        let stream = TokioIo::new(Counted::new(stream, Arc::clone(&activity), held));
        let connection = watcher.watch(server.serve_connection_with_upgrades(stream, service).into_owned());
        tokio::select! {
            // A connection that breaks is its client's affair.
            _ = connection => {}
            () = activity.idle(patience) => {}
        }
    }
}

async fn answer(
    router: Router,
    peer: SocketAddr,
    mut request: Request<Incoming>,
) -> Result<axum::response::Response, std::convert::Infallible> {
    request.extensions_mut().insert(ConnectInfo(peer));
    router.oneshot(request.map(Body::new)).await
}
