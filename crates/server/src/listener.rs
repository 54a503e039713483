//! Accepting connections, with a limit on each thing a stranger can keep us waiting for.
//!
//! The usual way of serving sets no timer, and hyper's own limit on headers does nothing without one; so this loop is
//! ours.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo};
use http::Request;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
};
use mayfly_domain::clock::Ambient;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// The whole head of a request must have come by then.
pub const HEAD_DEADLINE: Duration = Duration::from_secs(10);
/// Connections at a time: well below the usual limit on open files, and far above what one server has to do.
pub const MOST_CONNECTIONS: usize = 4_096;
/// How long requests that run when the server is asked to stop may take.
const DRAIN_DEADLINE: Duration = Duration::from_secs(30);
/// After a failed accept, which is usually a lack of file handles: let some be given back.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves `router` until `stopping`, then lets running requests finish for [`DRAIN_DEADLINE`].
pub async fn serve(listener: TcpListener, router: Router, ambient: Ambient, stopping: CancellationToken) {
    let server = server();
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    while let Some((stream, peer, place)) = next(&listener, &places, &ambient, &stopping).await {
        let router = router.clone();
        let service = service_fn(move |request| answer(router.clone(), peer, request));
        let connection = server.serve_connection(TokioIo::new(stream), service).into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A connection that breaks is its client's affair.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => {}
        () = ambient.sleep(DRAIN_DEADLINE) => tracing::warn!("some requests did not finish in time"),
    }
}

fn server() -> Builder<TokioExecutor> {
    let mut server = Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_DEADLINE);
    server.http2().timer(TokioTimer::new()).keep_alive_interval(HEAD_DEADLINE);
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

async fn answer(
    router: Router,
    peer: SocketAddr,
    mut request: Request<Incoming>,
) -> Result<axum::response::Response, std::convert::Infallible> {
    request.extensions_mut().insert(ConnectInfo(peer));
    router.oneshot(request.map(Body::new)).await
}
