//! Mistakes of a sweep: in what it makes of the objects that it found.

use std::{collections::BTreeSet, iter};

use jiff::SignedDuration;
use mayfly_cluster::{ClusterError, Deadline, FoundObject, ListOwned, OwnedObjects};
use mayfly_domain::{clock::Clock as _, ids::LeaseId, lease::LeaseState, plan::LEASE_LABEL};
use mayfly_store::leases::HistoryPage;

use super::{Bug, place::Buggy};
use crate::world::strangers::FORGED;

/// Older than whatever a sweep leaves alone because it is young.
const OLD: SignedDuration = SignedDuration::from_secs(8 + 5 + 120);
/// So many objects that any number of orphans is few beside them.
const MANY: usize = 500;

impl Buggy {
    pub(super) async fn listed(&self, operation: ListOwned, deadline: Deadline) -> Result<OwnedObjects, ClusterError> {
        let rows = self.rows().await;
        let mut listed = self.inner.list_owned(operation, deadline).await?;
        match self.bug {
            Bug::SweepsByOldRows => {
                let now = self.rows().await;
                let newer =
                    |object: &&FoundObject| lease_of(object).is_some_and(|id| !rows.contains(&id) && now.contains(&id));
                listed.found.iter().filter(newer).for_each(|object| self.remove_by_name(&object.object));
            }
            Bug::SweepsTheYoung => listed.found.iter_mut().for_each(|object| object.created_at = None),
            Bug::SweepsWithoutSeal => {
                let now = self.rows().await;
                let old = |object: &FoundObject| {
                    object.created_at.is_none_or(|created_at| self.clock.now().duration_since(created_at) > OLD)
                };
                let orphan =
                    |object: &&FoundObject| lease_of(object).is_none_or(|id| !now.contains(&id)) && old(object);
                listed.found.iter().filter(orphan).for_each(|object| self.remove_by_name(&object.object));
            }
            Bug::SweepsWithoutAsking => {
                let unsealed = listed.found.iter().find(|object| object.object.name == FORGED).cloned();
                listed.found.extend(unsealed.into_iter().flat_map(|object| iter::repeat_n(object, MANY)));
            }
            Bug::SweepsNothingThatHasARow => {
                let mut kept = Vec::new();
                for object in listed.found {
                    let has_row = match lease_of(&object) {
                        Some(id) => self.store.leases().exists(id).await.expect("the row is read"),
                        None => false,
                    };
                    kept.extend((!has_row).then_some(object));
                }
                listed.found = kept;
            }
            _ => {}
        }
        Ok(listed)
    }

    /// The leases that are not over now.
    async fn rows(&self) -> BTreeSet<LeaseId> {
        let limit = i64::from(i32::MAX);
        let page = HistoryPage::newest(self.project, limit);
        let leases = self.store.leases().history(&page).await.expect("the history is read");
        let live = leases.into_iter().filter(|lease| !matches!(lease.state, LeaseState::Ended { .. }));
        live.map(|lease| lease.id).collect()
    }
}

fn lease_of(object: &FoundObject) -> Option<LeaseId> {
    object.labels.get(LEASE_LABEL)?.parse().ok()
}
