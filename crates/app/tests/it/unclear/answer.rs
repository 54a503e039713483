//! The ways in which an answer can be unclear, and how to wait under each.

use std::{future::Future, pin::pin, task::Poll};

use futures::poll;
use mayfly_testkit::fake_cluster::{Calls, Fault};

use crate::world::World;

/// Rounds without a new request after which everybody waits for time to pass.
const QUIET: usize = 48;

/// What makes an answer unclear, and a refusal for comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unclear {
    Refused,
    ClosedBefore,
    ResetBefore,
    Lost,
    CutInTheMiddle,
    TimedOutBefore,
    TimedOutAfter,
    FailedAfter,
}

impl Unclear {
    pub(super) const ALL: [Self; 8] = [
        Self::Refused,
        Self::ClosedBefore,
        Self::ResetBefore,
        Self::Lost,
        Self::CutInTheMiddle,
        Self::TimedOutBefore,
        Self::TimedOutAfter,
        Self::FailedAfter,
    ];

    pub(super) fn fault(self) -> Fault {
        match self {
            Self::Refused => {
                Fault::answer(403, "application/json", r#"{"kind":"Status","status":"Failure","code":403}"#)
            }
            Self::ClosedBefore => Fault::Close,
            Self::ResetBefore => Fault::Reset,
            Self::Lost => Fault::LoseAnswer,
            Self::CutInTheMiddle => Fault::CutBody,
            Self::TimedOutBefore => Fault::Hang,
            Self::TimedOutAfter => Fault::HangAfterAct,
            Self::FailedAfter => Fault::FailAfterAct,
        }
    }

    /// Lets time pass whenever nothing else happens. A reset takes a socket, and nothing hangs there.
    pub(super) async fn wait<T>(self, world: &World, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        if self == Self::ResetBefore {
            return work.await;
        }
        let (mut quiet, mut seen) = (0, 0);
        loop {
            if let Poll::Ready(done) = poll!(work.as_mut()) {
                return done;
            }
            let now = world.cluster.requests().count(Calls::All);
            quiet = if now == seen { quiet + 1 } else { 0 };
            seen = now;
            if quiet == QUIET {
                assert!(world.clock.advance_to_next(), "it waits for nothing");
                quiet = 0;
            }
            tokio::task::yield_now().await;
        }
    }
}
