//! What this server has told already, so that a sweep every few minutes does not fill the audit log with one thing.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher as _},
    sync::{Mutex, PoisonError},
};

use mayfly_domain::ids::ConnectionId;

/// The last thing of each kind that was told of each connection.
#[derive(Default)]
pub(crate) struct Told(Mutex<HashMap<(ConnectionId, &'static str), u64>>);

impl Told {
    /// Whether `what` is something else than was told last of its kind; it counts as told from now on.
    pub(super) fn is_news<T: Hash>(&self, connection: ConnectionId, what: &T) -> bool {
        let mut hasher = DefaultHasher::new();
        what.hash(&mut hasher);
        let hash = hasher.finish();
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.insert((connection, std::any::type_name::<T>()), hash) != Some(hash)
    }
}

#[cfg(test)]
mod tests {
    use mayfly_testkit::clock::TestClock;

    use super::*;

    #[test]
    fn the_same_thing_is_news_once() {
        let (ambient, told) = (TestClock::default().ambient(1), Told::default());
        let (one, other) = (ConnectionId::generate(&ambient), ConnectionId::generate(&ambient));
        assert!(told.is_news(one, &"a") && !told.is_news(one, &"a"));
        assert!(told.is_news(other, &"a"), "of another connection");
        assert!(told.is_news(one, &7_u8) && !told.is_news(one, &"a"), "of another kind");
        assert!(told.is_news(one, &"b") && told.is_news(one, &"a"), "it changed and changed back");
    }
}
