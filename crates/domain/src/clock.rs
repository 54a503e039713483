//! Time and chance: one of the two abstract seams of the house.
//!
//! Nothing in Mayfly asks the machine for the time, for randomness or for a nap: it asks the [`Ambient`] it was given.
//! So a test moves the hands itself, and a whole day of leases passes in a millisecond.

use std::{
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use jiff::Timestamp;

/// A wait that ends when its clock says so.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The time of day, and waiting for a later one.
pub trait Clock: Send + Sync {
    /// Now, in UTC, cut to whole milliseconds: the precision of every stored time.
    fn now(&self) -> Timestamp;

    /// Completes once `duration` has passed on this clock.
    fn sleep(&self, duration: Duration) -> Sleep;
}

/// A source of unpredictable bytes, fit for keys and tokens.
pub trait Chance: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// Time and chance together, as every operation receives them.
#[derive(Clone)]
pub struct Ambient {
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
}

impl Ambient {
    /// Joins a clock and a source of chance.
    pub fn new(clock: Arc<dyn Clock>, chance: Arc<dyn Chance>) -> Self {
        Self { clock, chance }
    }

    /// Now, in whole milliseconds.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Completes after `duration`.
    pub fn sleep(&self, duration: Duration) -> Sleep {
        self.clock.sleep(duration)
    }

    /// What `future` yields, or `None` if `limit` passes first.
    pub fn within<F: Future>(&self, limit: Duration, future: F) -> impl Future<Output = Option<F::Output>> + use<F> {
        // Boxed at once, so that whoever waits does not carry it twice.
        let mut race = (!limit.is_zero()).then(|| (Box::pin(future), self.sleep(limit)));
        poll_fn(move |context| {
            let Some((future, sleep)) = &mut race else { return Poll::Ready(None) };
            match future.as_mut().poll(context) {
                Poll::Ready(output) => Poll::Ready(Some(output)),
                Poll::Pending => sleep.as_mut().poll(context).map(|()| None),
            }
        })
    }

    /// `N` unpredictable bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.chance.fill(&mut bytes);
        bytes
    }

    /// A random index below `count`, each as likely as the others; 0 where `count` is 0.
    pub fn random_index(&self, count: usize) -> usize {
        // A machine has no more places than 64 bits count.
        let (drawn, count) = (u64::from_be_bytes(self.random()), u64::try_from(count).unwrap_or(u64::MAX));
        usize::try_from(drawn % count.max(1)).unwrap_or_default()
    }
}

impl fmt::Debug for Ambient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Ambient")
    }
}

/// `time`, cut to the millisecond below.
pub fn to_millisecond(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}
