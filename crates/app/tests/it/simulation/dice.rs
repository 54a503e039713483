//! Chance that repeats itself.

use mayfly_domain::clock::Chance as _;
use mayfly_testkit::clock::SeededChance;

pub(super) struct Dice(SeededChance);

impl Dice {
    /// Several dice of one seed differ by their purpose.
    pub(super) fn new(seed: u64, purpose: u64) -> Self {
        Self(SeededChance::new(seed.wrapping_mul(1_000_003).wrapping_add(purpose)))
    }

    /// A number below `end`.
    pub(super) fn below(&self, end: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_be_bytes(bytes) % end.max(1)
    }

    /// True this often in a hundred.
    pub(super) fn percent(&self, chance: u64) -> bool {
        self.below(100) < chance
    }

    pub(super) fn pick<'a, T>(&self, from: &'a [T]) -> Option<&'a T> {
        let end = u64::try_from(from.len()).expect("a short list");
        from.get(usize::try_from(self.below(end)).expect("below its length"))
    }
}
