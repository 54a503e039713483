//! An answer that is being taken: as long as parts of it go out, its connection is not idle.
//!
//! Whoever takes nothing keeps the library from asking for more, and so loses the connection like anybody who is idle.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};

use super::idle::Answering;

/// A body that tells of each part that is taken.
pub(super) struct Taken {
    body: Body,
    answering: Answering,
}

impl Taken {
    pub(super) const fn new(body: Body, answering: Answering) -> Self {
        Self { body, answering }
    }
}

impl HttpBody for Taken {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if polled.is_ready() {
            self.answering.goes_on();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
