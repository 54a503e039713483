//! Sending an operation to a gateway: which tunnel, how often, and what its failure means.
//!
//! The table of what is tried again: what the gateway had no room for, when it says so; what was certainly not sent, always; what only
//! looks or removes, anywhere; a token, by the same id, at the process that was asked first, because that one has the answer
//! (`crates/gateway/src/answers.rs`). Where that process has ended, the next one of its name takes over what it had made for a
//! temporary account, and every token of that account ends with it; for an account that stays nothing is asked again. What a tunnel that
//! went dark does not answer is asked over another one before it fails ([`instead`]).

mod instead;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use futures::future::BoxFuture;
use mayfly_cluster::{
    Call, Certainty, ClusterError, Deadline, Executor, ExecutorOptions, GatewayFault, Kind, Step,
    connect::{ConnectError, Dial, Stream},
};
use mayfly_domain::{
    clock::Ambient,
    connection::Via,
    gateway_policy::GatewayOperation,
    ids::{GatewayId, GatewayOperationId, LeaseId},
};
use mayfly_tunnel::{
    asking::{Operation, Tunnel},
    failure::{CallFailed, Leg, Reached},
};
use serde::{Serialize, de::DeserializeOwned};
use tokio_util::sync::CancellationToken;

use crate::gateways::{Process, Ways, Whom};

/// How long a gateway that is away is waited for where somebody waits for an answer. What is to be removed can wait without us.
const AWAY_LIMIT: Duration = Duration::from_secs(5);

/// The part of the time for a connection in which a gateway is waited for. Whoever waited all of it would be told that time was
/// up, and not that the gateway is away.
const PART_FOR_WAITING: f64 = 0.8;

/// As good as not at all.
const AT_ONCE: Duration = Duration::from_millis(1);

/// Tries of one operation at most. Each but the last found a tunnel that was just closing.
const MOST_TRIES: u32 = 5;

/// What is to be done in a gateway.
pub(super) struct Errand {
    pub(super) via: Via,
    pub(super) name: GatewayOperation,
    pub(super) lease: Option<LeaseId>,
    pub(super) deadline: Deadline,
    pub(super) repeat: Repeat,
}

/// Where something is asked again of which nobody knows whether it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// At any process of the gateway.
    Anywhere,
    /// At the process that was asked first, and at none that came after it.
    AtTheProcess,
    /// At the process that was asked first, or the one that has its name now.
    AtItsName,
}

impl Repeat {
    const fn whom(self, asked_first: Option<&Process>) -> Whom<'_> {
        match (self, asked_first) {
            (Self::Anywhere, _) | (_, None) => Whom::Anybody,
            (Self::AtTheProcess, Some(process)) => Whom::Process(process),
            (Self::AtItsName, Some(process)) => Whom::NameOf(process),
        }
    }
}

/// What came of an errand.
pub(super) struct Ran<T> {
    pub(super) outcome: Result<T, ClusterError>,
    /// Whether a try before the one that was answered may have done something that the answer does not tell of: its process died.
    pub(super) earlier: Earlier,
    /// The gateway that answered.
    pub(super) by: Option<GatewayId>,
}

/// What is known of the tries of an errand so far.
struct Tries {
    earlier: Earlier,
    answered_by: Option<GatewayId>,
}

/// What is known of the tries before the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Earlier {
    /// They did nothing.
    Nothing,
    /// Nobody knows.
    Unclear,
}

/// Runs errands over the tunnels that are here.
pub(crate) struct Errands {
    ways: Ways,
    /// What executors over a tunnel are made from.
    options: ExecutorOptions,
    forwarding: Mutex<HashMap<Via, Forwarding>>,
}

/// An executor over the byte streams of tunnels.
struct Forwarding {
    executor: Arc<Executor>,
    /// Cancelled when one of those tunnels takes nothing new: whoever asks from then on does so over new connections, and the old ones
    /// end with what runs over them.
    is_old: CancellationToken,
}

impl Errands {
    pub(crate) fn new(ways: Ways, options: ExecutorOptions) -> Self {
        Self { ways, options, forwarding: Mutex::default() }
    }

    pub(super) fn ambient(&self) -> &Ambient {
        &self.options.ambient
    }

    /// An executor whose connections lead `via` a gateway. TLS is ours, so the gateway sees no more than sizes and times.
    pub(super) fn forwarding(&self, via: Via) -> Arc<Executor> {
        let make = || {
            let is_old = CancellationToken::new();
            let (ways, ambient) = (self.ways.clone(), self.ambient().clone());
            let dial = Arc::new(Through { ways, ambient, via, is_old: is_old.clone() });
            Forwarding { executor: Arc::new(Executor::forwarding(self.options.clone(), dial, via)), is_old }
        };
        let mut all = self.forwarding.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.entry(via).or_insert_with(make);
        if known.is_old.is_cancelled() {
            *known = make();
        }
        Arc::clone(&known.executor)
    }

    /// Closes what nobody used lately.
    pub(crate) fn drop_idle(&self) {
        self.forwarding
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .for_each(|forwarding| forwarding.executor.drop_idle());
    }

    /// Has `operation` done, and reads the answer.
    pub(super) async fn run<A: Serialize, T: DeserializeOwned>(
        &self,
        errand: &Errand,
        operation: &A,
    ) -> Result<T, ClusterError> {
        self.run_and_tell(errand, operation).await.outcome
    }

    /// The same, for what must not be taken for done or not done by its last try alone.
    pub(super) async fn run_and_tell<A: Serialize, T: DeserializeOwned>(
        &self,
        errand: &Errand,
        operation: &A,
    ) -> Ran<T> {
        let mut tries = Tries { earlier: Earlier::Nothing, answered_by: None };
        let outcome = self.attempted(errand, operation, &mut tries).await;
        Ran { outcome, earlier: tries.earlier, by: tries.answered_by }
    }

    async fn attempted<A: Serialize, T: DeserializeOwned>(
        &self,
        errand: &Errand,
        operation: &A,
        tries: &mut Tries,
    ) -> Result<T, ClusterError> {
        let unread = |why: String| CallFailed::not_sent(Leg::Server, "bug", why);
        let body = serde_json::to_vec(operation).map_err(|error| explained(errand, unread(error.to_string())))?;
        let answer = self.tried(errand, Bytes::from(body), tries).await.map_err(|failed| explained(errand, failed))?;
        serde_json::from_slice(&answer).map_err(|_| {
            let message = "its answer cannot be read".to_owned();
            let failed = CallFailed { reached: Reached::Unknown, code: "bad_answer".to_owned(), ..unread(message) };
            explained(errand, failed)
        })
    }

    async fn tried(&self, errand: &Errand, body: Bytes, tries: &mut Tries) -> Result<Bytes, CallFailed> {
        let id = self.id_of(errand);
        let mut asked_first = None;
        let mut attempt = 1;
        loop {
            let tunnel = self.find(errand, asked_first.as_ref()).await?;
            let operation = self.operation(errand, (id, attempt), &body);
            let answer = self.ask(&tunnel, operation, (errand, &mut attempt)).await;
            let was_answered = answer.as_ref().err().is_none_or(|failed| failed.reached == Reached::Refused);
            if was_answered && asked_first.as_ref().is_some_and(|process| *process == Process::of(&tunnel)) {
                // It tells of its first try, too.
                tries.earlier = Earlier::Nothing;
            }
            let failed = match answer {
                Ok(answer) => {
                    tries.answered_by = Some(tunnel.welcome().gateway);
                    return Ok(answer);
                }
                Err(failed) => failed,
            };
            let left = errand.deadline.left(self.ambient());
            if let Some(pause) = failed.retry_after.filter(|pause| *pause < left) {
                // Nothing was done for want of room. How often the gateway lets itself be asked is for it to say.
                self.ambient().sleep(pause).await;
                continue;
            }
            if failed.reached == Reached::Refused || attempt >= MOST_TRIES || left.is_zero() {
                return Err(failed);
            }
            if failed.reached == Reached::Unknown {
                tries.earlier = Earlier::Unclear;
                asked_first.get_or_insert_with(|| Process::of(&tunnel));
            }
            attempt += 1;
        }
    }

    /// One lease is issued once, whatever the number of tries.
    fn id_of(&self, errand: &Errand) -> GatewayOperationId {
        match (errand.name, errand.lease) {
            (GatewayOperation::Issue, Some(lease)) => lease.into(),
            _ => GatewayOperationId::generate(self.ambient()),
        }
    }

    /// A tunnel to ask over; where something was asked before, to whoever may be asked that again.
    async fn find(&self, errand: &Errand, asked_first: Option<&Process>) -> Result<Tunnel, CallFailed> {
        let left = errand.deadline.left(self.ambient());
        let patience = if errand.name == GatewayOperation::Revoke { AT_ONCE } else { left.min(AWAY_LIMIT) };
        let whom = errand.repeat.whom(asked_first);
        let tunnel = self.ways.find(self.ambient(), errand.via, whom, patience).await;
        tunnel.ok_or_else(|| away(asked_first.is_some()))
    }

    fn operation(&self, errand: &Errand, (id, attempt): (GatewayOperationId, u32), body: &Bytes) -> Operation {
        Operation {
            id,
            name: errand.name,
            attempt,
            lease: errand.lease,
            actor: None,
            limit: errand.deadline.left(self.ambient()),
            body: body.clone(),
        }
    }
}

fn away(was_asked: bool) -> CallFailed {
    let offline =
        CallFailed::not_sent(Leg::Server, GatewayFault::OFFLINE, "the gateway is offline: no tunnel of it is open");
    if was_asked {
        // The process that was asked did not come back, and what it did is not known.
        return CallFailed { reached: Reached::Unknown, ..offline };
    }
    offline
}

/// A gateway or a pool, where a cluster has its address.
pub(super) fn named(via: Via) -> String {
    match via {
        Via::Gateway(gateway) => format!("gateway {gateway}"),
        Via::Pool(pool) => format!("gateway pool {pool}"),
    }
}

/// The failure as whoever asked knows failures of clusters.
fn explained(errand: &Errand, failed: CallFailed) -> ClusterError {
    let call = match errand.name {
        GatewayOperation::Probe => Call::ReadVersion,
        GatewayOperation::Discover => Call::ListNamespaces,
        GatewayOperation::Issue => Call::CreateToken,
        GatewayOperation::Revoke => Call::DeleteObject,
        GatewayOperation::ListOwned => Call::ListObjects,
        GatewayOperation::Review => Call::ReviewToken,
    };
    let (step, certainty) = match failed.reached {
        Reached::NotSent => (Step::Connect, Certainty::NeverSent),
        Reached::Unknown => (Step::Send, Certainty::Unknown),
        Reached::Refused => (Step::Answer, Certainty::Refused),
    };
    ClusterError { server: named(errand.via), call, step, kind: kind(failed), certainty }
}

fn kind(failed: CallFailed) -> Kind {
    Kind::Gateway(GatewayFault { leg: failed.leg.word().to_owned(), code: failed.code, message: failed.message })
}

/// Connects through a gateway that passes bytes on.
struct Through {
    ways: Ways,
    ambient: Ambient,
    via: Via,
    is_old: CancellationToken,
}

/// Waits until a tunnel takes nothing new, and tells those who connect over it.
async fn watch_age(tunnel: Tunnel, is_old: CancellationToken) {
    tokio::select! {
        () = tunnel.spared() => is_old.cancel(),
        _ = tunnel.gone() => {}
        () = is_old.cancelled() => {}
    }
}

impl Dial for Through {
    fn dial<'a>(
        &'a self,
        host: &'a str,
        port: u16,
        limit: Deadline,
    ) -> BoxFuture<'a, Result<Box<dyn Stream>, ConnectError>> {
        Box::pin(async move {
            let failed = |failed: CallFailed| ConnectError { step: Step::Connect, kind: kind(failed) };
            loop {
                let patience = limit.left(&self.ambient).min(AWAY_LIMIT).mul_f64(PART_FOR_WAITING);
                let tunnel = self.ways.find(&self.ambient, self.via, Whom::Anybody, patience).await;
                let tunnel = tunnel.ok_or_else(|| failed(away(false)))?;
                tokio::select! {
                    biased;
                    stream = tunnel.connect(host, port, limit.left(&self.ambient)) => {
                        let stream = stream.map_err(failed)?;
                        tokio::spawn(watch_age(tunnel.clone(), self.is_old.clone()));
                        return Ok(Box::new(stream) as Box<dyn Stream>);
                    }
                    // Nothing was asked of the cluster as yet, so another tunnel does as well.
                    () = tunnel.suspected() => {}
                }
            }
        })
    }
}

#[cfg(test)]
mod tests;
