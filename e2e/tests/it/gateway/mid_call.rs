//! A gateway's process that dies in the middle of a call, at each point of it: what it began is taken over or removed, and no token
//! is lost from the books.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use mayfly_api::leases::IssueLeaseRequest;
use mayfly_e2e::{Gateway, GatewayCluster, RunningGateway, Scene, inputs, waiting::until};
use mayfly_testkit::fake_cluster::{Calls, Fault, FaultProxy, Next, Onlooker};
use serde_json::{Value, json};

use super::{
    Lab, PATIENCE, in_state,
    ledger::{Received, balance},
    policy,
};

/// On which side of the API server's act the process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// The call has arrived, and is not carried out.
    Before,
    /// It is carried out, and its answer never comes.
    After,
}

/// What becomes of the lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// The next process goes on, and its caller has a token.
    Issued,
    /// It is given up, and nothing of it stays.
    GivenUp,
}

/// Each call of each kind of lease, twice.
const POINTS: [(&str, Calls, Moment, Fate); 14] = [
    ("own-rules", Calls::CreateRole, Moment::Before, Fate::Issued),
    ("own-rules", Calls::CreateRole, Moment::After, Fate::Issued),
    ("own-rules", Calls::CreateAccount, Moment::Before, Fate::Issued),
    ("own-rules", Calls::CreateAccount, Moment::After, Fate::Issued),
    ("own-rules", Calls::CreateBinding, Moment::Before, Fate::Issued),
    ("own-rules", Calls::CreateBinding, Moment::After, Fate::Issued),
    ("own-rules", Calls::Token, Moment::Before, Fate::Issued),
    ("own-rules", Calls::Token, Moment::After, Fate::Issued),
    // What is there cannot be read, and an account that stays has no second token made.
    ("revocable", Calls::CreateSecret, Moment::Before, Fate::GivenUp),
    ("revocable", Calls::CreateSecret, Moment::After, Fate::GivenUp),
    ("revocable", Calls::Token, Moment::Before, Fate::GivenUp),
    ("revocable", Calls::Token, Moment::After, Fate::GivenUp),
    ("plain", Calls::Token, Moment::Before, Fate::GivenUp),
    ("plain", Calls::Token, Moment::After, Fate::GivenUp),
];

/// Stops the first of some calls.
struct Stop {
    calls: Calls,
    moment: Moment,
    is_over: AtomicBool,
}

impl Stop {
    fn is_due(&self, call: Option<Calls>, moment: Moment) -> bool {
        call == Some(self.calls) && moment == self.moment && !self.is_over.swap(true, Ordering::SeqCst)
    }
}

impl Onlooker for Stop {
    fn arrived(&self, call: Option<Calls>) -> Option<Fault> {
        self.is_due(call, Moment::Before).then_some(Fault::Hang)
    }

    fn carried_out(&self, call: Option<Calls>) -> Next {
        if self.is_due(call, Moment::After) { Next::Hang } else { Next::Answer }
    }
}

struct World {
    lab: Lab,
    proxy: FaultProxy,
    gateway: Gateway,
}

impl World {
    async fn new() -> (Self, RunningGateway) {
        let lab = Lab::new("gateway-mid-call").await;
        lab.ground.allow_dynamic().await.unwrap();
        let proxy = FaultProxy::start(&lab.ground.side.url, &lab.ground.side.authority).await.unwrap();
        let cluster = GatewayCluster { url: proxy.url(), authority: proxy.ca_pem(), ..lab.cluster.clone() };
        let namespace = &lab.ground.side.namespace;
        let policy = format!(
            "operationsPerSecond: 100\nburst: 100\n{}  anchors: true\ndynamic:\n  namespaces: [{namespace}]\n  ownRules: true\n",
            policy(&lab.ground)
        );
        let gateway = Gateway::prepare(&lab.mayfly, "pod-1", &lab.enrolment, &policy, &cluster).unwrap();
        let running = gateway.start().await.unwrap();
        let shown = in_state(&lab.scene.client, &lab.path, "healthy", PATIENCE).await;
        for (name, inputs) in
            [("own-rules", inputs::own_rules()), ("revocable", inputs::revocable()), ("plain", json!({}))]
        {
            let mut by_gateway = inputs::over(inputs::by_gateway(&shown.id), &inputs);
            if name == "own-rules" {
                by_gateway["serviceAccountName"] = Value::Null;
            }
            lab.scene.create_secret_named(name, &by_gateway, &lab.ground.side).await.unwrap();
        }
        (Self { lab, proxy, gateway }, running)
    }

    /// Issues by the secret `name`; the process dies at the point, and comes again.
    async fn die_at(
        &self,
        running: RunningGateway,
        (name, calls, moment, _): (&str, Calls, Moment, Fate),
    ) -> (RunningGateway, anyhow::Result<(String, String)>) {
        let stop = Arc::new(Stop { calls, moment, is_over: AtomicBool::new(false) });
        self.proxy.look_on(Some(Arc::clone(&stop) as Arc<dyn Onlooker>));
        let scene = &self.lab.scene;
        let request = IssueLeaseRequest { dynamic_secret_name: name.to_owned(), ..scene.lease_request() };
        let dying = async {
            let stopped =
                until(PATIENCE, "the call is stopped", async || Ok(stop.is_over.load(Ordering::SeqCst).then_some(())));
            stopped.await.unwrap();
            running.kill().await.unwrap();
            self.gateway.start().await.unwrap()
        };
        let (running, issued) = tokio::join!(dying, scene.issue_as(&request));
        self.proxy.look_on(None);
        in_state(&scene.client, &self.lab.path, "healthy", PATIENCE).await;
        (running, issued.map(|issued| (issued.lease.id.clone(), Scene::token(&issued).unwrap().to_owned())))
    }
}

#[tokio::test]
async fn real_gateway_that_dies_at_any_point_of_a_call_leaves_one_lease_or_none() {
    let (world, mut running) = World::new().await;
    let Lab { ground, scene, .. } = &world.lab;
    let mut received = Received::new();
    for point in POINTS {
        let (next, issued) = world.die_at(running, point).await;
        running = next;
        match (point.3, issued) {
            (Fate::Issued, Ok((lease, token))) => {
                let owned = ground.owned().await.unwrap();
                let kinds: Vec<&str> = owned.iter().filter_map(|object| object.split('/').next()).collect();
                assert_eq!(kinds, ["ServiceAccount", "RoleBinding", "Role"], "{point:?}");
                assert!(ground.who_am_i(&token).await.unwrap().is_some(), "{point:?}");
                received.insert(lease.clone(), token);
                scene.end(&lease).await.unwrap();
            }
            (Fate::GivenUp, Err(_)) => {}
            (_, issued) => panic!("{point:?}: {:?}", issued.map(|(lease, _)| lease)),
        }
        let gone = until(PATIENCE, "nothing is left", async || Ok(ground.owned().await?.is_empty().then_some(())));
        gone.await.unwrap_or_else(|error| panic!("{point:?}: {error:#}"));
    }
    let balance = balance(ground, scene, &received).await;
    println!("{} points: {balance:?}", POINTS.len());
    // Each token that was made before its process died, and of leases that were taken over the second one.
    assert_eq!((balance.delivered, balance.told_of), (8, 3));
}
