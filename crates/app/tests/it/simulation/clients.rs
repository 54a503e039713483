//! Callers in the middle of something, polled in turn, so that nothing but the seed decides who comes first.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures::task::noop_waker;
use mayfly_domain::ids::LeaseId;

/// What came of a call.
pub(super) enum Came {
    /// A token reached its caller.
    Token(Received),
    /// The key was used before, for this lease.
    Used(String, LeaseId),
    /// Anything else, in words.
    Else(String),
}

/// What a caller got.
pub(super) struct Received {
    pub(super) lease: LeaseId,
    pub(super) token: String,
    /// The lease that it was to take the place of.
    pub(super) replaced: Option<LeaseId>,
}

type Work = Pin<Box<dyn Future<Output = Came>>>;

/// A caller, and the server it called.
struct Client {
    server: usize,
    work: Work,
}

#[derive(Default)]
pub(super) struct Clients {
    all: Vec<Client>,
    /// The server that stands still, with all that it is at.
    pub(super) frozen: Option<usize>,
}

/// Rounds without anything new after which everybody is taken to wait for time to pass. Answers take a few; the same
/// number of rounds passes in each run of a seed.
const QUIET: usize = 48;

impl Clients {
    pub(super) fn add(&mut self, server: usize, work: impl Future<Output = Came> + 'static) {
        self.all.push(Client { server, work: Box::pin(work) });
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Those of a server that died never hear anything again.
    pub(super) fn forsake(&mut self, server: usize) {
        self.all.retain(|client| client.server != server);
    }

    /// The same, of all servers.
    pub(super) fn forsake_all(&mut self) {
        self.all.clear();
        self.frozen = None;
    }

    /// Lets everybody go on until all wait, and says what came of those that are done. `progress` counts what happens
    /// elsewhere.
    pub(super) async fn settle(&mut self, progress: impl Fn() -> usize) -> Vec<Came> {
        let (mut came, mut quiet, mut seen) = (Vec::new(), 0, progress());
        while quiet < QUIET {
            let done = self.poll_each();
            let now = progress();
            quiet = if done.is_empty() && now == seen { quiet + 1 } else { 0 };
            seen = now;
            came.extend(done);
            tokio::task::yield_now().await;
        }
        came
    }

    fn poll_each(&mut self) -> Vec<Came> {
        let waker = noop_waker();
        let mut context = Context::from_waker(&waker);
        let mut came = Vec::new();
        let frozen = self.frozen;
        self.all.retain_mut(|client| {
            if frozen == Some(client.server) {
                return true;
            }
            match client.work.as_mut().poll(&mut context) {
                Poll::Ready(done) => {
                    came.push(done);
                    false
                }
                Poll::Pending => true,
            }
        });
        came
    }
}
