//! Doing what is asked, where the policy allows it.
//!
//! One operation is read as a whole, judged by what it would do, carried out by the same executor that servers use, and kept for
//! whoever asks again. The executor speaks to the API server with this gateway's own account.

use std::{path::PathBuf, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{FutureExt as _, future::BoxFuture};
use mayfly_cluster::{
    Deadline, Discover, Executor, ExecutorOptions, Issue, ListOwned, Place as _, Probe, Review, Revoke, TokenFile,
};
use mayfly_domain::{
    clock::Ambient,
    connection::{ClusterUrl, Target, Verification},
    gateway_policy::{BeyondPolicy, GatewayOperation, GatewayPolicy},
    ids::ConnectionId,
    sensitive::Sensitive,
    slug::TokenFileName,
};
use mayfly_tunnel::{
    answering::{Answers, Asked},
    carrier::Carrier,
    failure::{Leg, Refusal},
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::Semaphore;

use crate::{
    answers::{Answer, Kept},
    rate::Rate,
    strict,
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
    places: Semaphore,
    kept: Kept,
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
        };
        let now = ambient.now();
        Arc::new(Self {
            rate: Rate::new(policy.operations_per_second, policy.burst, now),
            places: Semaphore::new(usize::try_from(policy.parallel.max(1)).unwrap_or(usize::MAX)),
            executor: Executor::new(ExecutorOptions { token_files: vec![file], ..options }),
            kept: Kept::default(),
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

    async fn perform(self: Arc<Self>, operation: GatewayOperation, body: Bytes, deadline: Deadline) -> Answer {
        let _place = self.places.try_acquire().map_err(|_| Refusal::overloaded(Duration::from_millis(250)))?;
        match operation {
            GatewayOperation::Probe => {
                let asked: Probe<()> = read(&body)?;
                write(&self.executor.probe(asked.at(self.target.clone()), deadline).await)
            }
            GatewayOperation::Discover => {
                let asked: Discover<()> = read(&body)?;
                write(&self.executor.discover(asked.at(self.target.clone()), deadline).await)
            }
            GatewayOperation::Issue => {
                let asked: Issue<()> = read(&body)?;
                self.policy.judge_plan(&asked.plan, self.ambient.now()).map_err(|beyond| against(&beyond))?;
                write(&self.executor.issue(asked.at(self.target.clone()), deadline).await)
            }
            GatewayOperation::Revoke => {
                let asked: Revoke<()> = read(&body)?;
                write(&self.executor.revoke(asked.at(self.target.clone()), deadline).await)
            }
            GatewayOperation::ListOwned => {
                let asked: ListOwned<()> = read(&body)?;
                write(&self.executor.list_owned(asked.at(self.target.clone()), deadline).await)
            }
            GatewayOperation::Review => {
                let asked: Review<()> = read(&body)?;
                write(&self.executor.review(asked.at(self.target.clone()), deadline).await)
            }
        }
    }
}

/// The outpost as whoever answers in a tunnel.
pub struct Answering(pub Arc<Outpost>);

impl Answers for Answering {
    fn operation(&self, asked: Asked) -> BoxFuture<'_, Answer> {
        let this = Arc::clone(&self.0);
        Box::pin(async move {
            let operation = GatewayOperation::of(&asked.name).ok_or_else(|| too_old(&asked.name))?;
            this.policy.judge_operation(operation).map_err(|beyond| against(&beyond))?;
            let now = this.ambient.now();
            let deadline = Deadline::after(&this.ambient, asked.limit);
            let begin = {
                let this = Arc::clone(&this);
                move || {
                    // Whoever asks again does not count: nothing is done for them.
                    let is_let = this.rate.take(now);
                    async move {
                        is_let.map_err(Refusal::overloaded)?;
                        let cancelled = asked.cancelled.clone();
                        let work = this.perform(operation, asked.body, deadline);
                        cancelled.run_until_cancelled(work).await.unwrap_or_else(|| {
                            Err(Refusal::of_gateway("cancelled", "the server said that nobody waits any more"))
                        })
                    }
                    .boxed()
                }
            };
            this.kept.answer(asked.id, now, begin)?.await
        })
    }

    fn connect<'a>(
        &'a self,
        host: &'a str,
        port: u16,
        _limit: Duration,
    ) -> BoxFuture<'a, Result<Box<dyn Carrier>, Refusal>> {
        let judged = self.0.policy.judge_target(host, port).map(drop);
        Box::pin(async move {
            judged.map_err(|beyond| against(&beyond))?;
            Err(Refusal::of_gateway("not_known", "this gateway opens no byte streams yet"))
        })
    }
}

fn read<T: Serialize + DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    strict::read(body).map_err(|error| Refusal::of_gateway("not_understood", format!("the operation {error}")))
}

fn write<T: Serialize>(outcome: &T) -> Answer {
    let failed =
        |error: serde_json::Error| Refusal { leg: Leg::Gateway, ..Refusal::of_gateway("bug", error.to_string()) };
    serde_json::to_vec(outcome).map(Bytes::from).map_err(failed)
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
