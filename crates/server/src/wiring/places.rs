//! Where an operation runs: here, or in the gateway that the connection names.
//!
//! A route that names a gateway never becomes a direct call: there is no arm for that.

use std::sync::Arc;

use futures::future::BoxFuture;
use mayfly_cluster::{
    Certainty, ClusterError, Deadline, Discover, Discovered, Executor, Issue, IssueFailed, Issued, Kind, ListOwned,
    OwnedObjects, Place, Probe, ProbeReport, Review, Reviewed, Revoke, Revoked, Undelivered, WrongToken,
};
use mayfly_domain::{
    connection::{Route, Via},
    gateway_policy::GatewayOperation,
    plan::{Account, LeasePlan, OwnedObject},
};

use super::errands::{Earlier, Errand, Errands, Ran, Repeat, named};

/// Both places.
pub(crate) struct Places {
    here: Arc<Executor>,
    errands: Errands,
}

/// The way that a route says.
enum Way {
    /// An executor of ours.
    Here(Arc<Executor>),
    /// The executor of a gateway.
    There(Via),
}

impl Places {
    pub(crate) fn new(here: Arc<Executor>, errands: Errands) -> Self {
        Self { here, errands }
    }

    /// Closes what nobody used lately.
    pub(crate) fn drop_idle(&self) {
        self.here.drop_idle();
        self.errands.drop_idle();
    }

    fn way(&self, route: Route) -> Way {
        match route {
            Route::Direct => Way::Here(Arc::clone(&self.here)),
            Route::Forward { via } => Way::Here(self.errands.forwarding(via)),
            Route::Gateway { via } => Way::There(via),
        }
    }

    async fn issue_there(&self, via: Via, operation: Issue, deadline: Deadline) -> Result<Issued, IssueFailed> {
        let operation = operation.at(());
        let lease = Some(operation.plan.lease);
        let repeat = repeat_of(&operation.plan);
        let errand = Errand { via, name: GatewayOperation::Issue, lease, deadline, repeat };
        let Ran::<Result<Issued, IssueFailed>> { outcome, earlier, by } =
            self.errands.run_and_tell(&errand, &operation).await;
        match outcome {
            Ok(Ok(issued)) => match issued.believed(&operation.plan, self.errands.ambient().now()) {
                Ok(issued) => Ok(told_of(earlier, Issued { carried_out_by: by, ..issued })),
                Err(reason) => Err(unbelieved(via, reason, &operation.plan)),
            },
            Ok(Err(failed)) => Err(after(earlier, failed, &operation.plan)),
            Err(error) => {
                let failed = IssueFailed { touched: touched(error.certainty, &operation.plan), error };
                Err(after(earlier, failed, &operation.plan))
            }
        }
    }
}

/// Where a plan is carried out once more that may have been carried out. A token of an account that stays would be a second one,
/// that nothing ends; a temporary account ends with all of its tokens.
const fn repeat_of(plan: &LeasePlan) -> Repeat {
    match plan.account {
        Account::Existing { .. } => Repeat::AtTheProcess,
        Account::Temporary { .. } => Repeat::AtItsName,
    }
}

/// What a gateway said that cannot be true: nothing is handed out, and whatever was planned may be there.
fn unbelieved(via: Via, reason: WrongToken, plan: &LeasePlan) -> IssueFailed {
    tracing::error!(%reason, "a gateway says of a token what is not so");
    IssueFailed::of_answer(named(via), Kind::WrongToken(reason), plan)
}

/// What was issued after others may have issued, too.
fn told_of(earlier: Earlier, issued: Issued) -> Issued {
    match earlier {
        Earlier::Nothing => issued,
        Earlier::Unclear => Issued { undelivered: Undelivered::Possible, ..issued },
    }
}

/// A failure of the last try, after others of which nobody knows what they did.
fn after(earlier: Earlier, failed: IssueFailed, plan: &LeasePlan) -> IssueFailed {
    match earlier {
        Earlier::Nothing => failed,
        Earlier::Unclear => IssueFailed {
            touched: touched(Certainty::Unknown, plan),
            error: ClusterError { certainty: Certainty::Unknown, ..failed.error },
        },
    }
}

/// What may be there after a failure: nothing, or all that the plan makes.
fn touched(certainty: Certainty, plan: &LeasePlan) -> Vec<OwnedObject> {
    match certainty {
        Certainty::NeverSent | Certainty::Refused => Vec::new(),
        Certainty::Unknown => plan.objects().iter().map(|object| object.owned(None)).collect(),
    }
}

/// An operation that may be asked for again, anywhere.
const fn errand(via: Via, name: GatewayOperation, deadline: Deadline) -> Errand {
    Errand { via, name, lease: None, deadline, repeat: Repeat::Anywhere }
}

impl Place for Places {
    fn probe(&self, operation: Probe, deadline: Deadline) -> BoxFuture<'_, Result<ProbeReport, ClusterError>> {
        Box::pin(async move {
            match self.way(operation.target.route) {
                Way::Here(executor) => executor.probe(operation, deadline).await,
                Way::There(via) => {
                    self.errands.run(&errand(via, GatewayOperation::Probe, deadline), &operation.at(())).await?
                }
            }
        })
    }

    fn discover(&self, operation: Discover, deadline: Deadline) -> BoxFuture<'_, Result<Discovered, ClusterError>> {
        Box::pin(async move {
            match self.way(operation.target.route) {
                Way::Here(executor) => executor.discover(operation, deadline).await,
                Way::There(via) => {
                    self.errands.run(&errand(via, GatewayOperation::Discover, deadline), &operation.at(())).await?
                }
            }
        })
    }

    fn issue(&self, operation: Issue, deadline: Deadline) -> BoxFuture<'_, Result<Issued, IssueFailed>> {
        Box::pin(async move {
            match self.way(operation.target.route) {
                Way::Here(executor) => executor.issue(operation, deadline).await,
                Way::There(via) => self.issue_there(via, operation, deadline).await,
            }
        })
    }

    fn revoke(&self, operation: Revoke, deadline: Deadline) -> BoxFuture<'_, Result<Revoked, ClusterError>> {
        Box::pin(async move {
            match self.way(operation.target.route) {
                Way::Here(executor) => executor.revoke(operation, deadline).await,
                Way::There(via) => {
                    self.errands.run(&errand(via, GatewayOperation::Revoke, deadline), &operation.at(())).await?
                }
            }
        })
    }

    fn list_owned(
        &self,
        operation: ListOwned,
        deadline: Deadline,
    ) -> BoxFuture<'_, Result<OwnedObjects, ClusterError>> {
        Box::pin(async move {
            match self.way(operation.target.route) {
                Way::Here(executor) => executor.list_owned(operation, deadline).await,
                Way::There(via) => {
                    self.errands.run(&errand(via, GatewayOperation::ListOwned, deadline), &operation.at(())).await?
                }
            }
        })
    }

    fn review(&self, operation: Review, deadline: Deadline) -> BoxFuture<'_, Result<Reviewed, ClusterError>> {
        Box::pin(async move {
            match self.way(operation.target.route) {
                Way::Here(executor) => executor.review(operation, deadline).await,
                Way::There(via) => {
                    self.errands.run(&errand(via, GatewayOperation::Review, deadline), &operation.at(())).await?
                }
            }
        })
    }
}
