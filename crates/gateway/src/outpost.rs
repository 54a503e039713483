//! Doing what is asked, where the policy allows it.
//!
//! One operation is read as a whole, judged by what it would do, carried out by the same executor that servers use, and kept for
//! whoever asks again. The executor speaks to the API server with this gateway's own account.

use std::{path::PathBuf, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{FutureExt as _, TryFutureExt as _, future::BoxFuture};
use mayfly_cluster::{
    Deadline, Discover, Executor, ExecutorOptions, Issue, ListOwned, Place as _, Probe, Review, Revoke, TokenFile,
};
use mayfly_domain::{
    clock::Ambient,
    connection::{ClusterUrl, Route, Target, Verification},
    gateway_policy::{BeyondPolicy, GatewayOperation, GatewayPolicy},
    ids::{ConnectionId, GatewayOperationId},
    plan::OwnedObject,
    sensitive::Sensitive,
    slug::TokenFileName,
};
use mayfly_tunnel::{
    answering::{Answers, Asked},
    carrier::Carrier,
    failure::Refusal,
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    answers::{Answer, Kept},
    forward::{self, Own, Wanted},
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
    ambient: Ambient,
    policy: Arc<GatewayPolicy>,
    executor: Executor,
    target: Target,
    rate: Rate,
    places: Arc<Semaphore>,
    kept: Kept,
    tally: Arc<Tally>,
}

impl Outpost {
    /// Ready to be asked.
    pub fn new(options: ExecutorOptions, cluster: OwnCluster, policy: Arc<GatewayPolicy>) -> Arc<Self> {
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

    /// What it did so far.
    pub fn tally(&self) -> &Arc<Tally> {
        &self.tally
    }

    /// What only looks.
    async fn look(&self, operation: Looking, body: &[u8], deadline: Deadline) -> Answer {
        match operation {
            Looking::Probe => {
                let asked: Probe<()> = read(body)?;
                write(&self.executor.probe(asked.at(self.target.clone()), deadline).await)
            }
            Looking::Discover => {
                let asked: Discover<()> = read(body)?;
                write(&self.executor.discover(asked.at(self.target.clone()), deadline).await)
            }
            Looking::ListOwned => {
                let asked: ListOwned<()> = read(body)?;
                write(&self.executor.list_owned(asked.at(self.target.clone()), deadline).await)
            }
            Looking::Review => {
                let asked: Review<()> = read(body)?;
                write(&self.executor.review(asked.at(self.target.clone()), deadline).await)
            }
        }
    }

    /// Carries out a plan. What was made of one that failed is removed here, next to the API server: whoever asked may be gone,
    /// and what gives rights must not stay.
    async fn issue(&self, asked: Issue<()>, deadline: Deadline) -> Answer {
        let plan = asked.plan.clone();
        let mut outcome = self.executor.issue(asked.at(self.target.clone()), deadline).await;
        if let Err(failed) = &mut outcome
            && !failed.touched.is_empty()
        {
            let undo = Revoke::of(self.target.clone(), &plan, &failed.touched);
            let limit = Deadline::after(&self.ambient, UNDO_LIMIT);
            if let Ok(undone) = self.executor.revoke(undo, limit).await {
                failed.touched = undone.left.into_iter().map(|left| left.object).collect();
            }
        }
        write(&outcome).map_err(Refusal::after_acting)
    }

    /// Removes what bears its seal. UIDs are not believed: the object itself is looked at.
    async fn revoke(&self, mut asked: Revoke<()>, deadline: Deadline) -> Answer {
        let told: Vec<_> = asked.objects.iter().map(|doomed| doomed.object.owned(doomed.uid.clone())).collect();
        asked.objects.iter_mut().for_each(|doomed| doomed.uid = None);
        let mut outcome = self.executor.revoke(asked.at(self.target.clone()), deadline).await;
        if let Ok(revoked) = &mut outcome {
            let left = revoked.left.iter_mut().map(|left| &mut left.object);
            for object in revoked.removed.iter_mut().chain(&mut revoked.absent).chain(left) {
                // As the server knows them.
                let known = told.iter().find(|known| OwnedObject { uid: None, ..(*known).clone() } == *object);
                object.uid = known.and_then(|known| known.uid.clone());
            }
        }
        write(&outcome).map_err(Refusal::after_acting)
    }

    /// Room to do something; none where too much was asked lately, or runs.
    fn room(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        let place = place.map_err(|_| Refusal::overloaded(Duration::from_millis(250)))?;
        self.rate.take(self.ambient.now()).map_err(Refusal::overloaded)?;
        Ok(place)
    }

    /// What was asked for that changes something: done once for each id, and to its end or its deadline.
    async fn act(self: Arc<Self>, acting: Acting, id: GatewayOperationId, deadline: Deadline) -> Answer {
        let begin = || {
            let (place, this) = (self.room()?, Arc::clone(&self));
            Ok(async move {
                let _place = place;
                match acting {
                    Acting::Issue(asked) => this.issue(*asked, deadline).await,
                    Acting::Revoke(asked) => this.revoke(asked, deadline).await,
                }
            }
            .boxed())
        };
        self.kept.answer(id, self.ambient.now(), begin)?.await
    }
}

/// How long removing may take what a failed plan made.
const UNDO_LIMIT: Duration = Duration::from_secs(10);

/// An operation that changes nothing.
#[derive(Clone, Copy)]
enum Looking {
    Probe,
    Discover,
    ListOwned,
    Review,
}

/// An operation that changes something, read and allowed.
enum Acting {
    Issue(Box<Issue<()>>),
    Revoke(Revoke<()>),
}

/// The outpost as whoever answers in a tunnel.
pub struct Answering(pub Arc<Outpost>);

impl Answers for Answering {
    fn operation(&self, asked: Asked) -> BoxFuture<'_, Answer> {
        let this = Arc::clone(&self.0);
        let tally = Arc::clone(&this.tally);
        tally.operations.one();
        let answering = async move {
            let operation = GatewayOperation::of(&asked.name).ok_or_else(|| too_old(&asked.name))?;
            this.policy.judge_operation(operation).map_err(|beyond| against(&beyond))?;
            let deadline = Deadline::after(&this.ambient, asked.limit);
            let looking = match operation {
                GatewayOperation::Probe => Looking::Probe,
                GatewayOperation::Discover => Looking::Discover,
                GatewayOperation::ListOwned => Looking::ListOwned,
                GatewayOperation::Review => Looking::Review,
                GatewayOperation::Issue => {
                    let wanted: Issue<()> = read(&asked.body)?;
                    this.policy.judge_plan(&wanted.plan, this.ambient.now()).map_err(|beyond| against(&beyond))?;
                    return this.act(Acting::Issue(Box::new(wanted)), asked.id, deadline).await;
                }
                GatewayOperation::Revoke => {
                    let wanted: Revoke<()> = read(&asked.body)?;
                    for doomed in &wanted.objects {
                        this.policy.judge_removal(&doomed.object).map_err(|beyond| against(&beyond))?;
                    }
                    return this.act(Acting::Revoke(wanted), asked.id, deadline).await;
                }
            };
            let _place = this.room()?;
            this.look(looking, &asked.body, deadline).await
        };
        Box::pin(answering.inspect_err(move |_| tally.refused.one()))
    }

    fn connect<'a>(
        &'a self,
        host: &'a str,
        port: u16,
        limit: Duration,
    ) -> BoxFuture<'a, Result<Box<dyn Carrier>, Refusal>> {
        let Outpost { ambient, policy, target, tally, .. } = self.0.as_ref();
        let own = Own { host: target.url.host().to_owned(), port: target.url.port() };
        Box::pin(async move {
            let connected = forward::connect(ambient, policy, &own, Wanted { host, port, limit }).await;
            if connected.is_ok() {
                tally.forwards.one();
            } else {
                tally.refused.one();
            }
            connected
        })
    }
}

fn read<T: Serialize + DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    strict::read(body).map_err(|error| Refusal::of_gateway("not_understood", format!("the operation {error}")))
}

fn write<T: Serialize>(outcome: &T) -> Answer {
    serde_json::to_vec(outcome).map(Bytes::from).map_err(|error| Refusal::of_gateway("bug", error.to_string()))
}

fn against(beyond: &BeyondPolicy) -> Refusal {
    Refusal::of_gateway("policy", beyond.to_string())
}

fn too_old(name: &str) -> Refusal {
    let version = env!("CARGO_PKG_VERSION");
    Refusal::of_gateway(
        "not_known",
        format!("this gateway ({version}) does not know the operation `{name}`: it is too old"),
    )
}
