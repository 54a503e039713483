//! One request over a connection of its own.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::{
    body::Incoming,
    client::conn::http1,
    rt::{Read, Write},
};

/// Sends `request` over `stream` and hands the answer to `read`. Whoever answers may end the connection at once: what was
/// answered until then counts.
pub(crate) async fn exchange<T>(
    stream: impl Read + Write + Unpin,
    request: Request<Full<Bytes>>,
    read: impl AsyncFnOnce(Response<Incoming>) -> T,
) -> hyper::Result<T> {
    let (mut sender, connection) = http1::handshake(stream).await?;
    let answered = async { Ok(read(sender.send_request(request).await?).await) };
    tokio::pin!(answered);
    tokio::select! {
        biased;
        answer = &mut answered => answer,
        // The connection has to be driven until the answer is read.
        _ = connection => answered.await,
    }
}
