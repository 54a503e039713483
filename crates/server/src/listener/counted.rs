//! A stream that tells how much comes over it, so that frames which belong to no request have an end, and that something goes
//! out.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::idle::Activity;

/// A stream whose bytes are counted on the way in. What is `held` for it is held as long as it is there.
pub(super) struct Counted<S, H> {
    stream: S,
    activity: Arc<Activity>,
    _held: H,
}

impl<S, H> Counted<S, H> {
    pub(super) const fn new(stream: S, activity: Arc<Activity>, held: H) -> Self {
        Self { stream, activity, _held: held }
    }

    fn went(&self, polled: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if matches!(polled, Poll::Ready(Ok(_))) {
            self.activity.went_out();
        }
        polled
    }
}

impl<S: AsyncRead + Unpin, H: Unpin> AsyncRead for Counted<S, H> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, into);
        if matches!(polled, Poll::Ready(Ok(()))) && !self.activity.may_bring(into.filled().len() - before) {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::ConnectionAborted, "much came and no request")));
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin, H: Unpin> AsyncWrite for Counted<S, H> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.went(polled)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.went(polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
