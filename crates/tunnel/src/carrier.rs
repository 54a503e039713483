//! WebSocket messages as a byte stream: what the inner TLS runs over.
//!
//! Every byte is payload of a binary message, so whatever stands in between sees traffic where we only ping, and keeps the
//! connection open. Nothing is in the address and the headers but the sub-protocol.

use std::io;

use bytes::Bytes;
use futures::{SinkExt as _, StreamExt as _};
use http::{HeaderName, HeaderValue, Request, Response, header};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error as WebSocketError, Message,
        client::IntoClientRequest as _,
        handshake::server::create_response_with_body,
        protocol::{Role, WebSocketConfig},
    },
};
use tokio_util::io::{CopyToBytes, SinkWriter, StreamReader};

use crate::protocol::LARGEST_MESSAGE;

/// Bytes that may wait to be sent before a writer has to; a slow network must not fill the memory.
const LARGEST_BACKLOG: usize = 4 * LARGEST_MESSAGE;

/// A byte stream over a WebSocket.
pub trait Carrier: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> Carrier for T {}

/// Why a WebSocket could not be had.
#[derive(Debug, thiserror::Error)]
pub enum UpgradeFailed {
    /// Something that is not the server answered, or the server refused.
    #[error("answered {status} instead of switching to a WebSocket")]
    Refused {
        /// The answer's status.
        status: u16,
        /// Seconds after which to try again, where the answer says so.
        retry_after_seconds: Option<u64>,
    },
    /// It does not know the sub-protocol.
    #[error("did not choose the sub-protocol `{wanted}`: this server is too old, or something else answered")]
    SubProtocol {
        /// What was asked for.
        wanted: &'static str,
    },
    /// The connection broke, or did not speak HTTP.
    #[error("the WebSocket handshake failed")]
    Broken(#[source] io::Error),
}

/// Asks whoever is at the other end of `stream` for a WebSocket at `uri`.
pub async fn upgrade<S>(stream: S, uri: &str, subprotocol: &'static str) -> Result<impl Carrier, UpgradeFailed>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let broken = |error| UpgradeFailed::Broken(to_io(error));
    let mut request = uri.into_client_request().map_err(broken)?;
    let headers = request.headers_mut();
    headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(subprotocol));
    let answered = tokio_tungstenite::client_async_with_config(request, stream, Some(limits())).await;
    match answered {
        Ok((socket, response)) if chosen(response.headers()) == Some(subprotocol) => Ok(carrier(socket)),
        // The library refuses an answer without the sub-protocol; one with another comes to us.
        Ok(_) => Err(UpgradeFailed::SubProtocol { wanted: subprotocol }),
        Err(WebSocketError::Http(response)) => Err(UpgradeFailed::Refused {
            status: response.status().as_u16(),
            retry_after_seconds: number(response.headers(), header::RETRY_AFTER),
        }),
        Err(WebSocketError::Protocol(error)) if error.to_string().contains("SubProtocol") => {
            Err(UpgradeFailed::SubProtocol { wanted: subprotocol })
        }
        Err(error) => Err(broken(error)),
    }
}

/// The answer to a request for a WebSocket, where it is one and offers `subprotocol`.
pub fn switching<T>(request: &Request<T>, subprotocol: &'static str) -> Option<Response<()>> {
    let offered = request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL).into_iter();
    let mut names = offered.filter_map(|value| value.to_str().ok()).flat_map(|names| names.split(','));
    names.find(|name| name.trim() == subprotocol)?;
    let mut response = create_response_with_body(request, || ()).ok()?;
    response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(subprotocol));
    Some(response)
}

/// The server's end, once `stream` was switched.
pub async fn accept<S>(stream: S) -> impl Carrier
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    carrier(WebSocketStream::from_raw_socket(stream, Role::Server, Some(limits())).await)
}

fn limits() -> WebSocketConfig {
    WebSocketConfig::default()
        .write_buffer_size(0)
        .max_write_buffer_size(LARGEST_BACKLOG)
        .max_message_size(Some(LARGEST_MESSAGE))
        .max_frame_size(Some(LARGEST_MESSAGE))
}

fn chosen(headers: &http::HeaderMap) -> Option<&str> {
    headers.get(header::SEC_WEBSOCKET_PROTOCOL)?.to_str().ok()
}

fn number(headers: &http::HeaderMap, name: HeaderName) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.parse().ok()
}

fn carrier<S>(socket: WebSocketStream<S>) -> impl Carrier
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (messages, answers) = socket.split();
    let bytes = answers.filter_map(|message| std::future::ready(payload(message)));
    let messages = messages.with(|bytes: Bytes| std::future::ready(Ok(Message::Binary(bytes)))).sink_map_err(to_io);
    tokio::io::join(StreamReader::new(bytes), SinkWriter::new(CopyToBytes::new(messages)))
}

/// What a message carries: pings and their like carry nothing, and a text is none of ours.
fn payload(message: Result<Message, WebSocketError>) -> Option<io::Result<Bytes>> {
    match message {
        Ok(Message::Binary(bytes)) => Some(Ok(bytes)),
        Ok(Message::Text(_)) => Some(Err(io::Error::new(io::ErrorKind::InvalidData, "a text on a stream of bytes"))),
        Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_)) => None,
        Err(error) => Some(Err(to_io(error))),
    }
}

fn to_io(error: WebSocketError) -> io::Error {
    match error {
        WebSocketError::Io(error) => error,
        WebSocketError::ConnectionClosed | WebSocketError::AlreadyClosed => io::ErrorKind::ConnectionAborted.into(),
        other => io::Error::other(other),
    }
}
