//! The TLS server that both the fake API server and the fault proxy stand behind: it keeps the log, shows the
//! certificate, and lets things go wrong.

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use futures::future::{BoxFuture, pending};
use http::{Request, Response, header};
use http_body_util::BodyExt as _;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream},
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
};
use tokio_rustls::TlsAcceptor;

use super::{
    body::{self, AnyBody},
    calls::Calls,
    fault::{Fault, Faults},
    gate::Gate,
    onlooker::{Looking, Next},
    request_log::RequestLog,
    status::Status,
};
use crate::certificates::ServerCertificate;

/// Whatever carries the calls out.
pub(crate) trait Upstream: Send + Sync + 'static {
    /// Carries `request` out.
    fn act(&self, request: Request<Bytes>) -> BoxFuture<'_, Response<Bytes>>;
}

/// A TLS server on a free port of 127.0.0.1. It stops when it is dropped.
#[derive(Debug)]
pub(crate) struct FrontDoor {
    pub(crate) address: SocketAddr,
    pub(crate) faults: Faults,
    pub(crate) requests: RequestLog,
    pub(super) looking: Looking,
    shown: Arc<Shown>,
    hall: Arc<Hall>,
    accepting: AbortHandle,
    inside: Mutex<JoinSet<()>>,
}

/// The certificate in force, which a test may change at any time.
#[derive(Debug)]
struct Shown(Mutex<ServerCertificate>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl FrontDoor {
    pub(crate) async fn open(certificate: ServerCertificate, upstream: Arc<dyn Upstream>) -> io::Result<Self> {
        let shown = Arc::new(Shown(Mutex::new(certificate)));
        let tls = TlsAcceptor::from(Arc::new(server_config(Arc::clone(&shown))));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (faults, requests, looking) = (Faults::default(), RequestLog::default(), Looking::default());
        let (also_faults, also_requests, also_looking) = (faults.clone(), requests.clone(), looking.clone());
        let hall =
            Arc::new(Hall { tls, upstream, faults: also_faults, requests: also_requests, looking: also_looking });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&hall))).abort_handle();
        Ok(Self { address, faults, requests, looking, shown, hall, accepting, inside: Mutex::default() })
    }

    /// A connection that needs no socket. The server hears of it at the next turn of the caller's own runtime, so that
    /// everything happens in an order that repeats itself.
    pub(super) fn connect(&self) -> DuplexStream {
        let (near, far) = tokio::io::duplex(PIPE);
        let number = self.requests.add_connection();
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        inside.spawn(Arc::clone(&self.hall).serve_over(far, number, ResetTrigger::none()));
        while inside.try_join_next().is_some() {}
        near
    }

    pub(super) fn show(&self, certificate: ServerCertificate) {
        *self.shown.0.lock().unwrap_or_else(PoisonError::into_inner) = certificate;
    }
}

impl Drop for FrontDoor {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn server_config(shown: Arc<Shown>) -> ServerConfig {
    ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("aws-lc-rs has cipher suites for TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_cert_resolver(shown)
}

/// What a connection without a socket holds on its way; no message of these tests is longer.
const PIPE: usize = 256 * 1024;

/// What every connection needs.
struct Hall {
    tls: TlsAcceptor,
    upstream: Arc<dyn Upstream>,
    faults: Faults,
    requests: RequestLog,
    looking: Looking,
}

impl fmt::Debug for Hall {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Hall")
    }
}

/// Serves until it is aborted; its connections end with it.
async fn accept(listener: TcpListener, hall: Arc<Hall>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let number = hall.requests.add_connection();
        connections.spawn(Arc::clone(&hall).serve(stream, number));
        while connections.try_join_next().is_some() {}
    }
}

impl Hall {
    async fn serve(self: Arc<Self>, stream: TcpStream, connection: u64) {
        let Ok((stream, trigger)) = with_reset(stream) else { return };
        self.serve_over(stream, connection, trigger).await;
    }

    async fn serve_over<S>(self: Arc<Self>, stream: S, connection: u64, trigger: ResetTrigger)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        // A client that does not like the certificate ends the handshake: that is its right.
        let Ok(stream) = self.tls.accept(stream).await else { return };
        let service = service_fn(|request| self.answer(request, connection, &trigger));
        // Errors here are the faults themselves, or clients that went away.
        let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    }

    async fn answer(
        &self,
        request: Request<Incoming>,
        connection: u64,
        trigger: &ResetTrigger,
    ) -> io::Result<Response<AnyBody>> {
        let (head, incoming) = request.into_parts();
        let bytes = incoming.collect().await.map_err(io::Error::other)?.to_bytes();
        let request = Request::from_parts(head, bytes);
        self.requests.add(&request, connection);
        let call = Calls::of(request.method(), request.uri().path());
        let seen = self.looking.get().and_then(|onlooker| onlooker.arrived(call));
        match seen.or_else(|| self.faults.next(request.method(), request.uri().path())) {
            None => Ok(self.act(request, call).await.map(body::whole)),
            Some(fault) => self.go_wrong(fault, request, trigger).await,
        }
    }

    async fn act(&self, request: Request<Bytes>, call: Option<Calls>) -> Response<Bytes> {
        let answer = self.upstream.act(request).await;
        match self.looking.get().map_or(Next::Answer, |onlooker| onlooker.carried_out(call)) {
            Next::Answer => answer,
            Next::Hang => pending().await,
        }
    }

    async fn go_wrong(
        &self,
        fault: Fault,
        request: Request<Bytes>,
        trigger: &ResetTrigger,
    ) -> io::Result<Response<AnyBody>> {
        let hang_up = || io::Error::from(io::ErrorKind::ConnectionAborted);
        match fault {
            Fault::Close => return Err(hang_up()),
            Fault::Reset => return Err(trigger.pull().map_or_else(|error| error, |()| hang_up())),
            Fault::Hang => return pending().await,
            Fault::Answer(answer) => return Ok(answer.map(body::whole)),
            Fault::ActLate(gate) => return self.act_late(gate, request).await.map(|answer| answer.map(body::whole)),
            Fault::HangAfterAct
            | Fault::LoseAnswer
            | Fault::CutBody
            | Fault::FailAfterAct
            | Fault::Delay(_)
            | Fault::SlowBody(_)
            | Fault::HugeBody(_)
            | Fault::HugeAnnouncement(_)
            | Fault::Rewrite(_) => {}
        }
        let mut answer = self.act_surely(request).await?;
        Ok(match fault {
            Fault::HangAfterAct => pending().await,
            Fault::LoseAnswer => return Err(hang_up()),
            Fault::CutBody => answer.map(|bytes| body::first_half(&bytes)),
            Fault::FailAfterAct => Status::internal_error().response().map(body::whole),
            Fault::Delay(gate) => {
                gate.pass().await;
                answer.map(body::whole)
            }
            Fault::SlowBody(gate) => answer.map(|bytes| body::byte_by_byte(&bytes, &gate)),
            Fault::HugeBody(length) => answer.map(|_| body::huge(length)),
            Fault::HugeAnnouncement(length) => {
                answer.headers_mut().insert(header::CONTENT_LENGTH, length.into());
                answer.map(|_| body::huge(length))
            }
            Fault::Rewrite(rewrite) => rewrite(answer).map(body::whole),
            Fault::Close | Fault::Reset | Fault::Hang | Fault::Answer(_) | Fault::ActLate(_) => answer.map(body::whole),
        })
    }

    /// In a task of its own: what is answered to nobody is dropped, and this has to come to pass all the same.
    async fn act_late(&self, gate: Gate, request: Request<Bytes>) -> io::Result<Response<Bytes>> {
        let upstream = Arc::clone(&self.upstream);
        let acting = async move {
            gate.pass().await;
            upstream.act(request).await
        };
        tokio::spawn(acting).await.map_err(io::Error::other)
    }

    /// Acts, even if the caller is gone before that is done.
    async fn act_surely(&self, request: Request<Bytes>) -> io::Result<Response<Bytes>> {
        let upstream = Arc::clone(&self.upstream);
        tokio::spawn(async move { upstream.act(request).await }).await.map_err(io::Error::other)
    }
}

/// A second handle on a connection's socket.
struct ResetTrigger(Mutex<Option<std::net::TcpStream>>);

impl ResetTrigger {
    /// For a connection without a socket, which can only be closed.
    const fn none() -> Self {
        Self(Mutex::new(None))
    }

    /// Makes the connection end with a reset instead of a farewell.
    fn pull(&self) -> io::Result<()> {
        let handle = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        handle.map_or(Ok(()), |socket| TcpStream::from_std(socket)?.set_zero_linger())
    }
}

fn with_reset(stream: TcpStream) -> io::Result<(TcpStream, ResetTrigger)> {
    stream.set_nodelay(true)?;
    let socket = stream.into_std()?;
    let second = socket.try_clone()?;
    Ok((TcpStream::from_std(socket)?, ResetTrigger(Mutex::new(Some(second)))))
}
