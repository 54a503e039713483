//! Mistakes that are made on purpose, and that every look at the world has to find.

mod place;

use std::sync::Arc;

use mayfly_cluster::Place;
use mayfly_store::watch::Spoil;
use mayfly_testkit::fake_cluster::FakeCluster;

use self::place::Buggy;

/// One mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    /// A failed issue does not tell what it may have left.
    ForgetsWhatItTouched,
    /// A failed issue tells only of objects whose making was answered.
    ForgetsWhatIsUnclear,
    /// A grant names one object less than was made.
    ForgetsAnObjectOfTheGrant,
    /// A token is given out before its account has its rights, and whatever comes of those is forgotten.
    SkipsTheBinding,
    /// "Removed", and nothing was.
    SaysRemovedWithoutRemoving,
    /// What bears the name is removed, whoever's it is.
    DeletesByName,
    /// Bindings are not removed.
    LeavesBindings,
    /// What a finalizer holds counts as gone.
    TakesHeldForGone,
    /// A cluster that does not answer counts as one where nothing is left.
    TakesSilenceForGone,
    /// The token is noted where the UID of its account belongs.
    StoresTheToken,
    /// A lease ends without the event of it.
    EndsWithoutEvent,
    /// A lease is activated without the event of it.
    ActivatesWithoutEvent,
    /// The event of an end is written, and the end is not.
    WritesTheEventOnly,
    /// A lease is activated although it was given up meanwhile.
    ActivatesWithoutGuard,
    /// Whoever comes back late finishes what another finished.
    FinishesWithoutGuard,
    /// Leases pass to their end without a word.
    PassesInSilence,
    /// A lease is activated without what was granted.
    LosesTheGrant,
}

impl Bug {
    pub(crate) const ALL: [Self; 17] = [
        Self::ForgetsWhatItTouched,
        Self::ForgetsWhatIsUnclear,
        Self::ForgetsAnObjectOfTheGrant,
        Self::SkipsTheBinding,
        Self::SaysRemovedWithoutRemoving,
        Self::DeletesByName,
        Self::LeavesBindings,
        Self::TakesHeldForGone,
        Self::TakesSilenceForGone,
        Self::StoresTheToken,
        Self::EndsWithoutEvent,
        Self::ActivatesWithoutEvent,
        Self::WritesTheEventOnly,
        Self::ActivatesWithoutGuard,
        Self::FinishesWithoutGuard,
        Self::PassesInSilence,
        Self::LosesTheGrant,
    ];

    /// The place where operations are carried out with this mistake.
    pub(crate) fn place(self, inner: Arc<dyn Place>, cluster: &Arc<FakeCluster>) -> Arc<dyn Place> {
        Arc::new(Buggy { bug: self, inner, cluster: Arc::clone(cluster) })
    }

    /// What it does to a transaction.
    pub(super) fn spoil(self, transaction: &'static str) -> Spoil {
        match (self, transaction) {
            (Self::EndsWithoutEvent, "FINISH") | (Self::ActivatesWithoutEvent, "ACTIVATE") => Spoil::Forget("INSERT"),
            (Self::WritesTheEventOnly, "FINISH") => Spoil::Forget("FINISH"),
            (Self::ActivatesWithoutGuard, "ACTIVATE") | (Self::FinishesWithoutGuard, "FINISH") => Spoil::Unguard,
            (Self::PassesInSilence, "RECORD_DUE") => Spoil::Forget("RECORD_DUE"),
            (Self::LosesTheGrant, "ACTIVATE") => Spoil::Forget("GRANT"),
            _ => Spoil::Nothing,
        }
    }
}
