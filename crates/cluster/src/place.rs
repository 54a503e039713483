//! The seam "place where an operation runs": here and direct, here through a tunnel, or there in a gateway.
//!
//! Callers hold an `Arc<dyn Place>`; the wiring decides which. Every operation may be repeated safely, and none of them
//! outlives its [`Deadline`].

use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;
use mayfly_domain::clock::Ambient;

use crate::{
    discover::{Discover, Discovered},
    error::ClusterError,
    issue::{Issue, IssueFailed, Issued},
    owned::{ListOwned, OwnedObjects},
    probe::{Probe, ProbeReport},
    review::{Review, Reviewed},
    revoke::{Revoke, Revoked},
};

/// Where the five operations are carried out.
pub trait Place: Send + Sync {
    /// Looks whether a connection works and what its credential may do. Changes nothing in the cluster.
    fn probe(&self, operation: Probe, deadline: Deadline) -> BoxFuture<'_, Result<ProbeReport, ClusterError>>;

    /// Lists what a person may choose from. Changes nothing in the cluster.
    fn discover(&self, operation: Discover, deadline: Deadline) -> BoxFuture<'_, Result<Discovered, ClusterError>>;

    /// Carries out a lease's plan and returns its token, once.
    ///
    /// A failure tells through [`ClusterError::certainty`] whether a token may exist nevertheless, and what else may.
    fn issue(&self, operation: Issue, deadline: Deadline) -> BoxFuture<'_, Result<Issued, IssueFailed>>;

    /// Removes what was made for a plan, and says what is left.
    fn revoke(&self, operation: Revoke, deadline: Deadline) -> BoxFuture<'_, Result<Revoked, ClusterError>>;

    /// Lists the objects that carry our installation's label.
    fn list_owned(&self, operation: ListOwned, deadline: Deadline)
    -> BoxFuture<'_, Result<OwnedObjects, ClusterError>>;

    /// Asks whose a token is. Changes nothing in the cluster.
    fn review(&self, operation: Review, deadline: Deadline) -> BoxFuture<'_, Result<Reviewed, ClusterError>>;
}

/// The moment at which a caller stops waiting. What is left of it is handed down, never renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Timestamp);

impl Deadline {
    /// A fixed moment on the ambient's clock.
    pub const fn at(moment: Timestamp) -> Self {
        Self(moment)
    }

    /// `duration` from now.
    pub fn after(ambient: &Ambient, duration: Duration) -> Self {
        Self(ambient.now().saturating_add(duration).unwrap_or(Timestamp::MAX))
    }

    /// The moment itself.
    pub const fn moment(self) -> Timestamp {
        self.0
    }

    /// What is left; zero once it has passed.
    pub fn left(self, ambient: &Ambient) -> Duration {
        Duration::try_from(self.0.duration_since(ambient.now())).unwrap_or(Duration::ZERO)
    }
}
