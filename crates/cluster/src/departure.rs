//! Whether a request has left: the fact behind [`Certainty::NeverSent`](crate::error::Certainty).
//!
//! The HTTP client takes a request's body only when it writes it to a connection. So the body is where we can tell, and
//! where we can hold it back: once a request is withdrawn its body never leaves, and without its body no API server
//! acts on it.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

const WAITING: u8 = 0;
const LEFT: u8 = 1;
const WITHDRAWN: u8 = 2;

/// Shared between a request's body and whoever waits for the answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Departure(Arc<AtomicU8>);

impl Departure {
    /// Holds the request back if it has not left yet, and tells whether that succeeded.
    pub(crate) fn withdraw(&self) -> bool {
        self.settle(WITHDRAWN) == WITHDRAWN
    }

    fn leave(&self) -> bool {
        self.settle(LEFT) == LEFT
    }

    /// Decides once for `outcome` or finds it decided; returns what holds.
    fn settle(&self, outcome: u8) -> u8 {
        match self.0.compare_exchange(WAITING, outcome, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => outcome,
            Err(decided) => decided,
        }
    }
}

/// The request was withdrawn before it left.
#[derive(Debug, thiserror::Error)]
#[error("the request was withdrawn")]
pub(crate) struct Withdrawn;

/// A request body that notes its departure.
pub(crate) struct DepartingBody<B> {
    inner: B,
    departure: Departure,
}

impl<B> DepartingBody<B> {
    pub(crate) fn new(inner: B, departure: Departure) -> Self {
        Self { inner, departure }
    }
}

impl<B> Body for DepartingBody<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if !self.departure.leave() {
            return Poll::Ready(Some(Err(Withdrawn.into())));
        }
        Pin::new(&mut self.inner).poll_frame(context).map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        let is_empty = self.inner.is_end_stream();
        if is_empty {
            // A request without a body leaves as soon as the client looks at it. Such calls only read, so that holding
            // them back is not needed.
            self.departure.leave();
        }
        is_empty
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use http_body_util::{BodyExt as _, Full};

    use super::*;

    #[test]
    fn a_withdrawn_body_never_leaves() {
        let departure = Departure::default();
        let mut body = DepartingBody::new(Full::new(Bytes::from_static(b"secret")), departure.clone());
        assert!(departure.withdraw());
        assert!(body.frame().now_or_never().unwrap().unwrap().is_err());
    }

    #[test]
    fn a_body_that_left_cannot_be_withdrawn() {
        let departure = Departure::default();
        let mut body = DepartingBody::new(Full::new(Bytes::from_static(b"secret")), departure.clone());
        assert!(body.frame().now_or_never().unwrap().unwrap().is_ok());
        assert!(!departure.withdraw());
    }
}
