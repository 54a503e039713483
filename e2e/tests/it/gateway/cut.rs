//! Tunnels that are cut in the middle of a call, at any moment of it: what the API server made is received or told of.

use std::{
    fs,
    sync::{Arc, Mutex},
    time::Duration,
};

use mayfly_e2e::{Balancer, Gateway, GatewayCluster, Scene, inputs, waiting::within};
use mayfly_testkit::{
    ambient::ambient,
    counts,
    fake_cluster::{Calls, Fault, FaultProxy, Gate, Next, Onlooker},
    network::Room,
};
use tokio::sync::Notify;

use super::{
    Lab, PATIENCE, in_state,
    ledger::{Received, balance},
    policy,
};

/// The longest that a call is let go on after the moment that a cut is aimed at.
const LONGEST_MS: u64 = 5;

/// Cuts in a row: a process whose tunnel does not hold waits longer and longer, and after a few times longer than callers do.
const IN_A_ROW: usize = 3;

/// When a tunnel is cut: after the call has arrived at the API server, or after it was carried out, and so much later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aim {
    /// Its answer is held back until the tunnel is cut.
    Arrived,
    /// Its answer may leave meanwhile.
    CarriedOut,
}

/// Tells when a call has come to what is aimed at, and holds its answer at the gate where that is its arrival.
struct Watch {
    aim: Mutex<(Aim, Gate)>,
    reached: Notify,
}

impl Watch {
    fn aim(&self, call: Option<Calls>) -> Option<(Aim, Gate)> {
        (call == Some(Calls::Token)).then(|| self.aim.lock().unwrap().clone())
    }
}

impl Onlooker for Watch {
    fn arrived(&self, call: Option<Calls>) -> Option<Fault> {
        let (_, gate) = self.aim(call).filter(|(aim, _)| *aim == Aim::Arrived)?;
        self.reached.notify_one();
        Some(Fault::Delay(gate))
    }

    fn carried_out(&self, call: Option<Calls>) -> Next {
        if self.aim(call).is_some_and(|(aim, _)| aim == Aim::CarriedOut) {
            self.reached.notify_one();
        }
        Next::Answer
    }
}

#[tokio::test]
async fn real_tunnel_that_is_cut_in_mid_call_loses_no_token_from_the_books() {
    let lab = Lab::new("gateway-cut").await;
    let Lab { ground, scene, path, .. } = &lab;
    let proxy = FaultProxy::start(&ground.side.url, &ground.side.authority).await.unwrap();
    let watch = Arc::new(Watch { aim: Mutex::new((Aim::CarriedOut, Gate::default())), reached: Notify::new() });
    proxy.look_on(Some(Arc::clone(&watch) as Arc<dyn Onlooker>));
    let cluster = GatewayCluster { url: proxy.url(), authority: proxy.ca_pem(), ..lab.cluster.clone() };
    let balancer = Balancer::start(&Room::machine(), &[lab.mayfly.url().to_owned()]).unwrap();
    let policy = format!("operationsPerSecond: 100\nburst: 100\n{}", policy(ground));
    let gateway = Gateway::prepare(&lab.mayfly, "pod-1", &lab.enrolment, &policy, &cluster).unwrap();
    let record = gateway.folder().join("record");
    let gateway = gateway.with_server(balancer.url()).with_arguments(&["--audit", record.to_str().unwrap()]);
    let mut running = gateway.start().await.unwrap();
    let shown = in_state(&scene.client, path, "healthy", PATIENCE).await;
    let by_gateway = inputs::by_gateway(&shown.id);
    scene.create_secret_with(&by_gateway, &ground.side).await.unwrap();

    let (mut received, mut refused) = (Received::new(), Vec::new());
    let cuts = counts::of(counts::CUT_TUNNELS);
    for number in 0..cuts {
        if number % IN_A_ROW == 0 {
            running.stop().await.unwrap();
            running = gateway.start().await.unwrap();
        }
        in_state(&scene.client, path, "healthy", PATIENCE).await;
        let aim = if number % 2 == 0 { Aim::Arrived } else { Aim::CarriedOut };
        let gate = Gate::default();
        *watch.aim.lock().unwrap() = (aim, gate.clone());
        let cutting = async {
            within(PATIENCE, "the call has come so far", watch.reached.notified()).await.unwrap();
            let [lot] = ambient().random::<1>();
            ambient().sleep(Duration::from_millis(u64::from(lot) % (LONGEST_MS + 1))).await;
            balancer.cut();
            gate.open();
        };
        let (issued, ()) = tokio::join!(scene.issue(None), cutting);
        match issued {
            Ok(issued) => {
                received.insert(issued.lease.id.clone(), Scene::token(&issued).unwrap().to_owned());
            }
            Err(error) => refused.push(format!("{aim:?}: {error:#}")),
        }
    }
    let balance = balance(ground, scene, &received).await;
    // Of the rest the server had heard the answer before the cut.
    let in_mid_call = fs::read_to_string(&record).unwrap().matches("\"decision\":\"repeated\"").count();
    println!(
        "{cuts} cuts, {in_mid_call} of them in mid-call: {} received, {} refused, {balance:?}",
        received.len(),
        refused.len()
    );
    assert!(in_mid_call >= cuts / 2, "every answer that was held back is asked for again");
    assert!(refused.is_empty(), "a process that is still there tells over its next tunnel what it did: {refused:#?}");
}
