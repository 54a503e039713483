//! The machine's own time and chance, for tests that talk to real servers.

use std::{sync::Arc, time::Duration};

use aws_lc_rs::rand;
use jiff::Timestamp;
use mayfly_domain::clock::{Ambient, Chance, Clock, Sleep, to_millisecond};

/// The machine's clock and its random source.
pub fn ambient() -> Ambient {
    Ambient::new(Arc::new(WallClock), Arc::new(MachineChance))
}

struct WallClock;

impl Clock for WallClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that the ban sends everybody to")]
    fn now(&self) -> Timestamp {
        to_millisecond(Timestamp::now())
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock that the ban sends everybody to")]
    fn sleep(&self, duration: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(duration))
    }
}

struct MachineChance;

impl Chance for MachineChance {
    fn fill(&self, bytes: &mut [u8]) {
        rand::fill(bytes).expect("the machine's random source does not fail once it has started");
    }
}
