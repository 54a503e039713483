//! What a gateway did since it began, in numbers.

use std::sync::atomic::{AtomicU64, Ordering};

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub(crate) fn one(&self) {
        self.many(1);
    }

    /// So many more.
    pub(crate) fn many(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// How many so far.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The numbers.
#[derive(Debug, Default)]
pub struct Tally {
    /// Attempts to open a tunnel.
    pub(crate) dials: Counter,
    /// Tunnels that were opened.
    pub(crate) tunnels: Counter,
    /// Operations that were asked for.
    pub(crate) operations: Counter,
    /// Operations and byte streams that were refused.
    pub(crate) refused: Counter,
    /// Byte streams that were opened.
    pub(crate) forwards: Counter,
    /// Certificates that were renewed.
    pub(crate) renewals: Counter,
    /// Objects that the janitor removed.
    pub(crate) removed_by_janitor: Counter,
}

impl Tally {
    /// Each with its name.
    pub fn counters(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let Self { dials, tunnels, operations, refused, forwards, renewals, removed_by_janitor } = self;
        [
            ("dials_total", dials),
            ("tunnels_total", tunnels),
            ("operations_total", operations),
            ("refused_total", refused),
            ("forwards_total", forwards),
            ("certificate_renewals_total", renewals),
            ("janitor_removed_total", removed_by_janitor),
        ]
        .into_iter()
        .map(|(name, counter)| (name, counter.get()))
    }
}
