//! MACHINE: its time and its chance. Servers and gateways ask for them here once, and give an [`Ambient`] to all that they are made of.

use std::{sync::Arc, time::Duration};

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use jiff::Timestamp;
use mayfly_domain::clock::{Ambient, Chance, Clock, Sleep, to_millisecond};

/// The machine's own time and chance.
pub fn system() -> Ambient {
    Ambient::new(Arc::new(SystemClock), Arc::new(SystemChance(SystemRandom::new())))
}

struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else is given")]
    fn now(&self) -> Timestamp {
        to_millisecond(Timestamp::now())
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else is given")]
    fn sleep(&self, duration: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(duration))
    }
}

struct SystemChance(SystemRandom);

impl Chance for SystemChance {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes).expect("the operating system gives random bytes, or nothing can be kept secret");
    }
}
