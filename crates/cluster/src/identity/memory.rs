//! What one client remembers about its cluster, and for how long.

use std::{
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::{SignedDuration, Timestamp};

use super::KubeSystem;

/// What was seen counts for this long. An idle connection is closed after the same time, so that what we remember does
/// not outlive what we are connected to; and one small read in a minute is nothing beside a minute's tokens.
const FRESH: SignedDuration = SignedDuration::from_mins(1);

/// How much longer it serves the others while one of them looks again: a busy client would otherwise send a crowd. It
/// is more than the eight seconds that a whole lease may take, and a look is part of one.
const WHILE_ONE_LOOKS: SignedDuration = SignedDuration::from_secs(10);

/// The last look at `kube-system`.
#[derive(Default)]
pub(crate) struct ClusterMemory(Mutex<Option<Seen>>);

struct Seen {
    kube_system: KubeSystem,
    /// `iss` of the tokens that came with it, once one has come.
    issuer: Option<String>,
    at: Timestamp,
    is_renewed: bool,
}

impl ClusterMemory {
    /// What was seen, if it still counts at `now`. `None` makes the caller look; of many callers, the first one whose
    /// minute is over.
    pub(super) fn recall(&self, now: Timestamp) -> Option<KubeSystem> {
        let mut seen = self.seen();
        let seen = seen.as_mut()?;
        let age = now.duration_since(seen.at);
        // A clock that was set back does not tell how old it is.
        let is_usable = !age.is_negative() && age < FRESH + WHILE_ONE_LOOKS;
        let is_ours_to_renew = age >= FRESH && !mem::replace(&mut seen.is_renewed, true);
        (is_usable && !is_ours_to_renew).then(|| seen.kube_system.clone())
    }

    /// Keeps what a look that began at `at` saw. The issuer stays with it while it is the same cluster.
    pub(super) fn keep(&self, kube_system: KubeSystem, at: Timestamp) {
        let mut seen = self.seen();
        let before = seen.take().filter(|before| before.kube_system == kube_system);
        let issuer = before.and_then(|before| before.issuer);
        *seen = Some(Seen { kube_system, issuer, at, is_renewed: false });
    }

    /// Whether tokens of `issuer` belong to what was seen. The first token after a look does.
    pub(super) fn goes_with(&self, issuer: &str) -> bool {
        let mut seen = self.seen();
        seen.as_mut().is_none_or(|seen| seen.issuer.get_or_insert_with(|| issuer.to_owned()) == issuer)
    }

    /// Keeps the issuer of the tokens that come with what was seen last.
    pub(super) fn keep_issuer(&self, issuer: &str) {
        if let Some(seen) = self.seen().as_mut() {
            seen.issuer = Some(issuer.to_owned());
        }
    }

    /// Forgets everything: the next caller looks.
    pub(super) fn forget(&self) {
        *self.seen() = None;
    }

    fn seen(&self) -> MutexGuard<'_, Option<Seen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    fn uid(uid: &str) -> KubeSystem {
        KubeSystem::Uid(uid.to_owned())
    }

    fn memory() -> ClusterMemory {
        let memory = ClusterMemory::default();
        memory.keep(uid("a"), at(0));
        memory
    }

    #[test]
    fn what_was_seen_counts_for_a_minute() {
        let memory = memory();
        assert_eq!(memory.recall(at(0)), Some(uid("a")));
        assert_eq!(memory.recall(at(59)), Some(uid("a")));
        assert_eq!(memory.recall(at(60)), None);
    }

    #[test]
    fn one_looks_again_while_the_others_go_on_for_ten_seconds() {
        let memory = memory();
        assert_eq!(memory.recall(at(60)), None);
        assert_eq!(memory.recall(at(60)), Some(uid("a")));
        assert_eq!(memory.recall(at(69)), Some(uid("a")));
        assert_eq!((memory.recall(at(70)), memory.recall(at(70))), (None, None), "its look came to nothing");
        memory.keep(uid("b"), at(70));
        assert_eq!(memory.recall(at(129)), Some(uid("b")));
    }

    #[test]
    fn a_clock_that_was_set_back_makes_everybody_look() {
        let memory = memory();
        assert_eq!((memory.recall(at(-1)), memory.recall(at(-1))), (None, None));
    }

    #[test]
    fn an_issuer_stays_with_its_cluster_only() {
        let memory = memory();
        assert!(memory.goes_with("one") && memory.goes_with("one"));
        assert!(!memory.goes_with("two"));
        memory.keep(uid("a"), at(60));
        assert!(!memory.goes_with("two"), "the same cluster keeps its issuer");
        memory.keep_issuer("two");
        assert!(memory.goes_with("two") && !memory.goes_with("one"));
        memory.keep(uid("b"), at(61));
        assert!(memory.goes_with("one"), "another cluster begins anew");
    }
}
