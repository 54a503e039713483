//! Frames that wait for their time. It knows no clock: times are since some beginning.

use std::{collections::BTreeMap, time::Duration};

use mayfly_domain::clock::Ambient;

use super::Weather;
use crate::clock::TestClock;

/// How long a frame that is overtaken is held back.
const HELD_BACK: Duration = Duration::from_millis(20);

/// How long frames wait for their turn at most.
const LONGEST_WAIT: Duration = Duration::from_millis(200);

/// What the kernel says before a frame, which is on no cable.
const PREFIX: usize = 10;

/// Frames by when they are due, and by when they came.
pub(super) struct Queue {
    frames: BTreeMap<(Duration, u64), Vec<u8>>,
    chance: Ambient,
    number: u64,
    /// When the line has sent all that it took.
    free: Duration,
    /// When the last of those is due that keep their order.
    last: Duration,
}

impl Queue {
    pub(super) fn new(seed: u64) -> Self {
        let chance = TestClock::default().ambient(seed);
        Self { frames: BTreeMap::new(), chance, number: 0, free: Duration::ZERO, last: Duration::ZERO }
    }

    /// Decides what becomes of a frame that comes `now`.
    pub(super) fn take(&mut self, frame: &[u8], now: Duration, weather: &Weather) {
        let [loss, reorder, jitter] = [self.lot(), self.lot(), self.lot()];
        if loss * 100.0 < weather.loss_percent {
            return;
        }
        let Some(sent) = self.turn(frame.len(), now, weather) else { return };
        let mut due = sent + weather.delay + weather.jitter.mul_f64(jitter);
        if reorder * 100.0 < weather.reorder_percent {
            due += HELD_BACK;
        } else {
            due = due.max(self.last);
            self.last = due;
        }
        self.number += 1;
        self.frames.insert((due, self.number), frame.to_vec());
    }

    /// When the line has sent a frame of so many bytes, unless too many wait already.
    fn turn(&mut self, bytes: usize, now: Duration, weather: &Weather) -> Option<Duration> {
        let Some(rate) = weather.bits_per_second else { return Some(now) };
        let begins = self.free.max(now);
        if begins.saturating_sub(now) > LONGEST_WAIT {
            return None;
        }
        let bits = u64::try_from(bytes.saturating_sub(PREFIX)).unwrap_or(u64::MAX).saturating_mul(8);
        self.free = begins + Duration::from_nanos(bits.saturating_mul(1_000_000_000) / rate.max(1));
        Some(self.free)
    }

    /// The next frame that is due `now`.
    pub(super) fn due(&mut self, now: Duration) -> Option<Vec<u8>> {
        let first = self.frames.first_entry().filter(|first| first.key().0 <= now)?;
        Some(first.remove())
    }

    /// When the next one is.
    pub(super) fn next(&self) -> Option<Duration> {
        self.frames.first_key_value().map(|((due, _), _)| *due)
    }

    /// From 0 to 1, without 1.
    fn lot(&self) -> f64 {
        f64::from(u32::from_be_bytes(self.chance.random::<4>())) / (f64::from(u32::MAX) + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: Duration = Duration::from_millis(1);

    /// The first byte of each of a thousand frames, a millisecond apart, and when it leaves.
    fn passed(seed: u64, weather: Weather) -> Vec<(Duration, u32)> {
        let mut queue = Queue::new(seed);
        for number in 0..1_000_u16 {
            let frame = [[0; PREFIX].as_slice(), &number.to_be_bytes(), &[0; 123]].concat();
            queue.take(&frame, MILLISECOND * u32::from(number), &weather);
        }
        let mut left = Vec::new();
        while let Some(next) = queue.next() {
            let early = next.checked_sub(Duration::from_nanos(1)).and_then(|early| queue.due(early));
            assert!(early.is_none(), "none leaves early");
            let frame = queue.due(next).unwrap();
            left.push((next, u32::from(u16::from_be_bytes([frame[PREFIX], frame[PREFIX + 1]]))));
        }
        left
    }

    #[test]
    fn good_weather_changes_nothing_and_delay_only_the_time() {
        let good = passed(1, Weather::default());
        assert!((0..).zip(&good).all(|(at, frame)| *frame == (MILLISECOND * at, at)));
        let late = passed(1, Weather { jitter: 5 * MILLISECOND, ..Weather::late(40 * MILLISECOND) });
        assert_eq!(late.len(), 1_000);
        assert!(late.is_sorted_by_key(|(_, number)| *number), "jitter reorders nothing");
        let held = |(time, number): &(Duration, u32)| time.saturating_sub(MILLISECOND * *number);
        assert!(late.iter().all(|frame| (40 * MILLISECOND..=45 * MILLISECOND).contains(&held(frame))));
        assert!(late.iter().any(|frame| held(frame) < 42 * MILLISECOND));
    }

    #[test]
    fn loss_and_reordering_are_as_often_as_they_are_said_and_repeat_with_their_seed() {
        let lossy = passed(7, Weather::lossy(20.0));
        assert!((750..850).contains(&lossy.len()), "{}", lossy.len());
        assert_eq!(lossy, passed(7, Weather::lossy(20.0)));
        assert_ne!(lossy, passed(8, Weather::lossy(20.0)));
        let reordered = passed(7, Weather { reorder_percent: 5.0, ..Weather::default() });
        let overtaken = reordered.windows(2).filter(|two| two[1].1 < two[0].1).count();
        assert_eq!(reordered.len(), 1_000);
        assert!((30..70).contains(&overtaken), "{overtaken}");
    }

    #[test]
    fn no_more_passes_than_the_line_takes() {
        // A frame of 125 bytes each millisecond is 1 Mbit/s.
        let whole = passed(1, Weather { bits_per_second: Some(1_000_000), ..Weather::default() });
        assert_eq!((whole.len(), whole[999].0), (1_000, MILLISECOND * 1_000));
        let half = passed(1, Weather { bits_per_second: Some(500_000), ..Weather::default() });
        assert!((590..=610).contains(&half.len()), "{}: half of them, and what still waits", half.len());
        assert!(half.iter().all(|(time, number)| *time <= MILLISECOND * (*number + 203)));
    }
}
