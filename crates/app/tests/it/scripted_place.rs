//! A place that does what the test says, and remembers every token that it made.

use std::sync::{Mutex, MutexGuard};

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use mayfly_cluster::{
    Call, Certainty, ClusterError, Deadline, Discover, Discovered, Issue, IssueFailed, Issued, Kind, ListOwned,
    OwnedObjects, Place, Probe, ProbeReport, ProbeTimes, Review, Reviewed, Revoke, Revoked, Step, Undelivered,
    Unreachable, probe::AccountState,
};
use mayfly_domain::{
    clock::Ambient,
    connection::ClusterIdentity,
    ids::{GatewayId, LeaseId},
    plan::Grant,
    sensitive::Sensitive,
};

/// What the next issue does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    /// Gives the token, after a moment in which anything may happen, and before another one.
    Grant,
    /// The same, for a cluster that gives no token more than so many seconds.
    Shorten(u64),
    /// Is refused: nothing was made.
    Refuse,
    /// Never comes. The caller's deadline ends the call; a token was made all the same.
    Silence,
}

/// What a gateway returns.
#[derive(Clone, Debug)]
pub(crate) struct Returned {
    pub(crate) by: GatewayId,
    pub(crate) token: String,
}

/// A token that was made, whether anybody received it or not.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) lease: LeaseId,
    pub(crate) expires_at: Timestamp,
}

pub(crate) struct ScriptedPlace {
    ambient: Ambient,
    state: Mutex<(Answer, Vec<Made>)>,
    returned: Mutex<Option<Returned>>,
}

impl ScriptedPlace {
    pub(crate) fn new(ambient: Ambient) -> Self {
        Self { ambient, state: Mutex::new((Answer::Grant, Vec::new())), returned: Mutex::new(None) }
    }

    /// What every issue does from now on.
    pub(crate) fn answer(&self, answer: Answer) {
        self.state().0 = answer;
    }

    /// A gateway carries every issue out from now on, and returns this.
    pub(crate) fn return_by_a_gateway(&self, returned: Returned) {
        *self.returned.lock().expect("no test panics while it holds this") = Some(returned);
    }

    fn signed(&self) -> Option<Returned> {
        self.returned.lock().expect("no test panics while it holds this").clone()
    }

    /// Every token there is.
    pub(crate) fn made(&self) -> Vec<Made> {
        self.state().1.clone()
    }

    fn state(&self) -> MutexGuard<'_, (Answer, Vec<Made>)> {
        self.state.lock().expect("no test panics while it holds this")
    }

    /// Makes the token of a plan, for at most so many seconds.
    fn make(&self, operation: &Issue, longest: u64) -> Issued {
        let granted_seconds = operation.plan.token_seconds.min(longest);
        let lifetime = i64::try_from(granted_seconds).expect("a lifetime");
        let expires_at = self.ambient.now() + SignedDuration::from_secs(lifetime);
        let lease = operation.plan.lease;
        self.state().1.push(Made { lease, expires_at });
        let number = u64::from_be_bytes(self.ambient.random());
        let grant = Grant {
            token_expires_at: expires_at,
            jti: Some(format!("jti-{number:016x}")),
            account_uid: "5f0c3a9e-8f54-4f5c-9d6f-0a1b2c3d4e5f".to_owned(),
            cluster: ClusterIdentity::KubeSystem("7c9e6679-7425-40de-944b-e07fc1f90ae7".to_owned()),
            objects: Vec::new(),
            rules_sha256: None,
        };
        let signed = self.signed();
        let unsigned = || format!("token-{number:016x}");
        Issued {
            token: Sensitive::new(signed.as_ref().map_or_else(unsigned, |signed| signed.token.clone())),
            carried_out_by: signed.map(|signed| signed.by),
            grant,
            granted_seconds,
            verified: None,
            undelivered: Undelivered::None,
        }
    }

    async fn grant(&self, operation: &Issue, longest: u64) -> Issued {
        tokio::task::yield_now().await;
        let issued = self.make(operation, longest);
        tokio::task::yield_now().await;
        issued
    }
}

fn failed(kind: Kind, certainty: Certainty) -> ClusterError {
    let server = "https://kubernetes.example:6443".to_owned();
    ClusterError { server, call: Call::CreateToken, step: Step::Send, kind, certainty }
}

impl Place for ScriptedPlace {
    fn probe(&self, operation: Probe, _: Deadline) -> BoxFuture<'_, Result<ProbeReport, ClusterError>> {
        let account = match operation.samples.first() {
            Some(_) => AccountState::Present { uid: "5f0c3a9e-8f54-4f5c-9d6f-0a1b2c3d4e5f".to_owned() },
            None => AccountState::NotAsked,
        };
        let report = ProbeReport {
            version: None,
            who: "system:serviceaccount:mayfly:issuer".to_owned(),
            cluster: ClusterIdentity::KubeSystem("7c9e6679-7425-40de-944b-e07fc1f90ae7".to_owned()),
            rights: Vec::new(),
            trials: Vec::new(),
            roles: Vec::new(),
            account,
            credential_expires_at: None,
            times: ProbeTimes::default(),
        };
        Box::pin(async move { Ok(report) })
    }

    fn issue(&self, operation: Issue, deadline: Deadline) -> BoxFuture<'_, Result<Issued, IssueFailed>> {
        let answer = self.state().0;
        Box::pin(async move {
            match answer {
                Answer::Grant => Ok(self.grant(&operation, u64::MAX).await),
                Answer::Shorten(longest) => Ok(self.grant(&operation, longest).await),
                Answer::Refuse => {
                    let error = failed(Kind::Unreachable(Unreachable::ConnectionRefused), Certainty::NeverSent);
                    Err(IssueFailed::before_all(error))
                }
                Answer::Silence => {
                    self.make(&operation, u64::MAX);
                    self.ambient.sleep(deadline.left(&self.ambient)).await;
                    Err(IssueFailed::before_all(failed(Kind::Unreachable(Unreachable::TimedOut), Certainty::Unknown)))
                }
            }
        })
    }

    fn review(&self, _: Review, _: Deadline) -> BoxFuture<'_, Result<Reviewed, ClusterError>> {
        unreachable!("leases review no token")
    }

    fn discover(&self, _: Discover, _: Deadline) -> BoxFuture<'_, Result<Discovered, ClusterError>> {
        unreachable!("leases need no discovery")
    }

    fn revoke(&self, _: Revoke, _: Deadline) -> BoxFuture<'_, Result<Revoked, ClusterError>> {
        unreachable!("a token of an existing account is not revoked in its cluster")
    }

    fn list_owned(&self, _: ListOwned, _: Deadline) -> BoxFuture<'_, Result<OwnedObjects, ClusterError>> {
        unreachable!("nothing is made that could be listed")
    }
}
