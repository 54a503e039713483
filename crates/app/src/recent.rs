//! What was read a moment ago, and need not be read again yet.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::clock::Ambient;

/// Remembers values for a while: unless said otherwise [`Recent::LONGEST`]. That is how long a right that was taken away may
/// still count on another server; on the server that took it away, [`Recent::forget`] is called.
pub(crate) struct Recent<K, V> {
    values: Mutex<HashMap<K, (Timestamp, V)>>,
    longest: Duration,
}

impl<K: Hash + Eq, V: Clone> Default for Recent<K, V> {
    fn default() -> Self {
        Self::lasting(Self::LONGEST)
    }
}

impl<K: Hash + Eq, V: Clone> Recent<K, V> {
    /// Two seconds: the promise is that rights lose effect within five everywhere.
    pub(crate) const LONGEST: Duration = Duration::from_secs(2);

    /// Values kept at most. At this number the old ones are dropped, and all of them if none is old.
    const MOST: usize = 10_000;

    /// Remembers values for `longest`.
    pub(crate) fn lasting(longest: Duration) -> Self {
        Self { values: Mutex::default(), longest }
    }

    pub(crate) fn get(&self, key: &K, ambient: &Ambient) -> Option<V> {
        let values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.get(key).filter(|(read_at, _)| self.is_fresh(*read_at, ambient.now())).map(|(_, value)| value.clone())
    }

    /// Remembers what was read, as of `read_at`: the time before reading began.
    pub(crate) fn put(&self, key: K, value: V, read_at: Timestamp) {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        if values.len() >= Self::MOST {
            values.retain(|_, (at, _)| self.is_fresh(*at, read_at));
            if values.len() >= Self::MOST {
                values.clear();
            }
        }
        values.insert(key, (read_at, value));
    }

    pub(crate) fn forget(&self, key: &K) {
        self.values.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    /// Forgets every key that `is_stale` says yes to.
    pub(crate) fn forget_where(&self, is_stale: impl Fn(&K, &V) -> bool) {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.retain(|key, (_, value)| !is_stale(key, value));
    }

    /// A clock that went back makes nothing fresh again.
    fn is_fresh(&self, read_at: Timestamp, now: Timestamp) -> bool {
        let age = now.duration_since(read_at);
        let longest = SignedDuration::try_from(self.longest).unwrap_or(SignedDuration::ZERO);
        age >= SignedDuration::ZERO && age <= longest
    }
}
