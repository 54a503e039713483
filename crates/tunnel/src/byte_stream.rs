//! One HTTP/2 stream as bytes in both directions, with the protocol's own flow control as the only buffer.
//!
//! By hand and not by hyper's upgrade, which once ignored flow control (hyperium/hyper#4049) and lets an idle stream pin a
//! window byte (hyperium/hyper#4198).

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf as _, Bytes};
use h2::{Reason, RecvStream, SendStream};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::OwnedSemaphorePermit,
};

/// Bytes that are handed to the connection at once. Larger pieces would let one stream keep others waiting.
const LARGEST_PIECE: usize = 16 * 1024;

/// A stream of bytes within a tunnel. Dropped before its end, it is reset.
pub struct ByteStream {
    sender: SendStream<Bytes>,
    receiver: RecvStream,
    /// What was received and not read yet.
    unread: Bytes,
    has_ended: bool,
    /// Its place among those that are open at once.
    place: Option<OwnedSemaphorePermit>,
}

impl ByteStream {
    pub(crate) fn new(sender: SendStream<Bytes>, receiver: RecvStream) -> Self {
        Self { sender, receiver, unread: Bytes::new(), has_ended: false, place: None }
    }

    pub(crate) fn holding(mut self, place: OwnedSemaphorePermit) -> Self {
        self.place = Some(place);
        self
    }
}

impl AsyncRead for ByteStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.unread.is_empty() {
            match ready!(self.receiver.poll_data(context)) {
                Some(Ok(bytes)) => self.unread = bytes,
                Some(Err(error)) => return Poll::Ready(Err(to_io(error))),
                None => return Poll::Ready(Ok(())),
            }
        }
        let count = self.unread.len().min(buffer.remaining());
        buffer.put_slice(self.unread.get(..count).unwrap_or_default());
        self.unread.advance(count);
        // Only what somebody has read makes room for more.
        Poll::Ready(self.receiver.flow_control().release_capacity(count).map_err(to_io))
    }
}

impl AsyncWrite for ByteStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let wanted = bytes.len().min(LARGEST_PIECE);
        self.sender.reserve_capacity(wanted);
        loop {
            let room = match ready!(self.sender.poll_capacity(context)) {
                Some(Ok(room)) => room.min(wanted),
                Some(Err(error)) => return Poll::Ready(Err(to_io(error))),
                None => return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
            };
            if room > 0 {
                let piece = Bytes::copy_from_slice(bytes.get(..room).unwrap_or_default());
                self.sender.send_data(piece, false).map_err(to_io)?;
                return Poll::Ready(Ok(room));
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The connection's own task sends whatever was handed to it.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.has_ended {
            self.has_ended = true;
            self.sender.send_data(Bytes::new(), true).map_err(to_io)?;
        }
        Poll::Ready(Ok(()))
    }
}

impl Drop for ByteStream {
    fn drop(&mut self) {
        if !self.has_ended || !self.receiver.is_end_stream() {
            self.sender.send_reset(Reason::CANCEL);
        }
    }
}

fn to_io(error: h2::Error) -> io::Error {
    if error.is_io() {
        return error.into_io().unwrap_or_else(|| io::ErrorKind::ConnectionAborted.into());
    }
    match error.reason() {
        Some(Reason::NO_ERROR | Reason::CANCEL) => io::ErrorKind::ConnectionReset.into(),
        Some(_) | None => io::Error::other(error),
    }
}
