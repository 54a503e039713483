//! How much runs at a time: all together, and of one source, such as an address.

use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use mayfly_domain::source::Source;

/// Requests or connections that may run at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Most {
    /// All together.
    pub altogether: usize,
    /// From one address.
    pub of_source: usize,
}

/// Counts what runs, for each source of it.
#[derive(Debug)]
pub(crate) struct Places<S: Copy + Eq + Hash = Source>(Arc<Inner<S>>);

#[derive(Debug)]
struct Inner<S> {
    most: Most,
    taken: AtomicUsize,
    sources: Mutex<HashMap<S, usize>>,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoPlace {
    /// As many run as may run at all.
    Altogether,
    /// As many run as may from this source.
    OfSource,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place<S: Copy + Eq + Hash = Source> {
    of: Arc<Inner<S>>,
    source: S,
}

impl<S: Copy + Eq + Hash> Clone for Places<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl Places {
    /// A place for somebody at `address`; those of one [`Source`] share how many it may have.
    pub(crate) fn take(&self, address: IpAddr) -> Result<Place, NoPlace> {
        self.take_for(Source::of(address))
    }
}

impl<S: Copy + Eq + Hash> Places<S> {
    pub(crate) fn new(most: Most) -> Self {
        Self(Arc::new(Inner { most, taken: AtomicUsize::new(0), sources: Mutex::default() }))
    }

    /// A place for a source.
    pub(crate) fn take_for(&self, source: S) -> Result<Place<S>, NoPlace> {
        let inner = &self.0;
        let mut sources = inner.sources();
        // Under the lock: nobody takes the last place twice.
        if inner.taken.load(Ordering::Acquire) >= inner.most.altogether {
            return Err(NoPlace::Altogether);
        }
        let of_source = sources.entry(source).or_default();
        if *of_source >= inner.most.of_source {
            return Err(NoPlace::OfSource);
        }
        *of_source += 1;
        inner.taken.fetch_add(1, Ordering::AcqRel);
        drop(sources);
        Ok(Place { of: Arc::clone(inner), source })
    }
}

impl<S> Inner<S> {
    fn sources(&self) -> MutexGuard<'_, HashMap<S, usize>> {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Copy + Eq + Hash> Drop for Place<S> {
    fn drop(&mut self) {
        let mut sources = self.of.sources();
        if let Some(of_source) = sources.get_mut(&self.source) {
            *of_source -= 1;
            if *of_source == 0 {
                sources.remove(&self.source);
            }
        }
        self.of.taken.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_for_all_and_for_each_and_given_back() {
        let places = Places::new(Most { altogether: 3, of_source: 2 });
        let [one, other] = ["192.0.2.1", "192.0.2.2"].map(|address| address.parse::<IpAddr>().unwrap());
        let held = [places.take(one).unwrap(), places.take(one).unwrap()];
        assert_eq!(places.take(one).unwrap_err(), NoPlace::OfSource);
        let mapped = "::ffff:192.0.2.1".parse().unwrap();
        assert_eq!(places.take(mapped).unwrap_err(), NoPlace::OfSource, "it is the same household");
        let last = places.take(other).unwrap();
        assert_eq!(places.take(other).unwrap_err(), NoPlace::Altogether);
        drop(held);
        drop((places.take(one).unwrap(), last));
        assert!(places.0.sources().is_empty(), "nobody is remembered who left");
        assert_eq!(places.0.taken.load(Ordering::Acquire), 0);
    }
}
