//! A gateway that has no way to its server for two hours, in which all of its leases end.

use std::time::Duration;

use jiff::Timestamp;
use mayfly_api::leases::{Lease, LeaseBody};
use mayfly_e2e::{Balancer, Gateway, GatewayCluster, RunningGateway, Scene, inputs, waiting::until};
use mayfly_testkit::{ambient::ambient, counts, moved_clock::MovedClock, network::Room};

use super::{Lab, PATIENCE, PROMISED, dynamic_policy, in_state};

/// Leases last for an hour.
const AWAY: Duration = Duration::from_hours(2);

/// From when their time is over until their objects are gone, where a janitor is at work that cannot be told of it.
const BY_JANITOR: Duration = Duration::from_mins(3);

/// Between two tries of a gateway to come back, at most (`LONGEST_PAUSE` in `crates/gateway/src/keep.rs`).
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// From the gateway's return until they are gone, where none is.
const AFTER_RETURN: Duration = Duration::from_mins(1);

/// A laboratory whose clocks go as one says, with leases and their objects through a gateway that can be cut off.
struct TwoHours {
    lab: Lab,
    clock: MovedClock,
    balancer: Balancer,
    gateway: (Gateway, RunningGateway),
    leases: Vec<String>,
}

impl TwoHours {
    async fn begin(name: &str, janitor: &str) -> Self {
        let clock = MovedClock::right().unwrap();
        let lab = Lab::with(name, &clock.variables().unwrap()).await;
        lab.ground.allow_dynamic().await.unwrap();
        let balancer = Balancer::start(&Room::machine(), &[lab.mayfly.url().to_owned()]).unwrap();
        let policy = format!("janitor: {{ enabled: {janitor} }}\n{}", dynamic_policy(&lab.ground));
        // Its own token is good for longer than that; a real one is renewed by its kubelet meanwhile.
        let cluster = GatewayCluster { token: lab.ground.side.issuer_token.clone(), ..lab.cluster.clone() };
        let gateway = Gateway::prepare(&lab.mayfly, "pod-1", &lab.enrolment, &policy, &cluster).unwrap();
        let gateway = gateway.with_server(balancer.url());
        let variables = clock.variables().unwrap();
        let gateway = variables.iter().fold(gateway, |gateway, (name, value)| gateway.with_variable(name, value));
        let running = gateway.start().await.unwrap();
        let shown = in_state(&lab.scene.client, &lab.path, "healthy", PATIENCE).await;
        let by_gateway = inputs::temporary(inputs::by_gateway(&shown.id));
        lab.scene.create_secret_with(&by_gateway, &lab.ground.side).await.unwrap();
        let mut leases = Vec::new();
        for _ in 0..counts::of(counts::LEASES_AWAY) {
            leases.push(lab.scene.issue(None).await.unwrap().lease.id);
        }
        let all = Self { lab, clock, balancer, gateway: (gateway, running), leases };
        assert_eq!(all.objects().await, all.leases.len() * 2, "an account and a binding each");
        all
    }

    /// Cuts the gateway off, and lets the time pass. Gives the moment from which all leases are over.
    async fn pass(&self) -> Timestamp {
        self.balancer.lead_to(&[]);
        self.balancer.cut();
        in_state(&self.lab.scene.client, &self.lab.path, "offline", PROMISED).await;
        let over = ambient().now();
        self.clock.move_to(AWAY).unwrap();
        over
    }

    /// How many objects of leases there are.
    async fn objects(&self) -> usize {
        self.lab.ground.owned().await.unwrap().len()
    }

    /// Waits until there are none, so long after a moment at most.
    async fn nothing_is_left(&self, promised: Duration, since: Timestamp) {
        let passed = || ambient().now().duration_since(since).unsigned_abs();
        let left = promised.saturating_sub(passed());
        let gone = until(left, "everything is gone", async || Ok((self.objects().await == 0).then_some(()))).await;
        assert!(
            gone.is_ok(),
            "{} objects are left; the gateway says: {}",
            self.objects().await,
            self.gateway.0.log().unwrap()
        );
        println!("{} leases: their objects were gone after {:.1} s", self.leases.len(), passed().as_secs_f64());
    }

    async fn read(&self, id: &str) -> anyhow::Result<Lease> {
        let Scene { client, project_slug, .. } = &self.lab.scene;
        let read: LeaseBody = client.get(&format!("/api/v1/leases/{id}?projectSlug={project_slug}")).await?;
        Ok(read.lease)
    }

    async fn all_are(&self, state: &str, patience: Duration) -> Vec<Lease> {
        let (what, mut found) = (format!("the lease is {state}"), Vec::new());
        for id in &self.leases {
            let reached = async || Ok(Some(self.read(id).await?).filter(|lease| lease.state == state));
            found.push(until(patience, &what, reached).await.unwrap());
        }
        found
    }

    /// The gateway finds its way again. Gives the moment when it is here.
    async fn come_back(&self) -> Timestamp {
        self.balancer.lead_to(&[self.lab.mayfly.url().to_owned()]);
        in_state(&self.lab.scene.client, &self.lab.path, "healthy", LONGEST_PAUSE + PATIENCE).await;
        ambient().now()
    }

    async fn none_was_given_up(self) {
        for lease in self.all_are("ended", PATIENCE).await {
            assert_eq!(lease.outcome.as_deref(), Some("expired"), "{:?}", lease.status_details);
        }
        self.lab.mayfly.stop().await.unwrap();
    }
}

#[tokio::test]
async fn real_leases_that_end_in_two_hours_without_a_way_are_removed_by_the_janitor() {
    let hours = TwoHours::begin("two-hours-janitor", "true").await;
    let over = hours.pass().await;
    hours.nothing_is_left(BY_JANITOR, over).await;
    hours.all_are("ending", PATIENCE).await;
    hours.come_back().await;
    hours.none_was_given_up().await;
}

#[tokio::test]
async fn real_leases_that_end_in_two_hours_without_a_way_are_removed_after_it_is_back() {
    let hours = TwoHours::begin("two-hours-return", "false").await;
    hours.pass().await;
    for lease in hours.all_are("ending", PATIENCE).await {
        let waits = until(PATIENCE, "it is told why the lease waits", async || {
            let lease = hours.read(&lease.id).await?;
            Ok(lease.status_details.filter(|why| why.contains("the gateway is offline")).and(lease.attempts))
        });
        assert_eq!(waits.await.unwrap(), 0, "no try is counted");
    }
    assert_eq!(hours.objects().await, hours.leases.len() * 2, "nothing is removed past the gateway");
    let back = hours.come_back().await;
    hours.nothing_is_left(AFTER_RETURN, back).await;
    hours.none_was_given_up().await;
}
