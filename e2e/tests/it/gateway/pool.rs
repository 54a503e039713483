//! A pool of a quick gateway, a slow one and a dead one: the dead one is asked nothing soon, and the slow one less.

use std::{fs, sync::Arc, time::Duration};

use mayfly_api::gateways::GatewayPool;
use mayfly_e2e::{Gateway, GatewayCluster, RunningGateway, SECRET, Scene, waiting::until};
use mayfly_testkit::{
    fake_cluster::{Calls as ClusterCalls, Fault, FaultProxy, Gate, When},
    frozen::Frozen,
};
use serde_json::json;

use super::{
    Lab, PATIENCE,
    calls::{Asking, Calls},
    in_state, make, policy,
};

/// Callers at once.
const CALLERS: usize = 4;

/// How often each of them asks.
const PACE: Duration = Duration::from_millis(50);

/// Between two answers of the slow gateway's cluster.
const SLOW: Duration = Duration::from_millis(700);

/// Within which a gateway that is silent has to be left out, from the first call that it lets wait.
const LEFT_OUT: Duration = Duration::from_secs(5);

/// Answers of all before one dies.
const ANSWERS: usize = 120;

/// Answers after it is left out: whoever asks the slow one then waits for it in turn.
const ANSWERS_AFTER: usize = 40;

/// A gateway of the pool, with a record of what it did.
struct Member {
    gateway: Gateway,
    running: RunningGateway,
}

impl Member {
    async fn new(lab: &Lab, pool: &GatewayPool, name: &str, cluster: &GatewayCluster) -> Self {
        let (path, enrolment) = make(&lab.scene.client, name).await;
        let policy = format!("operationsPerSecond: 500\nburst: 500\n{}", policy(&lab.ground));
        let gateway = Gateway::prepare(&lab.mayfly, "pod-1", &enrolment, &policy, cluster).unwrap();
        let record = gateway.folder().join("record");
        let gateway = gateway.with_arguments(&["--audit", record.to_str().unwrap()]);
        let running = gateway.start().await.unwrap();
        let shown = in_state(&lab.scene.client, &path, "healthy", PATIENCE).await;
        let members = format!("/api/v1/gateway-pools/{}/memberships", pool.id);
        let _: GatewayPool = lab.scene.client.post(&members, &json!({ "gatewayId": shown.id })).await.unwrap();
        Self { gateway, running }
    }

    /// How many tokens it has made.
    fn issued(&self) -> usize {
        let record = fs::read_to_string(self.gateway.folder().join("record")).unwrap();
        record.matches("\"operation\":\"issue\"").count()
    }
}

#[tokio::test]
async fn real_pool_asks_the_slow_less_and_the_dead_not_at_all() {
    let lab = Lab::new("gateway-pool-load").await;
    let pool: GatewayPool = lab.scene.client.post("/api/v1/gateway-pools", &json!({ "name": "lab" })).await.unwrap();
    let proxy = FaultProxy::start(&lab.ground.side.url, &lab.ground.side.authority).await.unwrap();
    let gate = Gate::default();
    proxy.faults().inject(ClusterCalls::Token, When::Always, Fault::Delay(gate.clone()));
    let ticking = tokio::spawn(async move {
        let mut ticks = tokio::time::interval(SLOW);
        loop {
            ticks.tick().await;
            gate.let_one_through();
        }
    });
    let behind = GatewayCluster { url: proxy.url(), authority: proxy.ca_pem(), ..lab.cluster.clone() };
    let quick = Member::new(&lab, &pool, "gw-quick", &lab.cluster).await;
    let slow = Member::new(&lab, &pool, "gw-slow", &behind).await;
    let dies = Member::new(&lab, &pool, "gw-dies", &lab.cluster).await;
    let by_pool = Scene::reached_by(&json!({ "authMethod": "gateway", "gatewayPoolId": pool.id }));
    lab.scene.create_secret_with(&by_pool, &lab.ground.side).await.unwrap();

    let load = Arc::new(Calls::default());
    let asking = || Asking { scene: lab.scene.clone(), secret: SECRET.to_owned() };
    let running = load.begin_at(PACE, (0..CALLERS).map(|_| asking()).collect());
    load.more(ANSWERS, "all three are asked").await;
    let [by_quick, by_slow, by_dying] = [&quick, &slow, &dies].map(Member::issued);
    println!("of {ANSWERS}: quick {by_quick}, slow {by_slow}, the one that dies {by_dying}");
    assert!(by_slow < by_quick && by_slow > 0 && by_dying > 0);

    let _frozen = Frozen::freeze(dies.running.process_id()).await.unwrap();
    let in_vain =
        async || Ok(load.calls().into_iter().filter(|call| call.refused.is_some()).map(|call| call.begun).min());
    let left_out = until(PATIENCE, "it is asked in vain", in_vain).await.unwrap() + LEFT_OUT;
    let after = || load.calls().into_iter().filter(move |call| call.begun > left_out);
    let answered = until(PATIENCE, "the others are asked", async || {
        Ok((after().filter(|call| call.refused.is_none()).count() >= ANSWERS_AFTER).then_some(()))
    });
    answered.await.unwrap();
    load.end();
    running.await.unwrap();
    ticking.abort();
    let (refused, longest) =
        (after().filter_map(|call| call.refused).collect::<Vec<_>>(), after().map(|call| call.took).max().unwrap());
    println!("{} calls after it was left out, the longest took {longest:?}", after().count());
    assert_eq!(refused, Vec::<String>::new(), "none was asked of the dead one");
    // Whoever asks a silent one is told so after eight seconds.
    assert!(longest < LEFT_OUT);
    lab.mayfly.stop().await.unwrap();
}
