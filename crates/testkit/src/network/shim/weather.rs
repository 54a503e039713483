//! What becomes of frames on the way.

use std::time::Duration;

/// Of one direction. Good weather is the default.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Weather {
    /// For each frame.
    pub delay: Duration,
    /// So much at most is added to that, by lot. It reorders nothing.
    pub jitter: Duration,
    /// How many of a hundred frames are lost.
    pub loss_percent: f64,
    /// How many of a hundred are overtaken by those of the next twenty milliseconds.
    pub reorder_percent: f64,
    /// How much passes. What cannot wait a fifth of a second for its turn is lost, as in a router.
    pub bits_per_second: Option<u64>,
}

impl Weather {
    /// Nothing but a delay.
    #[must_use]
    pub fn late(delay: Duration) -> Self {
        Self { delay, ..Self::default() }
    }

    /// Nothing but loss.
    #[must_use]
    pub fn lossy(loss_percent: f64) -> Self {
        Self { loss_percent, ..Self::default() }
    }
}
