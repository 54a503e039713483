//! The gateway's end: answers what the server asks, over the tunnel that the gateway opened.
//!
//! What an operation means, whether it is allowed and what was answered before are for whoever implements [`Answers`]. Here is
//! only the way in and out.

mod request;

use std::{io, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{SinkExt as _, StreamExt as _, future::BoxFuture};
use h2::server;
use mayfly_domain::{
    clock::Ambient,
    ids::{GatewayOperationId, LeaseId},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{Notify, mpsc, watch},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    byte_stream::ByteStream,
    carrier::Carrier,
    converse::converse,
    failure::Refusal,
    liveness::{Health, watch_over},
    protocol::{CONNECTION_WINDOW, LARGEST_HEADERS, MOST_STREAMS, STREAM_WINDOW},
    record::{self, BadRecord, GatewayRecord, Hello, Records, ServerRecord, Welcome},
};

/// From the first byte to the server's hello.
pub const HELLO_LIMIT: Duration = Duration::from_secs(10);

/// Records that may wait to be read or sent.
const MOST_RECORDS: usize = 32;

/// Whoever does what is asked.
pub trait Answers: Send + Sync + 'static {
    /// Does what is asked, and answers with a JSON document.
    ///
    /// It is dropped when the tunnel breaks: what has to go on goes on elsewhere.
    fn operation(&self, asked: Asked) -> BoxFuture<'_, Result<Bytes, Refusal>>;

    /// Connects to `host` (a name or an address without brackets) at `port`.
    fn connect<'a>(
        &'a self,
        host: &'a str,
        port: u16,
        limit: Duration,
    ) -> BoxFuture<'a, Result<Box<dyn Carrier>, Refusal>>;
}

/// Something that the server asks for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The same at each try.
    pub id: GatewayOperationId,
    /// The operation's name, as it came.
    pub name: String,
    /// Which try, from 1.
    pub attempt: u32,
    /// The lease that it is for.
    pub lease: Option<LeaseId>,
    /// For whom, as the server says.
    pub actor: Option<String>,
    /// How long somebody waits for the answer.
    pub limit: Duration,
    /// One JSON document.
    pub body: Bytes,
    /// Ends when the server says that nobody waits any more.
    pub cancelled: CancellationToken,
}

/// A tunnel that a server answered on.
pub struct Session {
    /// The server.
    pub hello: Hello,
    /// What it tells. It ends with the tunnel.
    pub records: mpsc::Receiver<ServerRecord>,
    outbox: mpsc::Sender<GatewayRecord>,
    health: watch::Receiver<Health>,
    drain: Arc<Notify>,
    end: CancellationToken,
}

/// Why there is no tunnel.
#[derive(Debug, thiserror::Error)]
pub enum ServeFailed {
    /// No HTTP/2 at the other end.
    #[error("the other end does not speak HTTP/2")]
    Http(#[source] h2::Error),
    /// It closed the connection.
    #[error("the other end closed the connection")]
    Closed,
    /// It broke.
    #[error("the control stream broke")]
    Broken(#[source] io::Error),
    /// It did not open the control stream first, or did not say who it is.
    #[error("the server did not say who it is")]
    NoHello,
    /// It does not let this gateway come.
    #[error("the server refuses: {message}")]
    Refused {
        /// Stable word for programs.
        code: String,
        /// Why, for people.
        message: String,
    },
    /// It is not the one that was wanted.
    #[error("the server is not the one that was wanted")]
    NotWanted,
    /// It said what nobody knows.
    #[error("the server's first record")]
    Record(#[source] BadRecord),
    /// It took too long.
    #[error("the server did not say who it is within {} s", HELLO_LIMIT.as_secs())]
    TimedOut,
}

impl Session {
    /// Answers over `stream`, whose other end has proven itself already.
    pub async fn serve<S>(
        ambient: &Ambient,
        stream: S,
        welcome: Welcome,
        answers: Arc<dyn Answers>,
    ) -> Result<Self, ServeFailed>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        Self::serve_if(ambient, stream, (welcome, |_: &Hello| true), answers).await
    }

    /// The same, where the server is `wanted` by what it says of itself; otherwise it is left without a welcome, and what it holds
    /// of this gateway stays.
    pub async fn serve_if<S>(
        ambient: &Ambient,
        stream: S,
        (welcome, wanted): (Welcome, impl FnOnce(&Hello) -> bool),
        answers: Arc<dyn Answers>,
    ) -> Result<Self, ServeFailed>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let opened = ambient.within(HELLO_LIMIT, serve(ambient, stream, (welcome, wanted), answers)).await;
        opened.unwrap_or(Err(ServeFailed::TimedOut))
    }

    /// How it is. The last value is [`Health::Gone`].
    pub fn health(&self) -> watch::Receiver<Health> {
        self.health.clone()
    }

    /// Tells the server something. Nothing where the tunnel is gone.
    pub async fn tell(&self, record: GatewayRecord) {
        // What cannot be told any more need not be.
        let _ = self.outbox.send(record).await;
    }

    /// Takes nothing new and ends when everything was answered.
    pub async fn drain(&self, reason: &str) {
        self.tell(GatewayRecord::Drain { reason: reason.to_owned() }).await;
        self.drain.notify_one();
    }

    /// Closes it at once.
    pub fn close(&self) {
        self.end.cancel();
    }

    /// Waits until it is gone, and says why.
    pub async fn gone(&self) -> String {
        let mut health = self.health.clone();
        loop {
            if let Health::Gone { why } = &*health.borrow_and_update() {
                return why.clone();
            }
            if health.changed().await.is_err() {
                return "it was closed".to_owned();
            }
        }
    }
}

/// Hears over `stream` who the server is, or why it does not let this gateway come, and goes: without a welcome the server has no
/// tunnel, and one that is open stays the gateway's.
pub async fn hear<S>(ambient: &Ambient, stream: S) -> Result<Hello, ServeFailed>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let hearing = async {
        let mut connection = builder().handshake(stream).await.map_err(ServeFailed::Http)?;
        let mut control = control(&mut connection).await?;
        let driving = async { while let Some(Ok(_)) = connection.accept().await {} };
        tokio::select! {
            biased;
            hello = first(&mut control) => hello,
            () = driving => Err(ServeFailed::Closed),
        }
    };
    ambient.within(HELLO_LIMIT, hearing).await.unwrap_or(Err(ServeFailed::TimedOut))
}

fn builder() -> server::Builder {
    let mut builder = server::Builder::new();
    builder
        .max_concurrent_streams(MOST_STREAMS)
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_header_list_size(LARGEST_HEADERS);
    builder
}

async fn serve<S>(
    ambient: &Ambient,
    stream: S,
    (welcome, wanted): (Welcome, impl FnOnce(&Hello) -> bool),
    answers: Arc<dyn Answers>,
) -> Result<Session, ServeFailed>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let mut connection = builder().handshake(stream).await.map_err(ServeFailed::Http)?;
    let pings = connection.ping_pong().ok_or(ServeFailed::NoHello)?;
    let control = control(&mut connection).await?;
    let end = CancellationToken::new();
    // Whatever fails from here on, the connection's task ends with it.
    let guard = end.clone().drop_guard();
    let drain = Arc::new(Notify::new());
    let accepting = Accepting { connection, answers, ambient: ambient.clone(), drain: Arc::clone(&drain) };
    tokio::spawn(accepting.until(end.clone()));
    let (hello, control) = greet(control, welcome, wanted).await?;
    let (outbox, to_send) = mpsc::channel(MOST_RECORDS);
    let (received, records) = mpsc::channel(MOST_RECORDS);
    let (health, seen) = watch::channel(Health::Good { round_trip: Duration::ZERO });
    let (ambient, end) = (ambient.clone(), guard.disarm());
    let session = Session { hello, records, outbox, health: seen, drain, end: end.clone() };
    tokio::spawn(async move {
        let never = Notify::new();
        let why = tokio::select! {
            () = end.cancelled() => "it was closed".to_owned(),
            why = watch_over(&ambient, pings, &never, &health) => why,
            why = converse(control, to_send, received) => why,
        };
        health.send_replace(Health::Gone { why });
        end.cancel();
    });
    Ok(session)
}

/// The first stream is the server's to tell and be told.
async fn control<S>(connection: &mut server::Connection<S, Bytes>) -> Result<Records<ByteStream>, ServeFailed>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (request, mut respond) = connection.accept().await.ok_or(ServeFailed::Closed)?.map_err(ServeFailed::Http)?;
    if !request::is_control(&request) {
        respond.send_reset(h2::Reason::REFUSED_STREAM);
        return Err(ServeFailed::NoHello);
    }
    let sender = respond.send_response(http::Response::new(()), false).map_err(ServeFailed::Http)?;
    Ok(record::records(ByteStream::new(sender, request.into_body())))
}

async fn greet(
    mut control: Records<ByteStream>,
    welcome: Welcome,
    wanted: impl FnOnce(&Hello) -> bool,
) -> Result<(Hello, Records<ByteStream>), ServeFailed> {
    let hello = first(&mut control).await?;
    if !wanted(&hello) {
        return Err(ServeFailed::NotWanted);
    }
    let welcome = record::write(&GatewayRecord::Welcome(Box::new(welcome))).map_err(ServeFailed::Record)?;
    control.send(welcome).await.map_err(ServeFailed::Broken)?;
    Ok((hello, control))
}

/// The server's first record.
async fn first(control: &mut Records<ByteStream>) -> Result<Hello, ServeFailed> {
    let first = control.next().await.ok_or(ServeFailed::Closed)?.map_err(ServeFailed::Broken)?;
    match record::read(&first).map_err(ServeFailed::Record)? {
        ServerRecord::Hello(hello) => Ok(hello),
        ServerRecord::Refused { code, message } => Err(ServeFailed::Refused { code, message }),
        ServerRecord::SealKeys { .. }
        | ServerRecord::Servers { .. }
        | ServerRecord::CertificateIssued { .. }
        | ServerRecord::CertificateRefused { .. }
        | ServerRecord::JwksRefused { .. }
        | ServerRecord::Drain { .. } => Err(ServeFailed::NoHello),
    }
}

/// Takes what is asked, until the end.
struct Accepting<S> {
    connection: server::Connection<S, Bytes>,
    answers: Arc<dyn Answers>,
    ambient: Ambient,
    drain: Arc<Notify>,
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin + 'static> Accepting<S> {
    async fn until(mut self, end: CancellationToken) {
        let streams = TaskTracker::new();
        loop {
            tokio::select! {
                () = end.cancelled() => break,
                () = self.drain.notified() => self.connection.graceful_shutdown(),
                next = self.connection.accept() => match next {
                    Some(Ok((request, respond))) => {
                        let answer = request::answer(self.ambient.clone(), Arc::clone(&self.answers), request, respond);
                        let end = end.clone();
                        streams.spawn(async move { end.run_until_cancelled(answer).await });
                    }
                    Some(Err(_)) | None => break,
                },
            }
        }
        end.cancel();
        streams.close();
        streams.wait().await;
    }
}
