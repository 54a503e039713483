//! Whether the other end is there, by the protocol's own pings: they are payload to everything in between, so they also keep
//! balancers from closing a quiet connection.

use std::time::Duration;

use h2::{Ping, PingPong};
use mayfly_domain::clock::Ambient;
use tokio::sync::{Notify, watch};

/// Between two pings.
pub const PING_EVERY: Duration = Duration::from_secs(10);

/// Without an answer for so long, nothing new is asked.
pub const SUSPECT_AFTER: Duration = Duration::from_secs(3);

/// Without an answer for so long, the tunnel is given up: with [`PING_EVERY`] that makes thirty seconds at most.
pub const DEAD_AFTER: Duration = Duration::from_secs(20);

/// An operation that has had no answer for so long makes us ping at once. With [`SUSPECT_AFTER`] it makes less than the five seconds
/// within which a silent end is asked nothing new, counted from the first operation that it lets wait.
pub const SILENT_AFTER: Duration = Duration::from_millis(1_500);

/// How a tunnel is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// The last ping was answered.
    Good {
        /// After how long.
        round_trip: Duration,
    },
    /// A ping waits for its answer: ask others.
    Suspect,
    /// It is no more.
    Gone {
        /// Why, for people.
        why: String,
    },
}

impl Health {
    /// Whether something new may be asked.
    pub const fn is_good(&self) -> bool {
        matches!(self, Self::Good { .. })
    }
}

/// Pings until nobody answers any more, and says why it stopped. `nudge` asks for a ping at once.
pub(crate) async fn watch_over(
    ambient: &Ambient,
    mut pings: PingPong,
    nudge: &Notify,
    health: &watch::Sender<Health>,
) -> String {
    loop {
        let begun = ambient.now();
        let mut pong = Box::pin(pings.ping(Ping::opaque()));
        let mut answer = ambient.within(SUSPECT_AFTER, &mut pong).await;
        if answer.is_none() {
            health.send_replace(Health::Suspect);
            answer = ambient.within(DEAD_AFTER.saturating_sub(SUSPECT_AFTER), &mut pong).await;
        }
        match answer {
            Some(Ok(_)) => {
                let round_trip = ambient.now().duration_since(begun).unsigned_abs();
                health.send_replace(Health::Good { round_trip })
            }
            Some(Err(error)) => return format!("the tunnel broke: {error}"),
            None => return format!("no ping was answered for {} s", DEAD_AFTER.as_secs()),
        };
        drop(pong);
        tokio::select! {
            () = ambient.sleep(PING_EVERY) => {}
            () = nudge.notified() => {}
        }
    }
}
