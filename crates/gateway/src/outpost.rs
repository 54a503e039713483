//! Doing what was asked, once it is allowed ([`answering`](crate::answering)).
//!
//! An operation is carried out by the same executor that servers use, which speaks to the API server with this gateway's own
//! account, and calls its requests by the operation's id there.

use std::{
    fmt::Display,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use mayfly_cluster::{
    ClusterError, Deadline, Discover, Executor, ExecutorOptions, FailedTrial, Issue, ListOwned, Place as _, Probe,
    Review, Revoke, TokenFile,
};
use mayfly_domain::{
    clock::Ambient,
    connection::{ClusterUrl, Route, Target, Verification},
    gateway_policy::GatewayPolicy,
    ids::{ConnectionId, GatewayOperationId},
    plan::{Account, LeasePlan, ObjectKind, OwnedObject, PlannedObject},
    sensitive::Sensitive,
    slug::TokenFileName,
};
use mayfly_tunnel::{answering::Asked, failure::Refusal};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::{
    answers::{Answer, Kept},
    audit::{Audit, Line},
    rate::Rate,
    strict,
    tally::Tally,
};

/// What the only token file of a gateway is called.
fn own_token() -> TokenFileName {
    "gateway".parse().expect("a word is a name")
}

/// The API server that a gateway speaks to, and as whom.
#[derive(Clone, Debug)]
pub struct OwnCluster {
    /// Where.
    pub url: ClusterUrl,
    /// PEM certificates of its CA; nothing for the system's roots.
    pub ca: Option<String>,
    /// The token of the gateway's account, read anew for each operation.
    pub token_file: PathBuf,
}

/// What does the work of a gateway.
pub struct Outpost {
    pub(crate) ambient: Ambient,
    pub(crate) policy: Arc<GatewayPolicy>,
    executor: Executor,
    pub(crate) target: Target,
    rate: Rate,
    places: Arc<Semaphore>,
    pub(crate) kept: Kept,
    pub(crate) tally: Arc<Tally>,
    pub(crate) audit: Audit,
    signers: Signers,
}

/// By which key the cluster signed last.
#[derive(Default)]
struct Signers {
    last: Mutex<Option<String>>,
    changed: Notify,
}

impl Signers {
    fn note(&self, key: Option<String>) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if *last != key {
            *last = key;
            self.changed.notify_one();
        }
    }
}

impl Outpost {
    /// Ready to be asked.
    pub fn new(options: ExecutorOptions, cluster: OwnCluster, policy: Arc<GatewayPolicy>, audit: Audit) -> Arc<Self> {
        let ambient = options.ambient.clone();
        let name = own_token();
        let file = TokenFile { name: name.clone(), url: cluster.url.clone(), path: cluster.token_file };
        let target = Target {
            connection: ConnectionId::generate(&ambient),
            version: 1,
            url: cluster.url,
            ca: cluster.ca,
            verification: Verification::Full,
            credential: Sensitive::from(""),
            token_file: Some(name),
            route: Route::Direct,
        };
        let now = ambient.now();
        Arc::new(Self {
            rate: Rate::new(policy.operations_per_second, policy.burst, now),
            places: Arc::new(Semaphore::new(usize::try_from(policy.parallel.max(1)).unwrap_or(usize::MAX))),
            executor: Executor::new(ExecutorOptions { token_files: vec![file], ..options }),
            kept: Kept::default(),
            tally: Arc::default(),
            audit,
            signers: Signers::default(),
            ambient,
            policy,
            target,
        })
    }

    /// Forgets old answers and closes idle connections; called each minute.
    pub fn tidy(&self) {
        self.kept.forget(self.ambient.now());
        self.executor.drop_idle();
    }

    /// Where its API server is.
    pub fn api_server(&self) -> String {
        self.target.url.origin()
    }

    /// The keys that its cluster signs tokens by: a JWKS.
    pub(crate) async fn read_keys(&self) -> Result<Value, ClusterError> {
        self.executor.read_keys(&self.target, Deadline::after(&self.ambient, KEYS_LIMIT)).await
    }

    /// Waits until it signed by another key than before.
    pub(crate) async fn signs_by_another_key(&self) {
        self.signers.changed.notified().await;
    }

    /// What it did so far.
    pub fn tally(&self) -> &Arc<Tally> {
        &self.tally
    }

    /// What speaks to the cluster for one operation, and where to.
    pub(crate) fn cluster(&self, id: GatewayOperationId) -> (Executor, Target) {
        (self.executor.for_operation(id), self.target.clone())
    }

    /// What only looks.
    pub(crate) async fn look(&self, operation: Looking, asked: &Asked, line: &mut Line) -> Answer {
        let ((executor, target), deadline) = (self.cluster(asked.id), Deadline::after(&self.ambient, asked.limit));
        match operation {
            Looking::Probe => {
                let mut wanted: Probe<()> = read(&asked.body)?;
                let refused = against_policy(&self.policy, &mut wanted.samples);
                let mut report = executor.probe(wanted.at(target), deadline).await;
                if let Ok(report) = &mut report {
                    report.trials.extend(refused);
                }
                told(line, &report)
            }
            Looking::Discover => {
                let wanted: Discover<()> = read(&asked.body)?;
                told(line, &executor.discover(wanted.at(target), deadline).await)
            }
            Looking::ListOwned => {
                let wanted: ListOwned<()> = read(&asked.body)?;
                told(line, &executor.list_owned(wanted.at(target), deadline).await)
            }
            Looking::Review => {
                let wanted: Review<()> = read(&asked.body)?;
                told(line, &executor.review(wanted.at(target), deadline).await)
            }
        }
    }

    /// Does what changes something.
    pub(crate) async fn act(
        &self,
        acting: Acting,
        id: GatewayOperationId,
        deadline: Deadline,
        line: &mut Line,
    ) -> Answer {
        let done = match acting {
            Acting::Issue(asked) => self.issue(*asked, id, deadline, line).await,
            Acting::Revoke(asked) => self.revoke(asked, id, deadline, line).await,
        };
        done.map_err(Refusal::after_acting)
    }

    /// Carries out a plan. What was made of one that failed is removed here, next to the API server: whoever asked may be gone,
    /// and what gives rights must not stay.
    async fn issue(&self, asked: Issue<()>, id: GatewayOperationId, deadline: Deadline, line: &mut Line) -> Answer {
        let ((executor, target), plan) = (self.cluster(id), asked.plan.clone());
        let mut outcome = executor.issue(asked.at(target.clone()), deadline).await;
        match &mut outcome {
            Ok(issued) => {
                line.jti.clone_from(&issued.grant.jti);
                line.token_expires_at = Some(issued.grant.token_expires_at);
                self.signers.note(issued.key_id());
            }
            Err(failed) if failed.touched.is_empty() => {}
            Err(failed) => {
                let undo = Revoke::of(target, &plan, &failed.touched);
                let limit = Deadline::after(&self.ambient, UNDO_LIMIT);
                if let Ok(undone) = executor.revoke(undo, limit).await {
                    failed.touched = undone.left.into_iter().map(|left| left.object).collect();
                }
            }
        }
        told(line, &outcome)
    }

    /// Removes what bears its seal. UIDs are not believed: the object itself is looked at.
    async fn revoke(
        &self,
        mut asked: Revoke<()>,
        id: GatewayOperationId,
        deadline: Deadline,
        line: &mut Line,
    ) -> Answer {
        let (executor, target) = self.cluster(id);
        let known: Vec<_> = asked.objects.iter().map(|doomed| doomed.object.owned(doomed.uid.clone())).collect();
        asked.objects.iter_mut().for_each(|doomed| doomed.uid = None);
        let mut outcome = executor.revoke(asked.at(target), deadline).await;
        if let Ok(revoked) = &mut outcome {
            let left = revoked.left.iter_mut().map(|left| &mut left.object);
            for object in revoked.removed.iter_mut().chain(&mut revoked.absent).chain(left) {
                // As the server knows them.
                let known = known.iter().find(|known| OwnedObject { uid: None, ..(*known).clone() } == *object);
                object.uid = known.and_then(|known| known.uid.clone());
            }
        }
        let answer = told(line, &outcome);
        if let Ok(revoked) = &outcome {
            line.tell_of(revoked);
        }
        answer
    }

    /// Room to do something; none where too much was asked lately, or runs.
    pub(crate) fn room(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        let place = place.map_err(|_| Refusal::overloaded(Duration::from_millis(250)))?;
        self.rate.take(self.ambient.now()).map_err(Refusal::overloaded)?;
        Ok(place)
    }
}

/// What the policy has against `samples`, as trials that failed: whoever asks tells it before anything is saved. Anchors that it
/// does not allow are taken out, because by their trials is decided whether tokens can be taken back.
fn against_policy(policy: &GatewayPolicy, samples: &mut [LeasePlan]) -> Vec<FailedTrial> {
    let mut refused = Vec::new();
    for sample in samples {
        let is_existing = matches!(sample.account, Account::Existing { .. });
        if let Some(anchors) = sample.belongings.take_if(|_| is_existing && !policy.existing.anchors) {
            let why = "the gateway's own policy (`static.anchors`) allows no Secrets to bind tokens to";
            let trial = |object: &PlannedObject| failed(object.owned(None).to_string(), object.kind, why.to_owned());
            refused.extend(anchors.objects.iter().map(trial));
        }
        if let Err(beyond) = policy.judge_subject(sample) {
            let account = format!("ServiceAccount {}/{}", sample.account.namespace(), sample.account.name());
            refused.push(failed(account, ObjectKind::ServiceAccount, beyond.to_string()));
        }
    }
    refused
}

const fn failed(object: String, kind: ObjectKind, why: String) -> FailedTrial {
    FailedTrial { object, kind, why }
}

/// How long reading the cluster's keys may take.
const KEYS_LIMIT: Duration = Duration::from_secs(10);

/// How long removing may take what a failed plan made.
const UNDO_LIMIT: Duration = Duration::from_secs(10);

/// An operation that changes nothing.
#[derive(Clone, Copy)]
pub(crate) enum Looking {
    Probe,
    Discover,
    ListOwned,
    Review,
}

/// An operation that changes something, read and allowed.
pub(crate) enum Acting {
    Issue(Box<Issue<()>>),
    Revoke(Revoke<()>),
}

pub(crate) fn read<T: Serialize + DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    strict::read(body).map_err(|error| Refusal::of_gateway("not_understood", format!("the operation {error}")))
}

/// The answer that tells of `outcome`; the line says whether it is a failure, and which.
fn told<T: Serialize, E: Serialize + Display>(line: &mut Line, outcome: &Result<T, E>) -> Answer {
    if let Err(error) = outcome {
        line.failed(error.to_string());
    }
    serde_json::to_vec(outcome).map(Bytes::from).map_err(|error| Refusal::of_gateway("bug", error.to_string()))
}
