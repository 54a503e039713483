//! A task for each thing that is worked on, so that none waits for another.

use std::{collections::HashMap, fmt::Display, hash::Hash};

use tokio::task::{JoinError, JoinHandle};

/// Those that run, by what they work on.
pub(super) struct Lanes<Key> {
    running: HashMap<Key, JoinHandle<()>>,
    /// What they do, for the log.
    what: &'static str,
}

impl<Key: Copy + Display + Eq + Hash> Lanes<Key> {
    pub(super) fn new(what: &'static str) -> Self {
        Self { running: HashMap::new(), what }
    }

    /// Begins `work` on `key`, unless somebody is at it.
    pub(super) fn begin<Work>(&mut self, key: Key, work: impl FnOnce() -> Work)
    where
        Work: Future<Output = ()> + Send + 'static,
    {
        self.running.entry(key).or_insert_with(|| tokio::spawn(work()));
    }

    /// Makes room for those that are to begin again.
    pub(super) async fn drop_finished(&mut self) {
        let finished: Vec<Key> =
            self.running.iter().filter(|(_, task)| task.is_finished()).map(|(key, _)| *key).collect();
        for key in finished {
            if let Some(task) = self.running.remove(&key) {
                self.tell_panic(key, task.await);
            }
        }
    }

    /// Waits for all of them.
    pub(super) async fn finish(mut self) {
        for (key, task) in std::mem::take(&mut self.running) {
            self.tell_panic(key, task.await);
        }
    }

    /// Breaks all of them off.
    pub(super) fn abort(self) {
        self.running.values().for_each(JoinHandle::abort);
    }

    /// What one works on is claimed, and taken up again once the claim has lapsed.
    fn tell_panic(&self, key: Key, ended: Result<(), JoinError>) {
        if let Err(error) = ended {
            tracing::error!(lane = %key, %error, "{} broke off; it begins anew", self.what);
        }
    }
}
