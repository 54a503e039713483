//! Very many gateways in one process: each with an identity of its own, kept by the very loop of `mayfly-gateway`.
//!
//! What speaks to a cluster and what removes by itself are left out: nobody asks them anything.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use futures::{StreamExt as _, future::join_all, stream};
use jiff::Timestamp;
use mayfly_cluster::{EgressPolicy, ExecutorOptions, TrustRoots, VerificationOff};
use mayfly_domain::gateway_policy::GatewayPolicy;
use mayfly_e2e::{Client, Mayfly};
use mayfly_gateway::{
    audit::Audit,
    dial::Server,
    enrolling::{Enrolment, enrol},
    health::Pulse,
    identity::Identity,
    keep::{Keeper, State},
    outpost::{Outpost, OwnCluster},
    seals::SealBook,
    tally::Tally,
};
use mayfly_testkit::ambient::ambient;
use mayfly_tunnel::enrolment::EnrolmentText;
use tempfile::TempDir;
use tokio::{sync::watch, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::super::make;

/// So many enrol at once: as many as a server lets enrol from one address.
const ENROLLING: usize = 4;

/// Gateways that have enrolled, each as one of its own.
pub(super) struct Enrolled {
    files: TempDir,
    count: usize,
}

/// The same at work.
pub(super) struct Agents {
    each: Vec<Agent>,
    keeping: JoinSet<()>,
    stopping: CancellationToken,
}

struct Agent {
    state: watch::Receiver<State>,
    tally: Arc<Tally>,
}

impl Enrolled {
    /// So many, at `mayfly`.
    pub(super) async fn at(mayfly: &Mayfly, client: &Client, count: usize) -> Self {
        let files = tempfile::tempdir().unwrap();
        let enrolling = (0..count).map(|number| enrol_one(number, mayfly, client, files.path()));
        stream::iter(enrolling).buffer_unordered(ENROLLING).collect::<()>().await;
        Self { files, count }
    }

    /// Starts them all; they come by the way at `url`.
    pub(super) fn start(&self, url: &str) -> Agents {
        let mut agents = Agents { each: Vec::new(), keeping: JoinSet::new(), stopping: CancellationToken::new() };
        for number in 0..self.count {
            let identity = Identity::load(&folder(self.files.path(), number)).unwrap().unwrap();
            let (keeper, agent) = agent(url);
            agents.each.push(agent);
            agents.keeping.spawn(keeper.run(identity, agents.stopping.clone()));
        }
        agents
    }
}

impl Agents {
    /// Waits until each has a tunnel that is younger than `since`, and says since when, in order.
    pub(super) async fn ready(&self, since: Timestamp) -> Vec<Timestamp> {
        let mut ready = join_all(self.each.iter().map(|agent| agent.ready(since))).await;
        ready.sort_unstable();
        ready
    }

    /// How often each has tried to open a tunnel.
    pub(super) fn attempts(&self) -> Vec<u64> {
        self.each.iter().map(Agent::attempts).collect()
    }

    pub(super) async fn stop(self) {
        self.stopping.cancel();
        self.keeping.join_all().await;
    }
}

fn agent(url: &str) -> (Keeper, Agent) {
    let (ambient, policy) = (ambient(), Arc::new(GatewayPolicy::default()));
    let options = ExecutorOptions {
        ambient: ambient.clone(),
        egress: EgressPolicy::default(),
        verification_off: VerificationOff::Refused,
        trust_roots: TrustRoots::Only(Vec::new()),
        token_files: Vec::new(),
    };
    let cluster = OwnCluster { url: "https://cluster.invalid".parse().unwrap(), ca: None, token_file: "none".into() };
    let outpost = Outpost::new(options, cluster, Arc::clone(&policy), Audit::none(&ambient));
    let (state, seen) = watch::channel(State::Dialing { last: None });
    let agent = Agent { state: seen, tally: Arc::clone(outpost.tally()) };
    let (pulse, seals) = (Pulse::new(&ambient), Arc::new(SealBook::load(None).unwrap()));
    (Keeper { ambient, server: server(url), folder: None, outpost, policy, state, seals, pulse }, agent)
}

impl Agent {
    async fn ready(&self, after: Timestamp) -> Timestamp {
        let mut state = self.state.clone();
        let ready = state.wait_for(|state| matches!(state, State::Ready { since } if *since > after)).await.unwrap();
        match &*ready {
            State::Ready { since } => *since,
            other => panic!("it was ready: {other:?}"),
        }
    }

    fn attempts(&self) -> u64 {
        self.tally.counters().find(|(name, _)| *name == "dials_total").unwrap().1
    }
}

async fn enrol_one(number: usize, mayfly: &Mayfly, client: &Client, files: &Path) {
    let (_, enrolment) = make(client, &format!("gw-{number}")).await;
    let (ambient, text): (_, EnrolmentText) = (ambient(), enrolment.parse().unwrap());
    let (folder, pulse) = (folder(files, number), Pulse::new(&ambient));
    let account_token = Path::new("none");
    let enrolment = Enrolment { text: &text, instance: None, account_token, folder: &folder, pulse: &pulse };
    enrol(&ambient, &server(mayfly.url()), &enrolment).await.unwrap();
}

fn folder(files: &Path, number: usize) -> PathBuf {
    files.join(number.to_string())
}

fn server(url: &str) -> Server {
    Server::new(&url.parse().unwrap(), &[]).unwrap()
}
