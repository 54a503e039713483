//! Connections that bring nothing: the library waits for the first bytes, and between requests, as long as it takes.
//!
//! Its own limit on a head counts from the end of the request before (hyper's `header_read_timeout`), so that it would
//! be one on the pause between requests too. So the head of a request of HTTP/1 is timed here, from its first byte, or from
//! the end of the answer before where it came during that. What is left of a body that nobody read counts as one, too: such
//! a connection ends sooner than others.
//!
//! Connections are the machine's, and so is their time: no clock that somebody moves by hand is asked here.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::Version;
use tokio::{sync::Notify, time::Instant};

use super::{MOST_BETWEEN_REQUESTS, Patience};

/// What goes on on a connection.
#[derive(Debug)]
pub(super) struct Activity {
    running: AtomicUsize,
    /// Answers of which something may still go out.
    answers: AtomicUsize,
    has_asked: AtomicBool,
    /// Whether what comes after a request is the head of the next one: HTTP/2 has frames of its own in between.
    is_of_heads: AtomicBool,
    since: Mutex<Instant>,
    /// Bytes that came while no request was under way, since the last one began.
    between: AtomicUsize,
    /// Whether HTTP is over and something else is spoken, which has limits of its own.
    has_switched: AtomicBool,
    changed: Notify,
}

/// A request that runs, until it is dropped.
#[derive(Debug)]
pub(super) struct Running(Arc<Activity>);

/// An answer that goes out, until it is dropped.
#[derive(Debug)]
pub(super) struct Answering(Arc<Activity>);

impl Default for Activity {
    fn default() -> Self {
        Self {
            running: AtomicUsize::new(0),
            answers: AtomicUsize::new(0),
            has_asked: AtomicBool::new(false),
            is_of_heads: AtomicBool::new(false),
            since: Mutex::new(Instant::now()),
            between: AtomicUsize::new(0),
            has_switched: AtomicBool::new(false),
            changed: Notify::new(),
        }
    }
}

impl Activity {
    /// A request has come, by `version` of HTTP.
    pub(super) fn begin(self: &Arc<Self>, version: Version) -> Running {
        self.running.fetch_add(1, Ordering::AcqRel);
        self.is_of_heads.store(version < Version::HTTP_2, Ordering::Release);
        self.has_asked.store(true, Ordering::Release);
        self.between.store(0, Ordering::Release);
        Running(Arc::clone(self))
    }

    /// The request has an answer.
    pub(super) fn answer(self: &Arc<Self>) -> Answering {
        self.answers.fetch_add(1, Ordering::AcqRel);
        Answering(Arc::clone(self))
    }

    /// Bytes went out: somebody takes an answer. HTTP/2 says things by itself.
    pub(super) fn went_out(&self) {
        if self.is_of_heads.load(Ordering::Acquire) {
            self.touch();
        }
    }

    /// Counts bytes that came; says whether they may. Those of a request that is under way always may: it has limits of
    /// its own.
    pub(super) fn may_bring(&self, bytes: usize) -> bool {
        if self.running.load(Ordering::Acquire) > 0 || self.has_switched.load(Ordering::Acquire) {
            return true;
        }
        let before = self.between.fetch_add(bytes, Ordering::AcqRel);
        if before == 0 && bytes > 0 && self.is_of_heads.load(Ordering::Acquire) {
            self.touch();
            self.changed.notify_one();
        }
        before.saturating_add(bytes) <= MOST_BETWEEN_REQUESTS
    }

    /// From now on something else than HTTP is spoken.
    pub(super) fn switch(&self) {
        self.has_switched.store(true, Ordering::Release);
    }

    fn touch(&self) {
        *self.since.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Completes when the connection has been without a request for too long.
    pub(super) async fn idle(&self, patience: Patience) {
        loop {
            let changed = self.changed.notified();
            if self.running.load(Ordering::Acquire) > 0 {
                changed.await;
                continue;
            }
            let until = *self.since.lock().unwrap_or_else(PoisonError::into_inner) + self.longest(patience);
            if Instant::now() >= until {
                return;
            }
            tokio::select! {
                () = changed => {}
                () = tokio::time::sleep_until(until) => {}
            }
        }
    }

    /// How long the next request may take to come: not long once it has begun to, nor where none ever came.
    fn longest(&self, patience: Patience) -> Duration {
        let has_come = self.is_of_heads.load(Ordering::Acquire) && self.between.load(Ordering::Acquire) > 0;
        let begins = has_come && self.answers.load(Ordering::Acquire) == 0;
        if begins || !self.has_asked.load(Ordering::Acquire) { patience.head } else { patience.idle }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.touch();
        self.0.running.fetch_sub(1, Ordering::AcqRel);
        self.0.changed.notify_one();
    }
}

impl Answering {
    /// A part of it is taken.
    pub(super) fn goes_on(&self) {
        self.0.touch();
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.touch();
        self.0.answers.fetch_sub(1, Ordering::AcqRel);
        self.0.changed.notify_one();
    }
}

/// What `future` gives, if it does in time.
#[expect(clippy::disallowed_methods, reason = "a handshake is the machine's, and so is its time")]
pub(super) async fn within<T>(duration: Duration, future: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(duration, future).await.ok()
}
