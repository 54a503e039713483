//! Opening the server's end: HTTP/2, the control stream, who is who.

use std::{
    io,
    sync::{Arc, atomic::AtomicU32},
    time::Duration,
};

use bytes::Bytes;
use futures::{SinkExt as _, StreamExt as _};
use h2::{PingPong, client};
use http::{Method, Request, StatusCode};
use mayfly_domain::clock::Ambient;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{Notify, Semaphore, mpsc, watch},
};
use tokio_util::sync::CancellationToken;

use super::{Inner, MOST_RUNNING, Tunnel, path};
use crate::{
    byte_stream::ByteStream,
    converse::converse,
    liveness::{Health, watch_over},
    protocol::{CONNECTION_WINDOW, CONTROL_PATH, LARGEST_HEADERS, MOST_FORWARDS, STREAM_WINDOW},
    record::{self, BadRecord, GatewayRecord, Hello, Records, ServerRecord, Welcome},
};

/// From the first byte to the gateway's welcome.
pub(super) const OPENING_LIMIT: Duration = Duration::from_secs(10);

/// Records that may wait to be read or sent. Both ends say little.
const MOST_RECORDS: usize = 32;

/// A tunnel that was opened.
pub struct Opened {
    /// To ask with.
    pub tunnel: Tunnel,
    /// What the gateway tells. It ends with the tunnel.
    pub records: mpsc::Receiver<GatewayRecord>,
}

/// Why there is no tunnel.
#[derive(Debug, thiserror::Error)]
pub enum OpenFailed {
    /// No HTTP/2 at the other end.
    #[error("the other end does not speak HTTP/2")]
    Http(#[source] h2::Error),
    /// It closed the connection.
    #[error("the other end closed the connection")]
    Closed(#[source] io::Error),
    /// It did not take the control stream.
    #[error("the gateway answered {status} to the control stream")]
    NoControl {
        /// Its answer.
        status: StatusCode,
    },
    /// It did not say who it is.
    #[error("the gateway did not say who it is")]
    NoWelcome,
    /// It said what nobody knows.
    #[error("the gateway's first record")]
    Record(#[source] BadRecord),
    /// It took too long.
    #[error("the gateway did not say who it is within {} s", OPENING_LIMIT.as_secs())]
    TimedOut,
}

impl Tunnel {
    /// Opens the server's end over `stream`, whose other end has proven itself already. What the gateway says of itself is
    /// for the caller to hold against that.
    pub async fn open<S>(ambient: &Ambient, stream: S, hello: Hello) -> Result<Opened, OpenFailed>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let opened = ambient.within(OPENING_LIMIT, open(ambient, stream, hello)).await;
        opened.unwrap_or(Err(OpenFailed::TimedOut))
    }
}

/// Tells a gateway that it may not come, and closes `stream`.
pub async fn refuse<S>(ambient: &Ambient, stream: S, code: &str, message: &str)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let refusal = ServerRecord::Refused { code: code.to_owned(), message: message.to_owned() };
    let telling = async {
        let end = CancellationToken::new();
        let _guard = end.clone().drop_guard();
        let (requests, _) = connect(stream, &end).await.ok()?;
        let mut control = control(requests).await.ok()?;
        control.send(record::write(&refusal).ok()?).await.ok()?;
        // Until the other end has read it, or has enough.
        control.next().await
    };
    ambient.within(OPENING_LIMIT, telling).await;
}

async fn open<S>(ambient: &Ambient, stream: S, hello: Hello) -> Result<Opened, OpenFailed>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let end = CancellationToken::new();
    // Whatever fails from here on, the connection's task ends with it.
    let guard = end.clone().drop_guard();
    let (requests, pings) = connect(stream, &end).await?;
    let mut control = control(requests.clone()).await?;
    let welcome = greet(&mut control, hello).await?;
    let (outbox, to_send) = mpsc::channel(MOST_RECORDS);
    let (received, records) = mpsc::channel(MOST_RECORDS);
    let (health, seen) = watch::channel(Health::Good { round_trip: Duration::ZERO });
    let nudge = Arc::new(Notify::new());
    let watching = Watching { ambient: ambient.clone(), pings, nudge: Arc::clone(&nudge), health, end: guard.disarm() };
    tokio::spawn(watching.until_the_end(control, to_send, received));
    let inner = Inner {
        ambient: ambient.clone(),
        requests,
        outbox,
        welcome,
        status: watch::Sender::default(),
        health: seen,
        nudge,
        places: Semaphore::new(MOST_RUNNING),
        forwards: Arc::new(Semaphore::new(MOST_FORWARDS)),
        waiting: AtomicU32::new(0),
        running: AtomicU32::new(0),
        spared: CancellationToken::new(),
        let_go: CancellationToken::new(),
        end,
    };
    Ok(Opened { tunnel: Tunnel(Arc::new(inner)), records })
}

async fn connect<S>(stream: S, end: &CancellationToken) -> Result<(client::SendRequest<Bytes>, PingPong), OpenFailed>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (requests, mut connection) = client::Builder::new()
        .enable_push(false)
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_header_list_size(LARGEST_HEADERS)
        // Nothing may be opened by the other end.
        .max_concurrent_streams(0)
        .handshake(stream)
        .await
        .map_err(OpenFailed::Http)?;
    let pings = connection.ping_pong().ok_or(OpenFailed::NoWelcome)?;
    let end = end.clone();
    tokio::spawn(async move {
        // Why it ended is seen by the pings and the streams.
        end.run_until_cancelled(connection).await;
        end.cancel();
    });
    Ok((requests, pings))
}

async fn control(requests: client::SendRequest<Bytes>) -> Result<Records<ByteStream>, OpenFailed> {
    let mut requests = requests.ready().await.map_err(OpenFailed::Http)?;
    let mut request = Request::new(());
    *request.method_mut() = Method::POST;
    *request.uri_mut() = path(CONTROL_PATH);
    let (response, sender) = requests.send_request(request, false).map_err(OpenFailed::Http)?;
    let response = response.await.map_err(OpenFailed::Http)?;
    if response.status() != StatusCode::OK {
        return Err(OpenFailed::NoControl { status: response.status() });
    }
    Ok(record::records(ByteStream::new(sender, response.into_body())))
}

async fn greet(control: &mut Records<ByteStream>, hello: Hello) -> Result<Welcome, OpenFailed> {
    let hello = record::write(&ServerRecord::Hello(hello)).map_err(OpenFailed::Record)?;
    control.send(hello).await.map_err(OpenFailed::Closed)?;
    let answer = control.next().await.ok_or(OpenFailed::NoWelcome)?.map_err(OpenFailed::Closed)?;
    match record::read(&answer).map_err(OpenFailed::Record)? {
        GatewayRecord::Welcome(welcome) => Ok(*welcome),
        GatewayRecord::Status(_)
        | GatewayRecord::CertificateRequest { .. }
        | GatewayRecord::PolicyChanged { .. }
        | GatewayRecord::JwksChanged { .. }
        | GatewayRecord::Drain { .. } => Err(OpenFailed::NoWelcome),
    }
}

/// What runs beside the calls for as long as a tunnel is.
struct Watching {
    ambient: Ambient,
    pings: PingPong,
    nudge: Arc<Notify>,
    health: watch::Sender<Health>,
    end: CancellationToken,
}

impl Watching {
    async fn until_the_end(
        self,
        control: Records<ByteStream>,
        to_send: mpsc::Receiver<ServerRecord>,
        received: mpsc::Sender<GatewayRecord>,
    ) {
        let Self { ambient, pings, nudge, health, end } = self;
        let why = tokio::select! {
            () = end.cancelled() => "it was closed".to_owned(),
            why = watch_over(&ambient, pings, &nudge, &health) => why,
            why = converse(control, to_send, received) => why,
        };
        health.send_replace(Health::Gone { why });
        end.cancel();
    }
}
