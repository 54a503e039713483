//! Sending the audit log to places outside: past the same egress guard and with the same TLS as everything else.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, StatusCode, Uri, header};
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use mayfly_domain::{error::chain, sensitive::Sensitive};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::UdpSocket,
};
use tower::Service as _;

use crate::{
    ask::USER_AGENT,
    connect::{Dial as _, Direct, SecureConnector, TlsSettings},
    exchange::exchange,
    executor::ExecutorOptions,
    place::Deadline,
};

/// Time for one batch. Whoever needs longer gets it again.
const LIMIT: Duration = Duration::from_secs(20);

/// Bytes of a datagram: what every receiver must take is less, what rsyslog takes is more (RFC 5426 section 3.2).
const LARGEST_DATAGRAM: usize = 8_192;

/// Why nothing was delivered. Its text is for people and holds no secret.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct SendFailed(String, TooLarge);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TooLarge {
    No,
    Yes,
}

impl SendFailed {
    fn because(why: impl Into<String>) -> Self {
        Self(why.into(), TooLarge::No)
    }

    /// Whether less at once may be taken.
    pub fn is_too_large(&self) -> bool {
        self.1 == TooLarge::Yes
    }
}

/// Sends from this machine.
pub struct Outbound {
    options: ExecutorOptions,
    direct: Arc<Direct>,
    tls: TlsSettings,
}

impl Outbound {
    /// Within the egress policy of `options`.
    pub fn new(options: ExecutorOptions) -> Self {
        let direct = Arc::new(Direct::new(options.ambient.clone(), options.egress.clone()));
        let tls = TlsSettings::new(options.ambient.clone(), options.verification_off, options.trust_roots.clone());
        Self { options, direct, tls }
    }

    /// Posts lines of JSON; a status of 200 to 299 says that they arrived.
    pub async fn post(
        &self,
        url: &str,
        ca: Option<&str>,
        bearer: Option<&Sensitive<String>>,
        lines: Vec<u8>,
    ) -> Result<(), SendFailed> {
        self.in_time(self.post_all(url, ca, bearer, lines)).await
    }

    async fn post_all(
        &self,
        url: &str,
        ca: Option<&str>,
        bearer: Option<&Sensitive<String>>,
        lines: Vec<u8>,
    ) -> Result<(), SendFailed> {
        let uri: Uri = url.parse().map_err(|_| SendFailed::because("the address is none".to_owned()))?;
        let stream = self.secured(ca)?.call(uri.clone()).await.map_err(|error| failed(&error))?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let authority = uri.authority().map(ToString::to_string).unwrap_or_default();
        let mut request = Request::post(path)
            .header(header::HOST, authority)
            .header(header::USER_AGENT, USER_AGENT)
            .header(header::CONTENT_TYPE, "application/x-ndjson");
        if let Some(bearer) = bearer {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", bearer.expose()));
        }
        let request = request.body(Full::new(Bytes::from(lines))).map_err(|error| failed(&error))?;
        let answered = exchange(stream, request, async |answer| answer.status()).await;
        match answered.map_err(|error| failed(&error))? {
            status if status.is_success() => Ok(()),
            status => Err(SendFailed(
                format!("the collector answered with status {}", status.as_u16()),
                if status == StatusCode::PAYLOAD_TOO_LARGE { TooLarge::Yes } else { TooLarge::No },
            )),
        }
    }

    /// Sends syslog messages over TCP, with TLS where `tls` is given, each with its length before it (RFC 5425, 6587). They
    /// count as arrived when the receiver has taken them all and ends the connection.
    pub async fn syslog(
        &self,
        to: (&str, u16),
        tls: Option<Option<&str>>,
        messages: &[String],
    ) -> Result<(), SendFailed> {
        let frames: String =
            messages.iter().flat_map(|message| [message.len().to_string(), format!(" {message}")]).collect();
        self.in_time(async {
            let (host, port) = to;
            match tls {
                None => {
                    let limit = Deadline::after(&self.options.ambient, LIMIT);
                    let stream = self.direct.dial(host, port, limit).await.map_err(|error| failed(&error))?;
                    say_all(stream, frames.as_bytes()).await
                }
                Some(ca) => {
                    let bracketed = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
                    let uri: Uri = format!("https://{bracketed}:{port}/").parse().map_err(|error| failed(&error))?;
                    let stream: TokioIo<_> = self.secured(ca)?.call(uri).await.map_err(|error| failed(&error))?;
                    say_all(stream.into_inner(), frames.as_bytes()).await
                }
            }
        })
        .await
    }

    /// Sends syslog messages in a datagram each, cut where they are too long (RFC 5426). Nobody says whether they arrive.
    pub async fn syslog_udp(&self, to: (&str, u16), messages: &[String]) -> Result<(), SendFailed> {
        self.in_time(async {
            let limit = Deadline::after(&self.options.ambient, LIMIT);
            let addresses = self.direct.checked(to.0, to.1, limit).await.map_err(|error| failed(&error))?;
            let address = addresses.first().ok_or_else(|| SendFailed::because("the name has no address".to_owned()))?;
            let any: SocketAddr = if address.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0_u16; 8], 0).into() };
            let socket = UdpSocket::bind(any).await.map_err(|error| failed(&error))?;
            socket.connect(address).await.map_err(|error| failed(&error))?;
            for message in messages {
                let bytes = message.as_bytes();
                socket.send(bytes.get(..LARGEST_DATAGRAM).unwrap_or(bytes)).await.map_err(|error| failed(&error))?;
            }
            Ok(())
        })
        .await
    }

    fn secured(&self, ca: Option<&str>) -> Result<SecureConnector, SendFailed> {
        let config = self.tls.trusting(ca).map_err(|error| failed(&error))?;
        let dial: Arc<dyn crate::connect::Dial> = Arc::<Direct>::clone(&self.direct);
        Ok(SecureConnector::new(self.options.ambient.clone(), dial, config))
    }

    async fn in_time(&self, work: impl Future<Output = Result<(), SendFailed>>) -> Result<(), SendFailed> {
        let late = || Err(SendFailed::because("it took too long".to_owned()));
        self.options.ambient.within(LIMIT, work).await.unwrap_or_else(late)
    }
}

/// Writes all, says that this is the end, and waits for the other side's end: a write alone only says that the bytes are
/// on their way.
async fn say_all(mut stream: impl crate::connect::Stream, bytes: &[u8]) -> Result<(), SendFailed> {
    stream.write_all(bytes).await.map_err(|error| failed(&error))?;
    stream.flush().await.map_err(|error| failed(&error))?;
    stream.shutdown().await.map_err(|error| failed(&error))?;
    let mut rest = [0; 256];
    loop {
        match stream.read(&mut rest).await {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            // Some receivers end TLS without saying so; all that was sent was acknowledged by then.
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(failed(&error)),
        }
    }
}

fn failed(error: &(impl std::error::Error + 'static)) -> SendFailed {
    SendFailed::because(chain(error))
}
