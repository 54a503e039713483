//! A place that makes one mistake.

use std::sync::Arc;

use futures::future::BoxFuture;
use mayfly_cluster::{
    ClusterError, Deadline, Discover, Discovered, Doomed, Issue, IssueFailed, Issued, Kind, ListOwned, OwnedObjects,
    Place, Probe, ProbeReport, Review, Reviewed, Revoke, Revoked,
};
use mayfly_domain::{
    ids::ProjectId,
    kubernetes_name::Namespace,
    plan::{ObjectKind, OwnedObject},
};
use mayfly_store::Store;
use mayfly_testkit::{clock::TestClock, fake_cluster::FakeCluster};

use super::Bug;

pub(super) struct Buggy {
    pub(super) bug: Bug,
    pub(super) inner: Arc<dyn Place>,
    pub(super) cluster: Arc<FakeCluster>,
    pub(super) store: Store,
    pub(super) project: ProjectId,
    pub(super) clock: TestClock,
}

impl Buggy {
    fn issued(&self, mut issued: Issued) -> Issued {
        match self.bug {
            Bug::ForgetsAnObjectOfTheGrant => drop(issued.grant.objects.pop()),
            Bug::StoresTheToken => issued.grant.account_uid.clone_from(issued.token.expose()),
            Bug::SkipsTheBinding => {
                for binding in issued.grant.objects.extract_if(.., |object| is_binding(object)) {
                    self.remove_by_name(&binding);
                }
            }
            _ => {}
        }
        issued
    }

    fn failed(&self, mut failed: IssueFailed) -> IssueFailed {
        match self.bug {
            Bug::ForgetsWhatItTouched => failed.touched.clear(),
            Bug::ForgetsWhatIsUnclear => failed.touched.retain(|object| object.uid.is_some()),
            _ => {}
        }
        failed
    }

    async fn remove(&self, mut operation: Revoke, deadline: Deadline) -> Result<Revoked, ClusterError> {
        let owned = |doomed: &Doomed| doomed.object.owned(doomed.uid.clone());
        let all: Vec<OwnedObject> = operation.objects.iter().map(owned).collect();
        match self.bug {
            Bug::SaysRemovedWithoutRemoving => return Ok(removed(all)),
            Bug::DeletesByName => {
                for object in &all {
                    self.remove_by_name(object);
                }
                return Ok(removed(all));
            }
            Bug::LeavesBindings => operation.objects.retain(|doomed| !is_binding(&owned(doomed))),
            _ => {}
        }
        match self.inner.revoke(operation, deadline).await {
            Ok(mut revoked) if self.bug == Bug::TakesHeldForGone => {
                revoked.left.retain(|left| !matches!(left.why.kind, Kind::Held { .. }));
                Ok(revoked)
            }
            Err(error) if self.bug == Bug::TakesSilenceForGone && matches!(error.kind, Kind::Unreachable(_)) => {
                Ok(removed(all))
            }
            other => other,
        }
    }

    pub(super) fn remove_by_name(&self, object: &OwnedObject) {
        let kind = ObjectKind::ALL.into_iter().find(|kind| kind.name() == object.kind).expect("a kind of ours");
        self.cluster.delete_object(kind, object.namespace.as_ref().map(Namespace::as_str), &object.name);
    }
}

fn is_binding(object: &OwnedObject) -> bool {
    object.kind.ends_with("Binding")
}

fn removed(objects: Vec<OwnedObject>) -> Revoked {
    Revoked { removed: objects, ..Revoked::default() }
}

impl Place for Buggy {
    fn probe(&self, operation: Probe, deadline: Deadline) -> BoxFuture<'_, Result<ProbeReport, ClusterError>> {
        self.inner.probe(operation, deadline)
    }

    fn review(&self, operation: Review, deadline: Deadline) -> BoxFuture<'_, Result<Reviewed, ClusterError>> {
        self.inner.review(operation, deadline)
    }

    fn discover(&self, operation: Discover, deadline: Deadline) -> BoxFuture<'_, Result<Discovered, ClusterError>> {
        self.inner.discover(operation, deadline)
    }

    fn issue(&self, operation: Issue, deadline: Deadline) -> BoxFuture<'_, Result<Issued, IssueFailed>> {
        Box::pin(async move {
            let result = self.inner.issue(operation, deadline).await;
            result.map(|issued| self.issued(issued)).map_err(|failed| self.failed(failed))
        })
    }

    fn revoke(&self, operation: Revoke, deadline: Deadline) -> BoxFuture<'_, Result<Revoked, ClusterError>> {
        Box::pin(self.remove(operation, deadline))
    }

    fn list_owned(
        &self,
        operation: ListOwned,
        deadline: Deadline,
    ) -> BoxFuture<'_, Result<OwnedObjects, ClusterError>> {
        Box::pin(self.listed(operation, deadline))
    }
}
