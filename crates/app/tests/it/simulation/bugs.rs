//! Mistakes that are made on purpose, and that every look at the world has to find.

mod listed;
mod place;

use std::sync::Arc;

use mayfly_app::{
    AppError,
    leases::{IsForced, IssueLease, IssuedLease, revoke},
};
use mayfly_cluster::Place;
use mayfly_store::{Store, watch::Spoil};

use self::place::Buggy;
use crate::world::{Server, World};

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
    /// A sweep reads the rows, and lists the cluster after.
    SweepsByOldRows,
    /// A sweep does not ask how old an object is.
    SweepsTheYoung,
    /// A sweep takes the label for proof enough.
    SweepsWithoutSeal,
    /// A sweep asks nobody, however much it is about to remove.
    SweepsWithoutAsking,
    /// For a sweep, a lease that is over still explains its objects.
    SweepsNothingThatHasARow,
    /// A lease that is to be replaced ends before another one takes its place.
    EndsTheReplacedFirst,
    /// A lease that was replaced goes on.
    NeverEndsTheReplaced,
    /// A request with a key leaves no trace of it.
    ForgetsKeys,
    /// Nobody counts the live leases.
    CountsNothing,
}

impl Bug {
    pub(crate) const ALL: [Self; 26] = [
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
        Self::SweepsByOldRows,
        Self::SweepsTheYoung,
        Self::SweepsWithoutSeal,
        Self::SweepsWithoutAsking,
        Self::SweepsNothingThatHasARow,
        Self::EndsTheReplacedFirst,
        Self::NeverEndsTheReplaced,
        Self::ForgetsKeys,
        Self::CountsNothing,
    ];

    /// The place where operations are carried out with this mistake.
    pub(super) fn place(self, inner: Arc<dyn Place>, world: &World, store: &Store) -> Arc<dyn Place> {
        let (cluster, store) = (Arc::clone(&world.cluster), store.clone());
        Arc::new(Buggy { bug: self, inner, cluster, store, project: world.project, clock: world.clock.clone() })
    }

    /// What it does to a transaction.
    pub(super) fn spoil(self, transaction: &'static str) -> Spoil {
        match (self, transaction) {
            (Self::EndsWithoutEvent, "FINISH") | (Self::ActivatesWithoutEvent, "ACTIVATE") => Spoil::Forget("INSERT"),
            (Self::WritesTheEventOnly, "FINISH") => Spoil::Forget("FINISH"),
            (Self::ActivatesWithoutGuard, "ACTIVATE") | (Self::FinishesWithoutGuard, "FINISH") => Spoil::Unguard,
            (Self::PassesInSilence, "RECORD_DUE") => Spoil::Forget("RECORD_DUE"),
            (Self::LosesTheGrant, "ACTIVATE") => Spoil::Forget("GRANT"),
            (Self::ForgetsKeys, "RESERVE") => Spoil::Forget("REMEMBER_KEY"),
            (Self::CountsNothing, "RESERVE") => Spoil::Forget("ROOM_OF_SECRET"),
            _ => Spoil::Nothing,
        }
    }
}

/// Issues as `wish` says, with the mistakes that are made in that.
pub(super) async fn issue(
    bug: Option<Bug>,
    server: &Server,
    world: &World,
    mut wish: IssueLease,
) -> Result<IssuedLease, AppError> {
    match bug {
        Some(Bug::EndsTheReplacedFirst) => {
            if let Some(id) = wish.replaces.take() {
                let _ = revoke(&server.app, &world.caller, &world.place(), &id, IsForced::No).await;
            }
        }
        Some(Bug::NeverEndsTheReplaced) => wish.replaces = None,
        Some(_) | None => {}
    }
    mayfly_app::leases::issue(&server.app, &world.caller, wish).await
}
